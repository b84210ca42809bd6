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

static const char *const names[] = { "shortage", "ideal-lru", "restart" };

static struct vhm_scenario *
read_scenario (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (FOLDER, name, ".yaml", NULL);
  g_autofree char *text = NULL;
  bool fine = g_file_get_contents (path, &text, NULL, &error);
  ck_assert_msg (fine, "%s", error ? error->message : "");
  return host_scenario (text);
}

static struct vhm_result *
run_named (const char *name)
{
  struct vhm_scenario *s = read_scenario (name);
  struct vhm_result *result = host_run (s, true);
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

START_TEST (gives_the_same_bytes_as_ever)
{
  struct vhm_result *result = run_named (names[_i]);
  size_t size;
  g_autofree char *json = vhm_report_json (result, NULL, &size);
  compare (names[_i], ".json", json, size);
  g_autofree char *csv = vhm_report_csv (result, &size);
  compare (names[_i], ".csv", csv, size);
  vhm_result_free (result);
}
END_TEST

/* So that the bytes above say something about the shortage they are for. */
START_TEST (the_shortage_moves_memory_both_ways)
{
  struct vhm_result *r = run_named ("shortage");
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
                                      (int) G_N_ELEMENTS (names));
       tcase_add_test (tc, the_shortage_moves_memory_both_ways);)
