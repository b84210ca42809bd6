/* Standby pages by priority: which are lost first, that the lists add up, how long
 * they live. */
#include "suite.h"
#include "world.h"

#include "windows.h"

#define S VHM_NS_PER_S
#define N 1000

/* Frames and nothing else: each is nobody's page of the virtual disk. */
struct bench {
  struct windows_config config;
  struct windows w;
  struct frame frames[N];
  uint8_t priority[N];
};

static void
open_bench (struct bench *b)
{
  *b = (struct bench){ .config = { .lifetime_over_ns = 1000000 * S,
                                   .lifetime_most_ns = 14400 * S } };
  b->w = (struct windows){ .config = &b->config,
                           .frames = b->frames,
                           .priority = b->priority,
                           .n_frames = N };
  for (uint32_t i = 0; i < WINDOWS_PRIORITIES; i++)
    b->w.standby[i] = (struct frame_list){ NONE, NONE, 0 };
}

static void
push (struct bench *b, uint32_t gfn, uint32_t priority)
{
  b->frames[gfn].owner = FRAME_IMAGE;
  b->w.fetch.n_cached++;
  windows_standby_push (&b->w, gfn, priority);
}

/* Against a plain account: which frames are there, of what priority, since when. */
START_TEST (the_oldest_of_the_lowest_priority_is_lost)
{
  static struct bench b;
  static uint32_t since[N], priority[N];
  struct vhm_rng rng;
  vhm_rng_init (&rng, 7, "standby");
  open_bench (&b);
  memset (since, 0, sizeof since);
  for (uint32_t now = 1; now <= 20000; now++) {
    uint32_t gfn = (uint32_t) vhm_rng_below (&rng, N);
    if (since[gfn] == 0) {
      priority[gfn] = (uint32_t) vhm_rng_below (&rng, WINDOWS_PRIORITIES);
      since[gfn] = now;
      push (&b, gfn, priority[gfn]);
    } else if (vhm_rng_below (&rng, 4) == 0) { /* used again */
      windows_standby_remove (&b.w, gfn);
      b.w.fetch.n_cached--;
      since[gfn] = 0;
    } else {
      uint32_t worst = NONE;
      for (uint32_t i = 0; i < N; i++)
        if (since[i] > 0
            && (worst == NONE || priority[i] < priority[worst]
                || (priority[i] == priority[worst] && since[i] < since[worst])))
          worst = i;
      ck_assert_uint_eq (windows_standby_take (&b.w), worst);
      since[worst] = 0;
    }
    if (now % 1000 == 0)
      ck_assert_ptr_null (windows_audit_standby (&b.w));
  }
  while (b.w.n_standby > 0)
    windows_standby_take (&b.w);
  ck_assert_uint_eq (windows_standby_take (&b.w), NONE);
}
END_TEST

START_TEST (counters_lump_priorities_together)
{
  static struct bench b;
  struct vhm_guest_counters c = { 0 };
  open_bench (&b);
  for (uint32_t gfn = 0; gfn < 36; gfn++) { /* i + 1 of priority i */
    uint32_t i = 0;
    while (gfn >= (i + 1) * (i + 2) / 2)
      i++;
    push (&b, gfn, i);
  }
  windows_standby_count (&b.w, &c);
  ck_assert_uint_eq (c.standby_reserve_pages, 1 + 2 + 3 + 4);
  ck_assert_uint_eq (c.standby_normal_pages, 5 + 6);
  ck_assert_uint_eq (c.standby_core_pages, 7 + 8);
  ck_assert_uint_eq (c.standby_pages, 36);
}
END_TEST

/* Frames come at random times and are lost at random times, about 500 at once.
 * Little: what the counter says is the mean of what each of them lived. */
