/* Bytes from a file, standard input or memory; Zstandard by suffix.
 *
 * Plain bytes are read straight into the caller's buffer. Compressed ones pass
 * through one buffer of the size the library asks for; frames may follow each
 * other, as `zstd` and `pzstd` write them. The end must be the end of a frame.
 *
 * Bounded: the library refuses a window above 128 MiB (its default), so memory
 * does not depend on the input. Opening does not block on a pipe.
 */
#include <vhm/sim/byte_stream.h>

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vhm/base/error.h>
#include <vhm/sim/diagnostics.h>
#include <zstd.h>

struct vhm_source {
  char *name;            /* escaped */
  int fd;                /* -1: memory */
  const uint8_t *memory; /* what is left of it */
  size_t left;
  uint64_t size, taken; /* of the file; bytes. size 0: not known */
  ZSTD_DStream *zstd;   /* NULL: plain */
  uint8_t *packed;      /* buffer of compressed bytes */
  ZSTD_inBuffer in;
  bool in_frame, at_end; /* at_end: of the compressed bytes */
};

static vhm_source *
new_source (const char *path, const char *shown)
{
  vhm_source *s = g_new0 (vhm_source, 1);
  s->name = vhm_escape (shown, (size_t) -1);
  s->fd = -1;
  if (g_str_has_suffix (path, ".zst")) {
    s->zstd = ZSTD_createDStream ();
    s->packed = g_malloc (ZSTD_DStreamInSize ());
    s->in.src = s->packed;
  }
  return s;
}

void
vhm_source_close (vhm_source *s)
{
  if (!s)
    return;
  if (s->fd > STDIN_FILENO)
    (void) close (s->fd); /* nothing was written that could be lost */
  ZSTD_freeDStream (s->zstd);
  g_free (s->packed);
  g_free (s->name);
  g_free (s);
}

static bool
fail (const vhm_source *s, const char *why, GError **error)
{
  g_set_error (error, VHM_ERROR, VHM_ERROR_IO, "%s: cannot be read: %s",
               s->name, why);
  return false;
}

static bool
check_kind (vhm_source *s, GError **error)
{
  struct stat status;
  if (fstat (s->fd, &status) != 0)
    return fail (s, g_strerror (errno), error);
  if (S_ISDIR (status.st_mode))
    return fail (s, "it is a directory", error);
  if (!S_ISREG (status.st_mode))
    return fail (s, "it is not a regular file", error);
  s->size = (uint64_t) status.st_size;
  return true;
}

vhm_source *
vhm_source_open (const char *path, GError **error)
{
  if (strcmp (path, "-") == 0) {
    vhm_source *s = new_source (path, "standard input");
    s->fd = STDIN_FILENO;
    return s;
  }
  g_autoptr (vhm_source) s = new_source (path, path);
  s->fd = g_open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (s->fd < 0) {
    fail (s, g_strerror (errno), error);
    return NULL;
  }
  return check_kind (s, error) ? g_steal_pointer (&s) : NULL;
}

vhm_source *
vhm_source_from_memory (const char *name, const void *data, size_t size)
{
  vhm_source *s = new_source (name, name);
  s->memory = data;
  s->left = s->size = size;
  return s;
}

/* Plain or compressed bytes as they stand in the file. */
static bool
take (vhm_source *s, void *buffer, size_t size, size_t *ret_n, GError **error)
{
  if (s->fd < 0) {
    *ret_n = MIN (size, s->left);
    if (*ret_n > 0)
      memcpy (buffer, s->memory, *ret_n);
    s->memory += *ret_n;
    s->left -= *ret_n;
    s->taken += *ret_n;
    return true;
  }
  for (*ret_n = 0; *ret_n < size;) {
    ssize_t n = read (s->fd, (uint8_t *) buffer + *ret_n, size - *ret_n);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail (s, g_strerror (errno), error);
    if (n == 0)
      break;
    *ret_n += (size_t) n;
    s->taken += (uint64_t) n;
  }
  return true;
}

static bool
fail_packed (const vhm_source *s, const char *why, GError **error)
{
  uint64_t at = s->taken - (s->in.size - s->in.pos);
  g_set_error (error, VHM_ERROR, VHM_ERROR_SCENARIO,
               "%s: byte %" G_GUINT64_FORMAT
               ": as Zstandard data it is damaged (%s); a whole .zst file",
               s->name, at, why);
  return false;
}

static bool
refill (vhm_source *s, GError **error)
{
  s->in.pos = 0;
  if (!take (s, s->packed, ZSTD_DStreamInSize (), &s->in.size, error))
    return false;
  s->at_end = s->in.size == 0;
  return true;
}

static bool
unpack (vhm_source *s, void *buffer, size_t size, size_t *ret_n, GError **error)
{
  ZSTD_outBuffer out = { buffer, size, 0 };
  while (out.pos < size && !s->at_end) {
    if (s->in.pos == s->in.size && !refill (s, error))
      return false;
    /* also without input: the library may hold back output */
    size_t before = out.pos;
    size_t hint = ZSTD_decompressStream (s->zstd, &out, &s->in);
    if (ZSTD_isError (hint))
      return fail_packed (s, ZSTD_getErrorName (hint), error);
    if (!s->at_end || out.pos > before)
      s->in_frame = hint != 0;
  }
  *ret_n = out.pos;
  if (s->at_end && (s->in_frame || s->taken == 0))
    return fail_packed (s, "it ends too early", error);
  return true;
}

bool
vhm_source_read (vhm_source *s, void *buffer, size_t size, size_t *ret_n,
                 GError **error)
{
  return s->zstd ? unpack (s, buffer, size, ret_n, error)
                 : take (s, buffer, size, ret_n, error);
}

const char *
vhm_source_name (const vhm_source *s)
{
  return s->name;
}

double
vhm_source_fraction (const vhm_source *s)
{
  return s->size > 0 ? MIN (1, (double) s->taken / (double) s->size) : 0;
}
