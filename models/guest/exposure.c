/* Measures what translation costs each process in next-fault mode.
 *
 * All processes of the running guests take part side by side, so that those that
 * share a processor compete for its TLBs, and all for the last-level cache. In a
 * pass each of them translates SLICE references, as it does at a time in
 * every-reference mode; a process that has issued fewer references than the
 * busiest since the last measurement takes part in every second, third ...
 * LEAST_OFTEN-th pass only. A slice of a process is a batch.
 *
 * Warm-up. The structures stay as the last measurement left them. A process with
 * m mapped pages brings m x LINES_A_PAGE lines at most; what all bring, LAPS
 * times, or what the structures hold (vhm_measure_warm_up) if that is less, is
 * the full warm-up. It begins with a quarter of that if the mapped pages of a
 * process that counts have doubled since it was last done, else with a sixteenth,
 * and goes on in stages, each twice as long as the one before, until the mean of
 * all references differs from that of the stage before by less than half the
 * asked error or than chance allows, or the full warm-up has been done.
 *
 * End. Looks at the intervals are LOOK_GROWTH apart in passes, because stopping
 * at the first lucky of many looks makes intervals too narrow. Over when the
 * half-width of each is at most `error` times the mean, or times NEGLIGIBLE of
 * its computing where that is more; or when `most` references are used up and
 * each process has the fewest batches an interval needs. Intervals allow for
 * batches that depend (vhm_measure_interval).
 *
 * Cost: a sampler a process, then O(1) a reference; nothing at all between
 * measurements. A sweep is measured beside the threads, as a walk over those
 * pages of the last sweep that are in memory. Left out: threads of one process on
 * several processors; processes that run less often than every LEAST_OFTEN-th
 * slice find more of theirs in the caches than they should; invalidations.
 * Source: batch means as in Law and Kelton, Simulation Modeling and Analysis,
 * chapter 9.
 */
#include "guest.h"

#include <vhm/base/require.h>
#include <vhm/model/exposure.h>
#include <vhm/model/measure.h>
#include <vhm/sim/stats.h>

#include <math.h>

/* A sweep, a light walker beside the threads, issues this part of what they do. */
#define SWEEP_PART 16
/* Passes between two turns of a light process, at most, so that few passes do. */
#define LEAST_OFTEN 4
/* Batches of the first look, and those without which nothing ends: of whoever
 * takes part in each pass, and of light processes. */
#define FIRST_LOOK 8
#define LEAST_BATCHES 4
#define LEAST_BATCHES_LIGHT 2
#define LOOK_GROWTH 1.25
/* Who issues a smaller part of what the busiest does calls for nothing. */
#define NEGLIGIBLE_PART 16
/* Exposed cycles below 1 % of computing need no interval of their own. */
#define NEGLIGIBLE 0.01
/* Parts of vhm_measure_warm_up, which counts a line a visit: a reference here
 * brings at least two, of its data and of a table. */
#define LINES_A_REFERENCE 2
#define COLD_PART 4
#define WARM_PART 16
/* Data lines of a page, and tables of either dimension. */
#define LINES_A_PAGE 66
/* Uniform references that meet all but 5 % of so many lines: e^-3. */
#define LAPS 3
/* A rough measurement has this part of the references. */
#define ROUGH_PART 4
/* Draws that may trap in a row before the process is taken to have next to
 * nothing in memory. */
#define MOST_DRAWS_A_SLICE 16

struct part {
  vhm_process *process;
  enum vhm_walker walker;
  vhm_sampler *sampler; /* THREADS */
  uint32_t next;        /* SWEEP: page */
  struct vhm_pace pace;
  uint32_t turn, every; /* references, in every so many-th pass */
  uint64_t lines;       /* as in struct vhm_translation */
  uint64_t n_drawn;
  uint64_t n_references; /* measured */
  double sum_cyc[VHM_N_EXPOSED];
  GArray *batches; /* double: exposed cycles a reference */
};

