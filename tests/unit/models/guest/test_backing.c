/* Giving frames and taking them back; and the audit names what is wrong. */
#include "guest.h"
#include "suite.h"
#include "world.h"

#include <unistd.h>

#define S VHM_NS_PER_S
#define VISIBLE 3000

static const struct vhm_swap_config swap = {
  .victims = VHM_VICTIMS_RANDOM, .read_ahead = 8, .batch = 32, .n_writes = 4
};

static const struct vhm_compression_config compression
    = { .max_ppm = 100000, .max_allocated_ppm = 1000000 };

struct scene {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
};

static void
open_scene (struct scene *s)
{
  world_open (&s->w, 1, 20000);
  world_os (&s->w, "windows", "nonpaged_pool: 1 MiB");
  s->w.compression = &compression;
  s->w.compressed_sizes = (struct vhm_content_sizes){ 500000, 300000 };
  s->w.kernel = (struct vhm_kernel_touches){ .touches = 1,
                                             .hot_ppm = 100000,
                                             .hot_touches_ppm = 500000 };
  s->w.swap = &swap;
  s->w.swap_bytes = 64 * VHM_MIB;
  s->p = a_puppet (2000, 0.3, 2, 1e6, 100, 0);
  world_puppet (&s->w, &s->p);
  s->guest = world_boot (&s->w, 1, VISIBLE, VISIBLE);
  vhm_guest_inflate (s->guest, 100, 0);
  world_run (&s->w, 20 * S);
  vhm_guest_set_limit (s->guest, 1500);
  world_run (&s->w, 20 * S + S / 200);
}

static uint32_t
some_frame (const vhm_guest *g, bool backed)
{
  uint32_t gfn = 0;
  while ((g->mfn[gfn] != VHM_NO_FRAME) != backed
         || g->backing.state[gfn] & (FRAME_BUSY | FRAME_READY)
         || g->os->frame_use (g->os_state, gfn).kind == VHM_FRAME_KERNEL)
    gfn++;
  return gfn;
}

static void
miscount (vhm_guest *g)
{
  g->backing.n_backed++;
}

static void
say_it_is_written (vhm_guest *g)
{
  g->backing.state[some_frame (g, true)] |= FRAME_WRITING;
}

static void
say_it_is_read_ahead (vhm_guest *g)
{
  g->backing.state[some_frame (g, false)] |= FRAME_READY;
}

static void
swap_a_backed_one (vhm_guest *g)
{
  uint32_t slot;
  vhm_swap_space_put (g->backing.space, some_frame (g, true), &slot);
}

static void
show_a_swapped_page (vhm_guest *g)
{
  for (uint32_t gfn = 0;; gfn++) {
    struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
    if (use.kind != VHM_FRAME_MAPPED
        || !vhm_refs_is_hidden (use.process->refs, use.page))
      continue;
    vhm_refs_show (use.process->refs, use.page, false, true);
    return;
  }
}

static void
want_what_nobody_wants (vhm_guest *g)
{
  uint32_t gfn = some_frame (g, true);
  g_array_append_val (g->backing.wants, gfn);
}

static void
wait_for_what_is_there (vhm_guest *g)
{
  const struct frame_waiter waiter
      = { .gfn = some_frame (g, true), .process = g->processes->pdata[0] };
  vhm_backing_wait (g, &waiter);
}

static void
pin_for_nobody (vhm_guest *g)
{
  g->backing.pins[some_frame (g, true)]++;
}

/* Of a transfer that carries two frames at least. */
static struct swap_transfer *
some_transfer (const vhm_guest *g)
{
  for (guint i = 0; i < g->backing.transfers->len; i++) {
    struct swap_transfer *t = g->backing.transfers->pdata[i];
    if (t->n > 1 && t->gfns[0] != NO_GFN && t->gfns[1] != NO_GFN)
      return t;
  }
  ck_abort_msg ("nothing is under way");
  return NULL;
}

static void
carry_what_stays (vhm_guest *g)
{
  some_transfer (g)->gfns[0] = some_frame (g, true);
}

static void
carry_nothing (vhm_guest *g)
{
  some_transfer (g)->gfns[0] = NO_GFN;
}

static void
count_a_write (vhm_guest *g)
{
  g->backing.n_writing++;
}

static uint32_t
some_compressed (const vhm_guest *g)
{
  uint32_t gfn = 0;
  while (!vhm_compressed_has (&g->backing, gfn)
         || g->os->frame_use (g->os_state, gfn).kind == VHM_FRAME_KERNEL)
    gfn++;
  return gfn;
}

static void
swap_a_compressed_one (vhm_guest *g)
{
  uint32_t slot;
  vhm_swap_space_put (g->backing.space, some_compressed (g), &slot);
}

static void
back_a_compressed_one (vhm_guest *g)
{
  vhm_backing_gain (g, some_compressed (g), VHM_FRAME_ACTIVE);
}

static void
compress_a_ballooned_one (vhm_guest *g)
{
  uint32_t gfn = g_array_index (g->ballooned, uint32_t, 0);
  vhm_compression_drop (g->backing.compressed.cache, some_compressed (g));
  vhm_compression_put (g->backing.compressed.cache, gfn, 1);
}

