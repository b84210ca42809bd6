/* Whole blocks at first touch: which blocks come whole against the rule worked out
 * by hand after every touch, what that costs, and what breaks them. */
#include "cpu_config.h"
#include "guest.h"
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define BLOCK ((uint32_t) VHM_BLOCK_PAGES)
#define LARGE_NS 455000

static void
open_world (struct world *w, uint32_t n_frames)
{
  world_open (w, 2, n_frames);
  world_os (w, "ideal-lru", "");
  w->backed_at_touch = w->large_at_touch = true;
  w->large_ns = LARGE_NS;
}

/* Its process holds still. */
static vhm_guest *
a_still_guest (struct world *w, struct puppet *p, uint32_t n, uint32_t maximum)
{
  *p = a_puppet (n, 0, 1, 1e6, 1e9, 0);
  p->threads.held = true;
  world_puppet (w, p);
  return world_boot (w, 1, n, maximum);
}

/* --- the rule ------------------------------------------------------------------ */

#define MOST_BLOCKS 12
#define MOST (MOST_BLOCKS * BLOCK)

/* What should be. */
struct shadow {
  vhm_guest *guest;
  bool backed[MOST], ballooned[MOST], used[MOST], large[MOST_BLOCKS];
};

static bool
has_free_block (const vhm_machine *m)
{
  uint32_t run = 0;
  for (uint32_t f = 0; f < vhm_machine_n_frames (m); f++) {
    bool is_free = vhm_machine_owner (m, vhm_mfn_make (f)) == VHM_OWNER_FREE;
    run = is_free && (f % BLOCK == 0 || run > 0) ? run + 1 : 0;
    if (run == BLOCK)
      return true;
    run = f % BLOCK == BLOCK - 1 ? 0 : run;
  }
  return false;
}

static void
expect_touch (struct shadow *s, const vhm_machine *m, uint32_t gfn)
{
  uint32_t block = gfn / BLOCK, n_visible = vhm_guest_visible_pages (s->guest);
  bool comes = (block + 1) * BLOCK <= n_visible && has_free_block (m);
  if (s->backed[gfn]) {
    s->used[gfn] = true;
    return;
  }
  for (uint32_t i = block * BLOCK; comes && i < (block + 1) * BLOCK; i++)
    comes = !s->backed[i] && !s->ballooned[i];
  for (uint32_t i = block * BLOCK; comes && i < (block + 1) * BLOCK; i++)
    s->backed[i] = true;
  s->large[block] |= comes;
  s->backed[gfn] = vhm_machine_n_free (m) > 0;
  s->used[gfn] = s->backed[gfn];
}

static void
touch (struct shadow *s, vhm_machine *m, uint32_t gfn)
{
  if (s->ballooned[gfn])
    return;
  expect_touch (s, m, gfn);
  vhm_guest_zero_frame (s->guest, gfn);
}

/* The balloon took some, or gave some back. */
static void
follow_balloon (struct shadow *s)
{
  const vhm_guest *g = s->guest;
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++) {
    s->ballooned[gfn]
        = g->os->frame_use (g->os_state, gfn).kind == VHM_FRAME_BALLOON;
    if (s->ballooned[gfn] && s->backed[gfn])
      s->large[gfn / BLOCK] = false;
    if (s->ballooned[gfn])
      s->backed[gfn] = s->used[gfn] = false;
  }
}

static void
check (const struct shadow *s)
{
  const vhm_guest *g = s->guest;
  uint32_t n_unused = 0, n_wrong = 0;
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++) {
    n_wrong += s->backed[gfn] != (g->mfn[gfn] != VHM_NO_FRAME);
    n_unused += s->backed[gfn] && !s->used[gfn];
    enum vhm_page_size size = vhm_blocks_size (&g->blocks, gfn, VHM_PAGE_2M);
    n_wrong += s->large[gfn / BLOCK] != (size == VHM_PAGE_2M);
  }
  ck_assert_uint_eq (n_wrong, 0);
  ck_assert_uint_eq (vhm_guest_backing (g).unused, n_unused);
}

/* Touches, balloons and hot-add at random, in a machine with room for all, for
 * half, and with no whole block left. */
