/* The write-back cache of a magnetic disk, against closed forms.
 *
 *   writes below its size      the link: overhead + size / interface
 *   random writes for ever     as reads chosen by the shortest seek of as many
 *                              as it holds (tests/support/hdd_loop.h)
 *   sequential writes for ever the rate of the media
 */
#include "hdd_loop.h"
#include "suite.h"

#include <inttypes.h>

static struct load write_load
    = { .size_bytes = VHM_PAGE_BYTES, .is_write = true };

#define MEDIA_RATE VHM_GIB
#define PAGE_NS UINT64_C (3814) /* of a page at that rate, rounded down */

static const uint64_t n_held[] = { 1, 4, 32 };

START_TEST (random_writes_are_as_fast_as_the_nearest_of_those_it_holds)
{
  uint64_t n = n_held[_i];
  const struct setting settings[] = { LINEAR_SEEK,
                                      { "rate", MEDIA_RATE },
                                      { "interface", 10 * MEDIA_RATE },
                                      { "cache", n * VHM_PAGE_BYTES },
                                      { "write_cache", true } };
  struct vhm_interval gap
      = loop_gap (&write_load, settings, G_N_ELEMENTS (settings));
  struct vhm_interval disk = distance_of (gap, PAGE_NS);
  double law = law_distance (NEAREST, n);
  ck_assert_msg (fabs (disk.mean - law) <= disk.half_width + LAW_ERROR * law,
                 "%" PRIu64 " held: %g +- %g instead of %g", n, disk.mean,
                 disk.half_width, law);
  ck_assert_double_le (disk.half_width, 0.05 * law);
}
END_TEST

START_TEST (sequential_writes_reach_the_rate_of_the_media)
{
  const struct setting settings[] = { { "cache", 16 * VHM_MIB },
                                      { "write_cache", true },
                                      { "overhead", 0 } };
  struct load load = write_load;
  load.size_bytes = 64 * VHM_KIB;
  load.has_streams = true;
  double gap_ns = loop_gap (&load, settings, G_N_ELEMENTS (settings)).mean;
  double media_ns = 64.0 / 1024 / 120 * 1e9;
  ck_assert_double_eq_tol (gap_ns, media_ns, 1e-3 * media_ns);
}
END_TEST

/* --- one after the other --------------------------------------------------- */

#define CACHE (UINT64_C (8) * VHM_MIB)
#define SIZE (UINT64_C (64) * VHM_KIB)
#define LINK_NS (100000 + SIZE * 10 / 3) /* overhead, 300 MB/s */

struct burst {
  struct rig rig;
  uint64_t n_done, end_ns;
};

static void
note_burst (void *context, uint64_t tag)
{
  struct burst *burst = context;
  (void) tag;
  burst->n_done++;
  burst->end_ns = now_ns (&burst->rig);
}

static void
submit_at (struct burst *burst, uint64_t at_bytes, uint64_t size_bytes,
           bool is_write)
{
  struct vhm_disk_request request = { .at_bytes = at_bytes,
                                      .size_bytes = size_bytes,
                                      .is_write = is_write,
                                      .done = note_burst,
                                      .context = burst };
  vhm_disk_submit (burst->rig.disk, &request);
}

/* Time of one after the other, n of them far from each other. */
static uint64_t
burst_ns (struct burst *burst, uint64_t n, bool is_write)
{
  uint64_t begin_ns = now_ns (&burst->rig);
  for (uint64_t i = 0; i < n; i++) {
    burst->n_done = 0;
    submit_at (burst, VHM_GIB + i * 7 * VHM_GIB, SIZE, is_write);
    while (burst->n_done == 0)
      vhm_engine_run (burst->rig.engine,
                      vhm_cycles_make (now_ns (&burst->rig) + 1000));
  }
  return burst->end_ns - begin_ns;
}

static void
open_burst (struct burst *burst, uint64_t destage_after_ns)
{
  const struct setting settings[] = { { "cache", CACHE },
                                      { "write_cache", true },
                                      { "destage_after", destage_after_ns } };
  *burst = (struct burst){ 0 };
  open_rig (&burst->rig, settings, G_N_ELEMENTS (settings));
}

/* Polling adds up to 1000 ns to each. */
#define POLL_NS UINT64_C (1000)

