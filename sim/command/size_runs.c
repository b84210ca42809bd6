/* The runs that answer how much memory a guest needs.
 *
 * Every run of a seed is the same scenario but for the memory of the guest (and the
 * host's room for it), with the same random numbers part by part, so that sizes
 * are compared pair by pair:
 *
 *   slow-down (size) = mean over seeds of work (ample) / work (size) - 1
 *
 * Ample is the first of maximum, 2 maximum, 4 maximum ... that neither pages nor
 * refuses, or that doubling would speed up by less than a fifth of the bound. One
 * run of a size is enough where it is far from the bound: below a fifth of it, or
 * above five times it. That looks at nothing but the size's own first run, so a
 * size says the same however it came to be looked at.
 *
 * Cost: about as many sizes as sizing.h says, n_runs each where it matters.
 */
#include "size.h"

#include <math.h>
#include <string.h>

#include <vhm/base/error.h>
#include <vhm/base/units.h>

#include "side_by_side.h"

#define N_COARSE 6   /* stretches of the first grid */
#define LEAST_PART 8 /* of the range, where the guest's minimum says more */
/* Of the bound, see above: runs of one size differ by far less than that. */
#define ENOUGH_FROM 0.2
#define ENOUGH_TO 5.0
#define USABLE \
  1.0 /* work takes twice the time: nobody would call it a load test */
#define MOST_DOUBLINGS 4 /* of the guest's maximum */
/* A share of the processors' time that nobody misses; a page file is read now and
 * then even with memory in plenty. */
#define BLOCKED_SHARE 0.001
#define HOUR_S 3600

/* What one run shows. */
struct look {
  double work, operations_per_s, references_per_s;
  double paging_per_s, worst_hour_per_s, latency_p95_s;
  double n_refused, blocked_share;
};

struct size {
  uint64_t bytes;
  struct vhm_case *sized;
  guint n;            /* runs so far */
  struct look *looks; /* n_runs */
};

struct study {
  const struct size_question *q;
  char *name; /* of the guest that is watched */
  guint n_jobs;
  GPtrArray *sizes; /* struct size *, in order */
  struct size *ample;
  bool is_ample;
};

static guint
n_runs (const struct study *s)
{
  return (guint) s->q->config->n_runs;
}

static uint64_t
round_up (uint64_t value, uint64_t step)
{
  return (value + step - 1) / step * step;
}

static double
bound (const struct study *s)
{
  return (double) s->q->config->slowdown_ppm / (double) VHM_PPM;
}

/* --- what a run shows -------------------------------------------------------------- */

struct slot {
  const struct study *study;
  struct vhm_host_window window;
  struct look *look;
};

/* Mean of the samples in (first, last]; those that there are. */
static double
mean_between (const double *values, size_t first, size_t last)
{
  struct vhm_moments moments = { 0 };
  for (size_t i = first + 1; i <= last; i++)
    if (!isnan (values[i]))
      vhm_moments_add (&moments, values[i]);
  return moments.mean;
}

static double
worst_hour (const struct vhm_result *r, const struct vhm_host_window *w,
            const double *values)
{
  size_t hour = (size_t) MAX (1, HOUR_S / r->interval_s);
  if (w->last - w->first <= hour)
    return mean_between (values, w->first, w->last);
  double sum = 0, most = 0;
  for (size_t i = w->first + 1; i <= w->last; i++) {
    sum += isnan (values[i]) ? 0 : values[i];
    if (i > w->first + hour)
      sum -= isnan (values[i - hour]) ? 0 : values[i - hour];
    if (i >= w->first + hour)
      most = MAX (most, sum / (double) hour);
  }
  return most;
}

/* A counter that begins again with each life of the guest. */
static double
rise (const double *values, size_t first, size_t last)
{
  double sum = 0;
  for (size_t i = first + 1; i <= last; i++) {
    double before = isnan (values[i - 1]) ? 0 : values[i - 1];
    if (!isnan (values[i]))
      sum += values[i] >= before ? values[i] - before : values[i];
  }
  return sum;
}

#define P95_PPM 950000

