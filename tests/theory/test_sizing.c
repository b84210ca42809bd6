/* How much memory a guest needs, against closed forms.
 *
 * One thread, independent references over N pages, exact LRU of C frames, a disk
 * that takes the same time for every page: a reference takes t, a miss t + f, so
 *
 *   slow-down (C) = miss ratio (C) f / t
 *
 * with miss ratio 1 - C / N for uniform references and Che's formula for zipf.
 * The smallest size within a bound is then known; simulated, it must be the same
 * step. Bounds are such that no size lies within 2 % of one, four times what
 * chance and Che's formula leave. */
#include "host_run.h"
#include "suite.h"

#include <math.h>
#include <vhm/sim/sizing.h>

#define STEP VHM_MIB
#define LEAST (33 * VHM_MIB)
#define MOST (72 * VHM_MIB)
#define N_PAGES 16384 /* 64 MiB */
#define RATIO 10.0    /* f / t: 100 us over 10 us */
#define EXPONENT 0.8
#define TOLERANCE 0.02
#define MARGIN 0.02
#define FROM_S 4
#define TO_S 14

static const char format[]
    = "duration: 14 s\n"
      "sample: 1 s\n"
      "host: {memory: 1 GiB, clock: 1 GHz, balancer: static, paging: none,\n"
      "       root_reserve: 64 MiB, disks: [{name: d0,\n"
      "       model: {kind: far-memory, latency: 99 us, bandwidth: 4096 "
      "MB/s}}]}\n"
      "guests:\n"
      "  - name: a\n"
      "    memory: {startup: 64 MiB, minimum: 64 MiB, maximum: 64 MiB}\n"
      "    os: ideal-lru\n"
      "    workloads: [{kind: pattern, size: 64 MiB, pattern: %s, exponent: "
      "0.8,\n"
      "      threads: 1, references: 10, cycles_per_reference: 10000, writes: "
      "0 "
      "%%}]\n";

/* --- closed forms ---------------------------------------------------------------- */

static double
uniform_miss (double frames)
{
  return frames >= N_PAGES ? 0 : 1 - frames / N_PAGES;
}

static double
zipf_miss (double frames)
{
  static double p[N_PAGES];
  double sum = 0, low = 1, high = 1e12, miss = 0;
  if (frames >= N_PAGES)
    return 0;
  for (int i = 0; i < N_PAGES; i++)
    sum += p[i] = pow (i + 1, -EXPONENT);
  while (high / low > 1 + 1e-9) {
    double time = sqrt (low * high), held = 0;
    miss = 0;
    for (int i = 0; i < N_PAGES; i++) {
      double old = exp (-p[i] / sum * time);
      held += 1 - old;
      miss += p[i] / sum * old;
    }
    *(held < frames ? &low : &high) = time;
  }
  return miss;
}

typedef double (*miss_fn) (double frames);

static double
known (miss_fn miss, uint64_t bytes)
{
  return RATIO * miss ((double) vhm_bytes_to_pages (bytes));
}

/* --- simulated ---------------------------------------------------------------------- */

static double
work (const struct vhm_case *c, uint64_t bytes)
{
  struct vhm_case *sized = vhm_case_sized_new (c, 0, bytes, true);
  struct vhm_host_window w;
  vhm_host_window_init (&w, "a", FROM_S * VHM_NS_PER_S, TO_S * VHM_NS_PER_S);
  const struct vhm_host_options options = { .seed = 1, .window = &w };
  vhm_host *host = vhm_host_new (sized, &options);
  struct vhm_result *result = vhm_result_new ();
  ck_assert (vhm_host_run (host, result, NULL));
  vhm_result_free (result);
  vhm_host_free (host);
  vhm_host_window_clear (&w);
  vhm_case_sized_free (sized);
  return w.n_references;
}

static void
insert (GArray *points, const struct vhm_sizing_point *p)
{
  guint i = 0;
  while (i < points->len
         && g_array_index (points, struct vhm_sizing_point, i).bytes < p->bytes)
    i++;
  g_array_insert_val (points, i, *p);
}

static void
check (const char *pattern, miss_fn miss, double bound)
{
  const struct vhm_sizing_question q = { .least_bytes = LEAST,
                                         .most_bytes = MOST,
                                         .step_bytes = STEP,
                                         .bound = bound,
                                         .usable = bound,
                                         .n_coarse = 4 };
  g_autofree char *text = g_strdup_printf (format, pattern);
  g_autoptr (vhm_scenario) s = host_scenario (text);
  g_autoptr (GArray) points
      = g_array_new (FALSE, FALSE, sizeof (struct vhm_sizing_point));
  double ample = work (s->config, MOST);
  /* ten microseconds a reference, and nothing else */
  ck_assert_double_le (fabs (ample / ((TO_S - FROM_S) * 1e5) - 1), 1e-4);
  for (;;) {
    g_autoptr (GArray) next = vhm_sizing_next (&q, points);
    if (next->len == 0)
      break;
    for (guint i = 0; i < next->len; i++) {
      struct vhm_sizing_point p
          = { .bytes = g_array_index (next, uint64_t, i) };
      p.slowdown = ample / work (s->config, p.bytes) - 1;
      double theory = known (miss, p.bytes);
      ck_assert_msg (fabs (p.slowdown - theory) <= TOLERANCE * theory + 1e-4,
                     "%s: at %.0f MiB %.4f, theory %.4f", pattern,
                     (double) p.bytes / VHM_MIB, p.slowdown, theory);
      insert (points, &p);
    }
  }
  uint64_t least = LEAST;
  while (known (miss, least) > bound)
    least += STEP;
  ck_assert_double_lt (known (miss, least), bound * (1 - MARGIN));
  ck_assert_double_gt (known (miss, least - STEP), bound * (1 + MARGIN));
  struct vhm_sizing_answer a = vhm_sizing_answer (&q, points);
  ck_assert (a.has_answer && a.is_certain);
  ck_assert_msg (a.bytes == least, "%s: %.0f MiB, theory %.0f MiB", pattern,
                 (double) a.bytes / VHM_MIB, (double) least / VHM_MIB);
  ck_assert_uint_le (points->len, 16);
}

START_TEST (uniform)
{
  static const double bounds[] = { 0.5, 1, 1.95 };
  check ("uniform", uniform_miss, bounds[_i]);
}
END_TEST

START_TEST (zipf)
{
  static const double bounds[] = { 0.2, 0.5 };
  check ("zipf", zipf_miss, bounds[_i]);
}
END_TEST

SUITE ("sizing", tcase_add_loop_test (tc, uniform, 0, 3);
       tcase_add_loop_test (tc, zipf, 0, 2);)
