/* Replaces a file in one step: write under another name in the same folder,
 * flush it to the disk, rename over the old one (POSIX: rename is atomic within
 * a file system), flush the folder.
 *
 * Everything is relative to one descriptor of the folder, and the new file is
 * created with O_EXCL and O_NOFOLLOW, so a link planted under either name
 * cannot lead outside. Left out: a killed run may leave its dot file behind.
 */
#include <vhm/sim/atomic_file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vhm/base/error.h>

/* Left-overs of killed runs under the same process number that we step over. */
#define MAX_ATTEMPTS 100

static bool
fail (GError **error, const char *verb, const char *folder, const char *name,
      int code)
{
  g_set_error (error, VHM_ERROR, VHM_ERROR_IO, "%s%s%s: cannot %s: %s", folder,
               name ? "/" : "", name ? name : "", verb, g_strerror (code));
  return false;
}

bool
vhm_folder_create (const char *folder, GError **error)
{
  if (g_mkdir_with_parents (folder, 0777) != 0)
    return fail (error, "create the folder", folder, NULL, errno);
  return true;
}

static bool
check_name (const char *folder, const char *name, GError **error)
{
  if (*name && strcmp (name, ".") != 0 && strcmp (name, "..") != 0
      && !strchr (name, '/'))
    return true;
  g_set_error (error, VHM_ERROR, VHM_ERROR_IO,
               "%s: \"%s\" is no name for a file in this folder", folder, name);
  return false;
}

/* Opens a new file beside the target; gives its name. */
static int
open_temporary (int folder_fd, const char *name, char **ret_temporary)
{
  for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    g_autofree char *temporary
        = g_strdup_printf (".%s.%d-%d.part", name, (int) getpid (), attempt);
    int fd
        = openat (folder_fd, temporary,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd >= 0)
      *ret_temporary = g_steal_pointer (&temporary);
    if (fd >= 0 || errno != EEXIST)
      return fd;
  }
  return -1;
}

static bool
write_all (int fd, const char *data, size_t size)
{
  while (size > 0) {
    ssize_t n = write (fd, data, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    data += n;
    size -= (size_t) n;
  }
  return true;
}

struct vhm_atomic_file {
  char *folder, *name, *temporary; /* temporary NULL: nothing to remove */
  int folder_fd, fd;
};

static int
open_folder (const char *folder, GError **error)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    fail (error, "open the folder", folder, NULL, errno);
  return fd;
}

vhm_atomic_file *
vhm_atomic_open (const char *folder, const char *name, GError **error)
{
  if (!check_name (folder, name, error) || !vhm_folder_create (folder, error))
    return NULL;
  int folder_fd = open_folder (folder, error);
  if (folder_fd < 0)
    return NULL;
  g_autofree char *temporary = NULL;
  int fd = open_temporary (folder_fd, name, &temporary);
  if (fd < 0) {
    fail (error, "create", folder, name, errno);
    close (folder_fd);
    return NULL;
  }
  vhm_atomic_file *file = g_new0 (vhm_atomic_file, 1);
  *file = (vhm_atomic_file){ .folder = g_strdup (folder),
                             .name = g_strdup (name),
                             .temporary = g_steal_pointer (&temporary),
                             .folder_fd = folder_fd,
                             .fd = fd };
  return file;
}

bool
vhm_atomic_append (vhm_atomic_file *file, const void *data, size_t size,
                   GError **error)
{
  return write_all (file->fd, data, size)
         || fail (error, "write", file->folder, file->name, errno);
}

bool
vhm_atomic_commit (vhm_atomic_file *file, GError **error)
{
  bool is_safe = fsync (file->fd) == 0;
  int code = errno;
  if (close (file->fd) != 0 && is_safe) {
    is_safe = false;
    code = errno;
  }
  file->fd = -1;
  if (!is_safe)
    return fail (error, "write", file->folder, file->name, code);
  if (renameat (file->folder_fd, file->temporary, file->folder_fd, file->name)
      != 0)
    return fail (error, "write", file->folder, file->name, errno);
  g_clear_pointer (&file->temporary, g_free);
  /* Not every file system can flush a folder; the file itself is safe. */
  (void) fsync (file->folder_fd);
  return true;
}

void
vhm_atomic_close (vhm_atomic_file *file)
{
  if (!file)
    return;
  if (file->fd >= 0)
    close (file->fd);
  if (file->temporary)
    unlinkat (file->folder_fd, file->temporary, 0);
  close (file->folder_fd);
  g_free (file->folder);
  g_free (file->name);
  g_free (file->temporary);
  g_free (file);
}

bool
vhm_atomic_write (const char *folder, const char *name, const void *data,
                  size_t size, GError **error)
{
  g_autoptr (vhm_atomic_file) file = vhm_atomic_open (folder, name, error);
  return file && vhm_atomic_append (file, data, size, error)
         && vhm_atomic_commit (file, error);
}
