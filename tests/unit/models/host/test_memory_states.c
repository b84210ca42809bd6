/* What a short ESX host does to its guests beside setting targets: who is stopped,
 * which large pages are broken. Audited at every sample: the ledger of cycles sums
 * and each frame has one owner. */
#include "host_run.h"
#include "suite.h"

#define MIB ((double) VHM_MIB)

/* --- stopped -------------------------------------------------------------------- */

/* Two guests on 512 MiB, of which low is below 5 MiB, and a slow disk for what is
 * swapped: one grows by 64 MiB a second and fills it in seconds, the other stays
 * far below what it is entitled to. */
#define TWO(balancer)                                                        \
  "duration: 90 s\nsample: 1 s\nhost: {paging: none, memory: 512 MiB, "      \
  "root_reserve: 32 MiB, vm_overhead: 0 B, cpus: 2, report_after: 1 s, "     \
  "gives: at-touch, reclaim: [swap], swap: {disk: d1, read_ahead: 1}, "      \
  "balancer: " balancer ", disks: [{name: d0}, {name: d1}]}\nguests:\n"      \
  "  - {name: grows, os: ideal-lru, memory: {startup: 640 MiB, minimum: 64 " \
  "MiB, maximum: 640 MiB}, workloads: [{kind: soaker, size: 600 MiB, rate: " \
  "64 MiB/s, cycles_per_reference: 100000}]}\n"                              \
  "  - {name: small, os: ideal-lru, memory: {startup: 256 MiB, minimum: 32 " \
  "MiB, maximum: 256 MiB}, workloads: [{kind: pattern, size: 16 MiB, "       \
  "cycles_per_reference: 100000}]}\n"

static double
cpu_at (const struct vhm_result *r, const char *who, int s)
{
  return sample_at (r, who, "cpu_percent", s);
}

static uint64_t
account_of (const struct vhm_result *r, const char *who, const char *account)
{
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    if (strcmp (row->guest, who) == 0 && strcmp (row->account, account) == 0)
      return row->cycles;
  }
  return 0;
}

/* 16 % of a minFree of 6 %. */
#define LOW_LINE (512 * MIB * 0.06 * 0.16)

/* Is so little free at second s? */
static bool
is_low (const struct vhm_result *r, int s)
{
  return sample_at (r, "balancer", "available_memory", s) < LOW_LINE;
}

/* In low, and only then, guests above their targets stand still while they are
 * swapped out, to the next look at least; the others do not notice. */
START_TEST (low_stops_those_above_their_targets)
{
  struct vhm_result *r = host_run_text (TWO ("{kind: esx}"));
  uint64_t n = 0;
  for (int s = 2; s <= 90; s++) {
    ck_assert_msg ((cpu_at (r, "grows", s) == 0) == is_low (r, s - 1),
                   "second %d", s);
    ck_assert_double_gt (cpu_at (r, "small", s), 99);
    n += is_low (r, s - 1);
  }
  ck_assert_uint_ge (n, 2);
  ck_assert_uint_ge (account_of (r, "grows", "blocked on hypervisor swap"),
                     n * r->clock_hz);
  vhm_result_free (r);
}
END_TEST

/* Where the balancer has no such state nobody is stopped. */
START_TEST (others_stop_nobody)
{
  struct vhm_result *r = host_run_text (TWO ("proportional"));
  for (int s = 2; s <= 90; s++)
    ck_assert_double_gt (cpu_at (r, "grows", s), 0);
  vhm_result_free (r);
}
END_TEST

/* --- large pages ------------------------------------------------------------------- */

/* 1 GiB: high is above 245 MiB free, clear below 61. The guest takes what it needs
 * at once; half of its pages hold zeros. */
