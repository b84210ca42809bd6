/* Jobs: what they touch, keep, read and write, and how many there are. */
#include "suite.h"
#include "world.h"

#include <math.h>

#define S VHM_NS_PER_S
#define MS (S / 1000)
#define MIB_PAGES 256
#define BARE "kernel: 1 MiB, page_struct: 0 B, swap: 0 B"

static vhm_guest *
boot_jobs (struct world *w, const char *yaml, uint32_t n)
{
  world_open (w, 1, n + 1000);
  world_os (w, "linux", BARE);
  world_workload (w, "jobs", yaml);
  return world_boot (w, 1, n, n);
}

static struct vhm_guest_counters
counters (const vhm_guest *guest)
{
  return vhm_guest_counters (guest);
}

/* Each touches all of its memory once, zeroed; when all are done all of it is free
 * again, and they have taken their work and their faults, no more. */
START_TEST (jobs_give_back_what_they_take)
{
  struct world w;
  vhm_guest *guest = boot_jobs (
      &w, "threads: 3, jobs: 20, memory: 2 MiB, passes: 2, work: 30 ms", 8192);
  struct vhm_guest_counters before = counters (guest);
  world_run (&w, 610 * MS);
  ck_assert_uint_lt (vhm_guest_operations (guest), 20);
  world_run (&w, S);
  struct vhm_guest_counters after = counters (guest);
  ck_assert_uint_eq (vhm_guest_operations (guest), 20);
  ck_assert_uint_eq (after.demand_zero_faults, 20 * 2 * MIB_PAGES);
  ck_assert_uint_eq (after.free_pages, before.free_pages);
  ck_assert_uint_eq (after.committed_pages, before.committed_pages);
  double faults = 20 * 2 * MIB_PAGES * 1500;
  ck_assert_double_eq_tol ((double) world_account (guest, VHM_ACCOUNT_COMPUTE),
                           20 * 30e6, 1e4);
  ck_assert_double_eq_tol (
      (double) world_account (guest, VHM_ACCOUNT_GUEST_FAULT), faults, 1e4);
  world_close (&w);
}
END_TEST

/* Little: mean memory committed = rate x mean of (memory x time it is held). On one
 * processor, T jobs at a time: all hold theirs all the time. */
START_TEST (memory_in_use_follows_littles_law)
{
  struct world w;
  vhm_guest *guest = boot_jobs (
      &w, "threads: 4, memory: 2 MiB, spread: 50 %, passes: 1, work: 20 ms",
      8192);
  world_run (&w, S);
  uint64_t done = vhm_guest_operations (guest);
  double sum = 0, least = INFINITY, most = 0;
  for (int i = 0; i < 4000; i++) {
    world_run (&w, 5 * MS);
    double mib
        = ((double) counters (guest).committed_pages - MIB_PAGES) / MIB_PAGES;
    sum += mib;
    least = fmin (least, mib);
    most = fmax (most, mib);
  }
  double rate = (double) (vhm_guest_operations (guest) - done) / 20;
  double life = 4 / rate; /* four at a time */
  /* all jobs have the same work, so that memory and life are independent but for
   * the faults: 1.5 us a page, against 20 ms */
  ck_assert_double_eq_tol (sum / 4000, rate * life * 2, 0.02 * 8);
  ck_assert_double_eq_tol (rate, 1 / (20e-3 + 512 * 1.5e-6), 0.5);
  ck_assert_double_ge (least, 4 * 1.0);
  ck_assert_double_le (most, 4 * 3.0);
  ck_assert_double_gt (most - least, 3);
  world_close (&w);
}
END_TEST

/* The input is gone through in order: 10 jobs read 10 parts of it, and the next
 * ones find it cached. */
