/* Which pages of a guest are of files, and where those lie on its virtual disk. */
#ifndef MODELS_GUEST_OS_FILES_H
#define MODELS_GUEST_OS_FILES_H

#include <vhm/model/guest.h>

#include <glib.h>

/* Of one region of one process; a file that nobody has read has `last` NOBODY. */
struct os_file {
  uint32_t first, n;        /* pages of the guest */
  uint64_t at;              /* page of the virtual disk */
  uint32_t last;            /* page asked for last */
  uint32_t window, n_ahead; /* read ahead last: first page, pages */
};
#define FILES_NOBODY UINT32_MAX

/* Appends those of the process, whose pages are [first, first + n) of the guest;
 * after all others in there. Returns how many. */
guint files_add (GArray *files, vhm_process *process, uint32_t first,
                 uint32_t n);
/* NULL: it is of none. O(log files). */
struct os_file *files_find (const GArray *files, uint32_t page);

#endif
