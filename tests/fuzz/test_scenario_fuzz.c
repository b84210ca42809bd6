/* Throws scenario texts at the reader: the corpus as it is, then mutations of
 * it, always the same ones (fixed seed). For every text:
 *
 *   - no crash, no leak (under the sanitizers), never both or neither of a
 *     scenario and an error;
 *   - the error is valid UTF-8 without control characters;
 *   - the resolved text of a scenario reads back, and resolves to itself.
 *
 * The entry has the signature of libFuzzer's, for a build with an engine.
 * Without one, main replays; VHM_FUZZ_N sets the number of mutations.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <toy_schema.h>
#include <vhm/sim/rng.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define CHECK(x, text, size)                                           \
  do {                                                                 \
    if (!(x)) {                                                        \
      fprintf (stderr, "failed: %s\ninput:\n%.*s\n", #x, (int) (size), \
               (const char *) (text));                                 \
      abort ();                                                        \
    }                                                                  \
  } while (0)

static bool
is_clean (const char *text)
{
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)) && *p != '\n')
      return false;
  return true;
}

static void
check_round_trip (const struct vhm_scenario *scenario)
{
  g_autofree char *once = vhm_scenario_resolved_yaml (scenario);
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) back = toy_read (once, NULL, &error);
  CHECK (back != NULL, error->message, strlen (error->message));
  g_autofree char *twice = vhm_scenario_resolved_yaml (back);
  CHECK (strcmp (once, twice) == 0, once, strlen (once));
}

/* Bytes up to the first 0xfe are the file; the rest, if any, is one --set. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const uint8_t *stop = size > 0 ? memchr (data, 0xfe, size) : NULL;
  size_t n = stop ? (size_t) (stop - data) : size;
  g_autofree char *text = g_malloc (n + 1); /* exact, so overruns show */
  g_autofree char *override
      = stop ? g_strndup ((const char *) stop + 1, size - n - 1) : NULL;
  const char *overrides[] = { override, NULL };
  struct vhm_scenario_rules rules = toy_rules (override ? overrides : NULL);
  g_autoptr (GError) error = NULL;
  if (n > 0)
    memcpy (text, data, n);
  g_autoptr (vhm_scenario) scenario
      = vhm_scenario_read_text ("s.yaml", text, n, &rules, &error);
  CHECK ((scenario == NULL) == (error != NULL), data, size);
  if (error)
    CHECK (g_utf8_validate (error->message, -1, NULL)
               && is_clean (error->message) && *error->message,
           data, size);
  else
    check_round_trip (scenario);
  return 0;
}

/* --- replay --------------------------------------------------------------- */

static void
free_text (void *text)
{
  g_string_free (text, TRUE);
}

static int
by_name (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static GPtrArray *
load_corpus (void)
{
  GPtrArray *corpus = g_ptr_array_new_with_free_func (free_text);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder
      = g_dir_open (VHM_SOURCE_DIR "/tests/fuzz/corpus", 0, NULL);
  const char *name;
  while (folder && (name = g_dir_read_name (folder)))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, by_name);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename (
        VHM_SOURCE_DIR "/tests/fuzz/corpus", names->pdata[i], NULL);
    char *text = NULL;
    gsize size = 0;
    if (g_file_get_contents (path, &text, &size, NULL))
      g_ptr_array_add (corpus, g_string_new_len (text, (gssize) size));
    g_free (text);
  }
  return corpus;
}

static const char *const tokens[] = { "&a ",
                                      "*a",
                                      "<<: *a",
                                      "[",
                                      "]",
                                      "{",
                                      "}",
                                      ": ",
                                      "- ",
                                      "\n",
                                      "\n  ",
                                      "? ",
                                      "|\n",
                                      ">\n",
                                      "\"",
                                      "'",
                                      "#",
                                      "!!x ",
                                      "~",
                                      "null",
                                      "4 GiB",
                                      "-1",
                                      "99999999999999999999",
                                      "1e400",
                                      "preset: big",
                                      "preset: huge",
                                      "kind: zipf",
                                      "kind: esx",
                                      "name: g1",
                                      "memory",
                                      "\\0",
                                      "\\x85",
                                      "\xef\xbb\xbf",
                                      "\xe2\x80\xa8",
                                      "\xff",
                                      "\t",
                                      "\r",
                                      "---\n",
                                      "...\n",
                                      "%TAG ! x:\n",
                                      "\xfehost.cpus=",
                                      "\xfeguests.0.memory={",
                                      "0.1 %" };

static void
mutate (GString *text, const GString *other, struct vhm_rng *rng)
{
  gssize at = (gssize) vhm_rng_below (rng, text->len + 1);
  gsize left = text->len - (gsize) at;
  gssize n = (gssize) vhm_rng_below (rng, MIN (left, 40) + 1);
  switch (vhm_rng_below (rng, 6)) {
  case 0: /* drop a piece */
    g_string_erase (text, at, n);
    break;
  case 1: /* one byte to another */
    if (left > 0)
      text->str[at] = (char) vhm_rng_below (rng, 256);
    break;
  case 2:
  case 3: /* something that means something */
    g_string_insert (text, at,
                     tokens[vhm_rng_below (rng, G_N_ELEMENTS (tokens))]);
    break;
  case 4: { /* a piece again, somewhere else */
    g_autofree char *piece = g_strndup (text->str + at, (gsize) n);
    g_string_insert (text, (gssize) vhm_rng_below (rng, text->len + 1), piece);
    break;
  }
  default: { /* a piece of another text */
    gsize from = vhm_rng_below (rng, other->len + 1);
    g_string_insert_len (text, at, other->str + from,
                         (gssize) MIN (other->len - from, 60));
  }
  }
}

/* xoshiro's state from splitmix64's first outputs for seed 0. */
static const struct vhm_rng fixed_seed
    = { { UINT64_C (0xe220a8397b1dcdaf), UINT64_C (0x6e789e6aa1b965f4),
          UINT64_C (0x06c45d188009454f), UINT64_C (0xf88bb8a8724c81ec) } };

int
main (void)
{
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING
                          | G_LOG_FATAL_MASK);
  g_autoptr (GPtrArray) corpus = load_corpus ();
  const char *wish = g_getenv ("VHM_FUZZ_N");
  unsigned n = wish ? (unsigned) atoi (wish) : 20000;
  struct vhm_rng rng = fixed_seed;
  if (corpus->len == 0)
    return EXIT_FAILURE;
  for (guint i = 0; i < corpus->len; i++) {
    const GString *text = corpus->pdata[i];
    LLVMFuzzerTestOneInput ((const uint8_t *) text->str, text->len);
  }
  for (unsigned i = 0; i < n; i++) {
    const GString *seed = corpus->pdata[vhm_rng_below (&rng, corpus->len)];
    const GString *other = corpus->pdata[vhm_rng_below (&rng, corpus->len)];
    GString *text = g_string_new_len (seed->str, (gssize) seed->len);
    for (uint64_t k = vhm_rng_below (&rng, 5) + 1; k > 0; k--)
      mutate (text, other, &rng);
    LLVMFuzzerTestOneInput ((const uint8_t *) text->str, text->len);
    g_string_free (text, TRUE);
  }
  printf ("%u texts of the corpus, %u mutations\n", corpus->len, n);
  return EXIT_SUCCESS;
}
