/* Counters of guests whose applications size a cache of their own. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define HOST                                                             \
  "duration: 20 s\nsample: 1 s\nhost: {paging: none, memory: 2 GiB, "    \
  "root_reserve: 64 MiB, cpus: 2, balancer: static, disks: [{name: d0, " \
  "model: flash}]}\nguests:\n"
#define MEMORY "memory: {startup: 512 MiB, minimum: 512 MiB, maximum: 512 MiB}"

START_TEST (a_pool_is_shown_of_guests_that_have_one)
{
  struct vhm_result *r = host_run_text (
      HOST "  - {name: a, " MEMORY ", os: windows, workloads: [{kind: "
           "buffer_pool, database: 100 MiB, minimum: 8 MiB, grow: 4 MiB, "
           "exponent: 0, threads: 4, cycles_per_reference: 200000}]}\n"
           "  - {name: b, " MEMORY
           ", os: windows, workloads: [{kind: idle, commit: 64 MiB}]}\n");
  ck_assert (vhm_result_find (r, "b", "app_cache_bytes") == NULL);
  double misses = 0, MiB = 1 << 20;
  for (double at = 1; at <= 20; at++) {
    double size = sample_at (r, "a", "app_cache_bytes", at);
    double hits = sample_at (r, "a", "app_cache_hit_percent", at);
    ck_assert_double_le (size,
                         sample_at (r, "a", "app_cache_target_bytes", at));
    ck_assert_double_eq (sample_at (r, "a", "memory_notification", at), 1);
    ck_assert_double_ge (hits, 0);
    ck_assert_double_le (hits, 100);
    misses += sample_at (r, "a", "app_cache_misses_per_s", at);
    if (size < 100 * MiB) /* nothing has been given up: a miss is a page */
      ck_assert_double_ge (misses * 4096, size);
  }
  ck_assert_double_eq (sample_at (r, "a", "app_cache_bytes", 20), 84 * MiB);
  /* uniform: it holds 84 of 100 MiB at the end, 80 or more in the last second */
  double last = sample_at (r, "a", "app_cache_hit_percent", 20);
  ck_assert_double_gt (last, 79);
  ck_assert_double_lt (last, 85);
  vhm_result_free (r);
}
END_TEST

START_TEST (nothing_is_shown_while_it_is_off)
{
  struct vhm_result *r = host_run_text (
      HOST "  - {name: a, start: 5 s, " MEMORY ", os: windows, workloads: "
           "[{kind: buffer_pool, database: 100 MiB, minimum: 8 MiB}]}\n");
  ck_assert (isnan (sample_at (r, "a", "app_cache_bytes", 3)));
  ck_assert (!isnan (sample_at (r, "a", "app_cache_bytes", 7)));
  vhm_result_free (r);
}
END_TEST

SUITE ("counters of caches of applications",
       tcase_add_test (tc, a_pool_is_shown_of_guests_that_have_one);
       tcase_add_test (tc, nothing_is_shown_while_it_is_off);)
