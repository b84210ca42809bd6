/* The same for the ideal guest. ideal_lru.c is compiled in
 * because its records are in no header. */
#include "ideal_lru.c"
#include "suite.h"

#include <unistd.h>

#include "world.h"

struct scene {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
};

static void *stolen_state; /* of the guest booted last */

static void
spy_boot (void *state, const void *config, vhm_guest *guest, uint32_t n_pages)
{
  stolen_state = state;
  boot (state, config, guest, n_pages);
}

static void
open_scene (struct scene *s)
{
  static struct vhm_guest_os_ops spy_ops;
  static struct vhm_plugin spy;
  spy_ops = ops;
  spy_ops.boot = spy_boot;
  spy = vhm_guest_os_ideal_lru;
  spy.ops = &spy_ops;
  world_open (&s->w, 1, 3000);
  world_os (&s->w, "ideal-lru", "");
  s->w.os.plugin = &spy;
  s->p = a_puppet (2000, 0.5, 3, 10000, 100, 0);
  world_puppet (&s->w, &s->p);
  s->guest = world_boot (&s->w, 1, 1000, 1000);
  world_run (&s->w, 5 * VHM_NS_PER_S);
  vhm_guest_inflate (s->guest, 50, 0);
}

static void
miscount (struct ideal *s)
{
  s->n_resident++;
}

static void
lose_a_frame (struct ideal *s)
{
  s->n_ballooned--;
}

static void
share_a_frame (struct ideal *s)
{
  uint32_t first = NONE;
  for (uint32_t v = 0;; v++)
    if (has_frame (&s->pages[v])) {
      if (first != NONE) {
        s->pages[v].gfn = first & UNTOUCHED;
        return;
      }
      first = s->pages[v].gfn;
    }
}

static uint32_t
first_mapped (const struct ideal *s)
{
  uint32_t gfn = 0;
  while (s->in[gfn] >= IN_BALLOON)
    gfn++;
  return gfn;
}

static void
forget_what_is_there (struct ideal *s)
{
  s->in[first_mapped (s)] = IN_NOTHING;
}

static void
name_a_page_elsewhere (struct ideal *s)
{
  uint32_t gfn = 0;
  while (s->in[gfn] != IN_NOTHING && s->in[gfn] != IN_BALLOON)
    gfn++;
  s->in[gfn] = s->in[first_mapped (s)];
}

static void
forget_a_ballooned_one (struct ideal *s)
{
  uint32_t gfn = 0;
  while (s->in[gfn] != IN_BALLOON)
    gfn++;
  s->in[gfn] = IN_NOTHING;
}

static const struct {
  void (*corrupt) (struct ideal *s);
  const char *says;
} cases[] = {
  { miscount, "do not add up" },
  { lose_a_frame, "do not add up" },
  { share_a_frame, "a frame holds two pages" },
  { forget_what_is_there, "frame does not name it" },
  { name_a_page_elsewhere, "does not lie there" },
  { forget_a_ballooned_one, "other frames as ballooned" },
};

START_TEST (a_broken_invariant_is_named)
{
  struct scene s;
  open_scene (&s);
  world_audit (&s.w);
  cases[_i].corrupt (stolen_state);
  const char *wrong = vhm_guest_audit (s.guest);
  ck_assert_msg (wrong && strstr (wrong, cases[_i].says), "audit says: %s",
                 wrong ? wrong : "nothing");
  _exit (0);
}
END_TEST

START_TEST (the_scene_is_clean_and_closes)
{
  struct scene s;
  open_scene (&s);
  world_audit (&s.w);
  world_close (&s.w);
}
END_TEST

SUITE ("audit of the ideal guest",
       if (suite_can_fork ())
           tcase_add_loop_exit_test (tc, a_broken_invariant_is_named, 0, 0,
                                     G_N_ELEMENTS (cases));
       tcase_add_test (tc, the_scene_is_clean_and_closes);)
