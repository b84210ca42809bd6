/* Far memory: times by hand. 1 GB/s is a byte a ns; the latency is 30 ns. And
 * the defaults against the figure that they come from. */
#include "disk_rig.h"
#include "suite.h"

#include <vhm/sim/scenario.h>

#define LATENCY 30

static const struct setting settings[] = {
  { "latency", LATENCY },
  { "bandwidth", VHM_NS_PER_S },
  { "depth", 9 },
  { "capacity", 12345 },
};

static void
open_rig (struct disk_rig *rig)
{
  disk_rig_open (rig, &vhm_disk_far_memory, settings, G_N_ELEMENTS (settings));
}

START_TEST (a_lone_request_takes_transfer_and_latency)
{
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (disk_rig_read (&rig, 9, 0, 100), 9 + 100 + LATENCY);
  ck_assert_uint_eq (disk_rig_write (&rig, 9, 0, 0), 9 + LATENCY);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (a_lane_is_shared_in_order_and_latencies_overlap)
{
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (disk_rig_read (&rig, 0, 0, 10), 10 + LATENCY);
  ck_assert_uint_eq (disk_rig_read (&rig, 0, 0, 10), 20 + LATENCY);
  ck_assert_uint_eq (disk_rig_read (&rig, 25, 0, 10), 35 + LATENCY);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (reads_and_writes_do_not_hinder_each_other)
{
  struct disk_rig rig;
  open_rig (&rig);
  disk_rig_read (&rig, 0, 0, 1000);
  ck_assert_uint_eq (disk_rig_write (&rig, 0, 0, 100), 100 + LATENCY);
  ck_assert_uint_eq (disk_rig_write (&rig, 0, 0, 100), 200 + LATENCY);
  ck_assert_uint_eq (disk_rig_read (&rig, 0, 0, 1), 1001 + LATENCY);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (has_the_depth_and_capacity_asked_for)
{
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (rig.ops->depth (rig.config), 9);
  ck_assert_uint_eq (rig.ops->capacity_bytes (rig.config), 12345);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (a_page_takes_below_5_us_by_default)
{
  struct disk_rig rig;
  struct vhm_rng rng = { { 1, 2, 3, 4 } };
  const struct vhm_scenario_rules rules
      = { .schema = &vhm_disk_far_memory.config };
  struct vhm_scenario *defaults
      = vhm_scenario_read_text ("far", "{}", 2, &rules, NULL);
  ck_assert_ptr_nonnull (defaults);
  rig.ops = vhm_disk_far_memory.ops;
  rig.state = g_malloc0 (vhm_disk_far_memory.state_size);
  rig.ops->init (rig.state, defaults->config, &rng);
  uint64_t ns = disk_rig_read (&rig, 0, 0, VHM_PAGE_BYTES);
  ck_assert_uint_lt (ns, 5000);
  ck_assert_uint_ge (ns, 4900); /* the bound, not far below it */
  g_free (rig.state);
  vhm_scenario_free (defaults);
}
END_TEST

SUITE ("far memory",
       tcase_add_test (tc, a_lone_request_takes_transfer_and_latency);
       tcase_add_test (tc, a_lane_is_shared_in_order_and_latencies_overlap);
       tcase_add_test (tc, reads_and_writes_do_not_hinder_each_other);
       tcase_add_test (tc, has_the_depth_and_capacity_asked_for);
       tcase_add_test (tc, a_page_takes_below_5_us_by_default);)