START_TEST (a_burst_passes_at_the_rate_of_the_interface)
{
  struct burst burst;
  open_burst (&burst, ENDLESS_NS);
  uint64_t n = CACHE / SIZE, ns = burst_ns (&burst, n, true);
  ck_assert_uint_ge (ns, n * LINK_NS);
  ck_assert_uint_le (ns, n * (LINK_NS + POLL_NS));
  /* and what it holds is read so */
  ns = burst_ns (&burst, 1, false);
  ck_assert_uint_le (ns, LINK_NS + POLL_NS);
  close_rig (&burst.rig);
}
END_TEST

START_TEST (a_full_cache_makes_writes_wait_for_the_arm)
{
  struct burst burst;
  open_burst (&burst, ENDLESS_NS);
  burst_ns (&burst, CACHE / SIZE, true);
  uint64_t begin_ns = now_ns (&burst.rig);
  submit_at (&burst, 0, SIZE, true);
  vhm_engine_run (burst.rig.engine, vhm_cycles_make (begin_ns + MS));
  ck_assert_uint_eq (vhm_disk_counts (burst.rig.disk).queue_length, 1);
  vhm_engine_run (burst.rig.engine, VHM_NEVER);
  /* a seek of a track at least, then the link */
  ck_assert_uint_ge (burst.end_ns - begin_ns, MS + LINK_NS);
  ck_assert_uint_le (burst.end_ns - begin_ns, 30 * MS + LINK_NS);
  close_rig (&burst.rig);
}
END_TEST

START_TEST (an_idle_drive_empties_its_cache)
{
  struct burst burst;
  open_burst (&burst, 10 * MS);
  uint64_t n = CACHE / SIZE;
  burst_ns (&burst, n, true);
  uint64_t later_ns = now_ns (&burst.rig) + n * 40 * MS;
  vhm_engine_run (burst.rig.engine, vhm_cycles_make (later_ns));
  uint64_t ns = burst_ns (&burst, 1, false); /* no longer there */
  ck_assert_uint_ge (ns, MS);
  ns = burst_ns (&burst, n, true);
  ck_assert_uint_le (ns, n * (LINK_NS + POLL_NS));
  close_rig (&burst.rig);
}
END_TEST

/* When the last of 50 reads with pauses below 25 ms ends, with something to destage
 * or without. */
static uint64_t
reads_end_ns (uint64_t destage_after_ns, bool is_dirty)
{
  struct burst burst;
  open_burst (&burst, destage_after_ns);
  for (uint64_t i = 0; i < 50; i++) {
    burst.n_done = 0;
    uint64_t page = vhm_rng_below (&burst.rig.positions, 1 << 28);
    submit_at (&burst, page * VHM_PAGE_BYTES, SIZE, false);
    if (i == 0 && is_dirty)
      submit_at (&burst, VHM_GIB, SIZE, true);
    vhm_engine_run (burst.rig.engine,
                    vhm_cycles_make (now_ns (&burst.rig) + 25 * MS));
    while (burst.n_done < (i == 0 && is_dirty ? 2 : 1))
      vhm_engine_run (burst.rig.engine,
                      vhm_cycles_make (now_ns (&burst.rig) + MS));
    ck_assert_uint_lt (now_ns (&burst.rig), burst.end_ns + 25 * MS);
  }
  close_rig (&burst.rig);
  return burst.end_ns;
}

/* The arm draws the same numbers, so the same reads take the same time, unless
 * the drive destages between them. */
START_TEST (destaging_waits_until_reads_pause)
{
  ck_assert_uint_eq (reads_end_ns (100 * MS, true),
                     reads_end_ns (100 * MS, false));
  ck_assert_uint_ne (reads_end_ns (0, true), reads_end_ns (0, false));
}
END_TEST

SUITE ("disk cache",
       tcase_add_loop_test (
           tc, random_writes_are_as_fast_as_the_nearest_of_those_it_holds, 0,
           G_N_ELEMENTS (n_held));
       tcase_add_test (tc, sequential_writes_reach_the_rate_of_the_media);
       tcase_add_test (tc, a_burst_passes_at_the_rate_of_the_interface);
       tcase_add_test (tc, a_full_cache_makes_writes_wait_for_the_arm);
       tcase_add_test (tc, an_idle_drive_empties_its_cache);
       tcase_add_test (tc, destaging_waits_until_reads_pause);)
