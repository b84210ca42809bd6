/* Does looking at few sizes say what looking at all of them says? */
#include "suite.h"

#include <math.h>
#include <vhm/base/units.h>
#include <vhm/sim/sizing.h>

#define STEP (64 * VHM_MIB)
#define LEAST (512 * VHM_MIB)
#define BOUND 0.05

/* A curve: what a size shows. */
typedef struct vhm_sizing_point (*curve_fn) (double gib);

static GArray *
look (const struct vhm_sizing_question *q, curve_fn curve)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (struct vhm_sizing_point));
  for (int round = 0;; round++) {
    ck_assert_int_lt (round, 1000);
    g_autoptr (GArray) next = vhm_sizing_next (q, points);
    for (guint i = 0; i < next->len; i++) {
      uint64_t bytes = g_array_index (next, uint64_t, i);
      ck_assert_uint_eq (bytes % q->step_bytes, 0);
      struct vhm_sizing_point p = curve ((double) bytes / (double) VHM_GIB);
      p.bytes = bytes;
      guint at = 0;
      while (at < points->len
             && g_array_index (points, struct vhm_sizing_point, at).bytes
                    < bytes)
        at++;
      if (at < points->len)
        ck_assert_uint_ne (
            g_array_index (points, struct vhm_sizing_point, at).bytes, bytes);
      g_array_insert_val (points, at, p);
    }
    if (next->len == 0)
      return points;
  }
}

static struct vhm_sizing_question
question (void)
{
  return (struct vhm_sizing_question){ .least_bytes = LEAST,
                                       .most_bytes = 16 * VHM_GIB,
                                       .step_bytes = STEP,
                                       .bound = BOUND,
                                       .usable = 1,
                                       .n_coarse = 8 };
}

/* All programs in 7.3 GiB: a corner. */
static struct vhm_sizing_point
corner (double gib)
{
  double missing = MAX (0, 7.3 - gib);
  return (struct vhm_sizing_point){ .paging_per_s = 400 * missing / 6.8,
                                    .slowdown = missing / 2,
                                    .half_width = 0.02 };
}

/* Never enough: a bend. */
static struct vhm_sizing_point
bend (double gib)
{
  return (struct vhm_sizing_point){ .paging_per_s = 1000 * exp (-gib / 2),
                                    .slowdown = 3 * exp (-gib),
                                    .half_width = 0.1 * exp (-gib) };
}

/* A disk at its limit below 5 GiB, then straight down; refusals below 9. */
static struct vhm_sizing_point
plateau (double gib)
{
  double missing = CLAMP (8.2 - gib, 0, 3.2);
  return (struct vhm_sizing_point){ .paging_per_s = 100 * missing,
                                    .slowdown = pow (missing, 3),
                                    .half_width = 0,
                                    .is_refused = gib < 9 };
}

static const struct {
  const char *name;
  curve_fn curve;
  guint most_looks; /* of 249 sizes */
} curves[] = { { "corner", corner, 32 },
               { "bend", bend, 64 },
               { "plateau", plateau, 32 } };

START_TEST (few_say_what_all_say)
{
  struct vhm_sizing_question q = question ();
  for (size_t i = 0; i < G_N_ELEMENTS (curves); i++) {
    q.looks_at_all = false;
    g_autoptr (GArray) few = look (&q, curves[i].curve);
    q.looks_at_all = true;
    g_autoptr (GArray) all = look (&q, curves[i].curve);
    ck_assert_uint_eq (all->len, 249);
    ck_assert_msg (few->len <= curves[i].most_looks, "%s: %u looks",
                   curves[i].name, few->len);
    struct vhm_sizing_answer a = vhm_sizing_answer (&q, few);
    struct vhm_sizing_answer b = vhm_sizing_answer (&q, all);
    ck_assert_msg (a.has_answer && b.has_answer && a.bytes == b.bytes,
                   "%s: answer", curves[i].name);
    ck_assert_uint_eq (a.low_bytes, b.low_bytes);
    ck_assert_uint_eq (a.high_bytes, b.high_bytes);
    ck_assert_uint_eq (a.unrefused_bytes, b.unrefused_bytes);
    ck_assert_msg (a.has_knee && b.has_knee && a.knee_bytes == b.knee_bytes,
                   "%s: knee", curves[i].name);
    ck_assert (a.is_certain && b.is_certain);
  }
}
END_TEST

