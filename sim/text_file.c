/* Reads a whole regular file of bounded size.
 *
 * The size is asked of the open file, not of the path, and the reading itself
 * stops at the bound, so that a file that grows meanwhile is refused as well.
 * Opening does not block on a pipe or a terminal.
 */
#include <vhm/sim/text_file.h>

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vhm/base/error.h>
#include <vhm/sim/diagnostics.h>

enum { CHUNK = 64 * 1024 };

static bool
fail (const char *path, const char *why, GError **error)
{
  g_autofree char *shown = vhm_escape (path, (size_t) -1);
  g_set_error (error, VHM_ERROR, VHM_ERROR_IO, "%s: cannot be read: %s", shown,
               why);
  return false;
}

static bool
fail_too_large (const char *path, size_t max_bytes, GError **error)
{
  g_autofree char *shown = vhm_escape (path, (size_t) -1);
  g_set_error (error, VHM_ERROR, VHM_ERROR_SCENARIO,
               "%s: is larger than %zu MiB; is this the right file?", shown,
               max_bytes >> 20);
  return false;
}

static bool
check_kind (int fd, const char *path, size_t max_bytes, GError **error)
{
  struct stat status;
  if (fstat (fd, &status) != 0)
    return fail (path, g_strerror (errno), error);
  if (S_ISDIR (status.st_mode))
    return fail (path, "it is a directory", error);
  if (!S_ISREG (status.st_mode))
    return fail (path, "it is not a regular file", error);
  if ((guint64) status.st_size > max_bytes)
    return fail_too_large (path, max_bytes, error);
  return true;
}

static bool
read_all (int fd, const char *path, size_t max_bytes, GString *text,
          GError **error)
{
  g_autofree char *chunk = g_malloc (CHUNK);
  for (;;) {
    ssize_t n = read (fd, chunk, CHUNK);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail (path, g_strerror (errno), error);
    if (n == 0)
      return true;
    g_string_append_len (text, chunk, n);
    if (text->len > max_bytes)
      return fail_too_large (path, max_bytes, error);
  }
}

bool
vhm_text_file_read (const char *path, size_t max_bytes, char **ret_text,
                    size_t *ret_size, GError **error)
{
  int fd = g_open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd < 0)
    return fail (path, g_strerror (errno), error);
  g_autoptr (GString) text = g_string_new (NULL);
  bool is_read = check_kind (fd, path, max_bytes, error)
                 && read_all (fd, path, max_bytes, text, error);
  (void) close (fd); /* nothing was written that could be lost */
  if (!is_read)
    return false;
  *ret_size = text->len;
  *ret_text = g_string_free (g_steal_pointer (&text), FALSE);
  return true;
}
