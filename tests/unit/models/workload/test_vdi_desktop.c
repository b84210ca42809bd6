/* A virtual desktop: boot, log-on, desktop. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MS (S / 1000)
#define MIB_PAGES 256
#define DESKTOP                                                        \
  "system: 2 MiB, profile: 1 MiB, part: 256 KiB, boot_memory: 4 MiB, " \
  "session_memory: 2 MiB, boot_work: 2 s, logon_work: 1 s, copy: 0 s, "

static void
open_desktop (struct world *w, const char *yaml)
{
  world_open_ideal (w, 2, "hard_fault: 0 s, zero_fault: 0 s");
  g_autofree char *all = g_strconcat (DESKTOP, yaml, NULL);
  world_workload (w, "vdi_desktop", all);
}

static uint64_t
took_ms (vhm_guest *guest, uint32_t k)
{
  return vhm_guest_operation_ns (guest, k) / MS;
}

/* 512 pages of the system at 10 ms and 2 s of work; then 256 of the profile and 1 s;
 * as its system reads files page by page. */
START_TEST (boot_and_log_on_read_work_and_take_memory)
{
  struct world w;
  open_desktop (&w, "pause: 1 h");
  world_n_requests = 0;
  vhm_guest *guest = world_boot (&w, 1, 40 * MIB_PAGES, 40 * MIB_PAGES);
  world_run (&w, 7 * S + S / 2);
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  ck_assert_uint_eq (vhm_guest_operations (guest), 1);
  ck_assert_uint_ge (took_ms (guest, 0), 7120);
  ck_assert_uint_le (took_ms (guest, 0), 7130);
  ck_assert_uint_ge (c.committed_pages, 4 * MIB_PAGES);
  world_run (&w, 4 * S);
  c = vhm_guest_counters (guest);
  ck_assert_uint_eq (vhm_guest_operations (guest), 2);
  ck_assert_uint_ge (took_ms (guest, 1), 3560);
  ck_assert_uint_le (took_ms (guest, 1), 3570);
  ck_assert_uint_eq (c.committed_pages, 6 * MIB_PAGES);
  ck_assert_uint_eq (c.pages_input, 3 * MIB_PAGES);
  for (uint32_t i = 0; i < WORLD_REQUESTS; i++)
    ck_assert_uint_eq (world_request[i].at_bytes,
                       WORLD_IMAGE + vhm_pages_to_bytes (i));
  world_close (&w);
}
END_TEST

/* Then bursts: 50 ms each, 1 s apart on average. */
START_TEST (then_it_works_in_bursts)
{
  struct world w;
  open_desktop (&w, "pause: 1 s, burst: 50 ms");
  vhm_guest *guest = world_boot (&w, 1, 40 * MIB_PAGES, 40 * MIB_PAGES);
  world_run (&w, 20 * S);
  uint64_t before = vhm_guest_operations (guest);
  uint64_t compute = world_account (guest, VHM_ACCOUNT_COMPUTE);
  world_run (&w, 2100 * S);
  double n = (double) (vhm_guest_operations (guest) - before);
  ck_assert_double_eq_tol (n, 2000, 5 * 45); /* Poisson, five sigma */
  compute = world_account (guest, VHM_ACCOUNT_COMPUTE) - compute;
  ck_assert_double_eq_tol ((double) compute / (double) S, n * 0.05, 1);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages, 6 * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* All at once, or each at its own time. */
START_TEST (they_may_be_staggered)
{
  struct world w;
  uint32_t n_distinct = 0;
  uint64_t first[4];
  open_desktop (&w, "stagger: 100 s, pause: 1 h");
  for (uint32_t i = 0; i < 4; i++) {
    if (i > 0)
      world_workload (&w, "vdi_desktop", DESKTOP "stagger: 100 s, pause: 1 h");
    world_boot (&w, 1, 16 * MIB_PAGES, 16 * MIB_PAGES);
    first[i] = 0;
  }
  for (int ms = 0; ms < 140000; ms += 100) {
    vhm_engine_run (w.engine, vhm_cycles_make ((uint64_t) ms * MS));
    for (uint32_t i = 0; i < 4; i++)
      if (first[i] == 0
          && vhm_guest_counters (w.guests->pdata[i]).committed_pages > 0)
        first[i] = (uint64_t) ms;
  }
  for (uint32_t i = 0; i < 4; i++) {
    ck_assert_uint_gt (first[i], 0);
    ck_assert_uint_lt (first[i], 105000);
    n_distinct += i == 0 || first[i] != first[i - 1];
  }
  ck_assert_uint_ge (n_distinct, 3);
  world_close (&w);
}
END_TEST

START_TEST (refused_memory_is_asked_for_again)
{
  struct world w;
  world_open (&w, 1, 100000);
  world_os (&w, "windows",
            "nonpaged_pool: 1 MiB, page_file: 0 B, page_file_maximum: 1 MiB");
  world_workload (&w, "vdi_desktop",
                  "system: 2 MiB, profile: 1 MiB, boot_memory: 30 MiB, "
                  "session_memory: 2 MiB, boot_work: 1 s, retry: 1 s");
  vhm_guest *guest = world_boot (&w, 1, 16 * MIB_PAGES, 64 * MIB_PAGES);
  world_run (&w, 60 * S);
  ck_assert_uint_gt (vhm_guest_counters (guest).refused_commits, 10);
  ck_assert_uint_eq (vhm_guest_operations (guest), 0);
  vhm_guest_hot_add (guest, 40 * MIB_PAGES);
  world_run (&w, 60 * S);
  ck_assert_uint_gt (vhm_guest_operations (guest), 1);
  world_close (&w);
}
END_TEST

SUITE ("virtual desktop",
       tcase_add_test (tc, boot_and_log_on_read_work_and_take_memory);
       tcase_add_test (tc, then_it_works_in_bursts);
       tcase_add_test (tc, they_may_be_staggered);
       tcase_add_test (tc, refused_memory_is_asked_for_again);)
