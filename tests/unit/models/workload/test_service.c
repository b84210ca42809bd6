/* The service whose cache listens to memory notifications. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MIB_PAGES 256

static vhm_guest *
boot_service (struct world *w, const char *yaml)
{
  world_open (w, 2, 100000);
  world_os (w, "windows", "nonpaged_pool: 1 MiB, page_file: 64 MiB");
  world_workload (w, "service", yaml);
  return world_boot (w, 1, 40000, 40000);
}

static uint64_t
cache_mib (vhm_guest *guest) /* base is 8 MiB, the kernel 1 */
{
  return vhm_guest_counters (guest).committed_pages / MIB_PAGES - 9;
}

#define SERVICE "base: 8 MiB, cache_minimum: 4 MiB, cache_maximum: 14 MiB, "

START_TEST (the_cache_grows_while_memory_is_high_up_to_its_maximum)
{
  struct world w;
  vhm_guest *guest = boot_service (&w, SERVICE "grow: 2 MiB");
  ck_assert_uint_eq (cache_mib (guest), 4);
  static const uint64_t due[] = { 6, 8, 10, 12, 14, 14, 14 };
  for (size_t i = 0; i < G_N_ELEMENTS (due); i++) {
    world_run (&w, S);
    ck_assert_uint_eq (cache_mib (guest), due[i]);
  }
  world_close (&w);
}
END_TEST

START_TEST (the_cache_waits_for_its_time)
{
  struct world w;
  vhm_guest *guest
      = boot_service (&w, SERVICE "grow: 2 MiB, cache_grows_from: 10 s");
  world_run (&w, 9 * S + S / 2);
  ck_assert_uint_eq (cache_mib (guest), 4);
  world_run (&w, S);
  ck_assert_uint_eq (cache_mib (guest), 6);
  world_close (&w);
}
END_TEST

/* 14 MiB, then a tenth each 10 s while memory is low. */
START_TEST (low_memory_shrinks_it_step_by_step_to_its_minimum)
{
  struct world w;
  vhm_guest *guest = boot_service (
      &w, "base: 8 MiB, cache_minimum: 13 MiB, cache_maximum: 20 MiB, "
          "grow: 20 MiB, shrink: 10 %, pause: 10 s");
  world_run (&w, 2 * S);
  ck_assert_uint_eq (cache_mib (guest), 20);
  vhm_process *process = vhm_guest_process (guest, 0);
  uint64_t base = 9 * MIB_PAGES;
  static const uint64_t due[] = { 4608, 4148, 3734, 3361, 3328, 3328 };
  for (size_t i = 0; i < G_N_ELEMENTS (due); i++) {
    vhm_guest_begin (guest);
    vhm_process_notify (process, VHM_NOTICE_LOW_MEMORY);
    vhm_process_notify (process, VHM_NOTICE_LOW_MEMORY); /* not again so soon */
    vhm_guest_end (guest);
    ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages - base
                           - vhm_guest_ballooned_pages (guest),
                       due[i]);
    world_audit (&w);
    if (i == 0) /* so that memory is neither high nor low from now on */
      vhm_guest_inflate (guest, 20000, 0);
    world_run (&w, 10 * S);
  }
  world_close (&w);
}
END_TEST

START_TEST (requests_are_served)
{
  struct world w;
  vhm_guest *guest = boot_service (&w, SERVICE "threads: 4, think: 100 ms");
  world_run (&w, 100 * S); /* 4 / 0.1004 a second: 4 standard errors */
  ck_assert_double_eq_tol ((double) vhm_guest_operations (guest), 3984, 4 * 63);
  world_close (&w);
}
END_TEST

SUITE ("service",
       tcase_add_test (tc,
                       the_cache_grows_while_memory_is_high_up_to_its_maximum);
       tcase_add_test (tc, the_cache_waits_for_its_time);
       tcase_add_test (tc, low_memory_shrinks_it_step_by_step_to_its_minimum);
       tcase_add_test (tc, requests_are_served);)