START_TEST (blocks_come_as_the_rule_says)
{
  static const uint32_t frames[] = { 16 * BLOCK + 77, 6 * BLOCK + 200, BLOCK };
  struct world w;
  struct puppet p;
  struct vhm_rng rng;
  static struct shadow s;
  vhm_rng_init (&rng, 7, "touches");
  open_world (&w, frames[_i]);
  vhm_machine_take (w.machine, VHM_OWNER_ROOT, 0, 100, NULL);
  s = (struct shadow){ 0 };
  s.guest = a_still_guest (&w, &p, 9 * BLOCK + 100, MOST);
  /* what it does not see yet looks empty, too */
  for (uint32_t gfn = 9 * BLOCK + 100; gfn < MOST; gfn++)
    s.guest->mfn[gfn] = VHM_NO_FRAME;
  for (int i = 0; i < 600; i++) {
    uint32_t n_visible = vhm_guest_visible_pages (s.guest);
    for (int k = 0; k < 3; k++)
      touch (&s, w.machine, (uint32_t) vhm_rng_below (&rng, n_visible));
    if (i % 20 == 19)
      vhm_guest_inflate (s.guest, (uint32_t) vhm_rng_below (&rng, 700), 0);
    follow_balloon (&s);
    if (i % 40 == 39)
      vhm_guest_deflate (
          s.guest, (uint32_t) vhm_rng_below (&rng, s.guest->ballooned->len + 1),
          0);
    if (i % 100 == 99)
      vhm_guest_hot_add (s.guest, 200);
    follow_balloon (&s);
    check (&s);
    if (i % 50 == 0)
      world_audit (&w);
  }
  bool is_roomy = _i < 2;
  ck_assert (is_roomy == (vhm_guest_backing (s.guest).block_touches > 0));
  ck_assert (is_roomy == (vhm_guest_broken_blocks (s.guest) > 0));
  vhm_guest_stop (s.guest);
  vhm_machine_give_root (w.machine, 100);
  world_close (&w);
}
END_TEST

/* --- what it costs ---------------------------------------------------------------- */

/* A walk over eight blocks: one first touch and one entry a block, or a page. */
START_TEST (a_block_is_one_touch_and_one_entry)
{
  struct world w;
  bool is_large = _i == 1;
  const struct vhm_cpu_config cpu = skylake_config ();
  open_world (&w, 16 * BLOCK);
  w.large_at_touch = is_large;
  w.maps_at_touch = true;
  world_translates (&w, &cpu, 2, VHM_PAGING_SLAT, VHM_PAGE_2M);
  struct puppet p = a_puppet (8 * BLOCK, 0, 1, 1e4, 1e9, 0);
  p.regions[0].pattern = VHM_PATTERN_SCAN;
  p.regions[0].cyclic = true;
  world_puppet (&w, &p);
  vhm_guest *g = world_boot (&w, 1, 8 * BLOCK, 8 * BLOCK);
  world_run (&w, 10 * S);
  struct vhm_backing_counts c = vhm_guest_backing (g);
  uint64_t n = is_large ? 8 : 8 * BLOCK;
  ck_assert_uint_eq (c.block_touches, is_large ? 8 : 0);
  ck_assert_uint_eq (c.first_touches, is_large ? 0 : n);
  ck_assert_uint_eq (c.unused, 0); /* the walk has been everywhere */
  ck_assert_uint_eq (vhm_guest_violations (g), n);
  ck_assert_uint_eq (vhm_guest_large_blocks (g), is_large ? 8 : 0);
  double cyc = (double) n * cpu.slat_violation_cyc;
  cyc += is_large ? 8 * LARGE_NS : 0;
  ck_assert_double_eq_tol ((double) world_account (g, VHM_ACCOUNT_HOST_FAULT),
                           cyc, 1 + (double) n);
  world_close (&w);
}
END_TEST

/* Under a limit nothing is taken so that a block may come. */
START_TEST (a_limit_that_has_no_room_for_a_block_gets_pages)
{
  struct vhm_swap_config swap = { .read_ahead = 1, .batch = 32, .n_writes = 4 };
  struct world w;
  struct puppet p;
  open_world (&w, 16 * BLOCK);
  w.swap = &swap;
  w.swap_bytes = 64 * VHM_MIB;
  vhm_guest *g = a_still_guest (&w, &p, 8 * BLOCK, 8 * BLOCK);
  vhm_guest_set_limit (g, 2 * BLOCK + 31 + 32 * (uint32_t) _i);
  for (uint32_t block = 0; block < 8; block++)
    ck_assert (vhm_guest_zero_frame (g, block * BLOCK + 5));
  world_audit (&w);
  /* a batch must be left for the next touches */
  ck_assert_uint_eq (vhm_guest_large_blocks (g), _i == 0 ? 1 : 2);
  ck_assert_uint_eq (vhm_guest_backing (g).swapped_out, 0);
  ck_assert_uint_eq (vhm_guest_backed_pages (g),
                     _i == 0 ? BLOCK + 7 : 2 * BLOCK + 6);
  world_close (&w);
}
END_TEST

