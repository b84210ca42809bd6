/* Migration of guests to another host, against what can be calculated. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define MIB ((double) VHM_MIB)
#define B 10e6 /* bytes a second */

/* One thread writes one page after the other, each 0.25 x 4096 / B apart, over and
 * over: a quarter of what the link sends, and never the same page twice a round. */
#define WRITER(mode, host, timeline)                                      \
  "start: \"10:00\"\nduration: 2 min\nsample: 5 s\nreference: " mode "\n" \
  "host: {memory: 256 MiB, clock: 1 GHz, root_reserve: 32 MiB, "          \
  "vm_overhead: 8 MiB, balancer: {kind: static}, disks: [{name: d0}], "   \
  "migration: {bandwidth: 10 MB/s, stop_time: 50 ms" host "}}\n"          \
  "guests:\n"                                                             \
  "  - {name: a, os: {kind: ideal-lru}, memory: {startup: 64 MiB, "       \
  "minimum: 64 MiB, maximum: 64 MiB}, workloads: [{kind: pattern, "       \
  "pattern: scan, cyclic: true, size: 60 MiB, threads: 1, "               \
  "references: 1000, writes: 100 %, cycles_per_reference: 1638400}]}\n"   \
  "timeline:\n  - {at: \"10:01\", migrate_out: a}\n" timeline

static double
row (const struct vhm_result *r, const char *key)
{
  return summary_of (r, "a", key);
}

static double
round_of (const struct vhm_result *r, uint32_t k)
{
  g_autofree char *key = g_strdup_printf ("migration_round_%u", k);
  return row (r, key);
}

/* Clark et al.: V / B x (1 - (D / B)^(n + 1)) / (1 - D / B). */
START_TEST (a_constant_writer_gives_the_geometric_series)
{
  struct vhm_result *r = host_run_text (_i ? WRITER ("every", "", "")
                                           : WRITER ("next-fault", "", ""));
  const double v = 64 * MIB, ratio = 0.25;
  const int n = 4; /* the fifth round is 1 / 256: less than 50 ms at B */
  ck_assert_double_eq (row (r, "migration_rounds"), n + 1);
  double left = v, sum = 0;
  for (int k = 1; k <= n + 1; k++, left *= ratio) {
    ck_assert_double_eq_tol (round_of (r, (uint32_t) k), left,
                             4 * VHM_PAGE_BYTES);
    sum += round_of (r, (uint32_t) k);
  }
  ck_assert_double_eq (row (r, "migration_sent"), sum);
  double total = v * (1 - pow (ratio, n + 1)) / (1 - ratio);
  ck_assert_double_eq_tol (row (r, "migration_time"), total / B, 0.01);
  ck_assert_double_eq_tol (row (r, "migration_time"), sum / B, 1e-5);
  ck_assert_double_eq_tol (row (r, "migration_stop_time"), left / ratio / B,
                           0.002);
  ck_assert_double_eq_tol (row (r, "migration_sent_over_memory"), total / v,
                           0.001);
  /* first writes are those of all rounds but the first, which sent everything */
  ck_assert_double_eq (row (r, "migration_write_faults"),
                       (sum - v) / VHM_PAGE_BYTES);
  vhm_result_free (r);
}
END_TEST

START_TEST (its_memory_is_free_when_it_has_gone)
{
  struct vhm_result *r
      = host_run_text (WRITER ("next-fault", "",
                               "  - {at: \"10:01:05\", shutdown: a}\n"
                               "  - {at: \"10:01:30\", start: a}\n"));
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 65), 64 * MIB);
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 70), 0);
  ck_assert_double_eq (sample_at (r, "balancer", "available_memory", 70),
                       224 * MIB);
  ck_assert_double_eq (row (r, "migration_moved"), 1);
  ck_assert_double_eq_tol (row (r, "time_on"), 60 + row (r, "migration_time"),
                           1e-6);
  ck_assert_int_eq (n_incidents (r, "a", "migration to another host begins"),
                    1);
  ck_assert_int_eq (n_incidents (r, "a", "migrated to another host in"), 1);
  ck_assert_int_eq (n_incidents (r, "a", "shut down, but it is being migrated"),
                    1);
  ck_assert_int_eq (n_incidents (r, "a", "start, but it has been migrated"), 1);
  vhm_result_free (r);
}
END_TEST

/* A link hardly faster than the writer: three rounds do not make it small. */
START_TEST (one_that_writes_too_fast_is_stopped_or_stays)
{
  for (int gives_up = 0; gives_up < 2; gives_up++) {
    g_autofree char *text = g_strdup (
        WRITER ("next-fault", ", rounds: 3, otherwise: XXXXXXX", ""));
    const char *word = gives_up ? "give-up" : "stop   ";
    memcpy (strstr (text, "XXXXXXX"), word, strlen (word));
    memcpy (strstr (text, "10 MB/s"), "4 MB/s ", strlen ("4 MB/s "));
    struct vhm_result *r = host_run_text (text);
    ck_assert_double_eq (row (r, "migration_moved"), !gives_up);
    ck_assert_double_eq (row (r, "migration_rounds"), gives_up ? 3 : 4);
    if (gives_up) {
      ck_assert_int_eq (n_incidents (r, "a", "given up after 3 rounds"), 1);
      ck_assert_double_eq (row (r, "migration_stop_time"), 0);
      ck_assert_double_gt (sample_at (r, "a", "throughput_per_s", 115), 0);
    } else {
      ck_assert_int_eq (n_incidents (r, "a", "migration stops it with"), 1);
      ck_assert_double_eq_tol (row (r, "migration_stop_time"),
                               round_of (r, 4) / 4e6, 1e-4);
    }
    vhm_result_free (r);
  }
}
END_TEST

/* Sending costs more than the link takes: the sender's processor is the link. */
START_TEST (who_sends_needs_a_processor)
{
  struct vhm_result *host = host_run_text (
      WRITER ("next-fault", ", page_time: 1 ms, pays: host", ""));
  ck_assert_double_eq_tol (row (host, "migration_time"),
                           row (host, "migration_sent") / VHM_PAGE_BYTES * 1e-3,
                           0.01);
  vhm_result_free (host);
  struct vhm_result *guest = host_run_text (
      WRITER ("next-fault", ", page_time: 100 us, pays: guest", ""));
  double paid = NAN, sent = row (guest, "migration_sent") / VHM_PAGE_BYTES;
  for (guint i = 0; i < guest->ledger->len; i++) {
    const struct vhm_ledger_row *l = guest->ledger->pdata[i];
    if (strcmp (l->account, "VM exits and host faults") == 0)
      paid = (double) l->cycles / (double) guest->clock_hz;
  }
  /* what it sends while it stands still it does not pay for */
  uint32_t last = (uint32_t) row (guest, "migration_rounds");
  double rest = round_of (guest, last) / VHM_PAGE_BYTES;
  ck_assert_double_eq_tol (
      paid,
      (sent - rest) * 1e-4 + row (guest, "migration_write_faults") * 1270e-9,
      0.03);
  vhm_result_free (guest);
}
END_TEST

SUITE ("migration",
       tcase_add_loop_test (tc, a_constant_writer_gives_the_geometric_series, 0,
                            2);
       tcase_add_test (tc, its_memory_is_free_when_it_has_gone);
       tcase_add_test (tc, one_that_writes_too_fast_is_stopped_or_stays);
       tcase_add_test (tc, who_sends_needs_a_processor);)
