/* A collector on every guest operating system, in both modes, under memory pressure
 * with the balloon up and down: nothing is lost (audited: frames, commit, the cycle
 * ledger), samples lie in order, and the same seed gives the same ones. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define STARTUP_PAGES 16384 /* 64 MiB */

static const struct vhm_plugin *
system_at (int i)
{
  for (const struct vhm_plugin *const *p = vhm_all_plugins; *p; p++)
    if ((*p)->kind == VHM_PLUGIN_GUEST_OS && i-- == 0)
      return *p;
  return NULL;
}

static void
check_order (const struct world *w)
{
  ck_assert_uint_gt (w->samples->len, 20);
  for (guint k = 1; k < w->samples->len; k++) {
    struct world_sample before = world_sample (w, k - 1),
                        now = world_sample (w, k);
    ck_assert_uint_eq (now.since_ns % (5 * S), 0);
    ck_assert_uint_ge (now.since_ns, before.at_ns);
    ck_assert_uint_ge (now.at_ns - now.since_ns, S / 100);
  }
}

static uint64_t
live (const struct vhm_plugin *os)
{
  struct world w;
  struct vhm_rng rng;
  vhm_rng_init (&rng, 5, "host");
  world_open (&w, 1, 2 * STARTUP_PAGES);
  world_os (&w, os->name,
            strcmp (os->name, "windows") == 0
                ? "nonpaged_pool: 4 MiB, page_file: 64 MiB"
                : "");
  world_workload (&w, "soaker",
                  "size: 90 MiB, rate: 1 MiB/s, cycles_per_reference: 1e6, "
                  "threads: 3");
  struct vhm_collector c = { .enabled = true,
                             .working_set_bytes = 4 * VHM_MIB,
                             .buffers_ppm = 250000,
                             .sample_ns = S / 100,
                             .interval_ns = 5 * S };
  world_collector (&w, &c);
  vhm_guest *guest = world_boot (&w, 2, STARTUP_PAGES, STARTUP_PAGES);
  for (int k = 0; k < 40; k++) {
    world_run (&w, 7 * S + vhm_rng_below (&rng, 6 * S));
    uint32_t n = vhm_guest_ballooned_pages (guest);
    if (k % 4 < 2)
      vhm_guest_inflate (guest, (uint32_t) vhm_rng_below (&rng, 3000), 300);
    else if (n > 0)
      vhm_guest_deflate (guest, (uint32_t) vhm_rng_below (&rng, n) + 1, 300);
    vhm_guest_block (guest, k % 11 == 10);
  }
  check_order (&w);
  struct world_sample last = world_sample (&w, w.samples->len - 1);
  uint64_t digest = w.samples->len * 31 + last.at_ns;
  digest = digest * 31 + vhm_engine_n_events (w.engine);
  digest = digest * 31 + vhm_guest_counters (guest).page_faults;
  world_close (&w);
  return digest;
}

START_TEST (it_lives_and_repeats_itself)
{
  const struct vhm_plugin *os = system_at (_i);
  ck_assert_uint_eq (live (os), live (os));
}
END_TEST

#define N_SYSTEMS 3

START_TEST (all_systems_are_tried)
{
  ck_assert_ptr_nonnull (system_at (N_SYSTEMS - 1));
  ck_assert_ptr_null (system_at (N_SYSTEMS));
}
END_TEST

SUITE_TWICE ("collector", "every reference", world_every_reference,
             world_next_fault, tcase_set_timeout (tc, 60);
             tcase_add_loop_test (tc, it_lives_and_repeats_itself, 0,
                                  N_SYSTEMS);
             tcase_add_test (tc, all_systems_are_tried);)
