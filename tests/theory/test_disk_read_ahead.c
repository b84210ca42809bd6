/* Read-ahead of a magnetic disk, against closed forms. Seeks take a constant
 * time here; s: size of a read, m: what is read on behind it, r: media rate.
 *
 *   S streams in turn, no pauses, S segments: each visit of the arm takes
 *   V = seek + half a turn + (s + m) / r and serves 1 + m / s reads
 *
 *   one stream with pauses of T: T + link where s / r <= T, else s / r
 *
 * Means within intervals by batch means at 99.9 %, seeds fixed.
 */
#include "hdd_loop.h"
#include "suite.h"

#define SIZE (UINT64_C (64) * VHM_KIB)
#define AHEAD (UINT64_C (7) * SIZE)
#define RATE (UINT64_C (128) * VHM_MIB)
#define SIZE_NS (VHM_NS_PER_S / 2048) /* of SIZE at RATE */
#define SEEK_NS (UINT64_C (5) * MS)
#define TURN_NS (VHM_NS_PER_MIN / 7200)
#define N_STREAMS 4

#define CONSTANT_SEEK                                                         \
  { "rate", RATE }, { "track_seek", SEEK_NS }, { "average_seek", SEEK_NS },   \
      { "full_seek", SEEK_NS }, { "overhead", 0 }, { "cache", 64 * VHM_MIB }, \
  {                                                                           \
    "interface", 10 * VHM_GIB                                                 \
  }

START_TEST (as_many_streams_as_segments_stay_sequential)
{
  const struct setting settings[] = { CONSTANT_SEEK,
                                      { "queue_depth", N_STREAMS },
                                      { "order", ARRIVAL },
                                      { "read_ahead", AHEAD },
                                      { "read_ahead_minimum", AHEAD },
                                      { "segments", N_STREAMS } };
  struct load load
      = { .n_waiting = N_STREAMS - 1, .size_bytes = SIZE, .has_streams = true };
  uint64_t n_read = (SIZE + AHEAD) / SIZE; /* by a visit */
  double visit_ns = (double) (SEEK_NS + TURN_NS / 2 + n_read * SIZE_NS);
  double expected_ns = visit_ns / (double) n_read;
  struct vhm_interval gap = loop_gap (&load, settings, G_N_ELEMENTS (settings));
  ck_assert_msg (fabs (gap.mean - expected_ns) <= gap.half_width,
                 "%g +- %g instead of %g", gap.mean, gap.half_width,
                 expected_ns);
  ck_assert_double_le (gap.half_width, 0.01 * expected_ns);
}
END_TEST

static const uint64_t thinks_ns[]
    = { 0, SIZE_NS / 4, SIZE_NS * 3 / 4, 3 * SIZE_NS, 40 * SIZE_NS };

START_TEST (a_single_stream_is_never_left_behind)
{
  const struct setting settings[]
      = { CONSTANT_SEEK, { "read_ahead", AHEAD }, { "segments", 2 } };
  struct load load
      = { .size_bytes = SIZE, .has_streams = true, .think_ns = thinks_ns[_i] };
  uint64_t link_ns = SIZE * 1000 / (10 * VHM_GIB / 1000000) + 1;
  uint64_t expected_ns
      = thinks_ns[_i] >= SIZE_NS ? thinks_ns[_i] + link_ns : SIZE_NS;
  double gap_ns = loop_gap (&load, settings, G_N_ELEMENTS (settings)).mean;
  ck_assert_double_eq_tol (gap_ns, (double) expected_ns,
                           1e-4 * (double) expected_ns);
}
END_TEST

/* Without it each read of streams in turn is a seek. */
START_TEST (streams_without_read_ahead_seek)
{
  const struct setting settings[] = { CONSTANT_SEEK };
  struct load load
      = { .n_waiting = N_STREAMS - 1, .size_bytes = SIZE, .has_streams = true };
  struct vhm_interval gap = loop_gap (&load, settings, G_N_ELEMENTS (settings));
  double expected_ns = (double) (SEEK_NS + TURN_NS / 2 + SIZE_NS);
  ck_assert_double_le (fabs (gap.mean - expected_ns), gap.half_width);
}
END_TEST

SUITE ("disk read-ahead",
       tcase_add_test (tc, as_many_streams_as_segments_stay_sequential);
       tcase_add_loop_test (tc, a_single_stream_is_never_left_behind, 0,
                            G_N_ELEMENTS (thinks_ns));
       tcase_add_test (tc, streams_without_read_ahead_seek);)
