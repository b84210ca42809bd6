/* Measures what a visit costs, by batch means.
 *
 * Warm-up. Stages, each twice as long as the one before, the first of
 * `least_warm_up` visits. Warm when the mean of a stage differs from that of
 * the one before by less than half the asked error, or by less than chance
 * allows (one standard error, from PARTS parts of each stage). A drift that
 * survives this is below the error asked for in each doubling.
 *
 * Batches. MOST_BATCHES means are kept; when they are full, neighbours are put
 * together and batches are twice as long. At a look, batches are put together
 * in groups of 1, 2, 4 ... until neighbours hardly depend (lag-1
 * autocorrelation r below SMALL_R), while LEAST_GROUPS remain; what is left of r
 * widens the interval by sqrt ((1 + r) / (1 - r)), the factor of a first-order
 * autoregressive process, and while it is above SMALL_R nothing is precise.
 * Student's t on the groups. Looks are far apart (each
 * LOOK_GROWTH times the visits of the one before), because stopping at the first
 * lucky look of many would make intervals too narrow.
 *
 * Precise: half width <= e x mean of the exposed cycles, or <= e x a twentieth
 * (FLOOR) of all cycles: a translation cost below 5 % of the time needs not be
 * known to e of itself.
 *
 * Cost: MOST_BATCHES x 16 bytes; O(MOST_BATCHES) a look.
 *
 * Source: A. Law and J. Carson, "A sequential procedure for determining the
 * length of a steady-state simulation", Operations Research 27(5), 1979
 * (batches that grow until lag-1 correlation is small).
 */
#include <vhm/model/measure.h>

#include <glib.h>
#include <math.h>
#include <string.h>

#include <vhm/base/require.h>

#define MOST_BATCHES 256
#define LEAST_GROUPS 16
#define FIRST_LOOK 64 /* batches */
#define SMALL_R 0.15
#define MOST_R 0.99 /* beyond it the factor means nothing */
#define LOOK_GROWTH 1.25
#define PARTS 16
#define FLOOR 0.05
#define DEFAULT_BATCH 1000

struct pair {
  double exposed, total; /* means, cycles a visit */
};

struct batches {
  struct pair mean[MOST_BATCHES];
  size_t n;
  uint64_t length; /* visits a batch */
};

static struct pair
run (const struct vhm_measure_source *source, uint64_t n, struct vhm_cost *all)
{
  struct vhm_cost cost;
  memset (&cost, 0, sizeof cost);
  source->run (source->context, n, &cost);
  VHM_REQUIRE (cost.accesses == n);
  if (all)
    vhm_cost_add (all, &cost);
  return (struct pair){ cost.exposed_cyc / (double) n,
                        cost.total_cyc / (double) n };
}

/* --- warm-up ---------------------------------------------------------------- */

struct stage {
  struct vhm_moments exposed, total;
};

static struct stage
run_stage (const struct vhm_measure_source *source, uint64_t n)
{
  struct stage stage = { 0 };
  for (int i = 0; i < PARTS; i++) {
    struct pair mean = run (source, n / PARTS, NULL);
    vhm_moments_add (&stage.exposed, mean.exposed);
    vhm_moments_add (&stage.total, mean.total);
  }
  return stage;
}

static double
square_of_error (const struct vhm_moments *m)
{
  return vhm_moments_variance (m) / (double) m->n;
}

static double
tolerance (double exposed, double total, double relative_error)
{
  return relative_error * MAX (exposed, FLOOR * total);
}

static bool
agree (const struct stage *a, const struct stage *b, double relative_error)
{
  double by_chance
      = sqrt (square_of_error (&a->exposed) + square_of_error (&b->exposed));
  double allowed
      = tolerance (b->exposed.mean, b->total.mean, relative_error) / 2;
  return fabs (a->exposed.mean - b->exposed.mean) <= MAX (by_chance, allowed);
}

static uint64_t
warm_up (const struct vhm_measure_source *source,
         const struct vhm_measure_options *o, bool *ret_is_warm)
{
  uint64_t n = MAX (o->least_warm_up / PARTS, 1) * PARTS, done = 0;
  *ret_is_warm = false;
  if (n > o->most / 2)
    return 0;
  struct stage before = run_stage (source, n);
  done = n;
  /* half of all visits remain for measuring */
  for (n *= 2; !*ret_is_warm && done + n <= o->most / 2; n *= 2) {
    struct stage stage = run_stage (source, n);
    done += n;
    *ret_is_warm = agree (&before, &stage, o->relative_error);
    before = stage;
  }
  return done;
}

/* --- batches ---------------------------------------------------------------- */

static double
group_mean (const double *means, size_t group, size_t i)
{
  double sum = 0;
  for (size_t k = i * group; k < (i + 1) * group; k++)
    sum += means[k];
  return sum / (double) group;
}

