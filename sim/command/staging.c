/* The results of a run appear together or not at all: everything is written
 * into a folder beside its final place, and moved there when it is complete.
 *
 *   OUT/.vhm-XXXXXX.part/ NAME  ->  OUT/ NAME     result.json last
 *
 * So a run that is killed, fails or finds the disk full leaves an earlier
 * result as it was, and a new result.json says that the rest is there. Opening
 * also tells before an hour of simulation that the folder cannot be written.
 *
 * Left out: after SIGKILL or a power cut the hidden folder stays behind.
 */
#include "command.h"

#include <vhm/base/error.h>
#include <vhm/sim/atomic_file.h>

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static bool
fail (const char *path, const char *what, GError **error)
{
  int code = errno;
  g_autofree char *shown = g_filename_display_name (path);
  g_set_error (error, VHM_ERROR, VHM_ERROR_IO, "%s: cannot %s: %s", shown, what,
               g_strerror (code));
  return false;
}

bool
command_staging_open (struct staging *s, const char *out, const char *last,
                      GError **error)
{
  bool is_new = !g_file_test (out, G_FILE_TEST_EXISTS);
  if (!vhm_folder_create (out, error))
    return false;
  g_autofree char *part = g_build_filename (out, ".vhm-XXXXXX.part", NULL);
  if (!g_mkdtemp (part))
    return fail (out, "create files in this folder", error);
  *s = (struct staging){ g_strdup (out), g_steal_pointer (&part), last,
                         is_new };
  return true;
}

static bool
move (const struct staging *s, const char *name, GError **error)
{
  g_autofree char *from = g_build_filename (s->part, name, NULL);
  g_autofree char *to = g_build_filename (s->out, name, NULL);
  return g_rename (from, to) == 0 || fail (to, "replace this file", error);
}

bool
command_staging_commit (struct staging *s, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (s->part, 0, NULL);
  if (!dir)
    return fail (s->part, "read this folder", error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  for (const char *name; (name = g_dir_read_name (dir));)
    if (strcmp (name, s->last) != 0)
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_add (names, g_strdup (s->last));
  for (guint i = 0; i < names->len; i++)
    if (!move (s, names->pdata[i], error))
      return false;
  int fd = open (s->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    (void) fsync (fd); /* not every file system can; the files are safe */
    close (fd);
  }
  s->is_new = false;
  return true;
}

void
command_staging_close (struct staging *s)
{
  if (!s->part)
    return;
  g_autoptr (GDir) dir = g_dir_open (s->part, 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name (dir));) {
    g_autofree char *path = g_build_filename (s->part, name, NULL);
    g_unlink (path);
  }
  g_rmdir (s->part);
  if (s->is_new)
    g_rmdir (s->out);
  g_clear_pointer (&s->part, g_free);
  g_clear_pointer (&s->out, g_free);
}
