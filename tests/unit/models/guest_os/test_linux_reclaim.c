/* Watermarks by hand, and what kswapd and direct reclaim keep free. */
#include "linux.h"
#include "linux_guest.h"
#include "suite.h"

static const struct {
  uint64_t ram_bytes, min_free_bytes, scale_ppm;
  uint32_t min, low, high;
} marks[] = {
  /* 4 sqrt (524288 KiB) = 2896 KiB = 724 pages; a quarter is 181 */
  { VHM_GIB / 2, 0, 1000, 724, 724 + 181, 724 + 362 },
  /* 4 sqrt (33554432) = 23170 KiB = 5792.5 pages; 0.1 % of RAM is more than a
     quarter: 8388 pages */
  { 32 * VHM_GIB, 0, 1000, 5793, 5793 + 8388, 5793 + 2 * 8388 },
  /* the most: 64 MiB */
  { 1024 * VHM_GIB, 0, 0, 16384, 16384 + 4096, 16384 + 8192 },
  /* 10 % between the marks; min as given */
  { VHM_GIB, 8 * VHM_MIB, 100000, 2048, 2048 + 26214, 2048 + 2 * 26214 },
  /* a sixteenth of a tiny guest */
  { 4 * VHM_MIB, 0, 1000, 64, 64 + 16, 64 + 32 },
};

START_TEST (watermarks_are_those_of_linux)
{
  const struct linux_config config
      = { .min_free_bytes = marks[_i].min_free_bytes,
          .scale_ppm = marks[_i].scale_ppm };
  struct linux_os s
      = { .config = &config,
          .n_frames = (uint32_t) vhm_bytes_to_pages (marks[_i].ram_bytes) };
  linux_set_watermarks (&s);
  ck_assert_uint_eq (s.min, marks[_i].min);
  ck_assert_uint_eq (s.low, marks[_i].low);
  ck_assert_uint_eq (s.high, marks[_i].high);
}
END_TEST

/* 8192 frames: min 181, gap 45, low 226, high 271. */
#define MIN_MARK 181
#define HIGH_MARK 271

static void
read_slowly (struct world *w, struct puppet *p, uint32_t n)
{
  for (uint32_t page = 0; page < n; page += 20) {
    vhm_process_sweep (p->process, 0, page, page + 20, 1000, false);
    world_run (w, S / 2);
  }
}

START_TEST (kswapd_works_in_the_background)
{
  struct world w;
  struct puppet p = a_still_puppet (10000, true);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  read_slowly (&w, &p, 10000);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.allocation_stalls, 0);
  ck_assert_uint_gt (c.pages_stolen, 10000 - 8192);
  ck_assert_uint_gt (c.free_pages, MIN_MARK);
  ck_assert_uint_lt (c.free_pages, HIGH_MARK + 100);
  world_close (&w);
}
END_TEST

START_TEST (an_allocation_reclaims_when_kswapd_comes_too_late)
{
  struct world w;
  struct puppet p = a_still_puppet (10000, true);
  vhm_guest *guest
      = boot_linux (&w, &p, BARE "swap: 0 B, kswapd_wake: 1 s", 8192);
  uint64_t before = vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_GUEST_FAULT];
  visit (&w, &p, 0, 10000, false);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_gt (c.allocation_stalls, 10);
  ck_assert_uint_ge (c.free_pages, MIN_MARK);
  /* its thread is charged: 300 ns a page looked at, 1 us a fault at least */
  uint64_t charged
      = vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_GUEST_FAULT] - before;
  ck_assert_uint_ge (charged, 300 * c.pages_scanned + 1000 * 9000);
  world_close (&w);
}
END_TEST

START_TEST (a_fault_waits_for_pages_that_must_be_written_first)
{
  struct world w;
  struct puppet p = a_still_puppet (10000, false);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 64 MiB", 8192);
  vhm_process_allocate (p.process, 0, 0, 9000);
  ck_assert (vhm_process_is_allocating (p.process)); /* nothing is clean */
  ck_assert_uint_eq (counters (guest).free_pages, MIN_MARK);
  ck_assert_uint_ge (counters (guest).modified_pages, LINUX_BATCH);
  world_run (&w, 60 * S);
  ck_assert (!vhm_process_is_allocating (p.process));
  ck_assert_uint_eq (counters (guest).demand_zero_faults, 9000);
  world_close (&w);
}
END_TEST

SUITE ("linux reclaim", tcase_add_loop_test (tc, watermarks_are_those_of_linux,
                                             0, G_N_ELEMENTS (marks));
       tcase_add_test (tc, kswapd_works_in_the_background);
       tcase_add_test (tc, an_allocation_reclaims_when_kswapd_comes_too_late);
       tcase_add_test (tc, a_fault_waits_for_pages_that_must_be_written_first);)