static void
keep (void *context, const struct vhm_result *r)
{
  struct slot *slot = context;
  const struct vhm_host_window *w = &slot->window;
  const char *name = slot->study->name;
  const double *input = vhm_result_find (r, name, "pages_input_per_s")->values;
  const double *refused = vhm_result_find (r, name, "refused_commits")->values;
  double s = (double) (w->last - w->first) * r->interval_s;
  double all = (double) vhm_ledger_sum (&w->ledger);
  double p95_ns
      = w->latency_ns.count > 0
            ? (double) vhm_histogram_quantile (&w->latency_ns, P95_PPM)
            : (double) NAN;
  *slot->look = (struct look){
    .work = slot->study->q->config->work == SIZE_WORK_OPERATIONS
                ? (double) w->n_operations
                : w->n_references,
    .operations_per_s = (double) w->n_operations / s,
    .references_per_s = w->n_references / s,
    .paging_per_s = mean_between (input, w->first, w->last),
    .worst_hour_per_s = worst_hour (r, w, input),
    .latency_p95_s = p95_ns / (double) VHM_NS_PER_S,
    .n_refused = rise (refused, w->first, w->last),
    .blocked_share = all > 0
                         ? ((double) w->ledger.cyc[VHM_ACCOUNT_BLOCKED_PAGING]
                            + (double) w->ledger.cyc[VHM_ACCOUNT_BLOCKED_SWAP])
                               / all
                         : 0,
  };
}

/* --- running --------------------------------------------------------------------------- */

static struct size *
size_at (struct study *s, uint64_t bytes)
{
  guint i = 0;
  while (i < s->sizes->len
         && ((struct size *) s->sizes->pdata[i])->bytes < bytes)
    i++;
  if (i < s->sizes->len && ((struct size *) s->sizes->pdata[i])->bytes == bytes)
    return s->sizes->pdata[i];
  struct size *size = g_new0 (struct size, 1);
  size->bytes = bytes;
  size->sized
      = vhm_case_sized_new (s->q->c, s->q->guest, bytes, s->q->is_alone);
  /* what comes after the window is nobody's business */
  size->sized->duration_ns = MIN (
      size->sized->duration_ns, round_up (s->q->to_ns, size->sized->sample_ns));
  size->looks = g_new0 (struct look, n_runs (s));
  g_ptr_array_insert (s->sizes, (gint) i, size);
  return size;
}

static void
free_size (gpointer data)
{
  struct size *size = data;
  vhm_case_sized_free (size->sized);
  g_free (size->looks);
  g_free (size);
}

/* Runs each of the sizes until it has been run `n` times. */
static bool
look_at (struct study *s, const GPtrArray *sizes, guint n, const char *label,
         GError **error)
{
  g_autoptr (GArray) runs
      = g_array_new (FALSE, FALSE, sizeof (struct side_run));
  g_autofree struct slot *slots = g_new0 (struct slot, (gsize) sizes->len * n);
  guint n_slots = 0;
  for (guint k = 0; k < n; k++)
    for (guint i = 0; i < sizes->len; i++) {
      struct size *size = sizes->pdata[i];
      if (k < size->n)
        continue;
      struct slot *slot = &slots[n_slots++];
      slot->study = s;
      slot->look = &size->looks[k];
      vhm_host_window_init (&slot->window, s->name, s->q->from_ns, s->q->to_ns);
      struct side_run run
          = { size->sized, size->sized->seed + k, &slot->window, keep, slot };
      g_array_append_val (runs, run);
    }
  const struct side_options options = { s->n_jobs, s->q->is_quiet, label };
  bool is_fine = side_runs ((const struct side_run *) (void *) runs->data,
                            n_slots, &options, error);
  for (guint i = 0; i < n_slots; i++)
    vhm_host_window_clear (&slots[i].window);
  for (guint i = 0; i < sizes->len; i++) {
    struct size *size = sizes->pdata[i];
    size->n = MAX (size->n, n);
  }
  return is_fine && !command_caught_signal ();
}

/* --- means ------------------------------------------------------------------------------ */

static double
slowdown_of (const struct study *s, const struct size *size, guint k)
{
  double work = size->looks[k].work;
  return work > 0 ? s->ample->looks[k].work / work - 1 : (double) INFINITY;
}

static bool
is_enough (const struct study *s, const struct size *size)
{
  double slowdown = slowdown_of (s, size, 0);
  return slowdown < ENOUGH_FROM * bound (s) || slowdown > ENOUGH_TO * bound (s);
}

/* NAN for the half width where there is one value. */
static struct vhm_interval
interval_of (const struct study *s, const double *values, guint n)
{
  struct vhm_moments moments = { 0 };
  for (guint k = 0; k < n; k++) {
    if (!isfinite (values[k]))
      return (struct vhm_interval){ values[k], (double) NAN };
    vhm_moments_add (&moments, values[k]);
  }
  struct vhm_interval interval = vhm_interval_of (
      &moments, (double) s->q->config->confidence_ppm / (double) VHM_PPM);
  if (n < 2)
    interval.half_width = (double) NAN;
  return interval;
}

