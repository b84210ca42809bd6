/* When a collector's samples are there: a processor, pages and the host's leave
 * are what it needs. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MS (S / 1000)
#define PAGES 256
#define KEPT (PAGES - PAGES / 4)
#define SLACK_NS 2000 /* rounding of cycles, page by page */

static struct vhm_collector
a_collector (uint64_t sample_ns)
{
  return (struct vhm_collector){ .enabled = true,
                                 .working_set_bytes = PAGES << VHM_PAGE_SHIFT,
                                 .buffers_ppm = 250000,
                                 .sample_ns = sample_ns,
                                 .interval_ns = 10 * S };
}

#define FREE "hard_fault: 0 ns, zero_fault: 0 ns"

static void
check_sample (const struct world *w, guint k, uint64_t since_ns,
              uint64_t took_ns)
{
  struct world_sample s = world_sample (w, k);
  ck_assert_uint_eq (s.since_ns, since_ns);
  ck_assert_double_eq_tol ((double) (s.at_ns - s.since_ns), (double) took_ns,
                           SLACK_NS);
}

START_TEST (alone_it_takes_its_time)
{
  struct world w;
  world_open_ideal (&w, 1, FREE);
  struct vhm_collector c = a_collector (10 * MS);
  world_collector (&w, &c);
  vhm_guest *guest = world_boot (&w, 1, 1000, 1000);
  world_run (&w, 95 * S);
  ck_assert_uint_eq (w.samples->len, 10);
  for (guint k = 0; k < 10; k++)
    check_sample (&w, k, k * 10 * S, 10 * MS);
  ck_assert_double_eq_tol ((double) world_account (guest, VHM_ACCOUNT_COMPUTE),
                           100 * MS, 1e5);
  /* a quarter is there for a sample alone, and new each time */
  struct vhm_guest_counters counted = vhm_guest_counters (guest);
  ck_assert_uint_eq (counted.working_set_pages, KEPT);
  ck_assert_uint_eq (counted.demand_zero_faults, KEPT + 10 * (PAGES - KEPT));
  ck_assert_uint_eq (vhm_guest_operations (guest), 0);
  world_close (&w);
}
END_TEST

/* It keeps all it goes through, or nothing. */
START_TEST (one_walk_is_enough_for_one_kind)
{
  for (uint64_t ppm = 0; ppm <= VHM_PPM; ppm += VHM_PPM) {
    struct world w;
    world_open_ideal (&w, 1, FREE);
    struct vhm_collector c = a_collector (10 * MS);
    c.buffers_ppm = ppm;
    world_collector (&w, &c);
    world_boot (&w, 1, 1000, 1000);
    world_run (&w, 15 * S);
    ck_assert_uint_eq (w.samples->len, 2);
    check_sample (&w, 1, 10 * S, 10 * MS);
    world_close (&w);
  }
}
END_TEST

/* A guest that starts between two whole intervals. */
START_TEST (samples_lie_on_whole_intervals_of_the_host)
{
  struct world w;
  world_open_ideal (&w, 1, FREE);
  world_run (&w, 13 * S);
  struct vhm_collector c = a_collector (10 * MS);
  world_collector (&w, &c);
  world_boot (&w, 1, 1000, 1000);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (w.samples->len, 2);
  check_sample (&w, 0, 20 * S, 10 * MS);
  check_sample (&w, 1, 30 * S, 10 * MS);
  world_close (&w);
}
END_TEST

/* Three threads beside it on one processor: a quarter of it. */
START_TEST (with_a_share_of_its_processor_it_takes_as_much_longer)
{
  struct world w;
  world_open_ideal (&w, 1, FREE);
  struct puppet p = a_puppet (100, 0, 3, 1000, 1e9, 0);
  struct vhm_collector c = a_collector (10 * MS);
  world_puppet (&w, &p);
  world_collector (&w, &c);
  world_boot (&w, 1, 1000, 1000);
  world_run (&w, 15 * S);
  check_sample (&w, 1, 10 * S, 40 * MS);
  world_close (&w);
}
END_TEST

/* A guest of the same weight has the other half of the one processor. */
START_TEST (with_a_share_of_the_host_it_takes_as_much_longer)
{
  struct world w;
  world_open_ideal (&w, 1, FREE);
  struct puppet p = a_puppet (100, 0, 1, 1000, 1e9, 0);
  struct vhm_collector c = a_collector (10 * MS);
  world_collector (&w, &c);
  world_boot (&w, 1, 1000, 1000);
  world_puppet (&w, &p);
  world_boot (&w, 1, 1000, 1000);
  world_run (&w, 15 * S);
  check_sample (&w, 1, 10 * S, 20 * MS);
  world_close (&w);
}
END_TEST

