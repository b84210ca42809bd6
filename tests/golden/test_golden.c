/* Has anything changed? Each scenario of this folder gives, byte for byte, the
 * result.json and series.csv that lie beside it, in every build: asserts,
 * optimization and sanitizers must not move a number.
 *
 * After a change that is meant:  VHM_UPDATE=1 ctest --preset dev -L golden
 * and the commit says why. A machine whose mathematical library rounds
 * otherwise than glibc may differ in last digits.
 */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#include <vhm/report/report.h>

#define FOLDER VHM_SOURCE_DIR "/tests/golden/"

static const char *const names[]
    = { "shortage", "ideal-lru", "sharing",  "swap",       "restart",
        "every",    "mom",       "squeezed", "translation" };

static char *
read_text (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (FOLDER, name, ".yaml", NULL);
  g_autofree char *text = NULL;
  bool fine = g_file_get_contents (path, &text, NULL, &error);
  ck_assert_msg (fine, "%s", error ? error->message : "");
  return g_steal_pointer (&text);
}

static struct vhm_result *
run_named (const char *name, bool audit)
{
  g_autofree char *text = read_text (name);
  struct vhm_scenario *s = host_scenario (text);
  struct vhm_result *result = host_run (s, audit);
  const struct vhm_case *c = s->config;
  result->question = g_strdup (c->question);
  result->scenario_path = g_strconcat (name, ".yaml", NULL);
  result->resolved_yaml = vhm_scenario_resolved_yaml (s);
  result->version = g_strdup ("any"); /* a release alone changes nothing */
  vhm_scenario_free (s);
  return result;
}

static guint
line_of_difference (const char *a, const char *b)
{
  guint line = 1;
  for (; *a && *a == *b; a++, b++)
    line += *a == '\n';
  return line;
}

static void
compare (const char *name, const char *suffix, const char *got, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (FOLDER, name, suffix, NULL);
  g_autofree char *kept = NULL;
  bool fine;
  if (g_strcmp0 (g_getenv ("VHM_UPDATE"), "1") == 0)
    fine = g_file_set_contents (path, got, (gssize) size, &error);
  else
    fine = g_file_get_contents (path, &kept, NULL, &error);
  ck_assert_msg (fine, "%s", error ? error->message : "");
  if (!kept || g_str_equal (kept, got))
    return;
  guint line = line_of_difference (kept, got);
  g_auto (GStrv) was = g_strsplit (kept, "\n", (gint) line + 1);
  g_auto (GStrv) is = g_strsplit (got, "\n", (gint) line + 1);
  ck_abort_msg ("%s%s:%u\n  was %s\n  is  %s\n"
                "Set VHM_UPDATE=1 if this is meant.",
                name, suffix, line, was[line - 1], is[line - 1]);
}

/* Audited and not: looking must not move a number. */
START_TEST (gives_the_same_bytes_as_ever)
{
  struct vhm_result *result = run_named (names[_i / 2], _i % 2 == 0);
  size_t size;
  g_autofree char *json = vhm_report_json (result, NULL, &size);
  compare (names[_i / 2], ".json", json, size);
  g_autofree char *csv = vhm_report_csv (result, &size);
  compare (names[_i / 2], ".csv", csv, size);
  vhm_result_free (result);
}
END_TEST

START_TEST (how_often_samples_are_taken_moves_no_number)
{
  g_autofree char *text = read_text ("shortage");
  g_auto (GStrv) halves = g_strsplit (text, "sample: 30 s", 2);
  ck_assert_uint_eq (g_strv_length (halves), 2);
  g_autofree char *often = g_strjoinv ("sample: 7 s", halves);
  struct vhm_result *a = host_glance (text), *b = host_glance (often);
  ck_assert_uint_lt (a->n_samples, b->n_samples);
  ck_assert_uint_eq (a->n_events - a->n_samples, b->n_events - b->n_samples);
  ck_assert_uint_eq (a->n_references, b->n_references);
  ck_assert_uint_eq (a->n_faults, b->n_faults);
  ck_assert_uint_eq (a->ledger->len, b->ledger->len);
  for (guint i = 0; i < a->ledger->len; i++) {
    const struct vhm_ledger_row *x = a->ledger->pdata[i],
                                *y = b->ledger->pdata[i];
    ck_assert_uint_eq (x->cycles, y->cycles);
  }
  vhm_result_free (a);
  vhm_result_free (b);
}
END_TEST

/* So that the bytes above say something about the shortage they are for. */
START_TEST (the_shortage_moves_memory_both_ways)
{
  struct vhm_result *r = run_named ("shortage", true);
  double end = r->duration_s;
  ck_assert_double_gt (sample_at (r, "hungry", "added_memory", end), 0);
  ck_assert_double_gt (sample_at (r, "hungry", "removed_memory", end), 0);
  ck_assert_double_gt (sample_at (r, "hungry", "pages_input_per_s", end), 0);
  ck_assert (!isnan (sample_at (r, "late", "pressure", end)));
  ck_assert (isnan (sample_at (r, "too-large", "pressure", end)));
  ck_assert_uint_eq (r->incidents->len, 1);
  vhm_result_free (r);
}
END_TEST

SUITE ("golden", tcase_add_loop_test (tc, gives_the_same_bytes_as_ever, 0,
                                      2 * (int) G_N_ELEMENTS (names));
       tcase_add_test (tc, how_often_samples_are_taken_moves_no_number);
       tcase_add_test (tc, the_shortage_moves_memory_both_ways);)