static uint64_t
steps_up (double gib)
{
  return (uint64_t) ceil (gib * (double) VHM_GIB / STEP - 1e-9) * STEP;
}

START_TEST (answers_are_where_curves_cross)
{
  struct vhm_sizing_question q = question ();
  g_autoptr (GArray) points = look (&q, corner);
  struct vhm_sizing_answer a = vhm_sizing_answer (&q, points);
  ck_assert_uint_eq (a.bytes, steps_up (7.3 - 2 * BOUND));
  ck_assert_uint_eq (a.low_bytes, steps_up (7.3 - 2 * (BOUND + 0.02)));
  ck_assert_uint_eq (a.high_bytes, steps_up (7.3 - 2 * (BOUND - 0.02)));
  ck_assert_uint_eq (a.knee_bytes, steps_up (7.3));
  ck_assert_uint_eq (a.unrefused_bytes, a.bytes);
  g_autoptr (GArray) refused = look (&q, plateau);
  a = vhm_sizing_answer (&q, refused);
  ck_assert_uint_eq (a.bytes, steps_up (8.2 - cbrt (BOUND)));
  ck_assert_uint_eq (a.unrefused_bytes, 9 * VHM_GIB);
}
END_TEST

/* Most distance of exp (-x / 2) from its chord: where the slopes are the same. */
START_TEST (knee_is_where_the_slope_is_that_of_the_line)
{
  struct vhm_sizing_question q = question ();
  g_autoptr (GArray) points = look (&q, bend);
  struct vhm_sizing_answer a = vhm_sizing_answer (&q, points);
  double begin = (double) steps_up (log (3)) / (double) VHM_GIB;
  ck_assert_uint_eq (a.line_bytes, steps_up (log (3)));
  double slope = (exp (-begin / 2) - exp (-8)) / (16 - begin);
  double knee = -2 * log (2 * slope);
  ck_assert_double_le (fabs ((double) a.knee_bytes / (double) VHM_GIB - knee),
                       (double) STEP / (double) VHM_GIB);
}
END_TEST

static struct vhm_sizing_point
lucky (double gib)
{
  return (struct vhm_sizing_point){ .slowdown = gib < 2 || gib > 8 ? 0 : 1 };
}

static struct vhm_sizing_point
hopeless (double gib)
{
  return (struct vhm_sizing_point){ .slowdown = 1, .paging_per_s = 100 - gib };
}

START_TEST (a_small_size_that_passes_by_luck_is_no_answer)
{
  struct vhm_sizing_question q = question ();
  g_autoptr (GArray) points = look (&q, lucky);
  struct vhm_sizing_answer a = vhm_sizing_answer (&q, points);
  ck_assert_uint_eq (a.bytes, 8 * VHM_GIB + STEP);
  ck_assert (!a.is_certain && !a.has_knee);
  g_autoptr (GArray) none = look (&q, hopeless);
  a = vhm_sizing_answer (&q, none);
  ck_assert (!a.has_answer && a.has_knee);
}
END_TEST

START_TEST (one_size_is_a_range)
{
  struct vhm_sizing_question q = question ();
  q.most_bytes = q.least_bytes;
  g_autoptr (GArray) points = look (&q, corner);
  ck_assert_uint_eq (points->len, 1);
  struct vhm_sizing_answer a = vhm_sizing_answer (&q, points);
  ck_assert (!a.has_answer && !a.has_knee);
}
END_TEST

SUITE ("sizing", tcase_add_test (tc, few_say_what_all_say);
       tcase_add_test (tc, answers_are_where_curves_cross);
       tcase_add_test (tc, knee_is_where_the_slope_is_that_of_the_line);
       tcase_add_test (tc, a_small_size_that_passes_by_luck_is_no_answer);
       tcase_add_test (tc, one_size_is_a_range);)
