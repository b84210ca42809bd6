/* Who takes part in a measurement, how often, and with how many references.
 *
 * A process that has had fewer turns (vhm/model/turns.h) than the busiest since
 * the last measurement takes part in every second, third ... pass only. Never in
 * fewer than every LEAST_OFTEN-th, so that few passes do; but where others run
 * on its processor, not before they have made REFILL references, after which it
 * finds nothing of its own there any more, so that waiting longer changes
 * nothing. Whoever takes part more often than it has turns draws that many
 * references fewer in each (LEAST_DRAWN at least), so that it competes for the
 * caches as much as it does in truth.
 *
 * One that has issued less than a NEGLIGIBLE_PART-th of the busiest, whose cost
 * a measurement as good as this one has found and whose inputs have not moved,
 * is known: it competes for the structures and keeps its cost, so that a host
 * full of idle guests is measured at the price of the busy ones. After MOST_KNOWN
 * measurements in a row its own is made afresh, and whenever the guests that run
 * are others.
 *
 * A rough measurement draws no more than ROUGH_TURN of a turn, and takes the rest
 * to cost what the second half of these did, which is too dear where caches are
 * still filling: whole turns of many processes would use up all that measuring
 * may draw.
 *
 * Invariant: whoever has most turns takes part in each pass. Cost: a sampler a
 * process. Left out: threads of one process on several processors; that a sleeper
 * has some turns in a row when it wakes up.
 */
#include "exposure.h"

#include <math.h>

/* A sweep, a light walker beside the threads, issues this part of what they do. */
#define SWEEP_PART 16
/* References of a turn that a rough measurement draws: half of them fill most of a
 * second-level TLB. */
#define ROUGH_TURN (2 * SLICE)
/* References of others that leave nothing of a process's in second-level TLB and
 * L2: as many as 2 MiB have lines, of which each brings two at least. */
#define REFILL (8 * SLICE)
/* And of one that takes part too often: enough to tell a mean. */
#define LEAST_DRAWN (SLICE / 8)
/* Measurements that a known process may sit out: what it shares with busy ones
 * changes with them, and by less than its own inputs would. */
#define MOST_KNOWN 8

static bool
has_references (const vhm_process *p)
{
  return p->translation && p->threads && p->translation->n_mapped_now > 0;
}

static vhm_sampler *
sampler_of (const vhm_process *p)
{
  const vhm_guest *g = p->guest;
  g_autofree char *name
      = g_strdup_printf ("translation/%s/%u/%" G_GUINT64_FORMAT, g->config.name,
                         p->number, p->translation->n_rounds);
  struct vhm_rng rng;
  vhm_rng_init (&rng, g->around.seed, name);
  return vhm_sampler_new (p->refs, &rng);
}

static bool
is_known (const struct round *r, const vhm_process *p)
{
  const struct vhm_translation *t = p->translation;
  return !r->config->is_anew && t->n_measurements > 0
         && (!t->was_rough || r->config->is_rough) && t->n_known < MOST_KNOWN
         && (!t->has_swept || t->has_measured_sweep)
         && !vhm_process_has_moved (p, r->config->change);
}

/* Some processor has more than one process to run. */
static bool
is_shared (const struct round *r)
{
  for (guint i = 0; i < r->parts->len; i++)
    for (guint k = 0; k < i; k++) {
      const vhm_process *a = round_part (r, i)->process;
      const vhm_process *b = round_part (r, k)->process;
      if (a != b && a->translation->on == b->translation->on)
        return true;
    }
  return false;
}

/* How long a turn is does not matter where nobody has to give way. */
static uint32_t
turn_of (const struct part *part, bool shared)
{
  const struct vhm_translation *t = part->process->translation;
  if (!shared)
    return SLICE;
  return vhm_translation_turn (t, &t->pace,
                               t->cost[VHM_WALKER_THREADS].exposed_cyc);
}

static double
turns_since (const struct part *part)
{
  return vhm_process_references_since (part->process) / part->turn;
}

/* References of each of its turns: all; of a rough measurement some; and of
 * whoever takes part more often than it has turns, `often` of the busiest's,
 * that many fewer. */
static uint32_t
drawn_of (const struct round *r, const struct part *part, double often)
{
  double most = r->config->is_rough ? ROUGH_TURN : part->turn;
  double due = part->turn * fmin (1, often * part->every);
  return (uint32_t) fmin (part->turn,
                          fmax (LEAST_DRAWN, fmin (most, ceil (due))));
}

