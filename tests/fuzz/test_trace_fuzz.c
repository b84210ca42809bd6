/* Throws bytes at the reader of recorded traces and text at the importer: small
 * real ones, then mutations of them, always the same (fixed seed). For all:
 *
 *   - no crash, no overrun, no leak (under the sanitizers), an end in time;
 *   - a trace or an error, never both or neither;
 *   - page numbers within what is known (trace_read_bytes checks);
 *   - the error is UTF-8 without control characters.
 *
 * Half of the mutated traces get right checksums again, to come further. The
 * entry has the signature of libFuzzer's; its first byte says what the rest is.
 * VHM_FUZZ_N sets the number of mutations.
 */
#include <stdio.h>
#include <stdlib.h>
#include <trace_bytes.h>
#include <vhm/sim/lackey.h>

#include "trace_format.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

enum what { PLAIN, COMPRESSED, LACKEY, N_WHATS };

#define CHECK(x)                            \
  do {                                      \
    if (!(x)) {                             \
      fprintf (stderr, "failed: %s\n", #x); \
      abort ();                             \
    }                                       \
  } while (0)

static bool
is_clean (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL) || !*text)
    return false;
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)) && *p != '\n')
      return false;
  return true;
}

static bool
import (const void *bytes, size_t size, GError **error)
{
  g_autoptr (vhm_source) source = vhm_source_from_memory ("t", bytes, size);
  g_autoptr (vhm_trace_writer) writer
      = vhm_trace_writer_new (NULL, 12, VHM_TRACE_ALL_KINDS);
  const struct vhm_lackey_options options
      = { .page_shift = 12, .kinds = VHM_TRACE_ALL_KINDS };
  return vhm_lackey_read (source, writer, &options, error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  g_autofree uint8_t *exact = g_malloc (size); /* so that overruns show */
  memcpy (exact, data + 1, size - 1);
  g_autoptr (GError) error = NULL;
  bool fine
      = data[0] % N_WHATS == LACKEY
            ? import (exact, size - 1, &error)
            : trace_read_bytes (data[0] % N_WHATS == PLAIN ? "t" : "t.zst",
                                exact, size - 1, NULL, &error);
  CHECK (fine == (error == NULL));
  CHECK (fine || is_clean (error->message));
  return 0;
}

/* --- replay ------------------------------------------------------------------*/

static GByteArray *
tagged (enum what what, const void *bytes, size_t size)
{
  GByteArray *out = g_byte_array_new ();
  uint8_t tag = (uint8_t) what;
  g_byte_array_append (out, &tag, 1);
  g_byte_array_append (out, bytes, (guint) size);
  return out;
}

static void
add_trace (GPtrArray *corpus, const struct test_visit *visits, size_t n)
{
  static const char *const names[] = { "t", "t.zst" };
  g_autofree char *folder = trace_folder ();
  for (int what = PLAIN; what <= COMPRESSED; what++) {
    g_autofree char *path = g_build_filename (folder, names[what], NULL);
    trace_save (path, visits, n);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    CHECK (g_file_get_contents (path, &bytes, &size, NULL));
    g_ptr_array_add (corpus, tagged ((enum what) what, bytes, size));
  }
  trace_folder_remove (folder);
}

static const char *const texts[] = {
  "==1== Lackey\nI  0401ab70,3\n S 1fff000708,8\n L 1fff000ffc,8\n M 10,4\n",
  " L ffffffffffffffff,1\n\n--1-- x\r\nI  0,4096\n",
};

static GPtrArray *
make_corpus (void)
{
  GPtrArray *corpus
      = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
  for (uint64_t seed = 0; seed < 4; seed++) {
    size_t n = 1 + 20 * seed;
    g_autofree struct test_visit *visits = trace_random (seed, n);
    add_trace (corpus, visits, n);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    g_ptr_array_add (corpus, tagged (LACKEY, texts[i], strlen (texts[i])));
  return corpus;
}

/* Right checksums for what still has the shape of a trace. */
static void
reseal (GByteArray *t)
{
  uint8_t *b = t->data + 1, *end = t->data + t->len;
  if (end - b < 24)
    return;
  trace_put_64 (b + 16, trace_sum (TRACE_SUM_SEED, b, 16));
  for (b += 24; end - b >= 24;) {
    uint64_t n = trace_get_32 (b), data = trace_get_32 (b + 8);
    uint64_t names = trace_get_32 (b + 12);
    if (n + data + names > (uint64_t) (end - b) - 24)
      return;
    uint64_t sum = trace_sum (TRACE_SUM_SEED, b, 16);
    sum = trace_sum (sum, b + 24, n);
    sum = trace_sum (sum, b + 24 + n, data);
    sum = trace_sum (sum, b + 24 + n + data, names);
    trace_put_64 (b + 16, sum);
    b += 24 + n + data + names;
  }
}

static void
repeat_piece (GByteArray *t, guint at, guint n)
{
  g_autofree guint8 *piece = g_memdup2 (t->data + at, n);
  g_byte_array_append (t, piece, n);
}

static void
mutate (GByteArray *t, struct vhm_rng *rng)
{
  guint at = 1 + (guint) vhm_rng_below (rng, MAX (t->len - 1, 1));
  if (at >= t->len)
    return;
  switch (vhm_rng_below (rng, 5)) {
  case 0:
    t->data[at] ^= (guint8) (1u << vhm_rng_below (rng, 8));
    break;
  case 1:
    t->data[at] = (guint8) vhm_rng_below (rng, 256);
    break;
  case 2:
    g_byte_array_set_size (t, at);
    break;
  case 3:
    g_byte_array_remove_range (t, at,
                               1 + (guint) vhm_rng_below (rng, t->len - at));
    break;
  default:
    repeat_piece (t, at, 1 + (guint) vhm_rng_below (rng, t->len - at));
    break;
  }
}

int
main (void)
{
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING
                          | G_LOG_FATAL_MASK);
  const char *wanted = getenv ("VHM_FUZZ_N");
  uint64_t n = wanted ? g_ascii_strtoull (wanted, NULL, 10) : 20000;
  g_autoptr (GPtrArray) corpus = make_corpus ();
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "fuzz");
  for (guint i = 0; i < corpus->len; i++) {
    GByteArray *t = corpus->pdata[i];
    LLVMFuzzerTestOneInput (t->data, t->len);
  }
  for (uint64_t i = 0; i < n; i++) {
    const GByteArray *from = corpus->pdata[vhm_rng_below (&rng, corpus->len)];
    g_autoptr (GByteArray) t = g_byte_array_new ();
    g_byte_array_append (t, from->data, from->len);
    for (uint64_t k = 1 + vhm_rng_below (&rng, 4); k > 0; k--)
      mutate (t, &rng);
    if (t->data[0] == PLAIN && vhm_rng_chance (&rng, 0.5))
      reseal (t);
    LLVMFuzzerTestOneInput (t->data, t->len);
  }
  return EXIT_SUCCESS;
}
