/* A host without enough frames takes them from all its guests. */
#include "suite.h"
#include "world.h"

#include <vhm/sim/rng.h>

#define S VHM_NS_PER_S

static struct vhm_swap_config swap = {
  .read_ahead = 8,
  .batch = 32,
  .n_writes = 4,
  .fault_ns = 5000,
  .minor_ns = 1000,
};

static void
open_world (struct world *w, enum vhm_victims victims, uint32_t n_frames)
{
  swap.victims = victims;
  world_open (w, 4, n_frames);
  world_os (w, "ideal-lru", "");
  w->swap = &swap;
  w->swap_bytes = 64 * VHM_MIB;
  w->backed_at_touch = true;
  world_reclaims (w);
}

static uint64_t
went (const vhm_guest *guest)
{
  return vhm_guest_backing (guest).swapped_out;
}

/* Uses n pages, each some ten times a second, until it is put to rest. */
static struct puppet
a_user (uint32_t n)
{
  return a_puppet (n, 0.3, 1, 1e8 / n, 100, 0);
}

static void
put_to_rest (vhm_guest *guest, struct puppet *p)
{
  vhm_guest_begin (guest);
  vhm_process_hold (p->process);
  vhm_guest_end (guest);
}

static const enum vhm_victims in_turn[]
    = { VHM_VICTIMS_CLOCK, VHM_VICTIMS_TWO_LISTS };

/* Two guests of one size; a third comes and needs what they have. */
START_TEST (the_idle_one_gives_more_than_the_busy_one)
{
  struct world w;
  open_world (&w, in_turn[_i], 4000);
  struct puppet busy = a_user (1800), idle = busy;
  struct puppet late = a_puppet (1400, 0.3, 1, 1e7, 100, 0);
  world_puppet (&w, &busy);
  vhm_guest *a = world_boot (&w, 1, 2000, 2000);
  world_puppet (&w, &idle);
  vhm_guest *b = world_boot (&w, 1, 2000, 2000);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (went (a) + went (b), 0);
  put_to_rest (b, &idle);
  world_puppet (&w, &late);
  vhm_guest *c = world_boot (&w, 1, 1500, 2000);
  for (int i = 0; i < 30; i++)
    world_run (&w, 5 * S);
  ck_assert_uint_gt (went (b), 3 * went (a));
  ck_assert_uint_gt (vhm_guest_backed_pages (a), vhm_guest_backed_pages (b));
  ck_assert_uint_gt (vhm_guest_backed_pages (c), 0);
  world_close (&w);
}
END_TEST

/* Without any use to tell them apart, each gives in proportion to what it holds,
 * to within a batch, however many guests there are: turns dealt out one by one. */
START_TEST (idle_guests_give_in_proportion)
{
  static const uint32_t sizes[] = { 400, 800, 1600, 3200 };
  struct world w;
  open_world (&w, VHM_VICTIMS_RANDOM, 6600);
  struct puppet p[G_N_ELEMENTS (sizes)];
  vhm_guest *guests[G_N_ELEMENTS (sizes)];
  uint32_t held[G_N_ELEMENTS (sizes)];
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    p[i] = a_user (sizes[i]);
    world_puppet (&w, &p[i]);
    guests[i] = world_boot (&w, 1, sizes[i] + 200, sizes[i] + 200);
  }
  world_run (&w, 20 * S);
  uint64_t all = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    all += held[i] = vhm_guest_backed_pages (guests[i]);
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    put_to_rest (guests[i], &p[i]);
  struct puppet late = a_user (1000);
  world_puppet (&w, &late);
  vhm_guest *c = world_boot (&w, 1, 1100, 1100);
  world_run (&w, 40 * S);
  uint64_t sum = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    sum += went (guests[i]);
  ck_assert_uint_gt (sum, 200);
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    ck_assert_double_eq_tol ((double) went (guests[i]),
                             (double) sum * held[i] / (double) all,
                             2 * (double) swap.batch);
  ck_assert_uint_gt (vhm_guest_backed_pages (c), 400);
  world_close (&w);
}
END_TEST

/* A guest at a limit of its own is its own affair. */
START_TEST (a_limit_is_kept_from_its_own_frames)
{
  struct world w;
  open_world (&w, VHM_VICTIMS_CLOCK, 8000);
  struct puppet rest = a_user (1800), p = rest;
  world_puppet (&w, &rest);
  vhm_guest *a = world_boot (&w, 1, 2000, 2000);
  world_puppet (&w, &p);
  vhm_guest *b = world_boot (&w, 1, 2000, 2000);
  vhm_guest_set_limit (b, 1000);
  world_run (&w, 60 * S);
  ck_assert_uint_eq (went (a), 0);
  ck_assert_uint_gt (went (b), 500);
  ck_assert_uint_eq (vhm_global_reclaim_looks (w.reclaim, a), 0);
  world_close (&w);
}
END_TEST

/* One who waits is served when another's frames are free, and at once when a guest
 * goes: no more than a write and a batch of them later. */
START_TEST (who_waits_is_served_when_others_have_written)
{
  struct world w;
  open_world (&w, VHM_VICTIMS_CLOCK, 2500);
  struct puppet idle = a_user (1800), p = a_user (900);
  world_puppet (&w, &idle);
  vhm_guest *a = world_boot (&w, 1, 2000, 2000);
  world_run (&w, 10 * S);
  put_to_rest (a, &idle);
  world_puppet (&w, &p);
  vhm_guest *b = world_boot (&w, 1, 1000, 1000);
  world_run (&w, 10 * S);
  ck_assert_uint_gt (went (a), 100);
  /* 10 ms a write of about 32 frames */
  ck_assert_uint_gt (vhm_guest_backed_pages (b), 800);
  vhm_guest_stop (a);
  uint64_t before = vhm_guest_operations (b);
  world_run (&w, S);
  ck_assert_uint_gt (vhm_guest_operations (b), before + 50);
  world_close (&w);
}
END_TEST

/* Full swap files and nobody who could give: nothing is taken, nothing is lost. */
START_TEST (nobody_can_give)
{
  struct world w;
  open_world (&w, VHM_VICTIMS_CLOCK, 2500);
  w.swap_bytes = 100 * VHM_PAGE_BYTES;
  struct puppet p = a_puppet (1800, 0.3, 1, 1e4, 100, 0), q = p;
  world_puppet (&w, &p);
  vhm_guest *a = world_boot (&w, 1, 2000, 2000);
  world_puppet (&w, &q);
  vhm_guest *b = world_boot (&w, 1, 2000, 2000);
  for (int i = 0; i < 10; i++)
    world_run (&w, 5 * S);
  ck_assert_uint_le (vhm_guest_swapped_pages (a), 100);
  ck_assert_uint_le (vhm_guest_swapped_pages (b), 100);
  world_close (&w);
}
END_TEST

SUITE ("global reclaim", tcase_set_timeout (tc, 60);
       tcase_add_loop_test (tc, the_idle_one_gives_more_than_the_busy_one, 0,
                            (int) G_N_ELEMENTS (in_turn));
       tcase_add_test (tc, idle_guests_give_in_proportion);
       tcase_add_test (tc, a_limit_is_kept_from_its_own_frames);
       tcase_add_test (tc, who_waits_is_served_when_others_have_written);
       tcase_add_test (tc, nobody_can_give);)
