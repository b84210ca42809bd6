/* Which frames have been written, against closed forms and by counting. */
#include "linux_guest.h"
#include "suite.h"

#include <math.h>

#define N_PAGES 6000

static double
clock_of (const struct puppet *p)
{
  return vhm_refs_clock (vhm_process_refs (p->process));
}

/* All pages are mapped, and nothing else of the guest writes. */
static vhm_guest *
open_guest (struct world *w, struct puppet *p, enum vhm_pattern pattern,
            double write, double cycles)
{
  world_open_ideal (w, 2, "");
  *p = a_puppet (N_PAGES, write, 1, cycles, 1e9, 0);
  p->regions[0].pattern = pattern;
  p->regions[0].exponent = 1;
  world_puppet (w, p);
  vhm_guest *guest = world_boot (w, 2, 8000, 8000);
  vhm_process_sweep (p->process, 0, 0, N_PAGES, 100, true);
  while (vhm_process_is_sweeping (p->process))
    world_run (w, S);
  return guest;
}

/* Mean and variance of the pages written in so many references. */
static void
expect (enum vhm_pattern pattern, double write, double references, double *mean,
        double *variance)
{
  double sum = 0;
  for (int i = 1; i <= N_PAGES; i++)
    sum += pattern == VHM_PATTERN_ZIPF ? 1.0 / i : 1;
  *mean = *variance = 0;
  for (int i = 1; i <= N_PAGES; i++) {
    double p = (pattern == VHM_PATTERN_ZIPF ? 1.0 / i : 1) / sum;
    double never = exp (-p * write * references);
    *mean += 1 - never;
    *variance += never * (1 - never);
  }
}

static const struct {
  enum vhm_pattern pattern;
  double write;
} rows[] = { { VHM_PATTERN_UNIFORM, 0.2 },
             { VHM_PATTERN_UNIFORM, 1 },
             { VHM_PATTERN_UNIFORM, 0 },
             { VHM_PATTERN_ZIPF, 0.5 } };
#define N_ROWS ((int) G_N_ELEMENTS (rows))

/* Rounds of several lengths; in both modes, each within 5 standard deviations. */
START_TEST (written_pages_follow_the_closed_form)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = open_guest (&w, &p, rows[_i].pattern, rows[_i].write, 1e5);
  vhm_guest_begin_dirty_log (guest, 1000);
  static const uint64_t rounds[]
      = { S / 100, S / 10, S / 3, S, 0, S / 3, 2 * S };
  uint64_t n_all = 0;
  for (size_t k = 0; k < G_N_ELEMENTS (rounds); k++) {
    vhm_guest_sync (guest);
    double from = clock_of (&p);
    world_run (&w, rounds[k]);
    uint32_t n = vhm_guest_take_dirty (guest);
    double mean, variance;
    expect (rows[_i].pattern, rows[_i].write, clock_of (&p) - from, &mean,
            &variance);
    ck_assert_double_le (fabs (n - mean), 5 * sqrt (variance) + 1e-9);
    n_all += n;
  }
  ck_assert_uint_eq (vhm_guest_dirty_faults (guest), n_all);
  vhm_guest_sync (guest);
  world_audit (&w);
  ck_assert_uint_eq (vhm_guest_take_dirty (guest), 0);
  world_close (&w);
}
END_TEST

/* The exits slow it down: a write to each page, 1 ms each. */
START_TEST (first_writes_cost_exits)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = open_guest (&w, &p, VHM_PATTERN_UNIFORM, 1, 1e4);
  world_run (&w, S);
  uint64_t exits = world_account (guest, VHM_ACCOUNT_HOST_FAULT);
  double from = clock_of (&p);
  vhm_guest_begin_dirty_log (guest, 1000000);
  world_run (&w, 2 * S);
  exits = world_account (guest, VHM_ACCOUNT_HOST_FAULT) - exits;
  uint64_t n = vhm_guest_dirty_faults (guest);
  ck_assert_uint_gt (n, 1500);
  ck_assert_double_eq_tol ((double) exits, 1e6 * (double) n, 1.1e6);
  ck_assert_double_eq_tol (clock_of (&p) - from, (2e9 - 1e6 * (double) n) / 1e4,
                           200);
  vhm_guest_end_dirty_log (guest);
  exits = world_account (guest, VHM_ACCOUNT_HOST_FAULT);
  for (uint32_t page = 0; page < N_PAGES; page++)
    ck_assert (!vhm_refs_is_protected (vhm_process_refs (p.process), page));
  world_run (&w, S);
  ck_assert_uint_le (world_account (guest, VHM_ACCOUNT_HOST_FAULT) - exits,
                     1000000); /* the last one's */
  world_close (&w);
}
END_TEST

