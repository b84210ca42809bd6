/* Measures what translation costs each process in next-fault mode.
 *
 * All processes of the running guests take part side by side, so that those that
 * share a processor compete for its TLBs, and all for the last-level cache. A
 * pass lets each of them translate a slice; the slices are as long as the
 * process's part of the references issued since the last measurement (at least
 * LEAST_SLICE, the longest SLICE, and all shorter where many processes run). The
 * structures stay as the last measurement left them, so the warm-up is short but
 * for the first. After it every pass is a
 * batch; by batch means the interval of each process's exposed cycles a
 * reference is known. It ends when the half-width of each is at most `error`
 * times the mean, or times NEGLIGIBLE of its computing where that is more, or
 * when `most` references are used up.
 *
 * Assumes that a batch is longer than the dependence between references of one
 * process (true for all but scans that are longer than a slice). Cost: a sampler
 * a process, then O(1) a reference; nothing at all between measurements.
 * A sweep is measured beside the threads, as a walk over those pages of the last
 * sweep that are in memory. Left out: threads of one process on several
 * processors; that guests wake up and sleep: one keeps its processor for SLICE
 * references. Source: batch means as in Law and Kelton, Simulation Modeling and
 * Analysis, chapter 9.
 */
#include "guest.h"

#include <vhm/base/require.h>
#include <vhm/model/exposure.h>
#include <vhm/model/measure.h>
#include <vhm/sim/stats.h>

#include <math.h>

/* A light process still yields a mean. */
#define LEAST_SLICE 256
/* Where so many processes run that their slices must be shorter. */
#define SHORTEST_SLICE 32
/* Fewest batches whose mean Student's t is asked about. */
#define LEAST_BATCHES 8
/* Exposed cycles below 1 % of computing need no interval of their own. */
#define NEGLIGIBLE 0.01
/* Parts of vhm_measure_warm_up, which counts a line a visit: a reference here
 * brings at least two, of its data and of a table. Warm structures are warmed up
 * again by a sixteenth. */
#define COLD_PART 2
#define WARM_PART 16
/* Draws that may trap in a row before the process is taken to have next to
 * nothing in memory. */
#define MOST_DRAWS_A_SLICE 16

struct part {
  vhm_process *process;
  enum vhm_walker walker;
  vhm_sampler *sampler; /* THREADS */
  uint32_t next;        /* SWEEP: page */
  struct vhm_pace pace;
  uint32_t slice;
  uint64_t lines; /* as in struct vhm_translation */
  uint64_t n_drawn;
  uint64_t n_references; /* measured */
  double sum_cyc[VHM_N_EXPOSED];
  struct vhm_moments batches; /* exposed cycles a reference */
};

