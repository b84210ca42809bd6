/* MOM's control of page sharing, by hand. Private header of models/balancer. */
#include "ksm_control.h"
#include "suite.h"

#include <string.h>

#include <vhm/base/units.h>
#include <vhm/sim/scenario.h>

#define MS UINT64_C (1000000)

static struct vhm_scenario *
keys (const char *yaml, GError **error)
{
  const struct vhm_scenario_rules rules = { .schema = &vhm_ksm_schema };
  return vhm_scenario_read_text ("ksm", yaml, strlen (yaml), &rules, error);
}

/* A decision with default keys; memory in GiB. */
static struct vhm_ksm_setting
next (struct vhm_ksm_setting before, uint64_t total, uint64_t free,
      uint64_t sharable)
{
  struct vhm_scenario *s = keys ("{}", NULL);
  const struct vhm_ksm_view view
      = { total * VHM_GIB, free * VHM_GIB, sharable * VHM_GIB };
  struct vhm_ksm_setting after = vhm_ksm_next (s->config, &before, &view);
  vhm_scenario_free (s);
  return after;
}

static const struct vhm_ksm_setting never;

/* 20 % of 20 GiB are 4. */
START_TEST (is_off_while_there_is_room)
{
  ck_assert (!next (never, 20, 5, 15).runs);
  ck_assert (next (never, 20, 5, 16).runs);
  ck_assert (next (never, 20, 4, 10).runs);
  ck_assert (next (never, 20, 3, 10).runs);
  /* what it had done so far stands */
  const struct vhm_ksm_setting before
      = { .runs = true, .n_pages = 700, .sleep_ns = 10 * MS };
  struct vhm_ksm_setting after = next (before, 20, 5, 15);
  ck_assert (!after.runs);
  ck_assert_uint_eq (after.n_pages, 700);
}
END_TEST

START_TEST (speeds_up_under_pressure_and_slows_down_without)
{
  static const uint64_t up[] = { 300, 600, 900, 1200, 1250, 1250 };
  struct vhm_ksm_setting s = never;
  for (size_t i = 0; i < G_N_ELEMENTS (up); i++) {
    s = next (s, 20, 3, 10);
    ck_assert_uint_eq (s.n_pages, up[i]);
  }
  s = next (s, 20, 4, 10); /* at the line: it runs, and slows down */
  ck_assert_uint_eq (s.n_pages, 1200);
  s.n_pages = 120;
  s = next (s, 20, 8, 16);
  ck_assert_uint_eq (s.n_pages, 70);
  s = next (s, 20, 8, 16);
  ck_assert_uint_eq (s.n_pages, 64);
  s.n_pages = 10;
  ck_assert_uint_eq (next (s, 20, 8, 16).n_pages, 64);
}
END_TEST

START_TEST (sleeps_the_shorter_the_larger_the_host)
{
  ck_assert_uint_eq (next (never, 16, 1, 1).sleep_ns, 10 * MS);
  ck_assert_uint_eq (next (never, 8, 1, 1).sleep_ns, 20 * MS);
  ck_assert_uint_eq (next (never, 12, 1, 1).sleep_ns, 13 * MS);  /* 13.3 */
  ck_assert_uint_eq (next (never, 128, 1, 1).sleep_ns, 1 * MS);  /* 1.25 */
  ck_assert_uint_eq (next (never, 1024, 1, 1).sleep_ns, 1 * MS); /* 0.16 */
}
END_TEST

START_TEST (refuses_a_range_that_is_none)
{
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (keys ("{least: 20, most: 10}", &error));
  ck_assert_ptr_nonnull (strstr (error->message, "ksm:1:9: least: above most"));
}
END_TEST

SUITE ("control of page sharing",
       tcase_add_test (tc, is_off_while_there_is_room);
       tcase_add_test (tc, speeds_up_under_pressure_and_slows_down_without);
       tcase_add_test (tc, sleeps_the_shorter_the_larger_the_host);
       tcase_add_test (tc, refuses_a_range_that_is_none);)
