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

struct scene {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
};

static void
open_scene (struct scene *s)
{
  world_open (&s->w, 1, 20000);
  world_os (&s->w, "ideal-lru", "");
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
  while ((g->mfn[gfn] != VHM_NO_FRAME) != backed || g->backing.state[gfn] & ~16)
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

static void
count_a_write (vhm_guest *g)
{
  g->backing.n_writing++;
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
  ck_assert_uint_eq (free + backed, 20000);
  vhm_guest_stop (s.guest);
  ck_assert_uint_eq (vhm_machine_n_free (s.w.machine), 20000);
  world_close (&s.w);
}
END_TEST

SUITE ("backing", tcase_add_test (tc, all_is_given_back);
       tcase_add_loop_exit_test (tc, a_broken_invariant_is_named, 0, 0,
                                 (int) G_N_ELEMENTS (cases));)