START_TEST (the_lifetime_is_that_of_the_pages)
{
  static struct bench b;
  static double since[N];
  struct vhm_rng rng;
  vhm_rng_init (&rng, 7, "lifetime");
  open_bench (&b);
  double lived = 0, now = 0, tick = 1;
  uint64_t n = 0;
  g_autoptr (GArray) spare = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  for (uint32_t gfn = 0; gfn < N; gfn++)
    g_array_append_val (spare, gfn);
  while (n < 200000) {
    now += vhm_rng_exp (&rng) / 50; /* 50 events a second */
    for (; tick < now; tick++)
      windows_standby_tick (&b.w, 1);
    bool comes = vhm_rng_below (&rng, N) >= b.w.n_standby;
    if (comes) {
      uint32_t gfn = g_array_index (spare, uint32_t, spare->len - 1);
      g_array_set_size (spare, spare->len - 1);
      since[gfn] = now;
      push (&b, gfn, 5);
      continue;
    }
    uint32_t gfn = windows_standby_take (&b.w);
    lived += now - since[gfn];
    g_array_append_val (spare, gfn);
    n++;
  }
  double says = (double) windows_standby_lifetime_ns (&b.w) / (double) S;
  ck_assert_double_gt (says, 15);
  ck_assert_double_eq_tol (says, lived / (double) n, 0.01 * says);
}
END_TEST

START_TEST (nothing_lost_lives_longest)
{
  static struct bench b;
  open_bench (&b);
  ck_assert_uint_eq (windows_standby_lifetime_ns (&b.w), 14400 * S);
  push (&b, 1, 5);
  push (&b, 2, 5);
  windows_standby_tick (&b.w, 100);
  ck_assert_uint_eq (windows_standby_lifetime_ns (&b.w), 14400 * S);
  windows_standby_take (&b.w);
  windows_standby_tick (&b.w, 100); /* 300 page-seconds, one lost */
  ck_assert_uint_eq ((windows_standby_lifetime_ns (&b.w) + S / 2) / S, 300);
}
END_TEST

/* --- in a guest ------------------------------------------------------------------ */

static void
visit (struct world *w, vhm_process *p, uint32_t region, uint32_t from,
       uint32_t to)
{
  vhm_process_sweep (p, region, from, to, 1000, false);
  for (int i = 0; i < 6000 && vhm_process_is_sweeping (p); i++)
    world_run (w, S);
  ck_assert (!vhm_process_is_sweeping (p));
}

/* 2000 pages of a file used in no order, let go of; then a file of 12000 is read
 * from end to end: with a low priority it takes its own pages and leaves those. */
START_TEST (a_file_read_in_order_takes_its_own_pages)
{
  struct world w;
  world_open (&w, 2, 20000);
  world_os (&w, "windows",
            _i == 0 ? "nonpaged_pool: 1 MiB"
                    : "nonpaged_pool: 1 MiB, sequential_priority: 5");
  struct puppet p = a_puppet (2000, 0, 1, 1e6, 1e9, 0);
  p.regions[1] = p.regions[0];
  p.regions[1].n_pages = 12000;
  p.regions[1].file_at = 5000; /* another file */
  p.n_regions = 2;
  for (int i = 0; i < 2; i++) {
    p.regions[i].n_active = 0;
    p.regions[i].is_file = true;
  }
  p.commit_pages = 1;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 8192, 8192);
  for (uint32_t k = 0; k < 2000; k++) /* 7 and 2000 have no common factor */
    visit (&w, p.process, 0, 1999 - k * 7 % 2000, 2000 - k * 7 % 2000);
  vhm_process_drop (p.process, 0, 0, 2000);
  ck_assert_uint_eq (vhm_guest_counters (guest).standby_normal_pages, 2000);
  for (uint32_t k = 0; k < 12; k++) {
    visit (&w, p.process, 1, 1000 * k, 1000 * (k + 1));
    vhm_process_drop (p.process, 1, 1000 * k, 1000);
  }
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  ck_assert_uint_gt (c.repurposed_pages, 5000);
  if (_i == 0)
    ck_assert_uint_eq (c.standby_normal_pages, 2000);
  uint64_t read = c.pages_input, soft = c.transition_faults;
  visit (&w, p.process, 0, 0, 2000);
  c = vhm_guest_counters (guest);
  ck_assert_uint_eq (c.pages_input - read, _i == 0 ? 0 : 2000);
  if (_i == 0)
    ck_assert_uint_eq (c.transition_faults - soft, 2000);
  world_close (&w);
}
END_TEST

SUITE ("standby pages of windows",
       tcase_add_test (tc, the_oldest_of_the_lowest_priority_is_lost);
       tcase_add_test (tc, counters_lump_priorities_together);
       tcase_add_test (tc, the_lifetime_is_that_of_the_pages);
       tcase_add_test (tc, nothing_lost_lives_longest);
       tcase_add_loop_test (tc, a_file_read_in_order_takes_its_own_pages, 0,
                            2);)