#define LARGE(size, sharing, rate)                                           \
  "duration: 60 s\nsample: 1 s\nhost: {paging: none, memory: 1 GiB, "        \
  "root_reserve: 64 MiB, vm_overhead: 0 B, cpus: 2, report_after: 1 s, "     \
  "gives: at-touch, large_pages: at-touch, balancer: {kind: esx, states: "   \
  "sliding}, sharing: {kind: " sharing ", guest_pages: 0, host_pages: " rate \
  ", pass: 0 s}, disks: [{name: d0}]}\nguests:\n"                            \
  "  - {name: a, os: ideal-lru, memory: {startup: 1000 MiB, minimum: 64 "    \
  "MiB, maximum: 1000 MiB}, content: [{kind: zeros, part: 50 %}], "          \
  "workloads: [{kind: pattern, size: " size ", pattern: scan, writes: 0 %, " \
  "cycles_per_reference: 20000}]}\n"

static double
large_at (const struct vhm_result *r, int s)
{
  return sample_at (r, "a", "large_backed_bytes", s);
}

/* 360 MiB free: all stays large, and what the scanner sees is only noted. */
START_TEST (plenty_leaves_large_pages_alone)
{
  struct vhm_result *r = host_run_text (LARGE ("600 MiB", "esx", "2000"));
  ck_assert_double_eq (large_at (r, 5), 600 * MIB);
  ck_assert_double_eq (large_at (r, 60), 600 * MIB);
  ck_assert_double_eq (sample_at (r, "host", "shared_bytes", 60), 0);
  vhm_result_free (r);
}
END_TEST

/* 101 pages in a row: what came with them in the last block is given for nothing. */
START_TEST (what_nobody_touches_is_counted)
{
  struct vhm_result *r = host_run_text (LARGE ("404 KiB", "none", "1"));
  double unused = (double) (VHM_BLOCK_PAGES - 101) * VHM_PAGE_BYTES;
  ck_assert_double_eq (sample_at (r, "a", "consumed_bytes", 60), 2 * MIB);
  ck_assert_double_eq (sample_at (r, "a", "large_unused_bytes", 60), unused);
  ck_assert_double_eq (summary_of (r, "a", "large_unused"),
                       VHM_BLOCK_PAGES - 101);
  vhm_result_free (r);
}
END_TEST

/* 160 MiB free: high still, but below its line. The scanner breaks a block the
 * first time it comes there: 100 pages a second all over 400 blocks. */
START_TEST (below_the_line_of_high_the_scanner_breaks)
{
  struct vhm_result *r = host_run_text (LARGE ("800 MiB", "esx", "100"));
  double large = large_at (r, 5);
  ck_assert_double_gt (large, 200 * MIB);
  ck_assert_double_lt (large_at (r, 60), large / 10);
  /* half of what it has seen holds zeros */
  double shared = sample_at (r, "host", "shared_bytes", 60);
  ck_assert_double_gt (shared, 0.4 * 50 * 100 * VHM_PAGE_BYTES);
  vhm_result_free (r);
}
END_TEST

/* Some 26 MiB free, if nothing were shared: from clear on all breaks at once, and
 * what comes after comes in pages. */
START_TEST (clear_breaks_all)
{
  struct vhm_result *r = host_run_text (LARGE ("934 MiB", "esx", "1"));
  ck_assert_double_gt (large_at (r, 1), 100 * MIB);
  ck_assert_double_eq (large_at (r, 10), 0);
  ck_assert_double_gt (summary_of (r, "a", "first_touches_of_blocks"), 400);
  ck_assert_double_gt (summary_of (r, "a", "first_touches"), 1000);
  vhm_result_free (r);
}
END_TEST

/* Where nothing is shared there is nothing to be won. */
START_TEST (without_sharing_nothing_is_broken_ahead)
{
  struct vhm_result *r = host_run_text (LARGE ("900 MiB", "none", "1"));
  ck_assert_double_gt (large_at (r, 60), 800 * MIB);
  vhm_result_free (r);
}
END_TEST

SUITE ("memory states", tcase_set_timeout (tc, 60);
       tcase_add_test (tc, low_stops_those_above_their_targets);
       tcase_add_test (tc, others_stop_nobody);
       tcase_add_test (tc, plenty_leaves_large_pages_alone);
       tcase_add_test (tc, what_nobody_touches_is_counted);
       tcase_add_test (tc, below_the_line_of_high_the_scanner_breaks);
       tcase_add_test (tc, clear_breaks_all);
       tcase_add_test (tc, without_sharing_nothing_is_broken_ahead);)
