/* The audits name what is wrong with shared frames: each invariant is broken
 * once, by hand. */
#include "guest.h"
#include "suite.h"
#include "world.h"

#include <unistd.h>

#define S VHM_NS_PER_S
#define N 400

static const struct vhm_shared_memory_config esx;
static const struct vhm_content_class image[]
    = { { VHM_CONTENT_IMAGE, 1000000, "image", 0, 1 } };

struct scene {
  struct world w;
  struct puppet p[2];
  vhm_guest *g[2];
};

/* Two guests that share all they have. */
static void
open_scene (struct scene *s)
{
  world_open (&s->w, 2, 1000);
  world_os (&s->w, "ideal-lru", "");
  world_shares (&s->w, &esx);
  s->w.backed_at_touch = true;
  s->w.content = image;
  s->w.n_content = 1;
  for (int i = 0; i < 2; i++) {
    s->p[i] = a_puppet (N, 0.1, 1, 1e6, 100, 0);
    world_puppet (&s->w, &s->p[i]);
    s->g[i] = world_boot (&s->w, 1, N, N);
    vhm_process_allocate (s->p[i].process, 0, 0, N);
    for (uint32_t gfn = 0; gfn < N; gfn++)
      vhm_guest_scan (s->g[i], &gfn, 1);
  }
  world_audit (&s->w);
}

static uint32_t
page_in (const vhm_guest *g, uint32_t gfn)
{
  return g->os->frame_use (g->os_state, gfn).page;
}

static void
unprotect (struct scene *s)
{
  vhm_refs_unprotect (vhm_process_refs (s->p[0].process), page_in (s->g[0], 7),
                      false);
}

static void
rewrite (struct scene *s)
{
  vhm_share_rewritten (s->p[1].process, page_in (s->g[1], 7));
}

static void
forget_that_it_is_shared (struct scene *s)
{
  s->g[0]->backing.state[7] &= (uint8_t) ~FRAME_SHARED;
}

static void
miscount (struct scene *s)
{
  s->g[0]->backing.n_shared++;
}

static void
name_another (struct scene *s)
{
  /* free, so that nobody knows what it should hold */
  vhm_process_drop (s->p[0].process, 0, page_in (s->g[0], 7), 1);
  s->g[0]->mfn[7] = s->g[0]->mfn[8];
}

static void
give_to_the_other (struct scene *s)
{
  vhm_machine_pass (s->w.machine, vhm_mfn_make (s->g[0]->mfn[7]),
                    s->g[1]->owner, 7);
}

static void
own_one_that_nobody_uses (struct scene *s)
{
  uint32_t mfns[1];
  vhm_machine_take (s->w.machine, s->g[0]->owner, 0, 1, mfns);
  vhm_machine_pass (s->w.machine, vhm_mfn_make (mfns[0]), VHM_OWNER_SHARED,
                    VHM_NO_FRAME);
}

static void
lose_a_frame (struct scene *s)
{
  s->g[0]->mfn[7] = VHM_NO_FRAME;
}

static const struct {
  void (*corrupt) (struct scene *s);
  const char *says;
} cases[] = {
  { unprotect, "can be written" },
  { rewrite, "pages that differ share a frame" },
  { forget_that_it_is_shared, "does not name it" },
  { miscount, "miscounted" },
  { name_another, "more or less often than is counted" },
  { give_to_the_other, "belongs to a guest" },
  { own_one_that_nobody_uses, "other shared frames than the guests use" },
  { lose_a_frame, "miscounted" },
};

START_TEST (a_broken_invariant_is_named)
{
  struct scene s;
  open_scene (&s);
  cases[_i].corrupt (&s);
  const char *wrong = vhm_guest_audit (s.g[0]);
  if (!wrong)
    wrong = vhm_shared_memory_audit (s.w.shared);
  ck_assert_msg (wrong && strstr (wrong, cases[_i].says), "audit says: %s",
                 wrong ? wrong : "nothing");
  _exit (0);
}
END_TEST

SUITE ("audit of shared frames",
       tcase_add_loop_test (tc, a_broken_invariant_is_named, 0,
                            (int) G_N_ELEMENTS (cases));)
