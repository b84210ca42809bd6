/* Passes that somebody outside drives over a region (vhm_refs_touch): recorded,
 * not carried out page by page.
 *
 * A pass is a run of touches each of which begins where the one before ended.
 * It is kept as steps (page index reached, clock R), so a page's passing time
 * is found by bisection when somebody looks, and a pass over a million mapped
 * pages costs what its touches cost. The last two passes are kept: pages that
 * the present one has not reached yet are answered by the one before. When a
 * third begins, pages that only the oldest one covered are looked at first, so
 * nothing is lost.
 *
 * Writes cannot wait for a look (a cohort's members are known to be dirty or
 * safe), so a pass that writes does so at once.
 *
 * Cost: 16 bytes a touch; O(log touches) a look.
 */
#include "every.h"

#include <vhm/base/require.h>

static bool
covers (const struct pass *pass, uint32_t index)
{
  return index >= pass->from && index < pass->end;
}

/* When the pass went over page `index`, which it covers. */
static double
time_of (const struct pass *pass, uint32_t index)
{
  guint low = 0, high = pass->steps->len - 1;
  while (low < high) {
    guint middle = (low + high) / 2;
    if (g_array_index (pass->steps, struct step, middle).upto > index)
      high = middle;
    else
      low = middle + 1;
  }
  return g_array_index (pass->steps, struct step, low).clock;
}

void
passes_apply (vhm_refs *refs, const struct region *region, uint32_t page)
{
  struct page *p = &refs->pages[page];
  uint32_t index = page - region->first;
  for (int i = 0; i < 2; i++) {
    const struct pass *pass = &region->passes[i];
    if (!pass->steps || !covers (pass, index))
      continue;
    double when = time_of (pass, index);
    if (when >= p->checked)
      p->accessed = MAX (p->accessed, when);
    return; /* passes[0] is the later one */
  }
}

void
passes_clear (struct region *region)
{
  for (int i = 0; i < 2; i++)
    if (region->passes[i].steps)
      g_array_unref (region->passes[i].steps);
}

static void
begin_pass (vhm_refs *refs, struct region *region, uint32_t from)
{
  struct pass *now = &region->passes[0], *before = &region->passes[1];
  struct pass oldest = *before;
  if (oldest.steps)
    for (uint32_t i = oldest.from; i < oldest.end; i++)
      if (!covers (now, i) && refs_bit (refs, region->first + i))
        vhm_refs_look (refs, region->first + i);
  GArray *steps = oldest.steps;
  if (!steps)
    steps = g_array_new (FALSE, FALSE, sizeof (struct step));
  g_array_set_size (steps, 0);
  *before = *now;
  *now = (struct pass){ .from = from, .end = from, .steps = steps };
}

/* Their writes trap: whoever walks stops there first. */
static bool
any_guarded (const vhm_refs *refs, uint32_t from, uint32_t to)
{
  for (uint32_t page = from; refs->guarded && page < to; page++)
    if (refs_is_guarded (refs, page))
      return true;
  return false;
}

void
vhm_refs_touch (vhm_refs *refs, uint32_t from, uint32_t to, double write)
{
  VHM_REQUIRE (from <= to && to <= refs->n_pages);
  if (from == to)
    return;
  VHM_REQUIRE (write <= 0 || !any_guarded (refs, from, to));
  if (refs->every != NULL) {
    every_touch (refs, from, to, write);
    return;
  }
  struct region *region = refs_region_of (refs, from);
  struct pass *pass = &region->passes[0];
  if (!pass->steps || from - region->first != pass->end)
    begin_pass (refs, region, from - region->first);
  pass->end = to - region->first;
  struct step *last
      = pass->steps->len == 0
            ? NULL
            : &g_array_index (pass->steps, struct step, pass->steps->len - 1);
  if (last && last->clock >= refs->clock)
    last->upto = pass->end;
  else {
    struct step step = { .upto = pass->end, .clock = refs->clock };
    g_array_append_val (pass->steps, step);
  }
  for (uint32_t page = from; write > 0 && page < to; page++)
    if (vhm_rng_chance (&refs->rng, write))
      refs->pages[page].dirty = true;
}

uint32_t
vhm_refs_next_trapping (const vhm_refs *refs, uint32_t from, uint32_t to,
                        bool write)
{
  VHM_REQUIRE (to <= refs->n_pages);
  const uint64_t *guarded = write ? refs->guarded : NULL;
  for (uint32_t page = from; page < to; page = (page / 64 + 1) * 64) {
    uint64_t trapping = ~refs->mapped[page / 64];
    if (guarded)
      trapping |= guarded[page / 64];
    trapping >>= page % 64;
    if (trapping) {
      uint32_t found = page + (uint32_t) __builtin_ctzll (trapping);
      return MIN (found, to);
    }
  }
  return to;
}
