/* How much of something is enough, from few runs: which sizes to look at next,
 * and what those looked at say.
 *
 *   answer   the smallest size that is slowed down by no more than a bound, so
 *            that every larger size looked at is, too
 *   knee     the size at which the paging curve lies furthest below the straight
 *            line between its two ends, both axes scaled to 0..1; the curve begins
 *            where the guest is usable at all: below, its disk says how much it
 *            pages, not its memory
 *
 * Sizes are multiples of a step. Look at what vhm_sizing_next says until it says
 * nothing; then answer and knee are those of looking at every size, provided that
 * slow-down and paging never rise with size. That they do in what was looked at
 * is told (is_certain).
 */
#ifndef VHM_SIM_SIZING_H
#define VHM_SIM_SIZING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Means of the runs of one size. */
struct vhm_sizing_point {
  uint64_t bytes;
  double paging_per_s;
  double slowdown;   /* 0.05: the same work takes 5 % longer; may be INFINITY */
  double half_width; /* of its confidence interval; 0: it is known */
  bool is_refused;   /* programs were refused memory */
};

struct vhm_sizing_question {
  uint64_t least_bytes, most_bytes, step_bytes; /* most: ample; both multiples */
  double bound;                                 /* of the slow-down */
  double usable;     /* slow-down up to which the curve of the knee goes */
  unsigned n_coarse; /* stretches of the first grid */
  bool looks_at_all; /* sizes of the range */
};

struct vhm_sizing_answer {
  bool has_answer; /* false: not even the largest is within the bound */
  uint64_t bytes;
  /* What the intervals of slow-downs leave open: the smallest size from which on
   * no larger one exceeds the bound beyond doubt, and that from which on all are
   * within it beyond doubt (0: none is). */
  uint64_t low_bytes, high_bytes;
  uint64_t unrefused_bytes; /* smallest within the bound from which on nothing is
                               refused; 0: none */
  bool is_certain; /* no size that fails lies above one that passes */
  bool has_knee;   /* paging falls at all */
  uint64_t line_bytes; /* where its line begins */
  uint64_t knee_bytes;
  double knee_distance; /* of the curve from the line, 0..1 */
};

/* Points (struct vhm_sizing_point) are in order of size, each size once. */

/* uint64_t, in order, to be looked at; empty: it is enough. */
GArray *vhm_sizing_next (const struct vhm_sizing_question *question,
                         const GArray *points);
struct vhm_sizing_answer
vhm_sizing_answer (const struct vhm_sizing_question *question,
                   const GArray *points);
/* How far the curve lies below the straight line at point i, 0..1; negative above
 * it; NAN where there is no line. */
double vhm_sizing_distance (const struct vhm_sizing_question *question,
                            const GArray *points, guint i);

#endif
