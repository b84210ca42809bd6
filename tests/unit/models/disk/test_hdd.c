/* The magnetic disk: times against the formula in its head comment. Random
 * requests are compared within 99.9 % confidence, seeds fixed. */
#include <math.h>

#include "hdd_config.h"
#include "suite.h"

#include <vhm/model/disk.h>

#define TURN_NS (VHM_NS_PER_MIN / 7200)
#define Z_999 3.291 /* two-sided 99.9 % of the normal distribution */

struct rig {
  void *config, *state;
  const struct vhm_disk_ops *ops;
  uint64_t now_ns;
};

static void
open_rig (struct rig *rig, const char *key, uint64_t value)
{
  struct vhm_rng rng;
  *rig = (struct rig){ .config = hdd_config () };
  if (key)
    plugin_config_set (&vhm_disk_hdd, rig->config, key, value);
  rig->state = g_malloc0 (vhm_disk_hdd.state_size);
  rig->ops = vhm_disk_hdd.ops;
  vhm_rng_init (&rng, 1, "test_hdd");
  rig->ops->init (rig->state, rig->config, &rng);
}

static void
close_rig (struct rig *rig)
{
  g_free (rig->config);
  g_free (rig->state);
}

static uint64_t
serve (struct rig *rig, uint64_t at_bytes, uint64_t size_bytes)
{
  struct vhm_disk_waiting waiting
      = { .request = { .at_bytes = at_bytes, .size_bytes = size_bytes },
          .since_ns = rig->now_ns };
  struct vhm_disk_choice choice
      = rig->ops->choose (rig->state, &waiting, 1, rig->now_ns);
  ck_assert_uint_eq (choice.index, 0);
  rig->now_ns += choice.service_ns;
  return choice.service_ns;
}

START_TEST (random_requests_take_seek_half_a_turn_and_transfer)
{
  enum { N = 200000 };
  struct rig rig;
  struct vhm_rng rng;
  double sum = 0, squares = 0;
  open_rig (&rig, NULL, 0);
  vhm_rng_init (&rng, 2, "positions");
  serve (&rig, vhm_rng_below (&rng, VHM_TIB), 4096);
  for (int i = 0; i < N; i++) {
    double ns = (double) serve (&rig, vhm_rng_below (&rng, VHM_TIB), 4096);
    sum += ns;
    squares += ns * ns;
  }
  double mean = sum / N, deviation = sqrt (squares / N - mean * mean);
  double expected = 100e3 + 8e6 + (double) TURN_NS / 2
                    + 4096.0 / (120.0 * (double) VHM_MIB) * 1e9;
  ck_assert_double_le (fabs (mean - expected), Z_999 * deviation / sqrt (N));
  ck_assert_double_le (deviation / sqrt (N), 0.001 * expected); /* it bites */
  close_rig (&rig);
}
END_TEST

START_TEST (a_sequential_stream_reaches_the_media_rate)
{
  struct rig rig;
  uint64_t ns = 0;
  open_rig (&rig, NULL, 0);
  serve (&rig, VHM_GIB, VHM_MIB);
  for (uint64_t i = 1; i <= 120; i++)
    ns += serve (&rig, VHM_GIB + i * VHM_MIB, VHM_MIB);
  /* 120 MiB at 120 MiB/s, each of 120 rounded down to a ns */
  ck_assert_uint_le (ns, VHM_NS_PER_S);
  ck_assert_uint_ge (ns, VHM_NS_PER_S - 120);
  close_rig (&rig);
}
END_TEST

START_TEST (small_sequential_requests_are_bound_by_the_overhead)
{
  struct rig rig;
  open_rig (&rig, NULL, 0);
  serve (&rig, VHM_GIB, 4096);
  ck_assert_uint_eq (serve (&rig, VHM_GIB + 4096, 4096), 100000);
  close_rig (&rig);
}
END_TEST

START_TEST (an_empty_request_takes_time_all_the_same)
{
  struct rig rig;
  open_rig (&rig, "overhead", 0);
  serve (&rig, VHM_GIB, 4096);
  ck_assert_uint_eq (serve (&rig, VHM_GIB + 4096, 0), 1);
  close_rig (&rig);
}
END_TEST

START_TEST (the_window_passes_under_the_head)
{
  struct rig rig;
  open_rig (&rig, "overhead", 0);
  uint64_t kib_ns = VHM_NS_PER_S / (120 * 1024);
  serve (&rig, 0, VHM_MIB);
  uint64_t skip_ns = serve (&rig, VHM_MIB + 64 * VHM_KIB, 64 * VHM_KIB);
  ck_assert_uint_ge (skip_ns, 128 * kib_ns);
  ck_assert_uint_le (skip_ns, 129 * kib_ns);
  uint64_t end = VHM_MIB + 128 * VHM_KIB;
  ck_assert_uint_ge (serve (&rig, end + 64 * VHM_KIB + 1, 1), 1000000);
  /* and one byte back is a seek */
  ck_assert_uint_ge (serve (&rig, end + 64 * VHM_KIB + 1, 1), 1000000);
  close_rig (&rig);
}
END_TEST

/* Fastest of many tries: the platter happens to stand right. */
static double
least_ns (struct rig *rig, uint64_t from_bytes, uint64_t to_bytes)
{
  double least = INFINITY;
  for (int i = 0; i < 20000; i++) {
    serve (rig, from_bytes, 0);
    least = fmin (least, (double) serve (rig, to_bytes, 0));
  }
  return least;
}

