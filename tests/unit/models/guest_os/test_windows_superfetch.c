/* SuperFetch: how fast it fills, when it holds still, what it leaves, and what it
 * makes a host give that gives memory at touch. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define VISIBLE 20000
#define POOL 256
#define LEAVES 1000
#define A_SECOND 2560 /* pages at 10 MiB/s */
#define FILL (VISIBLE - POOL - LEAVES - 1)

#define COMMON                                                      \
  "nonpaged_pool: 1 MiB, superfetch: {enabled: true, leaves: 4000 " \
  "KiB, request: 256 KiB, rate: 10 MiB/s"

static struct vhm_guest_counters
counters (vhm_guest *guest)
{
  return vhm_guest_counters (guest);
}

/* One process that touches one page, and has a file that it may read. */
static vhm_guest *
boot (struct world *w, struct puppet *p, const char *yaml, uint32_t file)
{
  world_open (w, 2, 40000);
  world_os (w, "windows", yaml);
  *p = a_puppet (1, 0, 1, 1e6, 1e9, 0);
  p->regions[1] = p->regions[0];
  p->regions[1].n_pages = MAX (file, 1);
  p->regions[1].n_active = 0;
  p->regions[1].is_file = file > 0;
  p->regions[1].file_at = 1000000;
  p->n_regions = 2;
  world_puppet (w, p);
  return world_boot (w, 2, VISIBLE, VISIBLE + 4000);
}

/* bytes / rate: so many pages after each second, then no more. */
START_TEST (free_memory_fills_at_the_rate)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, COMMON "}", 0);
  world_run (&w, S * 9 / 10);
  for (uint32_t s = 1; s <= 12; s++) {
    world_run (&w, S);
    struct vhm_guest_counters c = counters (guest);
    ck_assert_uint_eq (c.standby_reserve_pages, MIN (s * A_SECOND, FILL));
    ck_assert_uint_eq (c.standby_pages, c.standby_reserve_pages);
    ck_assert_uint_eq (c.pages_input, c.standby_pages);
  }
  ck_assert_uint_eq (counters (guest).free_pages, LEAVES);
  vhm_guest_hot_add (guest, 4000); /* is filled, too */
  world_run (&w, 3 * S);
  ck_assert_uint_eq (counters (guest).standby_pages, FILL + 4000);
  world_close (&w);
}
END_TEST

/* A request of 64 pages takes 10 ms, and they come one after the other. */
START_TEST (a_slow_disk_sets_the_pace)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p,
                           "nonpaged_pool: 1 MiB, superfetch: {enabled: true, "
                           "idle: 0 s, leaves: 4000 KiB, request: 256 KiB, "
                           "rate: 1 GiB/s}",
                           0);
  world_run (&w, S);
  uint64_t before = counters (guest).pages_input;
  world_run (&w, 2 * S);
  ck_assert_uint_eq (counters (guest).pages_input - before, 200 * 64);
  world_close (&w);
}
END_TEST

/* No more than there is to read. */
START_TEST (it_ends_with_the_programs)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, COMMON ", programs: 12000 KiB}", 1000);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (counters (guest).standby_reserve_pages, 1000 + 3000);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (counters (guest).pages_input, 1000 + 3000);
  world_close (&w);
}
END_TEST

START_TEST (it_is_off_unless_asked_for)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, "nonpaged_pool: 1 MiB", 1000);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (counters (guest).pages_input, 0);
  world_close (&w);
}
END_TEST

/* A file that is read every half second keeps it from the disk, unless it needs
 * less of a pause; one that is written each second does not. */
START_TEST (it_waits_for_a_quiet_disk)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (
      &w, &p, _i == 0 ? COMMON ", idle: 800 ms}" : COMMON ", idle: 100 ms}",
      10000);
  for (uint32_t k = 1; k <= 20; k++) { /* in no order: pages by themselves */
    uint32_t page = 10000 - 40 * k;
    vhm_process_sweep (p.process, 1, page, page + 1, 1000, _i == 2);
    world_run (&w, S / 2);
    vhm_process_drop (p.process, 1, page, 1);
  }
  if (_i == 0)
    ck_assert_uint_eq (counters (guest).pages_input, 20);
  else
    ck_assert_uint_gt (counters (guest).pages_input, 5 * A_SECOND);
  if (_i == 2) /* the lazy writer takes one each second */
    ck_assert_uint_ge (counters (guest).pages_output, 9);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (counters (guest).free_pages, LEAVES);
  world_close (&w);
}
END_TEST

/* What it read of a process's file costs a soft fault; and is then a page like
 * others. */