double
vhm_part_others (const struct round *r, const struct part *part)
{
  double n = 0;
  for (guint i = 0; i < r->parts->len; i++) {
    const struct part *other = round_part (r, i);
    if (other->process != part->process
        && other->process->translation->on == part->process->translation->on)
      n += other->turn;
  }
  return n;
}

/* Passes from one turn of a part to the next: those of the busiest, but no more
 * than are needed until nothing of its own is left. */
static uint32_t
every_of (const struct round *r, const struct part *part, double often)
{
  double others = vhm_part_others (r, part);
  double most = LEAST_OFTEN;
  if (others > 0)
    most = fmax (most, ceil (REFILL / others));
  return (uint32_t) fmax (1, fmin (most, round (1 / often)));
}

/* Whoever has half as many turns as the busiest takes part in every second pass,
 * and so on; those of light ones are spread over the passes. */
static void
set_turns (struct round *r)
{
  bool shared = is_shared (r);
  double most_turns = 0, busiest = 0;
  for (guint i = 0; i < r->parts->len; i++) {
    struct part *part = round_part (r, i);
    part->turn = turn_of (part, shared);
    most_turns = fmax (most_turns, turns_since (part));
    busiest = fmax (busiest, vhm_process_references_since (part->process));
  }
  for (guint i = 0; i < r->parts->len; i++) {
    struct part *part = round_part (r, i);
    double often = most_turns > 0 ? turns_since (part) / most_turns : 1;
    if (part->walker == VHM_WALKER_SWEEP)
      part->turn = MAX (part->turn / SWEEP_PART, 1);
    part->is_negligible = vhm_process_is_negligible (part->process, busiest);
    if (!r->is_like)
      part->is_known = part->is_negligible && is_known (r, part->process);
    part->every = 1;
    if (part->is_known && part->is_negligible)
      part->every = NEGLIGIBLE_PART;
    else
      part->every = every_of (r, part, often);
    part->drawn = drawn_of (r, part, often);
  }
}

static GArray *
new_batches (void)
{
  return g_array_new (FALSE, FALSE, sizeof (double));
}

/* Entries of its table that the process loses a reference, of late. */
static double
lost_rate (const vhm_process *p)
{
  const struct vhm_translation *t = p->translation;
  double issued = vhm_process_references_since (p);
  double lost = vhm_translation_lost (t) - t->n_lost;
  return issued > 0 ? fmin (1, lost / issued) : t->lost_rate;
}

static void
add_parts (GArray *parts, vhm_process *p, bool is_known)
{
  const struct vhm_translation *t = p->translation;
  struct part threads = { .process = p,
                          .is_known = is_known,
                          .walker = VHM_WALKER_THREADS,
                          .sampler = sampler_of (p),
                          .pace = t->pace,
                          .batches = new_batches (),
                          .lost_rate = lost_rate (p),
                          .lines = t->lines };
  g_array_append_val (parts, threads);
  if (!t->has_swept)
    return;
  double cycles = t->sweep_cycles;
  struct part sweep = {
    .process = p,
    .is_known = is_known,
    .walker = VHM_WALKER_SWEEP,
    .next = t->sweep_from,
    .batches = new_batches (),
    .lines = t->lines,
    .pace = { .cycles = cycles,
              .instructions = fmax (1, cycles * t->cpu->instructions_per_cyc) },
  };
  g_array_append_val (parts, sweep);
}

struct round *
vhm_round_new (vhm_guest *const *guests, size_t n,
               const struct vhm_exposure_config *config,
               vhm_processors *processors, const bool *tells)
{
  struct round *r = g_new0 (struct round, 1);
  r->config = config;
  r->processors = processors;
  r->is_like = tells != NULL;
  r->parts = g_array_new (FALSE, FALSE, sizeof (struct part));
  for (size_t k = 0; k < n; k++)
    for (uint32_t i = 0; guests[k]->running && i < guests[k]->processes->len;
         i++) {
      vhm_process *p = guests[k]->processes->pdata[i];
      if (has_references (p) && (tells || vhm_process_is_measured (p)))
        add_parts (r->parts, p, tells && !tells[k]);
    }
  set_turns (r);
  return r;
}

void
vhm_round_free (struct round *r)
{
  for (guint i = 0; i < r->parts->len; i++) {
    g_clear_pointer (&round_part (r, i)->sampler, vhm_sampler_free);
    g_array_unref (round_part (r, i)->batches);
  }
  g_array_unref (r->parts);
  g_free (r);
}
