/* Kinds of paging side by side: who is told, when, and how often it is done. */
#include "host_run.h"
#include "suite.h"

#define HOST                                                                   \
  "start: \"09:00\"\nduration: 60 s\nsample: 5 s\nhost: {memory: 1 GiB, "      \
  "root_reserve: 64 MiB, cpus: 2, shutdown_time: 1 s, disks: [{name: d0}], "   \
  "cpu: {preset: sandy-bridge, l2: {size: 32 KiB, ways: 8, cycles: 12}, llc: " \
  "{size: 256 KiB, ways: 8, cycles: 30}}}\nguests:\n"
#define GUEST(name)                                                            \
  "  - {name: " name ", memory: {startup: 192 MiB, minimum: 64 MiB, maximum: " \
  "192 MiB}, os: ideal-lru, workloads: [{kind: idle, commit: 60 MiB}]}\n"
#define STOP(at, name) "  - {at: \"09:00:" at "\", shutdown: " name "}\n"

static const char *
guest_of (const struct vhm_result *r, guint row)
{
  return ((struct vhm_translation_row *) r->translation->pdata[row])->guest;
}

/* Each guest has its three rows once, whether others stop at the same instant, a
 * little later, or with the run. */
START_TEST (each_guest_is_told_once_when_it_ends)
{
  static const char *const timelines[]
      = { "", STOP ("20", "a") STOP ("20", "b"),
          STOP ("20", "a") STOP ("30", "b"), STOP ("59", "b") };
  static const char *const order[] = { "abc", "abc", "abc", "bac" };
  g_autofree char *text
      = g_strdup_printf (HOST GUEST ("a") GUEST ("b") GUEST ("c") "%s%s",
                         _i == 0 ? "" : "timeline:\n", timelines[_i]);
  struct vhm_result *r = host_run_text (text);
  ck_assert_uint_eq (r->translation->len, 9);
  for (guint i = 0; i < 9; i++) {
    const struct vhm_translation_row *row = r->translation->pdata[i];
    ck_assert_int_eq (guest_of (r, i)[0], order[_i][i / 3]);
    ck_assert_uint_gt (row->n_references, 0);
    ck_assert_double_gt (row->guest_walk_cyc, 0);
  }
  vhm_result_free (r);
}
END_TEST

SUITE ("comparison of pagings",
       tcase_add_loop_test (tc, each_guest_is_told_once_when_it_ends, 0, 4);)