START_TEST (a_file_that_was_fetched_needs_no_disk)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, COMMON "}", 2000);
  world_run (&w, 12 * S);
  uint64_t before = counters (guest).pages_input;
  uint64_t reserve = counters (guest).standby_reserve_pages;
  for (uint32_t k = 0; k < 50; k++) {
    vhm_process_sweep (p.process, 1, 40 * k, 40 * k + 1, 1000, false);
    world_run (&w, S / 1000);
    ck_assert (!vhm_process_is_sweeping (p.process));
  }
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.pages_input, before);
  ck_assert_uint_eq (c.transition_faults, 50);
  ck_assert_uint_eq (c.cache_faults, 50);
  ck_assert_uint_eq (c.standby_reserve_pages, reserve - 50);
  vhm_process_drop (p.process, 1, 0, 2000);
  ck_assert_uint_eq (counters (guest).standby_normal_pages, 50);
  world_close (&w);
}
END_TEST

/* Whoever needs memory gets it from there; and when it is free again it is filled
 * again, with what was lost. */
START_TEST (it_gives_way_and_comes_back)
{
  struct world w;
  world_open (&w, 2, 40000);
  world_os (&w, "windows", COMMON ", programs: 64 MiB}");
  struct puppet p = a_puppet (15000, 0, 1, 1e6, 1e9, 0);
  p.regions[0].n_active = 0;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, VISIBLE, VISIBLE);
  world_run (&w, 10 * S);
  uint64_t full = VISIBLE - POOL - LEAVES, programs = 64 * 256;
  ck_assert_uint_eq (counters (guest).standby_pages, MIN (full, programs));
  vhm_process_allocate (p.process, 0, 0, 15000);
  ck_assert (!vhm_process_is_allocating (p.process));
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.standby_pages, VISIBLE - POOL - 15000);
  ck_assert_uint_eq (c.repurposed_pages, programs - c.standby_pages);
  ck_assert_uint_eq (c.pages_output, 0);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (counters (guest).pages_input, programs);
  vhm_process_drop (p.process, 0, 0, 15000);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (counters (guest).standby_pages, programs);
  ck_assert_uint_eq (counters (guest).pages_input,
                     programs + c.repurposed_pages);
  world_close (&w);
}
END_TEST

/* So is a file that was lost. */
START_TEST (a_file_that_was_lost_is_fetched_again)
{
  struct world w;
  world_open (&w, 2, 40000);
  world_os (&w, "windows", COMMON ", programs: 0 B}");
  struct puppet p = a_puppet (15000, 0, 1, 1e6, 1e9, 0);
  p.regions[0].n_active = 0;
  p.regions[1] = p.regions[0];
  p.regions[1].is_file = true;
  p.n_regions = 2;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, VISIBLE, VISIBLE);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (counters (guest).standby_reserve_pages, 15000);
  vhm_process_allocate (p.process, 0, 0, 15000);
  uint64_t lost = counters (guest).repurposed_pages;
  ck_assert_uint_eq (lost, 15000 - (VISIBLE - POOL - 15000));
  vhm_process_drop (p.process, 0, 0, 15000);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (counters (guest).standby_reserve_pages, 15000);
  ck_assert_uint_eq (counters (guest).pages_input, 15000 + lost);
  world_close (&w);
}
END_TEST

/* The seed's screen: 12 GB, 68 MB free, nearly 10 GB available, with 2 GB in use.
 * A host that gives memory at first touch has saved nothing. */
START_TEST (a_guest_of_twelve_gib_shows_the_screen_of_the_seed)
{
  enum { GIB_PAGES = 262144, N = 12 * GIB_PAGES, USED = 2 * GIB_PAGES };
  struct world w;
  world_open (&w, 2, N + 10000);
  world_os (&w, "windows",
            _i == 0 ? ""
                    : "superfetch: {enabled: true, rate: 1 GiB/s, "
                      "request: 64 MiB}");
  w.backed_at_touch = true;
  struct puppet p = a_puppet (USED, 0, 1, 1e6, 1e9, 0);
  p.regions[0].n_active = 0;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, N, N);
  vhm_process_allocate (p.process, 0, 0, USED);
  world_run (&w, 20 * S);
  struct vhm_guest_counters c = counters (guest);
  uint64_t available = c.free_pages + c.standby_pages;
  ck_assert_uint_gt (available, GIB_PAGES * 98 / 10);
  ck_assert_uint_lt (available, 10 * GIB_PAGES);
  uint32_t backed = vhm_guest_backed_pages (guest);
  if (_i == 0) {
    ck_assert_uint_eq (c.free_pages, available);
    ck_assert_uint_lt (backed, USED + GIB_PAGES / 8);
  } else {
    ck_assert_uint_eq (c.free_pages, 68 * 256);
    ck_assert_uint_eq (backed, N - 68 * 256);
  }
  world_close (&w);
}
END_TEST

