/* Which frames a scanner shows, how many and in which order. Guests' memory is
 * unique throughout, so that each frame leaves one hint, when it is scanned
 * first. */
#include "suite.h"
#include "world.h"

#include <vhm/model/scanner.h>

#define S VHM_NS_PER_S
#define N 1000
#define STEP (S / 10)

static const struct vhm_shared_memory_config esx,
    ksm = { .sharing = { .stable_scans = 1 } };

struct scene {
  struct world w;
  struct puppet p[3];
  vhm_guest *g[3];
  vhm_scanner *scanner;
};

/* Guests of N, 2 N, 3 N pages, all of it filled. */
static void
open_scene (struct scene *s, const struct vhm_shared_memory_config *shared,
            int n_guests)
{
  world_open (&s->w, 2, 8 * N);
  world_os (&s->w, "ideal-lru", "");
  world_shares (&s->w, shared);
  s->w.backed_at_touch = true;
  for (uint32_t i = 0; i < (uint32_t) n_guests; i++) {
    uint32_t n = (i + 1) * N;
    s->p[i] = a_puppet (n, 0, 1, 1e5, 100, 0);
    world_puppet (&s->w, &s->p[i]);
    s->g[i] = world_boot (&s->w, 1, n, n);
    vhm_process_allocate (s->p[i].process, 0, 0, n);
    vhm_process_hold (s->p[i].process);
  }
}

static void
start (struct scene *s, const struct vhm_scanner_config *config, int n_guests)
{
  s->scanner = vhm_scanner_new (s->w.engine, WORLD_HZ, config);
  for (int i = 0; i < n_guests; i++)
    vhm_scanner_set_guest (s->scanner, (uint32_t) i, s->g[i]);
}

static void
close_scene (struct scene *s)
{
  vhm_scanner_free (s->scanner);
  world_close (&s->w);
}

static uint64_t
n_scanned (const struct scene *s, int i)
{
  return vhm_guest_sharing (s->g[i]).n_scanned;
}

/* 50 pages a second each, 120 all together: 40 each. */
START_TEST (esx_scans_each_guest_at_its_rate)
{
  struct scene s;
  const struct vhm_scanner_config config
      = { .limits
          = { .guest_pages_per_s = 50, .host_pages_per_s = _i ? 120 : 1000 },
          .step_ns = STEP };
  open_scene (&s, &esx, 3);
  start (&s, &config, 3);
  world_run (&s.w, 10 * S);
  for (int i = 0; i < 3; i++)
    ck_assert_uint_eq (n_scanned (&s, i), _i ? 400 : 500);
  vhm_guest_stop (s.g[1]);
  world_run (&s.w, 10 * S);
  ck_assert_uint_eq (n_scanned (&s, 0), _i ? 900 : 1000);
  ck_assert_uint_eq (n_scanned (&s, 1), _i ? 400 : 500);
  close_scene (&s);
}
END_TEST

/* One pass in 10 s: guests of other sizes are through at the same time, and each
 * frame has had its turn once. */
START_TEST (esx_comes_to_each_frame_once_a_pass)
{
  struct scene s;
  const struct vhm_scanner_config config
      = { .limits = { .pass_ns = 10 * S, .host_pages_per_s = 1000000 },
          .step_ns = STEP };
  open_scene (&s, &esx, 3);
  start (&s, &config, 3);
  for (uint64_t half = 1; half <= 2; half++) {
    world_run (&s.w, 5 * S);
    for (uint64_t i = 0; i < 3; i++)
      ck_assert_uint_eq (n_scanned (&s, (int) i), (i + 1) * N / 2 * half);
    ck_assert_uint_eq (vhm_shared_memory_counts (s.w.shared).n_hints,
                       3 * N * half);
  }
  world_run (&s.w, 10 * S);
  ck_assert_uint_eq (n_scanned (&s, 2), 6 * N);
  ck_assert_uint_eq (vhm_shared_memory_counts (s.w.shared).n_hints, 6 * N);
  close_scene (&s);
}
END_TEST

/* The pages seen after a tenth of a pass lie all over the guest: the frames that
 * are zero, the upper half here, are met in proportion. */
