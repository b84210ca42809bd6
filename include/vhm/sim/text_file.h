/* Reads a whole file of text, of bounded size. */
#ifndef VHM_SIM_TEXT_FILE_H
#define VHM_SIM_TEXT_FILE_H

#include <glib.h>
#include <stdbool.h>

/* Refuses anything but a regular file, and one above max_bytes before reading
 * it. The text ends with a 0 byte that *ret_size leaves out; g_free it. Errors
 * name the path: VHM_ERROR_IO, or VHM_ERROR_SCENARIO if it is too large. */
bool vhm_text_file_read (const char *path, size_t max_bytes, char **ret_text,
                         size_t *ret_size, GError **error);

#endif
