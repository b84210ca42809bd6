/* Which sizes to look at, and what they say.
 *
 * First a coarse grid of the whole range. Then halves:
 *
 *   answer   the stretch between the smallest size from which on all pass and the
 *            one below it, until it is one step long; the same for the two ends of
 *            its interval and for refusals, each of which is a test of its own
 *   usable   the same for the size at which the line begins
 *   knee     distance (s) = (line (s) - paging (s)) / (paging (begin) -
 *            paging (most)). Within a stretch (a, b) paging is at least that of b,
 *            so the distance is at most line (a + step) - paging (b): each stretch
 *            for which that exceeds the best distance so far is halved (branch and
 *            bound). What is left out cannot be the knee.
 *
 * Cost: O(log (range / step)) sizes for the answer, as many for a knee that is a
 * corner, O(sqrt (range / step)) for one that is a bend.
 * Left out: Kneedle's smoothing and its threshold, for curves read on line.
 * Source: V. Satopaa, J. Albrecht, D. Irwin and B. Raghavan, "Finding a 'Kneedle'
 * in a Haystack", ICDCS workshops 2011: the point of most distance from the line
 * between the ends.
 */
#include <vhm/sim/sizing.h>

#include <math.h>

#include <vhm/base/require.h>

static const struct vhm_sizing_point *
point_at (const GArray *points, guint i)
{
  return &g_array_index (points, struct vhm_sizing_point, i);
}

/* --- tests of a size ------------------------------------------------------------- */

typedef bool (*test_fn) (const struct vhm_sizing_point *point, double bound);

static bool
is_within (const struct vhm_sizing_point *p, double bound)
{
  return p->slowdown <= bound;
}

static bool
may_be_within (const struct vhm_sizing_point *p, double bound)
{
  return p->slowdown - p->half_width <= bound;
}

static bool
is_surely_within (const struct vhm_sizing_point *p, double bound)
{
  return p->slowdown + p->half_width <= bound;
}

static bool
is_within_unrefused (const struct vhm_sizing_point *p, double bound)
{
  return is_within (p, bound) && !p->is_refused;
}

/* The first point from which on all pass; points->len if the last one fails. */
static guint
first_of (const GArray *points, test_fn test, double bound)
{
  guint i = points->len;
  while (i > 0 && test (point_at (points, i - 1), bound))
    i--;
  return i;
}

static uint64_t
bytes_of_first (const GArray *points, test_fn test, double bound)
{
  guint i = first_of (points, test, bound);
  return i < points->len ? point_at (points, i)->bytes : 0;
}

/* --- the knee --------------------------------------------------------------------- */

struct line {
  double at, per_byte; /* paging at the least size, slope */
  uint64_t least_bytes;
  guint from;  /* the point that it begins at */
  double fall; /* from end to end; 0: there is no knee */
};

static struct line
line_of (const struct vhm_sizing_question *q, const GArray *points)
{
  guint from = MIN (first_of (points, is_within, q->usable), points->len - 1);
  const struct vhm_sizing_point *first = point_at (points, from);
  const struct vhm_sizing_point *last = point_at (points, points->len - 1);
  double fall = first->paging_per_s - last->paging_per_s;
  return (struct line){
    .at = first->paging_per_s,
    .per_byte = last->bytes > first->bytes
                    ? -fall / (double) (last->bytes - first->bytes)
                    : 0,
    .least_bytes = first->bytes,
    .from = from,
    .fall = last->bytes > first->bytes ? MAX (fall, 0) : 0,
  };
}

static double
distance (const struct line *line, uint64_t bytes, double paging)
{
  if (line->fall <= 0)
    return 0;
  double on_line
      = line->at + line->per_byte * (double) (bytes - line->least_bytes);
  return (on_line - paging) / line->fall;
}

double
vhm_sizing_distance (const struct vhm_sizing_question *q, const GArray *points,
                     guint i)
{
  struct line line = line_of (q, points);
  const struct vhm_sizing_point *p = point_at (points, i);
  if (i < line.from || line.fall <= 0)
    return (double) NAN;
  return distance (&line, p->bytes, p->paging_per_s);
}