/* Correlation of neighbouring groups. */
static double
lag_one (const double *means, size_t n_means, size_t group)
{
  size_t n = n_means / group;
  double mean = 0, squares = 0, products = 0, last = 0;
  for (size_t i = 0; i < n; i++)
    mean += group_mean (means, group, i) / (double) n;
  for (size_t i = 0; i < n; i++) {
    double d = group_mean (means, group, i) - mean;
    squares += d * d;
    products += i > 0 ? d * last : 0;
    last = d;
  }
  /* the estimate is low by about 1 / n, since the mean is an estimate, too */
  return squares > 0 ? products / squares + 1 / (double) n : 0;
}

bool
vhm_measure_interval (const double *means, size_t n, double confidence,
                      struct vhm_interval *ret)
{
  size_t group = 1;
  double r = lag_one (means, n, group);
  while (r > SMALL_R && n / (2 * group) >= LEAST_GROUPS) {
    group *= 2;
    r = lag_one (means, n, group);
  }
  struct vhm_moments moments = { 0 };
  for (size_t i = 0; i < n / group; i++)
    vhm_moments_add (&moments, group_mean (means, group, i));
  *ret = vhm_interval_of (&moments, confidence);
  bool is_long = r <= SMALL_R;
  r = MIN (r, MOST_R);
  if (r > 0)
    ret->half_width *= sqrt ((1 + r) / (1 - r));
  return is_long;
}

static struct vhm_interval
interval (const struct batches *b, bool is_total, double confidence,
          bool *ret_is_long)
{
  double means[MOST_BATCHES];
  struct vhm_interval result;
  for (size_t i = 0; i < b->n; i++)
    means[i] = is_total ? b->mean[i].total : b->mean[i].exposed;
  *ret_is_long = vhm_measure_interval (means, b->n, confidence, &result);
  return result;
}

static void
put_together (struct batches *b)
{
  for (size_t i = 0; i < b->n / 2; i++) {
    const struct pair *x = &b->mean[2 * i], *y = x + 1;
    b->mean[i] = (struct pair){ (x->exposed + y->exposed) / 2,
                                (x->total + y->total) / 2 };
  }
  b->n /= 2;
  b->length *= 2;
}

static bool
is_precise (const struct vhm_measured *m, double relative_error)
{
  return m->exposed.half_width
         <= tolerance (m->exposed.mean, m->total.mean, relative_error);
}

static void
measure_batches (const struct vhm_measure_source *source,
                 const struct vhm_measure_options *o, struct vhm_measured *m)
{
  struct batches b
      = { .length = o->batch > 0 ? o->batch : DEFAULT_BATCH, .n = 0 };
  double look = (double) (FIRST_LOOK * b.length);
  uint64_t left = o->most > m->n_warm_up ? o->most - m->n_warm_up : 0;
  while (!m->is_precise) {
    bool is_last = left < b.length;
    if (!is_last) {
      b.mean[b.n++] = run (source, b.length, &m->cost);
      left -= b.length;
      m->n_visits += b.length;
    }
    if (is_last || (double) m->n_visits >= look) {
      bool is_long, is_long_total;
      m->exposed = interval (&b, false, o->confidence, &is_long);
      m->total = interval (&b, true, o->confidence, &is_long_total);
      m->is_precise = b.n > 1 && is_long && is_precise (m, o->relative_error);
      look = (double) m->n_visits * LOOK_GROWTH;
    }
    if (is_last)
      return;
    if (b.n == MOST_BATCHES)
      put_together (&b);
  }
}

void
vhm_measure (const struct vhm_measure_source *source,
             const struct vhm_measure_options *o, struct vhm_measured *ret)
{
  VHM_REQUIRE (o->relative_error > 0);
  VHM_REQUIRE (o->confidence > 0 && o->confidence < 1);
  VHM_REQUIRE (o->most > 0);
  memset (ret, 0, sizeof *ret);
  ret->n_warm_up = warm_up (source, o, &ret->is_warm);
  measure_batches (source, o, ret);
}

/* --- how long until everything can be full ---------------------------------- */

uint64_t
vhm_measure_warm_up (const struct vhm_cpu_config *cpu)
{
  const struct vhm_cpu_tlb *tlbs = cpu->tlbs.items;
  uint64_t n = cpu->nested_tlb.entries;
  for (size_t i = 0; i < cpu->tlbs.n; i++)
    n += tlbs[i].entries;
  for (int level = 0; level < VHM_N_PSC_LEVELS; level++)
    n += cpu->guest_psc[level].entries + cpu->host_psc[level].entries;
  n += (cpu->l1d.size_bytes + cpu->l2.size_bytes + cpu->llc.size_bytes)
       / VHM_LINE_BYTES;
  return n;
}