START_TEST (a_host_may_hold_blocks_back)
{
  struct world w;
  struct puppet p;
  open_world (&w, 16 * BLOCK);
  vhm_guest *g = a_still_guest (&w, &p, 8 * BLOCK, 8 * BLOCK);
  vhm_guest_zero_frame (g, 0);
  vhm_guest_hold_large (g, true);
  vhm_guest_zero_frame (g, BLOCK);
  ck_assert_uint_eq (vhm_guest_backed_pages (g), BLOCK + 1);
  vhm_guest_hold_large (g, false);
  vhm_guest_zero_frame (g, BLOCK + 1); /* no longer empty */
  vhm_guest_zero_frame (g, 2 * BLOCK);
  ck_assert_uint_eq (vhm_guest_backed_pages (g), 2 * BLOCK + 2);
  world_audit (&w);
  world_close (&w);
}
END_TEST

/* --- breaking ------------------------------------------------------------------------ */

/* What is on its way to the swap file lies in small pages already, and stays so if
 * a touch keeps it. */
START_TEST (a_block_breaks_before_a_page_of_it_is_swapped)
{
  struct vhm_swap_config swap
      = { .victims = _i, .read_ahead = 1, .batch = 8, .n_writes = 1 };
  struct world w;
  struct puppet p;
  open_world (&w, 16 * BLOCK);
  w.swap = &swap;
  w.swap_bytes = 64 * VHM_MIB;
  vhm_guest *g = a_still_guest (&w, &p, 8 * BLOCK, 8 * BLOCK);
  for (uint32_t block = 0; block < 8; block++)
    vhm_guest_zero_frame (g, block * BLOCK);
  ck_assert_uint_eq (vhm_guest_large_blocks (g), 8);
  vhm_guest_set_limit (g, 8 * BLOCK - 1);
  uint32_t n_writing = 0;
  for (uint32_t gfn = 0; gfn < 8 * BLOCK; gfn++) {
    if (!(g->backing.state[gfn] & FRAME_WRITING))
      continue;
    n_writing++;
    ck_assert_int_eq (vhm_blocks_size (&g->blocks, gfn, VHM_PAGE_2M),
                      VHM_PAGE_4K);
  }
  ck_assert_uint_ge (n_writing, 8);
  uint32_t n_broken = vhm_guest_broken_blocks (g);
  ck_assert_uint_ge (n_broken, 1);
  ck_assert_uint_le (n_broken, 8);
  ck_assert_uint_eq (vhm_guest_large_blocks (g), 8 - n_broken);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_large_blocks (g),
                     8 - vhm_guest_broken_blocks (g));
  world_close (&w);
}
END_TEST

static const struct vhm_shared_memory_config esx = {
  .sharing = { .hash_ns = 700, .compare_ns = 1000, .copy_ns = 1000 },
  .before_swap = true,
};
static const struct vhm_shared_memory_config ksm = {
  .sharing = { .stable_scans = 1, .last = VHM_SHARING_LAST_COPIES },
  .splits_blocks = true,
};

static void
scan_all (vhm_guest *guest)
{
  uint32_t n = vhm_guest_visible_pages (guest);
  for (uint32_t gfn = 0; gfn < n; gfn++)
    vhm_guest_scan (guest, &gfn, 1);
}

/* Two guests with zeros in two blocks each. */
static void
two_guests (struct world *w, struct puppet *p, vhm_guest **g,
            const struct vhm_shared_memory_config *config)
{
  open_world (w, 16 * BLOCK);
  world_shares (w, config);
  for (int i = 0; i < 2; i++) {
    g[i] = a_still_guest (w, &p[i], 2 * BLOCK, 2 * BLOCK);
    vhm_guest_zero_frame (g[i], 0);
    vhm_guest_zero_frame (g[i], BLOCK);
  }
}