/* Of equals the smallest. */
static guint
knee_of (const GArray *points, const struct line *line, double *ret_distance)
{
  guint best = line->from;
  *ret_distance = -INFINITY;
  for (guint i = line->from; i < points->len; i++) {
    const struct vhm_sizing_point *p = point_at (points, i);
    double d = distance (line, p->bytes, p->paging_per_s);
    if (d > *ret_distance) {
      best = i;
      *ret_distance = d;
    }
  }
  return best;
}

/* --- what next ----------------------------------------------------------------------- */

static void
add (GArray *sizes, uint64_t bytes)
{
  guint i = 0;
  while (i < sizes->len && g_array_index (sizes, uint64_t, i) < bytes)
    i++;
  if (i == sizes->len || g_array_index (sizes, uint64_t, i) != bytes)
    g_array_insert_val (sizes, i, bytes);
}

/* The middle of the stretch that ends with point i, if there is one. */
static void
halve (GArray *sizes, const struct vhm_sizing_question *q, const GArray *points,
       guint i)
{
  uint64_t low = point_at (points, i - 1)->bytes;
  uint64_t n = (point_at (points, i)->bytes - low) / q->step_bytes;
  if (n > 1)
    add (sizes, low + n / 2 * q->step_bytes);
}

static void
halve_for_knee (GArray *sizes, const struct vhm_sizing_question *q,
                const GArray *points)
{
  struct line line = line_of (q, points);
  double best;
  knee_of (points, &line, &best);
  for (guint i = line.from + 1; i < points->len && line.fall > 0; i++) {
    uint64_t next = point_at (points, i - 1)->bytes + q->step_bytes;
    double most = distance (&line, next, point_at (points, i)->paging_per_s);
    if (most > best)
      halve (sizes, q, points, i);
  }
}

static void
add_grid (GArray *sizes, const struct vhm_sizing_question *q)
{
  uint64_t n = (q->most_bytes - q->least_bytes) / q->step_bytes;
  uint64_t parts = q->looks_at_all ? n : MIN (n, q->n_coarse);
  for (uint64_t i = 0; i <= parts; i++)
    add (sizes,
         q->least_bytes + (parts > 0 ? i * n / parts : 0) * q->step_bytes);
}

static bool
has_point (const GArray *points, uint64_t bytes)
{
  for (guint i = 0; i < points->len; i++)
    if (point_at (points, i)->bytes == bytes)
      return true;
  return false;
}

GArray *
vhm_sizing_next (const struct vhm_sizing_question *q, const GArray *points)
{
  VHM_REQUIRE (q->step_bytes > 0 && q->least_bytes <= q->most_bytes);
  static const test_fn tests[]
      = { is_within, may_be_within, is_surely_within, is_within_unrefused };
  GArray *sizes = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  add_grid (sizes, q);
  for (guint i = sizes->len; i-- > 0;)
    if (has_point (points, g_array_index (sizes, uint64_t, i)))
      g_array_remove_index (sizes, i);
  if (sizes->len > 0)
    return sizes;
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    guint first = first_of (points, tests[i], q->bound);
    if (first > 0 && first < points->len)
      halve (sizes, q, points, first);
  }
  guint usable = first_of (points, is_within, q->usable);
  if (usable > 0 && usable < points->len)
    halve (sizes, q, points, usable);
  halve_for_knee (sizes, q, points);
  return sizes;
}

/* --- the answer ------------------------------------------------------------------------ */

struct vhm_sizing_answer
vhm_sizing_answer (const struct vhm_sizing_question *q, const GArray *points)
{
  VHM_REQUIRE (points->len > 0);
  guint first = first_of (points, is_within, q->bound);
  struct vhm_sizing_answer a = {
    .has_answer = first < points->len,
    .bytes = bytes_of_first (points, is_within, q->bound),
    .low_bytes = bytes_of_first (points, may_be_within, q->bound),
    .high_bytes = bytes_of_first (points, is_surely_within, q->bound),
    .unrefused_bytes = bytes_of_first (points, is_within_unrefused, q->bound),
    .is_certain = true,
  };
  for (guint i = 0; i + 1 < first; i++)
    a.is_certain = a.is_certain && !is_within (point_at (points, i), q->bound);
  struct line line = line_of (q, points);
  a.has_knee = line.fall > 0;
  a.line_bytes = line.least_bytes;
  if (a.has_knee)
    a.knee_bytes
        = point_at (points, knee_of (points, &line, &a.knee_distance))->bytes;
  return a;
}
