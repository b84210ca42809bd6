/* A mail server's cache: it goes a share of the way to where a reserve is left. */
#include "suite.h"
#include "world.h"

#include <math.h>

#define S VHM_NS_PER_S
#define MIB_PAGES 256
#define KEYS                                                         \
  "database: 60 MiB, minimum: 1 MiB, reserve: 20 MiB, exponent: 0, " \
  "threads: 1, think: 0 s, "

static vhm_guest *
boot_store (struct world *w, const char *yaml)
{
  world_open_ideal (w, 1, "");
  world_workload (w, "store_cache", yaml);
  return world_boot (w, 1, 64 * MIB_PAGES, 128 * MIB_PAGES);
}

/* What it may have after so many looks, without what the disk lets it: 64 MiB, all
 * free but what it holds. */
static uint64_t
aims_at (uint64_t held, uint64_t ram, double grow)
{
  uint64_t reserve = 20 * MIB_PAGES, has = ram - held;
  if (has < reserve)
    return held;
  return held + (uint64_t) ceil ((double) (has - reserve) * grow);
}

START_TEST (it_goes_a_share_of_the_way_each_period)
{
  struct world w;
  vhm_guest *guest = boot_store (&w, KEYS "grow: 1 %, period: 5 s");
  world_run (&w, S);
  for (int i = 0; i < 12; i++) {
    world_run (&w, 4 * S - S / 10); /* just before it looks */
    uint64_t held = vhm_guest_app_cache (guest).held_pages;
    uint64_t due = aims_at (held, 64 * MIB_PAGES, 0.01);
    world_run (&w, S / 10);
    held = vhm_guest_app_cache (guest).held_pages;
    world_run (&w, S / 100);
    struct vhm_app_cache c = vhm_guest_app_cache (guest);
    ck_assert_uint_le (c.held_pages - held, 1);
    ck_assert_uint_ge (c.target_pages, due);
    ck_assert_uint_le (c.target_pages,
                       due + 11); /* pages that came meanwhile */
    world_run (&w, S - S / 100);
  }
  world_close (&w);
}
END_TEST

START_TEST (it_rests_where_the_reserve_is_left)
{
  struct world w;
  vhm_guest *guest = boot_store (&w, KEYS "grow: 10 %");
  world_run (&w, 600 * S);
  ck_assert_uint_eq (vhm_guest_app_cache (guest).held_pages, 44 * MIB_PAGES);
  vhm_guest_hot_add (guest, 10 * MIB_PAGES);
  world_run (&w, 600 * S);
  ck_assert_uint_eq (vhm_guest_app_cache (guest).held_pages, 54 * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* 16 MiB are taken: a fifth of what is missing goes at each look. */
START_TEST (it_gives_back_in_steps)
{
  struct world w;
  vhm_guest *guest = boot_store (&w, KEYS "grow: 10 %, shrink: 20 %");
  world_run (&w, 600 * S);
  ck_assert_uint_eq (vhm_guest_inflate (guest, 16 * MIB_PAGES, 0),
                     16 * MIB_PAGES);
  uint64_t held = 44 * MIB_PAGES, least = 28 * MIB_PAGES;
  for (int i = 0; i < 10; i++) {
    world_run (&w, S);
    held -= (uint64_t) ceil ((double) (held - least) * 0.2);
    ck_assert_uint_eq (vhm_guest_app_cache (guest).held_pages, held);
  }
  world_run (&w, 60 * S);
  ck_assert_uint_eq (vhm_guest_app_cache (guest).held_pages, least);
  world_close (&w);
}
END_TEST

SUITE ("store cache",
       tcase_add_test (tc, it_goes_a_share_of_the_way_each_period);
       tcase_add_test (tc, it_rests_where_the_reserve_is_left);
       tcase_add_test (tc, it_gives_back_in_steps);)
