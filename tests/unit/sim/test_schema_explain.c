#include <stdio.h>
#include <string.h>
#include <suite.h>
#include <toy_schema.h>
#include <vhm/base/error.h>
#include <vhm/sim/schema.h>

static const struct {
  const char *path, *text;
} cases[] = {
  { "guests.memory.minimum",
    "guests.memory.minimum\n"
    "  The least it may hold.\n"
    "  written:  an amount of memory, like 4 GiB, 512 MiB, 1500 kB, 7 pages\n"
    "  default:  512 MiB\n"
    "  range:    from 32 MiB to 1 TiB\n"
    "  source:   a manual, page 7\n" },
  { "guests.workloads", "guests.workloads\n"
                        "  What it does.\n"
                        "  written:  a list, each a workload: idle, zipf\n"
                        "  default:  []\n"
                        "  range:    at most 3 items\n"
                        "  kinds:\n"
                        "    idle: Does nothing.\n"
                        "    zipf: Zipf's law.\n" },
  { "guests.workloads.zipf.exponent",
    "guests.workloads.zipf.exponent\n"
    "  \n"
    "  written:  a number, like 0.8, 12, 1e-3\n"
    "  default:  1\n"
    "  range:    at most 4\n" },
  { "guests.workloads.idle", "guests.workloads.idle\n"
                             "  Does nothing.\n" },
  { "guests.os", "guests.os\n"
                 "  What runs in it.\n"
                 "  written:  one of: windows, linux\n"
                 "  default:  linux\n" },
  { "guests.memory", "guests.memory\n"
                     "  Its memory.\n"
                     "  written:  a mapping, like key: value, ...\n"
                     "  default:  required\n"
                     "  keys:\n"
                     "    startup  Memory at power-on. (required)\n"
                     "    minimum  The least it may hold. (512 MiB)\n"
                     "    maximum  The most it may hold. (1 TiB)\n"
                     "    buffer   Head room above demand. (20 %)\n" },
};

static char *
explain (const char *path, GError **error)
{
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream (&text, &size);
  bool is_known
      = vhm_schema_explain (&toy_schema, toy_registry, path, out, error);
  ck_assert_int_eq (fclose (out), 0);
  ck_assert (is_known == (size > 0));
  return text;
}

START_TEST (a_key_is_explained_from_its_row)
{
  char *text = explain (cases[_i].path, NULL);
  ck_assert_str_eq (text, cases[_i].text);
  free (text);
}
END_TEST

START_TEST (the_empty_path_lists_the_whole_scenario)
{
  char *text = explain ("", NULL);
  ck_assert (g_str_has_prefix (text, "scenario\n  A question.\n  keys:\n"));
  ck_assert_ptr_nonnull (
      strstr (text, "    expect    What must come out. (none)"));
  free (text);
}
END_TEST

static const struct {
  const char *path, *message;
} wrong[] = {
  { "guests.memry.minimum",
    "\"guests.memry.minimum\": unknown key \"memry\"; did you mean \"memory\"? "
    "known: name, os, memory, workloads" },
  { "guests.workloads.zip",
    "\"guests.workloads.zip\": unknown key \"zip\"; did you mean \"zipf\"? "
    "known: idle, zipf" },
  { "start.x", "\"start.x\": unknown key \"x\"; there are none" },
};

START_TEST (a_wrong_path_names_the_nearest)
{
  g_autoptr (GError) error = NULL;
  char *text = explain (wrong[_i].path, &error);
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_USAGE));
  ck_assert_str_eq (error->message, wrong[_i].message);
  free (text);
}
END_TEST

SUITE ("schema_explain",
       tcase_add_loop_test (tc, a_key_is_explained_from_its_row, 0,
                            G_N_ELEMENTS (cases));
       tcase_add_test (tc, the_empty_path_lists_the_whole_scenario);
       tcase_add_loop_test (tc, a_wrong_path_names_the_nearest, 0,
                            G_N_ELEMENTS (wrong));)
