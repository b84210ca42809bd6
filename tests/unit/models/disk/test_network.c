/* Storage behind a network: times by hand. 1 GB/s is a byte a ns; the round
 * trip takes 500 ns. */
#include "disk_rig.h"
#include "suite.h"

#define ROUND_TRIP 500

static const struct setting settings[] = {
  { "round_trip", ROUND_TRIP },
  { "bandwidth", VHM_NS_PER_S },
  { "depth", 7 },
};

static void
open_rig (struct disk_rig *rig)
{
  disk_rig_open (rig, &vhm_disk_network, settings, G_N_ELEMENTS (settings));
}

START_TEST (a_lone_request_takes_transfer_and_round_trip)
{
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (disk_rig_read (&rig, 9, 0, 100), 9 + 100 + ROUND_TRIP);
  ck_assert_uint_eq (disk_rig_write (&rig, 2000, 0, 100),
                     2000 + 100 + ROUND_TRIP);
  ck_assert_uint_eq (disk_rig_read (&rig, 4000, 0, 0), 4000 + ROUND_TRIP);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (the_link_is_shared_in_order_and_round_trips_overlap)
{
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (disk_rig_read (&rig, 0, 0, 100), 100 + ROUND_TRIP);
  ck_assert_uint_eq (disk_rig_write (&rig, 10, 0, 40), 140 + ROUND_TRIP);
  ck_assert_uint_eq (disk_rig_read (&rig, 20, 0, 5), 145 + ROUND_TRIP);
  /* the link is free again long before the first is done */
  ck_assert_uint_eq (disk_rig_read (&rig, 145, 0, 5), 150 + ROUND_TRIP);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (has_the_depth_asked_for_and_no_end)
{
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (rig.ops->depth (rig.config), 7);
  ck_assert (rig.ops->capacity_bytes == NULL);
  disk_rig_close (&rig);
}
END_TEST

SUITE ("network",
       tcase_add_test (tc, a_lone_request_takes_transfer_and_round_trip);
       tcase_add_test (tc, the_link_is_shared_in_order_and_round_trips_overlap);
       tcase_add_test (tc, has_the_depth_asked_for_and_no_end);)