struct round {
  const struct vhm_exposure_config *config;
  vhm_processors *processors;
  GArray *parts; /* struct part */
  bool is_like;  /* compares: every process, on other processors */
  uint64_t n_passes;
  double pass_cyc; /* of the last one, and its references */
  uint64_t pass_references;
  struct vhm_access accesses[SLICE];
  struct vhm_reference drawn[SLICE];
};

/* --- who takes part --------------------------------------------------------------- */

static bool
has_references (const vhm_process *p)
{
  return p->translation && p->threads && p->translation->n_mapped_now > 0;
}

/* In every-reference mode a process pays by the reference. */
static bool
is_measured (const vhm_process *p)
{
  return has_references (p) && !vhm_refs_is_every (p->refs);
}

static vhm_sampler *
sampler_of (const vhm_process *p)
{
  const vhm_guest *g = p->guest;
  g_autofree char *name
      = g_strdup_printf ("translation/%s/%u/%" G_GUINT64_FORMAT, g->config.name,
                         p->number, p->translation->n_measurements);
  struct vhm_rng rng;
  vhm_rng_init (&rng, g->around.seed, name);
  return vhm_sampler_new (p->refs, &rng);
}

static double
references_since (const vhm_process *p)
{
  return p->n_references - p->translation->n_references;
}

/* Some processor has more than one process to run. */
static bool
is_shared (const GArray *parts)
{
  for (guint i = 0; i < parts->len; i++)
    for (guint k = 0; k < i; k++) {
      const vhm_process *a = g_array_index (parts, struct part, i).process;
      const vhm_process *b = g_array_index (parts, struct part, k).process;
      if (a != b && a->translation->on == b->translation->on)
        return true;
    }
  return false;
}

/* Turns since the last measurement. */
static double
turns_since (const struct part *part)
{
  return references_since (part->process) / part->turn;
}

/* Whoever has half as many turns as the busiest takes part in every second pass,
 * and so on; those of light ones are spread over the passes. */
static void
set_turns (GArray *parts, bool is_rough)
{
  bool shared = is_shared (parts);
  double busiest = 0;
  for (guint i = 0; i < parts->len; i++) {
    struct part *part = &g_array_index (parts, struct part, i);
    const struct vhm_translation *t = part->process->translation;
    part->turn = vhm_translation_turn (t, &t->pace,
                                       t->cost[VHM_WALKER_THREADS].exposed_cyc);
    if (!shared || is_rough)
      part->turn = shared ? MIN (part->turn, SLICE) : SLICE;
    busiest = fmax (busiest, turns_since (part));
  }
  for (guint i = 0; i < parts->len; i++) {
    struct part *part = &g_array_index (parts, struct part, i);
    double since = turns_since (part);
    bool is_light = since * LEAST_OFTEN < busiest;
    part->every = 1;
    if (busiest > 0)
      part->every
          = is_light ? LEAST_OFTEN : (uint32_t) lround (busiest / since);
    if (part->walker == VHM_WALKER_SWEEP)
      part->turn = MAX (part->turn / SWEEP_PART, 1);
  }
}

static GArray *
new_batches (void)
{
  return g_array_new (FALSE, FALSE, sizeof (double));
}

static void
add_parts (GArray *parts, vhm_process *p)
{
  const struct vhm_translation *t = p->translation;
  struct part threads = { .process = p,
                          .walker = VHM_WALKER_THREADS,
                          .sampler = sampler_of (p),
                          .pace = t->pace,
                          .batches = new_batches (),
                          .lines = t->lines };
  g_array_append_val (parts, threads);
  if (!t->has_swept)
    return;
  double cycles = p->sweep.cycles_per_page;
  struct part sweep = {
    .process = p,
    .walker = VHM_WALKER_SWEEP,
    .next = t->sweep_from,
    .batches = new_batches (),
    .lines = t->lines,
    .pace = { .cycles = cycles,
              .instructions = fmax (1, cycles * t->cpu->instructions_per_cyc) },
  };
  g_array_append_val (parts, sweep);
}