/* k of its pages have been taken: one after the other, 10 ms each. */
START_TEST (pages_that_were_taken_come_back_one_by_one)
{
  for (uint32_t k = 1; k < KEPT; k *= 5) {
    struct world w;
    world_open_ideal (&w, 1, FREE);
    struct vhm_collector c = a_collector (10 * MS);
    world_collector (&w, &c);
    vhm_guest *guest = world_boot (&w, 1, 1000, 1000);
    world_run (&w, 12 * S);
    vhm_guest_inflate (guest, 1000 - KEPT + k, 0);
    vhm_guest_deflate (guest, 1000 - KEPT + k, 0);
    world_run (&w, 17 * S); /* what was written is on the disk by 20 s */
    ck_assert_uint_eq (vhm_guest_counters (guest).page_reads, k);
    check_sample (&w, 2, 20 * S, 10 * MS + k * WORLD_DISK_NS);
    world_close (&w);
  }
}
END_TEST

START_TEST (a_guest_that_the_host_stops_misses_samples)
{
  struct world w;
  world_open_ideal (&w, 1, FREE);
  struct vhm_collector c = a_collector (10 * MS);
  world_collector (&w, &c);
  vhm_guest *guest = world_boot (&w, 1, 1000, 1000);
  world_run (&w, 12 * S);
  vhm_guest_block (guest, true);
  world_run (&w, 35 * S);
  ck_assert_uint_eq (w.samples->len, 2);
  vhm_guest_block (guest, false);
  world_run (&w, 20 * S);
  check_sample (&w, 2, 20 * S, 27 * S + 10 * MS);
  check_sample (&w, 3, 50 * S, 10 * MS);
  world_close (&w);
}
END_TEST

START_TEST (what_takes_longer_than_an_interval_misses_the_next)
{
  struct world w;
  world_open_ideal (&w, 1, FREE);
  struct vhm_collector c = a_collector (25 * S);
  world_collector (&w, &c);
  world_boot (&w, 1, 1000, 1000);
  world_run (&w, 100 * S);
  ck_assert_uint_eq (w.samples->len, 3);
  for (guint k = 0; k < 3; k++)
    check_sample (&w, k, k * 30 * S, 25 * S);
  world_close (&w);
}
END_TEST

/* A collection as long as an interval: whether it ends just before the next one is
 * a matter of a cycle, but each begins on time. */
START_TEST (what_takes_an_interval_begins_on_time)
{
  struct world w;
  world_open_ideal (&w, 1, FREE);
  struct vhm_collector c = a_collector (10 * S);
  world_collector (&w, &c);
  world_boot (&w, 1, 1000, 1000);
  world_run (&w, 65 * S);
  ck_assert_uint_ge (w.samples->len, 3);
  ck_assert_uint_le (w.samples->len, 6);
  for (guint k = 0; k < w.samples->len; k++)
    ck_assert_uint_eq (world_sample (&w, k).since_ns % (10 * S), 0);
  world_close (&w);
}
END_TEST

/* No commit, no memory to go through; as soon as there is some, it goes on. */
START_TEST (without_its_commit_there_are_no_samples)
{
  struct world w;
  world_open (&w, 1, 20000);
  world_os (&w, "windows", "nonpaged_pool: 1 MiB, page_file: 1 MiB");
  struct puppet p = a_puppet (4000, 0, 1, 1000, 100, S);
  p.commit_pages = 1000 + 4000 - 100;
  struct vhm_collector c = a_collector (10 * MS);
  world_puppet (&w, &p);
  world_collector (&w, &c);
  world_boot (&w, 1, 5000, 5000);
  world_run (&w, 55 * S);
  ck_assert_uint_eq (w.samples->len, 0);
  vhm_process_uncommit (p.process, 1000);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (w.samples->len, 1);
  ck_assert_uint_eq (world_sample (&w, 0).since_ns, 60 * S);
  world_close (&w);
}
END_TEST

SUITE_TWICE (
    "collector", "every reference", world_every_reference, world_next_fault,
    tcase_add_test (tc, alone_it_takes_its_time);
    tcase_add_test (tc, one_walk_is_enough_for_one_kind);
    tcase_add_test (tc, samples_lie_on_whole_intervals_of_the_host);
    tcase_add_test (tc, with_a_share_of_its_processor_it_takes_as_much_longer);
    tcase_add_test (tc, with_a_share_of_the_host_it_takes_as_much_longer);
    tcase_add_test (tc, pages_that_were_taken_come_back_one_by_one);
    tcase_add_test (tc, a_guest_that_the_host_stops_misses_samples);
    tcase_add_test (tc, what_takes_longer_than_an_interval_misses_the_next);
    tcase_add_test (tc, what_takes_an_interval_begins_on_time);
    tcase_add_test (tc, without_its_commit_there_are_no_samples);)