static struct vhm_interval
interval_at (const struct study *s, const struct size *size, size_t offset)
{
  g_autofree double *values = g_new (double, size->n);
  for (guint k = 0; k < size->n; k++)
    values[k] = *(const double *) (const void *) ((const char *) &size->looks[k]
                                                  + offset);
  return interval_of (s, values, size->n);
}

static struct vhm_sizing_row
row_of (const struct study *s, const struct size *size)
{
#define INTERVAL(field) interval_at (s, size, offsetof (struct look, field))
  g_autofree double *slowdowns = g_new (double, size->n);
  for (guint k = 0; k < size->n; k++)
    slowdowns[k] = slowdown_of (s, size, k);
  struct vhm_sizing_row row = {
    .bytes = size->bytes,
    .n_runs = size->n,
    .paging_per_s = INTERVAL (paging_per_s),
    .worst_hour_per_s = INTERVAL (worst_hour_per_s),
    .slowdown = interval_of (s, slowdowns, size->n),
    .operations_per_s = INTERVAL (operations_per_s),
    .references_per_s = INTERVAL (references_per_s),
    .latency_p95_s = INTERVAL (latency_p95_s),
    .n_refused = INTERVAL (n_refused).mean,
    .blocked_share = INTERVAL (blocked_share).mean,
  };
#undef INTERVAL
  return row;
}

/* Rows and points of all sizes that were looked at. */
static void
sum_up (const struct study *s, struct vhm_sizing *ret)
{
  g_array_set_size (ret->rows, 0);
  g_array_set_size (ret->points, 0);
  for (guint i = 0; i < s->sizes->len; i++) {
    const struct size *size = s->sizes->pdata[i];
    if (size->bytes > ret->asked.most_bytes)
      continue; /* ample, and out of the range */
    struct vhm_sizing_row row = row_of (s, size);
    double half = row.slowdown.half_width;
    struct vhm_sizing_point point = {
      .bytes = row.bytes,
      .paging_per_s = row.paging_per_s.mean,
      .slowdown = row.slowdown.mean,
      .half_width = isnan (half) ? 0 : half,
      .is_refused = row.n_refused > 0,
    };
    g_array_append_val (ret->rows, row);
    g_array_append_val (ret->points, point);
  }
}

/* --- ample memory ------------------------------------------------------------------------- */

static bool
wants_nothing (const struct size *size)
{
  for (guint k = 0; k < size->n; k++)
    if (size->looks[k].paging_per_s > 0 || size->looks[k].n_refused > 0
        || size->looks[k].blocked_share > BLOCKED_SHARE)
      return false;
  return true;
}

/* Is the size as good as the larger one? */
static bool
is_as_good (const struct study *s, const struct size *size,
            const struct size *larger)
{
  for (guint k = 0; k < size->n; k++)
    if (size->looks[k].n_refused > larger->looks[k].n_refused
        || larger->looks[k].work
               > (1 + ENOUGH_FROM * bound (s)) * size->looks[k].work)
      return false;
  return true;
}

static struct size *
look_at_one (struct study *s, uint64_t bytes, guint n, GError **error)
{
  g_autoptr (GPtrArray) one = g_ptr_array_new ();
  struct size *size = size_at (s, bytes);
  g_ptr_array_add (one, size);
  return look_at (s, one, n, "ample memory", error) ? size : NULL;
}

/* Sets s->ample. Sizes above it that were tried are forgotten. */
static bool
find_ample (struct study *s, GError **error)
{
  const struct size_config *config = s->q->config;
  const struct vhm_case_guest *guest
      = (const struct vhm_case_guest *) s->q->c->guests.items + s->q->guest;
  uint64_t first = MAX (config->most_bytes, guest->memory.maximum_bytes);
  struct size *size
      = look_at_one (s, round_up (first, config->step_bytes), 1, error);
  s->is_ample = size && wants_nothing (size);
  for (int i = 0; size && !s->is_ample && i < MOST_DOUBLINGS; i++) {
    struct size *larger = look_at_one (s, 2 * size->bytes, 1, error);
    s->is_ample
        = larger && (is_as_good (s, size, larger) || wants_nothing (larger));
    if (!larger || !is_as_good (s, size, larger))
      size = larger;
  }
  s->ample = size;
  if (!size || !look_at_one (s, size->bytes, n_runs (s), error))
    return false;
  while (s->sizes->pdata[s->sizes->len - 1] != size)
    g_ptr_array_remove_index (s->sizes, s->sizes->len - 1);
  return true;
}

