/* Bytes into a file that appears whole or not at all; Zstandard by suffix.
 *
 * Level 3 of the library, its default: a recorded trace shrinks to about half
 * and more effort gains little, since page numbers of random references do not
 * repeat. A checksum is written, so that damage shows.
 */
#include <vhm/sim/byte_stream.h>

#include <vhm/base/error.h>
#include <vhm/base/require.h>
#include <vhm/sim/atomic_file.h>
#include <zstd.h>

struct vhm_sink {
  vhm_atomic_file *file;
  ZSTD_CStream *zstd; /* NULL: plain */
  uint8_t *packed;
};

vhm_sink *
vhm_sink_open (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  vhm_atomic_file *file = vhm_atomic_open (folder, name, error);
  if (!file)
    return NULL;
  vhm_sink *s = g_new0 (vhm_sink, 1);
  s->file = file;
  if (g_str_has_suffix (path, ".zst")) {
    s->zstd = ZSTD_createCStream ();
    size_t set = ZSTD_CCtx_setParameter (s->zstd, ZSTD_c_checksumFlag, 1);
    VHM_REQUIRE (!ZSTD_isError (set));
    s->packed = g_malloc (ZSTD_CStreamOutSize ());
  }
  return s;
}

void
vhm_sink_close (vhm_sink *s)
{
  if (!s)
    return;
  vhm_atomic_close (s->file);
  ZSTD_freeCStream (s->zstd);
  g_free (s->packed);
  g_free (s);
}

static bool
pack (vhm_sink *s, const void *data, size_t size, ZSTD_EndDirective how,
      GError **error)
{
  ZSTD_inBuffer in = { data, size, 0 };
  for (;;) {
    ZSTD_outBuffer out = { s->packed, ZSTD_CStreamOutSize (), 0 };
    size_t left = ZSTD_compressStream2 (s->zstd, &out, &in, how);
    if (ZSTD_isError (left)) {
      g_set_error (error, VHM_ERROR, VHM_ERROR_IO, "cannot compress: %s",
                   ZSTD_getErrorName (left));
      return false;
    }
    if (!vhm_atomic_append (s->file, out.dst, out.pos, error))
      return false;
    if (how == ZSTD_e_end ? left == 0 : in.pos == in.size)
      return true;
  }
}

bool
vhm_sink_write (vhm_sink *s, const void *data, size_t size, GError **error)
{
  return s->zstd ? pack (s, data, size, ZSTD_e_continue, error)
                 : vhm_atomic_append (s->file, data, size, error);
}

bool
vhm_sink_commit (vhm_sink *s, GError **error)
{
  return (!s->zstd || pack (s, NULL, 0, ZSTD_e_end, error))
         && vhm_atomic_commit (s->file, error);
}