/* A guest that pages, at each system: frames that the disk fills and zeroed ones
 * are in the log, and the audit finds no page that could be written unseen. */
START_TEST (frames_filled_by_the_system_are_written)
{
  static const char *const systems[] = { "ideal-lru", "windows", "linux" };
  struct world w;
  world_open (&w, 2, 20000);
  world_os (&w, systems[_i], "");
  struct puppet p = a_puppet (9000, 0, 4, 2e4, 300, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 8000, 9000);
  world_run (&w, 10 * S);
  vhm_guest_begin_dirty_log (guest, 1000);
  for (int k = 0; k < 10; k++) {
    uint64_t before = vhm_guest_counters (guest).pages_input;
    world_run (&w, S);
    uint64_t n_read = vhm_guest_counters (guest).pages_input - before;
    uint32_t n = vhm_guest_take_dirty (guest);
    ck_assert_uint_gt (n, 10);
    ck_assert_uint_ge (n + 64, n_read); /* some frames twice */
    vhm_guest_deflate (guest, vhm_guest_inflate (guest, 100, 0), 0);
    ck_assert_uint_ge (vhm_guest_take_dirty (guest), 1);
    vhm_guest_hot_add (guest, 50);
    ck_assert_uint_ge (vhm_guest_take_dirty (guest), 50);
  }
  vhm_guest_end_dirty_log (guest);
  world_audit (&w);
  world_close (&w);
}
END_TEST

static const struct vhm_swap_config swap = { .victims = VHM_VICTIMS_CLOCK,
                                             .read_ahead = 4,
                                             .batch = 8,
                                             .n_writes = 4,
                                             .fault_ns = 5000,
                                             .minor_ns = 1000,
                                             .keeps_slots = true };

/* With a host that takes frames and keeps slots; what comes back counts. */
START_TEST (frames_that_the_host_reads_back_have_come)
{
  struct world w;
  world_open (&w, 2, 20000);
  world_os (&w, "linux", "");
  w.swap = &swap;
  w.swap_bytes = 64 * VHM_MIB;
  w.backed_at_touch = _i;
  w.kernel = (struct vhm_kernel_touches){ .touches = 20,
                                          .hot_ppm = 100000,
                                          .hot_touches_ppm = 900000,
                                          .fault_hot_touches_ppm = 900000 };
  struct puppet p = a_puppet (6000, 0.3, 4, 2e4, 300, 5 * S / 1000);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 8000, 9000);
  world_run (&w, S);
  vhm_guest_begin_dirty_log (guest, 1000);
  vhm_guest_set_limit (guest, 4000);
  for (int k = 0; k < 20; k++) {
    uint64_t before = vhm_guest_backing (guest).swapped_in;
    world_run (&w, S);
    uint64_t n_in = vhm_guest_backing (guest).swapped_in - before;
    ck_assert_uint_ge (vhm_guest_take_dirty (guest) + 200, n_in);
    ck_assert_uint_le (vhm_guest_take_dirty (guest), 20);
  }
  vhm_guest_end_dirty_log (guest);
  world_run (&w, S);
  world_close (&w);
}
END_TEST

SUITE_TWICE (
    "dirty log", "every reference", world_every_reference, world_next_fault,
    tcase_add_loop_test (tc, written_pages_follow_the_closed_form, 0, N_ROWS);
    tcase_add_test (tc, first_writes_cost_exits);
    tcase_add_loop_test (tc, frames_filled_by_the_system_are_written, 0, 3);
    tcase_add_loop_test (tc, frames_that_the_host_reads_back_have_come, 0, 2);)