START_TEST (the_seek_law_meets_its_ends)
{
  struct rig rig;
  open_rig (&rig, "overhead", 0);
  double track_ns = least_ns (&rig, VHM_GIB, VHM_GIB + 65 * VHM_KIB);
  double full_ns = least_ns (&rig, 0, VHM_TIB);
  /* 20,000 uniform draws: the least is below a thousandth of a turn, but for
   * a chance of (1 - 0.001)^20,000 = 2e-9; sqrt (2^-24) adds 0.2 % of 6.7 ms */
  ck_assert_double_ge (track_ns, 1e6);
  ck_assert_double_le (track_ns, 1e6 + 0.001 * (double) TURN_NS + 2000);
  ck_assert_double_ge (full_ns, 18e6 - 2);
  ck_assert_double_le (full_ns, 18e6 + 0.001 * (double) TURN_NS);
  double beyond_ns = least_ns (&rig, 0, 2 * VHM_TIB);
  ck_assert_double_le (beyond_ns, 18e6 + 0.001 * (double) TURN_NS);
  close_rig (&rig);
}
END_TEST

struct complaint {
  const char *key;
};

static void
complain (void *reader, const char *key, const char *wrong, const char *right)
{
  struct complaint *complaint = reader;
  complaint->key = key;
  ck_assert (wrong && right);
}

START_TEST (impossible_seek_times_are_refused)
{
  static const struct {
    uint64_t track_ns, average_ns, full_ns;
    const char *key;
  } cases[] = {
    { 1000000, 8000000, 18000000, NULL },
    { 8500000, 8000000, 18000000, "average_seek" },
    { 1000000, 8000000, 7000000, "full_seek" },
    { 1000000, 1500000, 18000000, "average_seek" },  /* falls, then rises */
    { 1000000, 17000000, 18000000, "average_seek" }, /* rises, then falls */
    { 0, 0, 0, NULL },
  };
  struct complaint complaint = { NULL };
  void *config = hdd_config ();
  plugin_config_set (&vhm_disk_hdd, config, "track_seek", cases[_i].track_ns);
  plugin_config_set (&vhm_disk_hdd, config, "average_seek",
                     cases[_i].average_ns);
  plugin_config_set (&vhm_disk_hdd, config, "full_seek", cases[_i].full_ns);
  vhm_disk_hdd.config.check (config, complain, &complaint);
  ck_assert_pstr_eq (complaint.key, cases[_i].key);
  g_free (config);
}
END_TEST

START_TEST (a_cache_too_small_is_refused)
{
  static const struct {
    uint64_t cache_bytes, has_write_cache, ahead_bytes, least_ahead_bytes;
    const char *key;
  } cases[] = {
    { 0, false, 0, 0, NULL },
    { 0, true, 0, 0, "cache" },
    { VHM_MIB, true, 0, 0, NULL },
    { 0, false, VHM_KIB, 0, "read_ahead" },
    { 16 * VHM_KIB, false, VHM_KIB, VHM_KIB, NULL }, /* 16 segments */
    { 16 * VHM_KIB, false, VHM_KIB + 1, 0, "read_ahead" },
    { 16 * VHM_KIB, true, VHM_KIB, 0, "cache" },
    { 16 * VHM_KIB + 1, true, VHM_KIB, 0, NULL },
    { VHM_MIB, false, VHM_KIB, VHM_KIB + 1, "read_ahead_minimum" },
  };
  struct complaint complaint = { NULL };
  void *config = hdd_config ();
  plugin_config_set (&vhm_disk_hdd, config, "cache", cases[_i].cache_bytes);
  plugin_config_set (&vhm_disk_hdd, config, "write_cache",
                     cases[_i].has_write_cache);
  plugin_config_set (&vhm_disk_hdd, config, "read_ahead",
                     cases[_i].ahead_bytes);
  plugin_config_set (&vhm_disk_hdd, config, "read_ahead_minimum",
                     cases[_i].least_ahead_bytes);
  vhm_disk_hdd.config.check (config, complain, &complaint);
  ck_assert_pstr_eq (complaint.key, cases[_i].key);
  g_free (config);
}
END_TEST

START_TEST (every_key_says_what_it_is_and_where_from)
{
  for (size_t i = 0; i < vhm_disk_hdd.config.n_params; i++) {
    const struct vhm_param *param = &vhm_disk_hdd.config.params[i];
    bool has_bounds
        = param->type != VHM_PARAM_BOOL && param->type != VHM_PARAM_CHOICE;
    ck_assert (param->fallback != NULL);
    ck_assert (!has_bounds || (param->min && param->max));
    ck_assert (param->help && param->source);
  }
}
END_TEST

SUITE ("hdd",
       tcase_add_test (tc, random_requests_take_seek_half_a_turn_and_transfer);
       tcase_add_test (tc, a_sequential_stream_reaches_the_media_rate);
       tcase_add_test (tc, small_sequential_requests_are_bound_by_the_overhead);
       tcase_add_test (tc, an_empty_request_takes_time_all_the_same);
       tcase_add_test (tc, the_window_passes_under_the_head);
       tcase_add_test (tc, the_seek_law_meets_its_ends);
       tcase_add_loop_test (tc, impossible_seek_times_are_refused, 0, 6);
       tcase_add_loop_test (tc, a_cache_too_small_is_refused, 0, 9);
       tcase_add_test (tc, every_key_says_what_it_is_and_where_from);)