static struct round *
round_new (vhm_guest *const *guests, size_t n,
           const struct vhm_exposure_config *config, vhm_processors *processors,
           bool is_like)
{
  struct round *r = g_new0 (struct round, 1);
  r->config = config;
  r->processors = processors;
  r->is_like = is_like;
  r->parts = g_array_new (FALSE, FALSE, sizeof (struct part));
  for (size_t k = 0; k < n; k++)
    for (uint32_t i = 0; guests[k]->running && i < guests[k]->processes->len;
         i++) {
      const vhm_process *p = guests[k]->processes->pdata[i];
      if (has_references (p) && (is_like || is_measured (p)))
        add_parts (r->parts, guests[k]->processes->pdata[i]);
    }
  set_turns (r->parts, config->is_rough);
  return r;
}

static void
round_free (struct round *r)
{
  for (guint i = 0; i < r->parts->len; i++) {
    struct part *part = &g_array_index (r->parts, struct part, i);
    g_clear_pointer (&part->sampler, vhm_sampler_free);
    g_array_unref (part->batches);
  }
  g_array_unref (r->parts);
  g_free (r);
}

/* --- passes ------------------------------------------------------------------------ */

/* A sweep over what is in memory, again and again. */
static size_t
go_on_sweeping (struct round *r, struct part *part, size_t n)
{
  const struct vhm_translation *t = part->process->translation;
  size_t got = 0;
  for (size_t i = 0; got < n && i < MOST_DRAWS_A_SLICE * n; i++) {
    if (part->next >= t->sweep_to)
      part->next = t->sweep_from;
    if (part->next >= t->sweep_to)
      break; /* the sweep was of nothing */
    if (vhm_refs_is_mapped (part->process->refs, part->next))
      r->drawn[got++] = (struct vhm_reference){
        .page = part->next & VHM_REFERENCE_PAGES,
        .write = part->process->sweep.write > 0,
      };
    part->next++;
  }
  return got;
}

/* References to mapped pages, up to n. */
static size_t
draw (struct round *r, struct part *part, size_t n)
{
  if (part->walker == VHM_WALKER_SWEEP)
    return go_on_sweeping (r, part, n);
  size_t got = 0;
  for (int i = 0; got < n && i < MOST_DRAWS_A_SLICE; i++) {
    struct vhm_reference *fresh = r->drawn + got;
    size_t asked = vhm_sampler_draw (part->sampler, n - got, fresh);
    for (size_t k = 0; k < asked; k++) {
      r->drawn[got] = fresh[k]; /* at or before fresh[k] */
      got += vhm_refs_is_mapped (part->process->refs, fresh[k].page);
    }
  }
  return got;
}

/* Up to n references go through the structures; returns how many. */
static size_t
run_some (struct round *r, struct part *part, size_t n, struct vhm_cost *cost,
          bool *switched)
{
  struct vhm_translation *t = part->process->translation;
  const struct vhm_processors_config *host
      = vhm_processors_config (r->processors);
  struct vhm_space space = t->space;
  size_t got = draw (r, part, MIN (n, SLICE));
  uint64_t lines = t->lines;
  t->lines = part->lines;
  vhm_translation_accesses (part->process, host, got, r->drawn, r->accesses);
  part->lines = t->lines;
  t->lines = lines;
  space.paging = host->paging;
  space.table_backing = host->backing;
  *switched |= vhm_processors_run (r->processors, t->on, &space, &part->pace,
                                   r->accesses, got, cost);
  part->n_drawn += got;
  return got;
}

static void
pass_of (struct round *r, struct part *part, bool counts)
{
  struct vhm_cost cost = { 0 };
  double cyc[VHM_N_EXPOSED], sum = 0;
  bool switched = false;
  size_t n = 0, got = 1;
  while (n < part->turn && got > 0) {
    got = run_some (r, part, part->turn - n, &cost, &switched);
    n += got;
  }
  if (n == 0)
    return;
  /* as often as in every-reference mode, however few have been drawn */
  double change_cyc = switched ? vhm_translation_switch_cyc (r->processors)
                                     * (double) n / part->turn
                               : 0;
  vhm_translation_exposed (&cost, change_cyc, cyc);
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    sum += cyc[e];
  r->pass_cyc += sum;
  r->pass_references += n;
  if (!counts)
    return;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    part->sum_cyc[e] += cyc[e];
  part->n_references += n;
  sum /= (double) n;
  g_array_append_val (part->batches, sum);
}

