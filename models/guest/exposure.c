/* Measures what translation costs each process in next-fault mode.
 *
 * All processes of the running guests take part side by side, so that those
 * that share a processor compete for its TLBs, and all for the last-level
 * cache (exposure_round.c). In a pass each of them translates the references
 * of a turn, as it does in every-reference mode (exposure_pass.c). Passes warm
 * the structures up (exposure_warm_up.c); then a turn of a process is a batch,
 * until the cost of each is known as well as asked (exposure_end.c). Looks at
 * the intervals are LOOK_GROWTH apart in passes, because stopping at the first
 * lucky of many looks makes intervals too narrow.
 *
 * Cost: a sampler a process, then O(1) a reference; nothing at all between
 * measurements.
 */
#include "exposure.h"

#include <vhm/base/require.h>

#include <math.h>

/* Passes before the first look. */
#define FIRST_LOOK 8
#define LOOK_GROWTH 1.25

/* Whole turns of the light processes, so that all have had as many. */
static uint64_t
next_look (uint64_t look)
{
  return (uint64_t) ceil ((double) look * LOOK_GROWTH / LEAST_OFTEN)
         * LEAST_OFTEN;
}

/* Rounds over the same processes, pass by pass side by side. */
static void
run (struct round *const *rounds, size_t n)
{
  const struct round *first = rounds[0];
  if (first->parts->len == 0)
    return;
  vhm_rounds_warm_up (rounds, n);
  /* whoever has next to nothing in memory never has enough */
  uint64_t most = first->config->most / SLICE + LEAST_OFTEN * LEAST_BATCHES;
  uint64_t look = FIRST_LOOK;
  bool are_over = false;
  for (uint64_t i = 1; i <= most && !are_over; i++) {
    bool is_look = i >= look;
    are_over = true;
    for (size_t k = 0; k < n; k++) {
      vhm_round_pass (rounds[k], true);
      are_over = vhm_round_is_over (rounds[k], is_look) && are_over;
    }
    if (is_look)
      look = next_look (look);
  }
}

static void
put_cost (const struct round *r, const struct part *part)
{
  vhm_process *p = part->process;
  struct vhm_translation *t = p->translation;
  struct vhm_walker_cost *cost = &t->cost[part->walker];
  vhm_translation_split_all (cost, &p->guest->ledger);
  cost->exposure = vhm_part_exposure (r, part);
  cost->exposed_cyc = 0;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    cost->exposed_cyc += cost->exposure.cyc[e];
  if (part->walker == VHM_WALKER_SWEEP) {
    t->has_measured_sweep = true;
    return;
  }
  t->is_precise = vhm_part_is_precise (r, part);
  t->was_rough = r->config->is_rough;
  t->measured_cyc = vhm_engine_now (p->guest->around.engine).raw;
  t->n_measurements++;
  t->n_known = 0;
  t->n_mapped = t->n_mapped_now;
  t->n_active = p->n_active;
  t->n_large = p->guest->blocks.n_large;
}

static void
put (const struct round *r, const struct part *part)
{
  struct vhm_translation *t = part->process->translation;
  t->n_measured += part->n_drawn;
  if (!part->is_known)
    put_cost (r, part);
  if (part->walker == VHM_WALKER_SWEEP)
    return;
  t->n_known += part->is_known;
  t->n_rounds++;
  t->lines = part->lines;
  t->n_references = part->process->n_references;
  t->n_lost = vhm_translation_lost (t);
  t->lost_rate = part->lost_rate;
}

void
vhm_guests_measure (vhm_guest *const *guests, size_t n,
                    const struct vhm_exposure_config *config)
{
  VHM_REQUIRE (n > 0 && guests[0]->around.processors);
  for (size_t k = 0; k < n; k++)
    vhm_guest_begin (guests[k]);
  struct round *r
      = vhm_round_new (guests, n, config, guests[0]->around.processors, NULL);
  run (&r, 1);
  for (guint i = 0; i < r->parts->len; i++)
    put (r, round_part (r, i));
  vhm_round_free (r);
  for (size_t k = 0; k < n; k++)
    vhm_guest_end (guests[k]);
}

void
vhm_guests_compare (vhm_guest *const *guests, const bool *tells, size_t n,
                    const struct vhm_exposure_config *config,
                    vhm_processors *const *processors, size_t n_processors,
                    vhm_exposure_fn fn, void *context)
{
  g_autoptr (GPtrArray) rounds
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vhm_round_free);
  for (size_t k = 0; k < n_processors; k++)
    g_ptr_array_add (rounds,
                     vhm_round_new (guests, n, config, processors[k], tells));
  run ((struct round *const *) rounds->pdata, n_processors);
  for (size_t k = 0; k < n_processors; k++) {
    const struct round *r = rounds->pdata[k];
    for (guint i = 0; i < r->parts->len; i++) {
      const struct part *part = round_part (r, i);
      struct vhm_exposure x = vhm_part_exposure (r, part);
      if (part->walker == VHM_WALKER_THREADS && !part->is_known)
        fn (context, part->process, r->processors, &x);
    }
  }
}