START_TEST (esx_goes_in_random_order)
{
  static const struct vhm_content_class zeros[]
      = { { .kind = VHM_CONTENT_ZEROS, .part_ppm = 1000000 } };
  uint32_t n_zero[2];
  for (int run = 0; run < 2; run++) {
    struct scene s;
    const struct vhm_scanner_config config
        = { .limits = { .pass_ns = 100 * S, .host_pages_per_s = 1000000 },
            .step_ns = STEP };
    open_scene (&s, &esx, 0);
    s.p[0] = a_puppet (4 * N, 0, 1, 1e5, 100, 0);
    s.p[0].n_regions = 2;
    s.p[0].commit_pages = 4 * N;
    s.p[0].regions[0].n_pages = s.p[0].regions[0].n_active = 2 * N;
    s.p[0].regions[1] = s.p[0].regions[0];
    s.p[0].regions[1].content = zeros;
    s.p[0].regions[1].n_content = 1;
    world_puppet (&s.w, &s.p[0]);
    s.g[0] = world_boot (&s.w, 1, 4 * N, 4 * N);
    vhm_process_allocate (s.p[0].process, 0, 0, 4 * N);
    start (&s, &config, 1);
    world_run (&s.w, 10 * S);
    ck_assert_uint_eq (n_scanned (&s, 0), 4 * N / 10);
    n_zero[run] = vhm_guest_sharing (s.g[0]).n_zero;
    ck_assert_uint_ge (n_zero[run], 150);
    ck_assert_uint_le (n_zero[run], 250);
    close_scene (&s);
  }
  ck_assert_uint_eq (n_zero[0], n_zero[1]);
}
END_TEST

/* 100 pages, then 99.93 ms of sleep and 0.7 us a page: 1000 a second. */
START_TEST (ksm_goes_through_all_guests_in_turn)
{
  struct scene s;
  const struct vhm_scanner_config config
      = { .is_ksm = true,
          .batch
          = { .pages_to_scan = 100, .sleep_ns = 99930000, .page_ns = 700 },
          .step_ns = STEP };
  open_scene (&s, &ksm, 3);
  start (&s, &config, 3);
  world_run (&s.w, 2 * S);
  ck_assert_uint_eq (n_scanned (&s, 0), N);
  ck_assert_uint_eq (n_scanned (&s, 1), N);
  ck_assert_uint_eq (n_scanned (&s, 2), 0);
  ck_assert_uint_eq (vhm_shared_memory_counts (s.w.shared).n_hints, 0);
  world_run (&s.w, 5 * S);
  ck_assert_uint_eq (vhm_scanner_n_passes (s.scanner), 1);
  ck_assert_uint_eq (n_scanned (&s, 2), 3 * N);
  ck_assert_uint_eq (n_scanned (&s, 0), 2 * N);
  /* seen for the second time */
  ck_assert_uint_eq (vhm_shared_memory_counts (s.w.shared).n_hints, N);
  const struct vhm_scan_batch rest = { 0 };
  vhm_scanner_set_batch (s.scanner, &rest);
  world_run (&s.w, 5 * S);
  ck_assert_uint_eq (n_scanned (&s, 0), 2 * N);
  close_scene (&s);
}
END_TEST

/* Frames that are in no machine memory are passed over and do not count; with
 * nothing to look at at all time goes on. */
START_TEST (what_is_not_there_does_not_count)
{
  struct scene s;
  const struct vhm_scanner_config config
      = { .is_ksm = _i,
          .limits = { .guest_pages_per_s = 100, .host_pages_per_s = 1000 },
          .batch = { .pages_to_scan = 10, .sleep_ns = S / 10 },
          .step_ns = STEP };
  open_scene (&s, &esx, 0);
  s.p[0] = a_puppet (N, 0, 1, 1e5, 100, 0);
  s.p[0].regions[0].n_active = 0;
  world_puppet (&s.w, &s.p[0]);
  s.g[0] = world_boot (&s.w, 1, N, N);
  start (&s, &config, 1);
  world_run (&s.w, 10 * S);
  ck_assert_uint_eq (n_scanned (&s, 0), 0);
  vhm_process_allocate (s.p[0].process, 0, 0, 200);
  world_run (&s.w, 2 * S);
  ck_assert_uint_eq (n_scanned (&s, 0), 200);
  ck_assert_uint_eq (vhm_shared_memory_counts (s.w.shared).n_hints, 200);
  close_scene (&s);
}
END_TEST

SUITE ("scanner",
       tcase_add_loop_test (tc, esx_scans_each_guest_at_its_rate, 0, 2);
       tcase_add_test (tc, esx_comes_to_each_frame_once_a_pass);
       tcase_add_test (tc, esx_goes_in_random_order);
       tcase_add_test (tc, ksm_goes_through_all_guests_in_turn);
       tcase_add_loop_test (tc, what_is_not_there_does_not_count, 0, 2);)