static void
pass (struct round *r, bool counts)
{
  r->pass_cyc = 0;
  r->pass_references = 0;
  for (guint k = 0; k < r->parts->len; k++) {
    struct part *part = &g_array_index (r->parts, struct part, k);
    if ((r->n_passes + k) % part->every == 0)
      pass_of (r, part, counts);
  }
  r->n_passes++;
}

static bool
interval_of (const struct round *r, const struct part *part,
             struct vhm_interval *ret)
{
  return vhm_measure_interval ((const double *) part->batches->data,
                               part->batches->len, r->config->confidence, ret);
}

/* --- warm-up ------------------------------------------------------------------------ */

static uint64_t
full_warm_up (const struct round *r)
{
  double brought = 0;
  for (guint i = 0; i < r->parts->len; i++)
    brought += g_array_index (r->parts, struct part, i)
                   .process->translation->n_mapped_now;
  double held = (double) vhm_measure_warm_up (
      vhm_processors_config (r->processors)->cpu);
  return (uint64_t) (fmin (held, LAPS * LINES_A_PAGE * brought)
                     / LINES_A_REFERENCE);
}

static uint32_t *
warm_pages (const struct round *r, const struct part *part)
{
  struct vhm_translation *t = part->process->translation;
  return r->is_like ? &t->n_warm_like : &t->n_warm;
}

/* Some process that counts has twice as much in memory as when the structures
 * were warm for it. */
static bool
is_cold (const struct round *r)
{
  for (guint i = 0; i < r->parts->len; i++) {
    const struct part *part = &g_array_index (r->parts, struct part, i);
    if (part->every < LEAST_OFTEN
        && part->process->translation->n_mapped_now / 2
               >= *warm_pages (r, part))
      return true;
  }
  return false;
}

struct stage {
  struct vhm_moments cyc; /* of all references of a pass, a reference */
  uint64_t n;
};

static void
run_stage (struct round *r, uint64_t n, struct stage *ret)
{
  *ret = (struct stage){ 0 };
  /* whoever has next to nothing in memory yields few references a pass */
  for (uint64_t i = 0; ret->n < n && i < n / SLICE + LEAST_OFTEN; i++) {
    pass (r, false);
    ret->n += r->pass_references;
    if (r->pass_references > 0)
      vhm_moments_add (&ret->cyc, r->pass_cyc / (double) r->pass_references);
  }
}

static double
square_of_error (const struct vhm_moments *m)
{
  return m->n > 1 ? vhm_moments_variance (m) / (double) m->n : 0;
}

static bool
agree (const struct stage *a, const struct stage *b, double error)
{
  double by_chance
      = sqrt (square_of_error (&a->cyc) + square_of_error (&b->cyc));
  return fabs (a->cyc.mean - b->cyc.mean)
         <= fmax (by_chance, error / 2 * b->cyc.mean);
}

/* Rounds over the same processes warm up alike, so that all have seen the same
 * references. */
static void
warm_up (struct round *const *rounds, size_t n_rounds)
{
  const struct round *first = rounds[0];
  uint64_t full = full_warm_up (first), done = 0;
  bool cold = is_cold (first), is_rough = first->config->is_rough, warm = false;
  struct stage *before = g_new0 (struct stage, n_rounds);
  for (uint64_t n = full / (cold && !is_rough ? COLD_PART : WARM_PART) + 1;
       !warm && done < full; n *= 2) {
    warm = is_rough || done > 0;
    for (size_t k = 0; k < n_rounds; k++) {
      struct stage now;
      run_stage (rounds[k], n, &now);
      warm = warm
             && (is_rough || agree (&before[k], &now, first->config->error));
      before[k] = now;
    }
    done += n;
  }
  g_free (before);
  for (guint i = 0; !is_rough && cold && i < first->parts->len; i++) {
    const struct part *part = &g_array_index (first->parts, struct part, i);
    *warm_pages (first, part) = part->process->translation->n_mapped_now;
  }
}