struct round {
  const struct vhm_exposure_config *config;
  vhm_processors *processors;
  GArray *parts; /* struct part */
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

static uint64_t
references_a_pass (const GArray *parts)
{
  uint64_t n = 0;
  for (guint k = 0; k < parts->len; k++)
    n += g_array_index (parts, struct part, k).slice;
  return n;
}

static void
set_slices (GArray *parts, uint64_t most)
{
  double busiest = 1;
  for (guint i = 0; i < parts->len; i++)
    busiest = fmax (
        busiest,
        references_since (g_array_index (parts, struct part, i).process));
  for (guint i = 0; i < parts->len; i++) {
    struct part *part = &g_array_index (parts, struct part, i);
    double slice = SLICE * references_since (part->process) / busiest;
    part->slice = part->walker == VHM_WALKER_SWEEP
                      ? LEAST_SLICE
                      : (uint32_t) fmax (LEAST_SLICE, slice);
  }
  double scale = (double) most / LEAST_BATCHES / 2
                 / (double) MAX (references_a_pass (parts), 1);
  for (guint i = 0; scale < 1 && i < parts->len; i++) {
    struct part *part = &g_array_index (parts, struct part, i);
    part->slice = (uint32_t) fmax (SHORTEST_SLICE, part->slice * scale);
  }
}

static void
add_parts (GArray *parts, vhm_process *p)
{
  const struct vhm_translation *t = p->translation;
  struct part threads = { .process = p,
                          .walker = VHM_WALKER_THREADS,
                          .sampler = sampler_of (p),
                          .pace = t->pace,
                          .lines = t->lines };
  g_array_append_val (parts, threads);
  if (!t->has_swept)
    return;
  double cycles = p->sweep.cycles_per_page;
  struct part sweep = {
    .process = p,
    .walker = VHM_WALKER_SWEEP,
    .next = t->sweep_from,
    .lines = t->lines,
    .pace = { .cycles = cycles,
              .instructions = fmax (1, cycles * t->cpu->instructions_per_cyc) },
  };
  g_array_append_val (parts, sweep);
}

static struct round *
round_new (vhm_guest *const *guests, size_t n,
           const struct vhm_exposure_config *config, vhm_processors *processors,
           bool with_every)
{
  struct round *r = g_new0 (struct round, 1);
  r->config = config;
  r->processors = processors;
  r->parts = g_array_new (FALSE, FALSE, sizeof (struct part));
  for (size_t k = 0; k < n; k++)
    for (uint32_t i = 0; guests[k]->running && i < guests[k]->processes->len;
         i++) {
      const vhm_process *p = guests[k]->processes->pdata[i];
      if (has_references (p) && (with_every || is_measured (p)))
        add_parts (r->parts, guests[k]->processes->pdata[i]);
    }
  set_slices (r->parts, config->most);
  return r;
}

static void
round_free (struct round *r)
{
  for (guint i = 0; i < r->parts->len; i++)
    g_clear_pointer (&g_array_index (r->parts, struct part, i).sampler,
                     vhm_sampler_free);
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

static void
pass_of (struct round *r, struct part *part, bool counts)
{
  struct vhm_translation *t = part->process->translation;
  const struct vhm_processors_config *host
      = vhm_processors_config (r->processors);
  struct vhm_space space = t->space;
  struct vhm_cost cost = { 0 };
  double cyc[VHM_N_EXPOSED], sum = 0;
  size_t n = draw (r, part, part->slice);
  part->n_drawn += n;
  uint64_t lines = t->lines;
  t->lines = part->lines;
  vhm_translation_accesses (part->process, host, n, r->drawn, r->accesses);
  part->lines = t->lines;
  t->lines = lines;
  space.paging = host->paging;
  space.table_backing = host->backing;
  bool switched = vhm_processors_run (r->processors, t->on, &space, &part->pace,
                                      r->accesses, n, &cost);
  if (!counts || n == 0)
    return;
  /* as often as in every-reference mode, however short the slices here */
  double change_cyc = switched ? vhm_translation_switch_cyc (r->processors)
                                     * (double) n / SLICE
                               : 0;
  vhm_translation_exposed (&cost, change_cyc, cyc);
  for (int e = 0; e < VHM_N_EXPOSED; e++) {
    part->sum_cyc[e] += cyc[e];
    sum += cyc[e];
  }
  part->n_references += n;
  vhm_moments_add (&part->batches, sum / (double) n);
}

static bool
is_settled (const struct round *r, const struct part *part)
{
  if (part->batches.n < LEAST_BATCHES)
    return false;
  struct vhm_interval x
      = vhm_interval_of (&part->batches, r->config->confidence);
  double compute = part->process->how.cycles_per_reference;
  return x.half_width <= r->config->error * fmax (x.mean, NEGLIGIBLE * compute);
}

static bool
is_over (const struct round *r)
{
  bool settled = true;
  uint64_t n = 0;
  for (guint i = 0; i < r->parts->len; i++) {
    const struct part *part = &g_array_index (r->parts, struct part, i);
    settled = settled && is_settled (r, part);
    n += part->n_references;
  }
  return settled || n >= r->config->most;
}

static void
pass (struct round *r, bool counts)
{
  for (guint k = 0; k < r->parts->len; k++)
    pass_of (r, &g_array_index (r->parts, struct part, k), counts);
}

/* Rounds over the same processes, pass by pass side by side, so that all have
 * seen the same references when they end. */
static void
run (struct round *const *rounds, size_t n, bool are_cold)
{
  const struct round *first = rounds[0];
  const struct vhm_cpu_config *cpu
      = vhm_processors_config (first->processors)->cpu;
  if (first->parts->len == 0)
    return;
  uint64_t warm_up
      = vhm_measure_warm_up (cpu) / (are_cold ? COLD_PART : WARM_PART);
  uint64_t n_warm_up = warm_up / references_a_pass (first->parts) + 1;
  /* whoever has next to nothing in memory yields few references a pass */
  uint64_t most = first->config->most / SHORTEST_SLICE;
  for (uint64_t i = 0; i < n_warm_up; i++)
    for (size_t k = 0; k < n; k++)
      pass (rounds[k], false);
  bool are_over = false;
  for (uint64_t i = 0; i < most && !are_over; i++) {
    are_over = true;
    for (size_t k = 0; k < n; k++) {
      pass (rounds[k], true);
      are_over = are_over && is_over (rounds[k]);
    }
  }
}

static struct vhm_exposure
exposure_of (const struct round *r, const struct part *part)
{
  struct vhm_exposure x = { .n_references = part->n_references };
  if (part->batches.n < 2)
    return x;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    x.cyc[e] = part->sum_cyc[e] / (double) part->n_references;
  x.half_width_cyc
      = vhm_interval_of (&part->batches, r->config->confidence).half_width;
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

static bool
are_all_new (const struct round *r)
{
  for (guint i = 0; i < r->parts->len; i++)
    if (g_array_index (r->parts, struct part, i)
            .process->translation->n_measurements
        > 0)
      return false;
  return true;
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
  run (&r, 1, are_all_new (r));
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

bool
vhm_guest_wants_measure (const vhm_guest *g, double change)
{
  if (!g->running)
    return false;
  for (uint32_t i = 0; i < g->processes->len; i++) {
    const vhm_process *p = g->processes->pdata[i];
    const struct vhm_translation *t = p->translation;
    if (is_measured (p)
        && (t->n_measurements == 0 || (t->has_swept && !t->has_measured_sweep)
            || has_moved (t->n_mapped_now, t->n_mapped, change)
            || has_moved (p->n_active, t->n_active, change)
            || has_moved (g->blocks.n_large, t->n_large, change)))
      return true;
  }
  return false;
}

void
vhm_guests_compare (vhm_guest *const *guests, size_t n,
                    const struct vhm_exposure_config *config,
                    vhm_processors *const *processors, size_t n_processors,
                    bool are_cold, vhm_exposure_fn fn, void *context)
{
  g_autoptr (GPtrArray) rounds
      = g_ptr_array_new_with_free_func ((GDestroyNotify) round_free);
  for (size_t k = 0; k < n_processors; k++)
    g_ptr_array_add (rounds,
                     round_new (guests, n, config, processors[k], true));
  run ((struct round *const *) rounds->pdata, n_processors, are_cold);
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