static void
lose_a_cache_frame (vhm_guest *g)
{
  GArray *frames = g->backing.compressed.frames;
  g_array_set_size (frames, frames->len - 1);
}

static void
take_a_cache_frame (vhm_guest *g)
{
  GArray *frames = g->backing.compressed.frames;
  g_array_index (frames, uint32_t, 0) = g->mfn[some_frame (g, true)];
}

static void
forget_that_it_is_away (vhm_guest *g)
{
  struct kernel_frames *k = &g->backing.kernel;
  vhm_kernel_came (k, k->gfns[k->away[0][0]]);
}

static void
say_it_is_away (vhm_guest *g)
{
  struct kernel_frames *k = &g->backing.kernel;
  uint32_t i = 0;
  while (i < k->n && k->place[i] != NO_GFN)
    i++;
  ck_assert_uint_lt (i, k->n);
  vhm_kernel_went (k, k->gfns[i]);
}

static void
confuse_those_away (vhm_guest *g)
{
  struct kernel_frames *k = &g->backing.kernel;
  k->away[0][0] = k->away[0][1];
}

static void
miscount_those_away (vhm_guest *g)
{
  g->backing.kernel.n_away[0]++;
}

static void
count_another_frame (vhm_guest *g)
{
  g->backing.kernel.gfns[0] = g_array_index (g->ballooned, uint32_t, 0);
}

static void
say_it_is_unused (vhm_guest *g, uint32_t gfn)
{
  g->backing.unused = g_new0 (uint64_t, VISIBLE / 64 + 1);
  g->backing.unused[gfn / 64] |= UINT64_C (1) << (gfn % 64);
  g->backing.n_unused++;
}

static void
forget_a_touch (vhm_guest *g)
{
  uint32_t gfn = 0;
  while (g->mfn[gfn] == VHM_NO_FRAME
         || g->os->frame_use (g->os_state, gfn).kind != VHM_FRAME_MAPPED)
    gfn++;
  say_it_is_unused (g, gfn);
}

static void
leave_nothing_unused (vhm_guest *g)
{
  say_it_is_unused (g, some_frame (g, false));
}

static void
miscount_the_unused (vhm_guest *g)
{
  g->backing.n_unused++;
}

static const struct {
  void (*corrupt) (vhm_guest *g);
  const char *says;
} cases[] = {
  { miscount, "backed frames are miscounted" },
  { say_it_is_written, "under way has none" },
  { say_it_is_read_ahead, "without machine memory" },
  { swap_a_backed_one, "has a swap slot" },
  { show_a_swapped_page, "does not trap" },
  { want_what_nobody_wants, "does not know it" },
  { wait_for_what_is_there, "not on its way" },
  { pin_for_nobody, "a transfer that is over" },
  { count_a_write, "are miscounted" },
  { carry_what_stays, "not on its way" },
  { carry_nothing, "in no transfer, or in two" },
  { swap_a_compressed_one, "compressed frame is backed or swapped" },
  { back_a_compressed_one, "compressed frame is backed or swapped" },
  { compress_a_ballooned_one, "ballooned frame is backed, compressed" },
  { lose_a_cache_frame, "holds other frames than it takes" },
  { take_a_cache_frame, "a frame that is not theirs" },
  { forget_that_it_is_away, "away and not listed so" },
  { say_it_is_away, "away and not listed so" },
  { confuse_those_away, "does not know its place" },
  { miscount_those_away, "away are miscounted" },
  { forget_a_touch, "not there, shared or used" },
  { leave_nothing_unused, "not there, shared or used" },
  { miscount_the_unused, "nobody has touched are miscounted" },
  { count_another_frame, "given up one of its own" },
};

START_TEST (a_broken_invariant_is_named)
{
  struct scene s;
  open_scene (&s);
  world_audit (&s.w);
  cases[_i].corrupt (s.guest);
  const char *wrong = vhm_guest_audit (s.guest);
  ck_assert_msg (wrong && strstr (wrong, cases[_i].says), "audit says: %s",
                 wrong ? wrong : "nothing");
  _exit (0);
}
END_TEST

START_TEST (all_is_given_back)
{
  struct scene s;
  open_scene (&s);
  uint64_t bytes = vhm_guest_state_bytes (s.guest);
  ck_assert_uint_gt (bytes, 2000 * 24 + VISIBLE * 10);
  uint32_t free = vhm_machine_n_free (s.w.machine);
  uint32_t backed = vhm_guest_backed_pages (s.guest);
  uint32_t compressed = vhm_guest_compressed_frames (s.guest);
  ck_assert_uint_gt (compressed, 0);
  ck_assert_uint_eq (free + backed + compressed, 20000);
  vhm_guest_stop (s.guest);
  ck_assert_uint_eq (vhm_machine_n_free (s.w.machine), 20000);
  world_close (&s.w);
}
END_TEST

SUITE ("backing", tcase_add_test (tc, all_is_given_back);
       tcase_add_loop_exit_test (tc, a_broken_invariant_is_named, 0, 0,
                                 (int) G_N_ELEMENTS (cases));)
