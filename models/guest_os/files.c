/* The files of a guest, in order of their pages: found by halving.
 *
 * Pages that follow each other in a process and on the disk are of one file.
 * Cost: O(pages) to add, O(log files) to find.
 */
#include "files.h"

guint
files_add (GArray *files, vhm_process *process, uint32_t first, uint32_t n)
{
  guint had = files->len;
  bool follows = false;
  for (uint32_t own = 0; own < n; own++) {
    struct os_file f = { .first = first + own, .n = 1, .last = FILES_NOBODY };
    if (!vhm_process_is_file (process, own, &f.at)) {
      follows = false;
      continue;
    }
    struct os_file *last
        = follows ? &g_array_index (files, struct os_file, files->len - 1)
                  : NULL;
    if (last && last->at + last->n == f.at)
      last->n++;
    else
      g_array_append_val (files, f);
    follows = true;
  }
  return files->len - had;
}

struct os_file *
files_find (const GArray *files, uint32_t page)
{
  guint low = 0, high = files->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    struct os_file *f = &g_array_index (files, struct os_file, middle);
    if (page < f->first)
      high = middle;
    else if (page >= f->first + f->n)
      low = middle + 1;
    else
      return f;
  }
  return NULL;
}