/* --- the end ------------------------------------------------------------------------ */

static bool
is_settled (const struct round *r, const struct part *part)
{
  struct vhm_interval x;
  double compute = part->process->how.cycles_per_reference;
  return part->batches->len >= LEAST_BATCHES && interval_of (r, part, &x)
         && x.half_width
                <= r->config->error * fmax (x.mean, NEGLIGIBLE * compute);
}

static bool
has_enough (const struct part *part)
{
  return part->batches->len
         >= (part->every == 1 ? LEAST_BATCHES : LEAST_BATCHES_LIGHT);
}

static bool
is_over (const struct round *r, bool is_look)
{
  bool settled = is_look, enough = true;
  uint64_t n = 0;
  for (guint i = 0; i < r->parts->len; i++) {
    const struct part *part = &g_array_index (r->parts, struct part, i);
    settled = settled && is_settled (r, part);
    enough = enough && has_enough (part);
    n += part->n_references;
  }
  uint64_t most = r->config->most / (r->config->is_rough ? ROUGH_PART : 1);
  return settled || (enough && n >= most);
}

/* Rounds over the same processes, pass by pass side by side. */
static void
run (struct round *const *rounds, size_t n)
{
  const struct round *first = rounds[0];
  if (first->parts->len == 0)
    return;
  warm_up (rounds, n);
  /* whoever has next to nothing in memory never has enough */
  uint64_t most = first->config->most / SLICE + LEAST_OFTEN * LEAST_BATCHES;
  double look = FIRST_LOOK;
  bool are_over = false;
  for (uint64_t i = 1; i <= most && !are_over; i++) {
    bool is_look = (double) i >= look;
    are_over = true;
    for (size_t k = 0; k < n; k++) {
      pass (rounds[k], true);
      are_over = is_over (rounds[k], is_look) && are_over;
    }
    if (is_look)
      look *= LOOK_GROWTH;
  }
}

static struct vhm_exposure
exposure_of (const struct round *r, const struct part *part)
{
  struct vhm_exposure x = { .n_references = part->n_references };
  struct vhm_interval interval;
  if (part->batches->len < 2)
    return x;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    x.cyc[e] = part->sum_cyc[e] / (double) part->n_references;
  interval_of (r, part, &interval);
  x.half_width_cyc = interval.half_width;
  return x;
}

/* --- what comes of it ---------------------------------------------------------------- */

static void
put (const struct round *r, const struct part *part)
{
  vhm_process *p = part->process;
  struct vhm_translation *t = p->translation;
  struct vhm_walker_cost *cost = &t->cost[part->walker];
  cost->exposure = exposure_of (r, part);
  cost->exposed_cyc = 0;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    cost->exposed_cyc += cost->exposure.cyc[e];
  t->n_measured += part->n_drawn;
  if (part->walker == VHM_WALKER_SWEEP) {
    t->has_measured_sweep = true;
    return;
  }
  t->n_measurements++;
  t->lines = part->lines;
  t->n_mapped = t->n_mapped_now;
  t->n_active = p->n_active;
  t->n_large = p->guest->blocks.n_large;
  t->n_references = p->n_references;
}

void
vhm_guests_measure (vhm_guest *const *guests, size_t n,
                    const struct vhm_exposure_config *config)
{
  VHM_REQUIRE (n > 0 && guests[0]->around.processors);
  for (size_t k = 0; k < n; k++)
    vhm_guest_begin (guests[k]);
  struct round *r
      = round_new (guests, n, config, guests[0]->around.processors, false);
  run (&r, 1);
  for (guint i = 0; i < r->parts->len; i++)
    put (r, &g_array_index (r->parts, struct part, i));
  round_free (r);
  for (size_t k = 0; k < n; k++)
    vhm_guest_end (guests[k]);
}