START_TEST (the_balloon_takes_what_was_fetched)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, COMMON "}", 0);
  world_run (&w, 15 * S);
  ck_assert_uint_eq (vhm_guest_inflate (guest, 10000, 0), 10000);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.standby_pages, FILL - 10000 + LEAVES);
  ck_assert_uint_eq (c.pages_output, 0);
  vhm_guest_deflate (guest, 10000, 0);
  world_run (&w, 15 * S);
  ck_assert_uint_eq (counters (guest).free_pages, LEAVES);
  ck_assert_uint_eq (counters (guest).standby_pages, FILL);
  vhm_guest_stop (guest);
  world_close (&w);
}
END_TEST

/* One of the things that may befall it. */
static void
befall (struct puppet *p, vhm_guest *guest, struct vhm_rng *rng, uint32_t *has)
{
  uint32_t n = (uint32_t) vhm_rng_below (rng, 4000) + 1;
  uint32_t at = (uint32_t) vhm_rng_below (rng, 8000 - n + 1);
  switch (vhm_rng_below (rng, 6)) {
  case 0:
    if (!vhm_process_is_allocating (p->process))
      vhm_process_allocate (p->process, 0, at, n);
    return;
  case 1:
    if (!vhm_process_is_allocating (p->process))
      vhm_process_drop (p->process, 0, at, n);
    return;
  case 2:
    if (!vhm_process_is_sweeping (p->process))
      vhm_process_sweep (p->process, 1, at, at + n, 1000,
                         vhm_rng_below (rng, 2) == 0);
    return;
  case 3:
    if (!vhm_process_is_sweeping (p->process))
      vhm_process_truncate (p->process, 1, at, n);
    return;
  case 4:
    *has += vhm_guest_inflate (guest, n, 0);
    return;
  default:
    n = MIN (n, *has);
    vhm_guest_deflate (guest, n, 0);
    *has -= n;
  }
}

/* The audit follows each page and frame; a host that gives at touch and swaps. */
START_TEST (nothing_is_lost_whatever_happens)
{
  static const struct vhm_swap_config swap = { .read_ahead = 8,
                                               .batch = 32,
                                               .n_writes = 4,
                                               .fault_ns = 5000,
                                               .minor_ns = 1000 };
  struct world w;
  struct vhm_rng rng;
  vhm_rng_init (&rng, (uint64_t) _i, "befall");
  world_open (&w, 2, _i % 2 == 0 ? 20000 : 7000);
  world_os (&w, "windows",
            "nonpaged_pool: 1 MiB, page_file: 64 MiB, superfetch: {enabled: "
            "true, rate: 100 MiB/s, idle: 10 ms, leaves: 400 KiB, request: "
            "128 KiB, programs: 20 MiB, priority: 6}");
  w.backed_at_touch = true;
  w.swap = &swap;
  w.swap_bytes = 64 * VHM_MIB;
  struct puppet p = a_puppet (8000, 0.5, 1, 1e6, 1e9, 0);
  p.regions[0].n_active = 0;
  p.regions[1] = p.regions[0];
  p.regions[1].is_file = true;
  p.regions[1].file_at = 100000;
  p.n_regions = 2;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 8000, 8000);
  uint32_t ballooned = 0;
  uint64_t most = 0;
  for (int i = 0; i < 200; i++) {
    befall (&p, guest, &rng, &ballooned);
    world_run (&w, vhm_rng_below (&rng, 2) == 0 ? S / 1000 : S / 2);
    most = MAX (most, counters (guest).standby_core_pages);
  }
  ck_assert_uint_gt (most, 1000);
  ck_assert_uint_gt (counters (guest).repurposed_pages, 0);
  world_close (&w);
}
END_TEST

SUITE ("superfetch", tcase_add_test (tc, free_memory_fills_at_the_rate);
       tcase_add_test (tc, a_slow_disk_sets_the_pace);
       tcase_add_test (tc, it_ends_with_the_programs);
       tcase_add_test (tc, it_is_off_unless_asked_for);
       tcase_add_loop_test (tc, it_waits_for_a_quiet_disk, 0, 3);
       tcase_add_test (tc, a_file_that_was_fetched_needs_no_disk);
       tcase_add_test (tc, it_gives_way_and_comes_back);
       tcase_add_test (tc, a_file_that_was_lost_is_fetched_again);
       tcase_add_loop_test (tc,
                            a_guest_of_twelve_gib_shows_the_screen_of_the_seed,
                            0, 2);
       tcase_add_test (tc, the_balloon_takes_what_was_fetched);
       tcase_add_loop_test (tc, nothing_is_lost_whatever_happens, 0, 6);)