START_TEST (input_in_order_is_read_once_a_round)
{
  struct world w;
  vhm_guest *guest
      = boot_jobs (&w,
                   "threads: 2, jobs: 15, memory: 1 MiB, work: 1 ms, "
                   "input: 10 MiB, reads: 1 MiB",
                   8192);
  world_run (&w, 60 * S);
  ck_assert_uint_eq (vhm_guest_operations (guest), 15);
  ck_assert_uint_eq (counters (guest).pages_input, 10 * MIB_PAGES);
  ck_assert_uint_eq (
      counters (guest).transition_faults + counters (guest).page_reads,
      counters (guest).page_faults - counters (guest).demand_zero_faults);
  ck_assert_uint_eq (counters (guest).standby_pages, 10 * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* Pages cached after n files read by popularity, each page a file: the sum of
 * 1 - (1 - p_k)^n over the files. */
START_TEST (popular_files_are_read_more_often)
{
  static const double exponents[] = { 0, 0.8, 1, 1.4 };
  double s = exponents[_i], expected = 0, n = 4 * MIB_PAGES, jobs = 500;
  g_autofree char *yaml = g_strdup_printf (
      "jobs: 500, memory: 4 KiB, work: 1 us, input: 4 MiB, reads: 4 KiB, "
      "order: zipf, file: 4 KiB, exponent: %g",
      s);
  struct world w;
  vhm_guest *guest = boot_jobs (&w, yaml, 8192);
  world_run (&w, 60 * S);
  ck_assert_uint_eq (vhm_guest_operations (guest), 500);
  for (double k = 1; k <= n; k++) {
    double all = s == 1 ? log (n + 1) : (pow (n + 1, 1 - s) - 1) / (1 - s);
    double it = s == 1 ? log ((k + 1) / k)
                       : (pow (k + 1, 1 - s) - pow (k, 1 - s)) / (1 - s);
    expected += 1 - pow (1 - it / all, jobs);
  }
  /* no file is cached but the ones read: the first page of the input, and windows
   * of a reader in order, are read ahead */
  double cached = (double) counters (guest).standby_pages;
  ck_assert_double_eq_tol (cached, expected, 4 * sqrt (expected) + 4);
  world_close (&w);
}
END_TEST

/* Read in advance: no job begins before its buffer is full, at most `ahead` wait,
 * and the buffers are the jobs' to free. */
START_TEST (a_reader_goes_ahead_of_the_jobs)
{
  struct world w;
  bool is_slow = _i == 0;
  g_autofree char *yaml = g_strdup_printf (
      "threads: 2, jobs: 40, memory: 256 KiB, work: %s, input: 40 MiB, "
      "reads: 1 MiB, ahead: 5",
      is_slow ? "1 us" : "400 ms");
  vhm_guest *guest = boot_jobs (&w, yaml, 4096);
  uint64_t kernel = MIB_PAGES, most = 0;
  struct vhm_guest_counters c = counters (guest);
  while (vhm_guest_operations (guest) < 40) {
    world_run (&w, 10 * MS);
    c = counters (guest);
    most = MAX (most, c.committed_pages - kernel);
    ck_assert_uint_ge (c.pages_input, vhm_guest_operations (guest) * MIB_PAGES);
  }
  world_run (&w, S);
  uint64_t jobs = 2 * (MIB_PAGES / 4), buffers = (5 + 2) * MIB_PAGES;
  ck_assert_uint_le (most, jobs + buffers);
  if (is_slow) /* the disk is what they wait for: one is at work at most */
    ck_assert_uint_le (most, 3 * MIB_PAGES);
  else
    ck_assert_uint_eq (most, jobs + buffers);
  ck_assert_uint_eq (counters (guest).committed_pages, kernel);
  ck_assert_uint_eq (counters (guest).pages_input, 40 * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* What they write is not read for it, and stays cached, dirty, until memory is
 * short. */
START_TEST (output_is_written_when_memory_is_short)
{
  struct world w;
  vhm_guest *guest = boot_jobs (&w,
                                "jobs: 40, memory: 256 KiB, work: 1 ms, "
                                "output: 20 MiB, writes: 1 MiB",
                                16 * MIB_PAGES);
  world_run (&w, 120 * S);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (vhm_guest_operations (guest), 40);
  ck_assert_uint_eq (c.pages_input, 0);
  ck_assert_uint_le (c.standby_pages, 15 * MIB_PAGES);
  ck_assert_uint_ge (c.pages_output + c.standby_pages, 40 * MIB_PAGES);
  world_close (&w);
}
END_TEST

START_TEST (jobs_refused_are_tried_again)
{
  struct world w;
  vhm_guest *guest
      = boot_jobs (&w, "jobs: 3, memory: 20 MiB, work: 1 ms", 16 * MIB_PAGES);
  world_run (&w, 10 * S);
  uint64_t refused = counters (guest).refused_commits;
  ck_assert_uint_ge (refused, 9);
  ck_assert_uint_le (refused, 11);
  ck_assert_uint_eq (vhm_guest_operations (guest), 0);
  world_close (&w);
}
END_TEST

/* The killer ends it: nothing goes on. */
START_TEST (a_killed_stream_of_jobs_has_ended)
{
  struct world w;
  vhm_guest *guest = boot_jobs (&w, "threads: 4, memory: 6 MiB, work: 100 ms",
                                16 * MIB_PAGES);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (counters (guest).oom_kills, 1);
  uint64_t done = vhm_guest_operations (guest);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_operations (guest), done);
  ck_assert_uint_ge (counters (guest).free_pages, 14 * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* An operation of ten jobs, begun after 2 s, takes ten jobs' time. */
START_TEST (an_operation_is_some_jobs)
{
  struct world w;
  vhm_guest *guest = boot_jobs (&w,
                                "jobs: 30, operation: 10, begins: 2 s, "
                                "memory: 4 KiB, work: 10 ms",
                                8192);
  world_run (&w, 2 * S);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_COMPUTE), 0);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_guest_operations (guest), 3);
  for (uint32_t k = 0; k < 3; k++)
    ck_assert_double_eq_tol ((double) vhm_guest_operation_ns (guest, k), 1e8,
                             1e5);
  world_close (&w);
}
END_TEST

/* A host that swaps: what fresh memory and the files' pages lie in has been taken
 * away. Both modes of references must tell the same. */
static struct vhm_swap_config swap = { .victims = VHM_VICTIMS_CLOCK,
                                       .read_ahead = 8,
                                       .batch = 8,
                                       .n_writes = 4,
                                       .fault_ns = 5000,
                                       .minor_ns = 1000 };

static struct vhm_backing_counts
swapped_jobs (bool is_every)
{
  struct world w;
  world_is_every = is_every;
  world_open (&w, 1, 9000);
  world_os (&w, "linux", BARE);
  w.swap = &swap;
  w.swap_bytes = 64 * VHM_MIB;
  world_workload (&w, "jobs",
                  "threads: 3, memory: 2 MiB, spread: 90 %, passes: 2, "
                  "work: 50 ms, input: 40 MiB, reads: 1 MiB, ahead: 3, "
                  "output: 10 MiB, writes: 256 KiB");
  vhm_guest *guest = world_boot (&w, 1, 8192, 8192);
  vhm_guest_set_limit (guest, 4096);
  world_run (&w, 300 * S);
  struct vhm_backing_counts c = vhm_guest_backing (guest);
  world_close (&w);
  return c;
}

START_TEST (fresh_memory_and_files_fault_in_swapped_frames)
{
  struct vhm_backing_counts every = swapped_jobs (true);
  struct vhm_backing_counts next = swapped_jobs (false);
  ck_assert_uint_gt (every.stale_reads, 1000);
  ck_assert_uint_gt (every.false_reads, 100);
  ck_assert_uint_gt (every.silent_writes, 1000);
  ck_assert_uint_eq (every.stale_reads, next.stale_reads);
  ck_assert_uint_eq (every.false_reads, next.false_reads);
  ck_assert_uint_eq (every.silent_writes, next.silent_writes);
  ck_assert_uint_eq (every.swapped_out, next.swapped_out);
  ck_assert_uint_eq (every.faults, next.faults);
}
END_TEST

SUITE ("jobs", tcase_add_test (tc, jobs_give_back_what_they_take);
       tcase_add_test (tc, memory_in_use_follows_littles_law);
       tcase_add_test (tc, input_in_order_is_read_once_a_round);
       tcase_add_loop_test (tc, popular_files_are_read_more_often, 0, 4);
       tcase_add_loop_test (tc, a_reader_goes_ahead_of_the_jobs, 0, 2);
       tcase_add_test (tc, output_is_written_when_memory_is_short);
       tcase_add_test (tc, jobs_refused_are_tried_again);
       tcase_add_test (tc, a_killed_stream_of_jobs_has_ended);
       tcase_add_test (tc, an_operation_is_some_jobs);
       tcase_add_test (tc, fresh_memory_and_files_fault_in_swapped_frames);)