static bool
has_moved (uint32_t now, uint32_t then, double change)
{
  return fabs ((double) now - then) > change * then;
}

/* Whose change is no reason to measure all again: it issues next to nothing, so
 * its cost weighs next to nothing. */
static bool
is_negligible (const vhm_process *p, double busiest)
{
  return references_since (p) * NEGLIGIBLE_PART < busiest;
}

static double
busiest_of (vhm_guest *const *guests, size_t n)
{
  double busiest = 0;
  for (size_t k = 0; k < n; k++)
    for (uint32_t i = 0; guests[k]->running && i < guests[k]->processes->len;
         i++) {
      const vhm_process *p = guests[k]->processes->pdata[i];
      if (is_measured (p))
        busiest = fmax (busiest, references_since (p));
    }
  return busiest;
}

static bool
wants_measure (const vhm_guest *g, const vhm_process *p, double change,
               double busiest)
{
  const struct vhm_translation *t = p->translation;
  if (t->n_measurements == 0 || (t->has_swept && !t->has_measured_sweep))
    return true;
  return !is_negligible (p, busiest)
         && (has_moved (t->n_mapped_now, t->n_mapped, change)
             || has_moved (p->n_active, t->n_active, change)
             || has_moved (g->blocks.n_large, t->n_large, change));
}

bool
vhm_guests_want_measure (vhm_guest *const *guests, size_t n, double change)
{
  double busiest = busiest_of (guests, n);
  for (size_t k = 0; k < n; k++)
    for (uint32_t i = 0; guests[k]->running && i < guests[k]->processes->len;
         i++) {
      const vhm_process *p = guests[k]->processes->pdata[i];
      if (is_measured (p) && wants_measure (guests[k], p, change, busiest))
        return true;
    }
  return false;
}

/* And remembers how they are. */
static bool
moves (const vhm_guest *g, const vhm_process *p, double change)
{
  struct vhm_translation *t = p->translation;
  bool result = has_moved (t->n_mapped_now, t->n_mapped_look, change)
                || has_moved (p->n_active, t->n_active_look, change)
                || has_moved (g->blocks.n_large, t->n_large_look, change);
  t->n_mapped_look = t->n_mapped_now;
  t->n_active_look = p->n_active;
  t->n_large_look = g->blocks.n_large;
  return result;
}

bool
vhm_guests_look (vhm_guest *const *guests, size_t n, double change)
{
  double busiest = busiest_of (guests, n);
  bool some = false;
  for (size_t k = 0; k < n; k++)
    for (uint32_t i = 0; guests[k]->running && i < guests[k]->processes->len;
         i++) {
      const vhm_process *p = guests[k]->processes->pdata[i];
      if (is_measured (p) && moves (guests[k], p, change))
        some = some || !is_negligible (p, busiest);
    }
  return some;
}

void
vhm_guests_compare (vhm_guest *const *guests, size_t n,
                    const struct vhm_exposure_config *config,
                    vhm_processors *const *processors, size_t n_processors,
                    vhm_exposure_fn fn, void *context)
{
  g_autoptr (GPtrArray) rounds
      = g_ptr_array_new_with_free_func ((GDestroyNotify) round_free);
  for (size_t k = 0; k < n_processors; k++)
    g_ptr_array_add (rounds,
                     round_new (guests, n, config, processors[k], true));
  run ((struct round *const *) rounds->pdata, n_processors);
  for (size_t k = 0; k < n_processors; k++) {
    const struct round *r = rounds->pdata[k];
    for (guint i = 0; i < r->parts->len; i++) {
      const struct part *part = &g_array_index (r->parts, struct part, i);
      struct vhm_exposure x = exposure_of (r, part);
      if (part->walker == VHM_WALKER_THREADS)
        fn (context, part->process, r->processors, &x);
    }
  }
}
