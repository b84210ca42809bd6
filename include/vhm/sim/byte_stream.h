/* Bytes from a file, standard input or memory, and bytes into a file, one after
 * the other in bounded memory. A name that ends in .zst is compressed with
 * Zstandard: both sides handle that by themselves.
 *
 * Errors: VHM_ERROR_IO for files and folders, VHM_ERROR_SCENARIO for compressed
 * data that are damaged or cut short; both begin with the name.
 */
#ifndef VHM_SIM_BYTE_STREAM_H
#define VHM_SIM_BYTE_STREAM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct vhm_source vhm_source;
typedef struct vhm_sink vhm_sink;

/* "-" is standard input (never decompressed); else a regular file. */
vhm_source *vhm_source_open (const char *path, GError **error);
/* `data` must outlive it. `name` is for messages, and says if it is .zst. */
vhm_source *vhm_source_from_memory (const char *name, const void *data,
                                    size_t size);
void vhm_source_close (vhm_source *source);
/* Fills the buffer, less only at the end; *ret_n is 0 there. */
bool vhm_source_read (vhm_source *source, void *buffer, size_t size,
                      size_t *ret_n, GError **error);
const char *vhm_source_name (const vhm_source *source); /* fit for messages */
/* Part of the file's bytes taken so far, 0 to 1; 0 where nobody knows. */
double vhm_source_fraction (const vhm_source *source);

/* Nobody sees the file before the commit; closing without one leaves nothing.
 * Folders on the way are created. */
vhm_sink *vhm_sink_open (const char *path, GError **error);
bool vhm_sink_write (vhm_sink *sink, const void *data, size_t size,
                     GError **error);
bool vhm_sink_commit (vhm_sink *sink, GError **error);
void vhm_sink_close (vhm_sink *sink); /* NULL is fine */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_source, vhm_source_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_sink, vhm_sink_close)

#endif