static struct vhm_sizing_question
asked (const struct study *s)
{
  const struct size_config *config = s->q->config;
  const struct vhm_case_guest *guest
      = (const struct vhm_case_guest *) s->q->c->guests.items + s->q->guest;
  uint64_t most = config->most_bytes > 0
                      ? round_up (config->most_bytes, config->step_bytes)
                      : s->ample->bytes;
  uint64_t least = config->least_bytes > 0
                       ? config->least_bytes
                       : MIN (guest->memory.minimum_bytes, most / LEAST_PART);
  return (struct vhm_sizing_question){
    .least_bytes = MIN (round_up (least, config->step_bytes), most),
    .most_bytes = most,
    .step_bytes = config->step_bytes,
    .bound = bound (s),
    .usable = MAX (USABLE, bound (s)),
    .n_coarse = N_COARSE,
    .looks_at_all = s->q->looks_at_all,
  };
}

/* --- the search ------------------------------------------------------------------------------ */

/* Runs the sizes as often as they need. */
static bool
look_enough (struct study *s, const GArray *next, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new (), open = g_ptr_array_new ();
  for (guint i = 0; i < next->len; i++)
    g_ptr_array_add (all, size_at (s, g_array_index (next, uint64_t, i)));
  g_autofree char *label = g_strdup_printf ("%u sizes", next->len);
  if (!look_at (s, all, 1, label, error))
    return false;
  for (guint i = 0; i < all->len; i++)
    if (!is_enough (s, all->pdata[i]))
      g_ptr_array_add (open, all->pdata[i]);
  g_autofree char *again = g_strdup_printf ("%u sizes again", open->len);
  return look_at (s, open, n_runs (s), again, error);
}

static bool
search (struct study *s, struct vhm_sizing *ret, GError **error)
{
  ret->asked = asked (s);
  for (;;) {
    sum_up (s, ret);
    g_autoptr (GArray) next = vhm_sizing_next (&ret->asked, ret->points);
    if (next->len == 0)
      break;
    if (!look_enough (s, next, error))
      return false;
  }
  ret->answer = vhm_sizing_answer (&ret->asked, ret->points);
  return true;
}

static bool
has_work (const struct study *s, GError **error)
{
  for (guint k = 0; k < s->ample->n; k++)
    if (s->ample->looks[k].work <= 0) {
      g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                   "%s does no work in the time judged, so nothing slows it "
                   "down; another guest, --from, --to or --work",
                   s->name);
      return false;
    }
  return true;
}

static void
describe (const struct study *s, struct vhm_sizing *ret)
{
  const struct vhm_case *c = s->q->c;
  const struct vhm_case_guest *guest
      = (const struct vhm_case_guest *) c->guests.items + s->q->guest;
  const struct size_config *config = s->q->config;
  ret->guest = g_strdup (guest->name);
  ret->n_group = (guint) guest->count;
  ret->work
      = config->work == SIZE_WORK_OPERATIONS ? "operations" : "page references";
  ret->seed = c->seed;
  ret->n_runs = n_runs (s);
  ret->confidence = (double) config->confidence_ppm / (double) VHM_PPM;
  ret->enough_from = ENOUGH_FROM * bound (s);
  ret->enough_to = ENOUGH_TO * bound (s);
  ret->start_s = (double) c->start_ns / (double) VHM_NS_PER_S;
  ret->from_s = ret->start_s + (double) s->q->from_ns / (double) VHM_NS_PER_S;
  ret->to_s = ret->start_s + (double) s->q->to_ns / (double) VHM_NS_PER_S;
  ret->is_alone = s->q->is_alone;
  ret->is_ample = s->is_ample;
  ret->ample_bytes = s->ample->bytes;
  ret->maximum_bytes = guest->memory.maximum_bytes;
  ret->host_bytes = c->host.memory_bytes;
  for (guint i = 0; i < s->sizes->len; i++) {
    const struct size *size = s->sizes->pdata[i];
    ret->host_most_bytes
        = MAX (ret->host_most_bytes, size->sized->host.memory_bytes);
  }
}

bool
size_find (const struct size_question *q, struct vhm_sizing *ret,
           GError **error)
{
  const struct vhm_case_guest *guest
      = (const struct vhm_case_guest *) q->c->guests.items + q->guest;
  struct study s = {
    .q = q,
    .name = vhm_case_guest_name (guest, 0),
    .n_jobs = q->config->n_jobs > 0 ? (guint) q->config->n_jobs
                                    : g_get_num_processors (),
    .sizes = g_ptr_array_new_with_free_func (free_size),
  };
  bool is_fine = find_ample (&s, error) && has_work (&s, error)
                 && search (&s, ret, error);
  if (is_fine)
    describe (&s, ret);
  g_ptr_array_unref (s.sizes);
  g_free (s.name);
  return is_fine;
}