/* ESX: pages of large blocks are known and not shared; at once when they break. */
START_TEST (noted_pages_are_shared_when_all_blocks_break)
{
  struct world w;
  struct puppet p[2];
  vhm_guest *g[2];
  two_guests (&w, p, g, &esx);
  for (int i = 0; i < 2; i++)
    scan_all (g[i]);
  struct vhm_sharing_counts c = vhm_shared_memory_counts (w.shared);
  ck_assert_uint_eq (c.n_noted, 4 * BLOCK);
  ck_assert_uint_eq (c.n_shared, 0);
  ck_assert_uint_eq (vhm_guest_large_blocks (g[0]), 2);
  for (int i = 0; i < 2; i++)
    vhm_guest_break_blocks (g[i]);
  world_audit (&w);
  c = vhm_shared_memory_counts (w.shared);
  ck_assert_uint_eq (c.n_shared, 4 * BLOCK);
  ck_assert_uint_eq (c.n_frames, 1);
  ck_assert_uint_eq (c.n_scanned, 0);
  ck_assert_uint_eq (vhm_guest_broken_blocks (g[0]), 2);
  ck_assert_uint_eq (vhm_guest_backing (g[0]).unused, 0);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 16 * BLOCK - 1);
  world_close (&w);
}
END_TEST

START_TEST (the_scanner_breaks_what_it_may)
{
  struct world w;
  struct puppet p[2];
  vhm_guest *g[2];
  const uint32_t some[] = { 3, 4, 5 };
  two_guests (&w, p, g, &esx);
  vhm_shared_memory_break_blocks (w.shared, true);
  vhm_guest_scan (g[0], some, 3);
  vhm_shared_memory_break_blocks (w.shared, false);
  vhm_guest_scan (g[1], some, 3);
  world_audit (&w);
  ck_assert_uint_eq (vhm_guest_broken_blocks (g[0]), 1);
  ck_assert_uint_eq (vhm_guest_broken_blocks (g[1]), 0);
  struct vhm_sharing_counts c = vhm_shared_memory_counts (w.shared);
  ck_assert_uint_eq (c.n_shared, 3);
  ck_assert_uint_eq (c.n_noted, 3);
  world_close (&w);
}
END_TEST

/* KSM: a page in a large block is merged like any other; that splits the block. */
START_TEST (ksm_splits_the_blocks_of_what_it_merges)
{
  struct world w;
  struct puppet p[2];
  vhm_guest *g[2];
  const uint32_t one = 9, other = 10; /* the other is seen once only */
  two_guests (&w, p, g, &ksm);
  for (int i = 0; i < 2; i++)
    vhm_guest_scan (g[i], &other, 1);
  for (int i = 0; i < 2; i++)
    for (int pass = 0; pass < 2; pass++) /* it must not have changed */
      vhm_guest_scan (g[i], &one, 1);
  world_audit (&w);
  struct vhm_sharing_counts c = vhm_shared_memory_counts (w.shared);
  ck_assert_uint_eq (c.n_shared, 2);
  ck_assert_uint_eq (c.n_noted, 0);
  for (int i = 0; i < 2; i++) {
    ck_assert_uint_eq (vhm_guest_broken_blocks (g[i]), 1);
    ck_assert_uint_eq (vhm_guest_large_blocks (g[i]), 1);
  }
  ck_assert_uint_eq (c.n_tried, 0); /* the rest waits for the scanner */
  world_close (&w);
}
END_TEST

SUITE ("large backing",
       tcase_add_loop_test (tc, blocks_come_as_the_rule_says, 0, 3);
       tcase_add_loop_test (tc, a_block_is_one_touch_and_one_entry, 0, 2);
       tcase_add_loop_test (tc, a_limit_that_has_no_room_for_a_block_gets_pages,
                            0, 2);
       tcase_add_test (tc, a_host_may_hold_blocks_back);
       tcase_add_loop_test (tc, a_block_breaks_before_a_page_of_it_is_swapped,
                            0, VHM_N_VICTIMS);
       tcase_add_test (tc, noted_pages_are_shared_when_all_blocks_break);
       tcase_add_test (tc, the_scanner_breaks_what_it_may);
       tcase_add_test (tc, ksm_splits_the_blocks_of_what_it_merges);)
