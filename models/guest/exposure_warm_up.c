/* Warms up the structures before a measurement.
 *
 * They stay as the last measurement left them. A process with m mapped pages
 * brings m x LINES_A_PAGE lines at most; what all bring, LAPS times, or what
 * the structures hold (vhm_measure_warm_up) if that is less, is the full
 * warm-up. It begins with a quarter of that if the mapped pages of a process
 * that counts have become COLD_TIMES as many since that was last done, else
 * with a sixteenth, and goes on in stages, each twice as long as the one
 * before, until the mean of the references of those that take part in each
 * pass differs from that of the stage before by less than half the asked error
 * or than chance allows, or the full warm-up has been done (what was cold goes
 * on to the end of the stage that completes it). A rough measurement does the
 * first sixteenth. A light process that has a processor to itself fills that
 * first.
 *
 * Invariant: rounds that warm up together draw the same references. Cost: at
 * most the full warm-up. Left out: light processes do not decide when it ends.
 */
#include "exposure.h"

#include <vhm/model/measure.h>

#include <math.h>

/* Parts of vhm_measure_warm_up, which counts a line a visit: a reference here
 * brings at least two, of its data and of a table. */
#define LINES_A_REFERENCE 2
#define COLD_PART 4
/* Times as much in memory as when the structures were warm: most of it has never
 * been seen. */
#define COLD_TIMES 4
#define WARM_PART 16
/* Data lines of a page, and tables of either dimension. */
#define LINES_A_PAGE 66
/* Uniform references that meet all but 5 % of so many lines: e^-3. */
#define LAPS 3

struct stage {
  struct vhm_moments cyc; /* a reference of a pass, of those in each pass */
  uint64_t n;
};

uint64_t
vhm_round_full_warm_up (const struct round *r)
{
  double brought = 0;
  for (guint i = 0; i < r->parts->len; i++)
    brought += round_part (r, i)->process->translation->n_mapped_now;
  double held = (double) vhm_measure_warm_up (
      vhm_processors_config (r->processors)->cpu);
  return (uint64_t) (fmin (held, LAPS * LINES_A_PAGE * brought)
                     / LINES_A_REFERENCE);
}

/* The same of the processor that a light process has to itself. */
static uint32_t *
own_pages (const struct round *r, const struct part *part)
{
  struct vhm_translation *t = part->process->translation;
  return r->is_like ? &t->n_own_like : &t->n_own;
}

static uint32_t *
warm_pages (const struct round *r, const struct part *part)
{
  struct vhm_translation *t = part->process->translation;
  return r->is_like ? &t->n_warm_like : &t->n_warm;
}

/* Some process that counts has COLD_TIMES as much in memory as when the structures
 * were warm for it. */
static bool
is_cold (const struct round *r)
{
  for (guint i = 0; i < r->parts->len; i++) {
    const struct part *part = round_part (r, i);
    if (part->every < LEAST_OFTEN
        && part->process->translation->n_mapped_now / COLD_TIMES
               >= *warm_pages (r, part))
      return true;
  }
  return false;
}

static void
run_stage (struct round *r, uint64_t n, struct stage *ret)
{
  *ret = (struct stage){ 0 };
  /* whoever has next to nothing in memory yields few references a pass */
  for (uint64_t i = 0; ret->n < n && i < n / SLICE + LEAST_OFTEN; i++) {
    vhm_round_pass (r, false);
    ret->n += r->pass_references;
    if (r->steady_references > 0)
      vhm_moments_add (&ret->cyc,
                       r->steady_cyc / (double) r->steady_references);
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

/* Whoever has a processor to itself finds there what it left, but the few
 * references of a light process would not fill it: these do, if it is cold. As
 * many as fill L2, and no more: the last-level cache is shared, and there most of
 * what a light process left is gone. */
static bool
must_fill (const struct round *r, const struct part *part)
{
  return part->drawn < part->turn && part->walker == VHM_WALKER_THREADS
         && vhm_part_others (r, part) <= 0
         && part->process->translation->n_mapped_now / COLD_TIMES
                >= *own_pages (r, part);
}

static void
fill_own_processors (struct round *const *rounds, size_t n_rounds)
{
  const struct round *first = rounds[0];
  uint64_t lines = vhm_processors_config (first->processors)->cpu->l2.size_bytes
                   / VHM_LINE_BYTES;
  for (guint i = 0; i < first->parts->len; i++) {
    const struct part *part = round_part (first, i);
    if (!must_fill (first, part))
      continue;
    for (size_t k = 0; k < n_rounds; k++)
      vhm_part_run (rounds[k], round_part (rounds[k], i),
                    lines / LINES_A_REFERENCE);
    *own_pages (first, part) = part->process->translation->n_mapped_now;
  }
}

void
vhm_rounds_warm_up (struct round *const *rounds, size_t n_rounds)
{
  const struct round *first = rounds[0];
  uint64_t full = vhm_round_full_warm_up (first), done = 0;
  bool cold = is_cold (first), is_rough = first->config->is_rough, warm = false;
  struct stage *before = g_new0 (struct stage, n_rounds);
  fill_own_processors (rounds, n_rounds);
  for (uint64_t n = full / (cold && !is_rough ? COLD_PART : WARM_PART) + 1;
       !warm && done < full; n *= 2) {
    n = cold ? n : MIN (n, full - done);
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
  bool is_full = !is_rough && (cold || done >= full);
  for (guint i = 0; is_full && i < first->parts->len; i++) {
    const struct part *part = round_part (first, i);
    *warm_pages (first, part) = part->process->translation->n_mapped_now;
  }
}
