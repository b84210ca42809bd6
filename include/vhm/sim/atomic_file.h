/* Whole files, written so that a reader sees the old one or the new one and
 * never a part: a killed or failing run leaves no half-written result. */
#ifndef VHM_SIM_ATOMIC_FILE_H
#define VHM_SIM_ATOMIC_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* Creates the folder and those above it; fine if it is there. */
bool vhm_folder_create (const char *folder, GError **error);

/* Writes folder/name, creating the folder. `name` is a plain file name: with a
 * slash, "." or ".." in its place nothing is written. A link of that name is
 * replaced, never followed. Errors: VHM_ERROR_IO. */
bool vhm_atomic_write (const char *folder, const char *name, const void *data,
                       size_t size, GError **error);

/* The same piece by piece, for what does not fit memory: nobody sees it before
 * the commit, and closing without one leaves nothing behind. */
typedef struct vhm_atomic_file vhm_atomic_file;
vhm_atomic_file *vhm_atomic_open (const char *folder, const char *name,
                                  GError **error);
bool vhm_atomic_append (vhm_atomic_file *file, const void *data, size_t size,
                        GError **error);
bool vhm_atomic_commit (vhm_atomic_file *file, GError **error);
void vhm_atomic_close (vhm_atomic_file *file); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_atomic_file, vhm_atomic_close)

#endif
