/* Whatever is done in whatever order, all parts go on agreeing. */
#include "streams.h"
#include "suite.h"

struct world {
  struct vhm_rng rng;
  vhm_refs *refs;
  vhm_ages *ages;
};

static uint32_t
below (struct world *w, uint32_t n)
{
  return (uint32_t) vhm_rng_below (&w->rng, n);
}

static void
reshape (struct world *w)
{
  uint32_t region = below (w, 4);
  switch (below (w, 4)) {
  case 0:
    vhm_refs_set_share (w->refs, region, below (w, 4));
    break;
  case 1:
    vhm_refs_set_active (w->refs, region, below (w, 101));
    break;
  case 2:
    vhm_refs_set_hot_start (w->refs, 2, below (w, 1000));
    break;
  case 3: {
    uint32_t from = below (w, 100), to = from + below (w, 101 - from);
    vhm_refs_sweep (w->refs, below (w, 3), from, to, 0.5,
                    vhm_rng_uniform (&w->rng));
    break;
  }
  }
}

static void
touch (struct world *w)
{
  uint32_t page = below (w, vhm_refs_n_pages (w->refs)), victim;
  double accessed;
  switch (below (w, 8)) {
  case 4:
    if (!vhm_refs_traps (w->refs, page)
        && !vhm_refs_is_protected (w->refs, page))
      vhm_refs_protect (w->refs, page);
    break;
  case 5:
    if (vhm_refs_is_protected (w->refs, page))
      vhm_refs_unprotect (w->refs, page, below (w, 2) == 0);
    break;
  case 6:
    if (vhm_refs_is_hidden (w->refs, page))
      vhm_refs_show (w->refs, page, false, below (w, 2) == 0);
    else if (!vhm_refs_traps (w->refs, page))
      vhm_refs_hide (w->refs, page);
    break;
  case 0:
    if (vhm_refs_is_mapped (w->refs, page))
      vhm_refs_unmap (w->refs, page);
    break;
  case 1:
    if (!vhm_refs_is_mapped (w->refs, page)) {
      vhm_refs_map (w->refs, page, false, below (w, 2) == 0);
      if (below (w, 4) > 0)
        vhm_ages_insert (w->ages, page);
    }
    break;
  case 2:
    if (vhm_refs_is_mapped (w->refs, page))
      vhm_refs_look (w->refs, page);
    break;
  case 3:
    vhm_refs_clean (w->refs, page);
    break;
  default:
    if (vhm_ages_pop (w->ages, &victim, &accessed) && below (w, 2) == 0)
      vhm_refs_unmap (w->refs, victim);
  }
}

static void
go_on (struct world *w)
{
  bool write;
  double d = vhm_refs_next (w->refs);
  if (isinf (d) || below (w, 4) == 0) {
    vhm_refs_advance (w->refs, isinf (d) ? 10 : d * 0.5);
    return;
  }
  vhm_refs_advance (w->refs, d);
  uint32_t page = vhm_refs_trap (w->refs, &write);
  if (page == VHM_NO_PAGE || below (w, 8) == 0)
    return; /* it traps again */
  if (vhm_refs_is_hidden (w->refs, page)) {
    vhm_refs_show (w->refs, page, write, true);
    return;
  }
  if (vhm_refs_is_protected (w->refs, page)) {
    ck_assert (write);
    vhm_refs_unprotect (w->refs, page, true);
    return;
  }
  vhm_refs_map (w->refs, page, write, true);
  vhm_ages_insert (w->ages, page);
}

START_TEST (stays_valid_under_random_operations)
{
  struct vhm_region_spec specs[]
      = { uniform_of (100, 1, 0.1), zipf_of (100, 1, 0.5),
          hot_cold_of (100, 0.1, 0.9), loop_of (100, 1) };
  specs[3].write = 0.3;
  for (uint64_t seed = 0; seed < 60; seed++) {
    struct world w = { .refs = empty_stream (seed) };
    vhm_rng_init (&w.rng, seed, "operations");
    for (size_t i = 0; i < G_N_ELEMENTS (specs); i++)
      vhm_refs_add_region (w.refs, &specs[i]);
    w.ages = vhm_ages_new (w.refs, seed % 2 == 1);
    for (int i = 0; i < 3000; i++) {
      go_on (&w);
      if (below (&w, 3) == 0)
        touch (&w);
      if (below (&w, 50) == 0)
        reshape (&w);
      if (seed % 2 == 1 && below (&w, 20) == 0)
        vhm_ages_tick (w.ages);
      if (i % 50 == 0 || i < 50)
        ck_assert_msg (vhm_refs_is_valid (w.refs) && vhm_ages_is_valid (w.ages),
                       "seed %d, step %d", (int) seed, i);
    }
    vhm_ages_free (w.ages);
    vhm_refs_free (w.refs);
  }
}
END_TEST

SUITE_TWICE ("valid", "every reference", streams_every_reference,
             streams_next_fault,
             tcase_add_test (tc, stays_valid_under_random_operations);)
