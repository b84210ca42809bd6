/* When a measurement knows enough, and what it knows.
 *
 * Over when each interval that is asked for is narrow enough: its half-width at
 * most `error` times the mean, or times NEGLIGIBLE of the process's computing
 * (LIGHT, if the process issues next to nothing) where that is more; whoever
 * issues next to nothing has done with MOST_BATCHES_LIGHT. Or when
 * `most` references are used up and each process has the fewest batches an
 * interval needs. Known processes are asked for nothing. Intervals allow for
 * batches that depend (vhm_measure_interval).
 *
 * Cost: O(batches) a look.
 *
 * Source: batch means as in Law and Kelton, Simulation Modeling and Analysis,
 * chapter 9.
 */
#include "exposure.h"

#include <vhm/model/measure.h>

#include <math.h>

/* Exposed cycles below 1 % of computing need no interval of their own. */
#define NEGLIGIBLE 0.01
/* Nor those below 10 % of a process whose time is next to nothing. */
#define LIGHT 0.1
/* Of whoever issues next to nothing: Student's t of 3 batches is a third of that of
 * 2, and more of them would be paid for by the busy ones. */
#define MOST_BATCHES_LIGHT 3

void
vhm_part_interval (const struct part *part, double confidence,
                   struct vhm_interval *ret)
{
  vhm_measure_interval ((const double *) part->batches->data,
                        part->batches->len, confidence, ret);
}

static bool
has_enough (const struct part *part)
{
  return part->batches->len
         >= (part->every == 1 ? LEAST_BATCHES : LEAST_BATCHES_LIGHT);
}

bool
vhm_part_is_precise (const struct round *r, const struct part *part)
{
  struct vhm_interval x;
  if (!has_enough (part))
    return false;
  vhm_part_interval (part, r->config->confidence, &x);
  double compute = part->process->how.cycles_per_reference;
  double least = (part->is_negligible ? LIGHT : NEGLIGIBLE) * compute;
  return x.half_width <= r->config->error * fmax (x.mean, least);
}

static bool
is_done (const struct round *r, const struct part *part)
{
  return part->is_known || vhm_part_is_precise (r, part)
         || (part->is_negligible && part->batches->len >= MOST_BATCHES_LIGHT);
}

bool
vhm_round_is_over (const struct round *r, bool is_look)
{
  bool settled = is_look, enough = true;
  uint64_t n = 0;
  for (guint i = 0; i < r->parts->len; i++) {
    const struct part *part = round_part (r, i);
    settled = settled && is_done (r, part);
    enough = enough && (part->is_known || has_enough (part));
    n += part->n_references;
  }
  uint64_t most
      = r->config->most / (r->config->is_rough ? VHM_EXPOSURE_ROUGH_PART : 1);
  return settled || (enough && n >= most);
}

struct vhm_exposure
vhm_part_exposure (const struct round *r, const struct part *part)
{
  struct vhm_exposure x = { .n_references = part->n_references };
  struct vhm_interval interval;
  if (part->batches->len < 2)
    return x;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    x.cyc[e] = part->sum_cyc[e] / (double) part->n_references;
  vhm_part_interval (part, r->config->confidence, &interval);
  x.half_width_cyc = interval.half_width;
  return x;
}
