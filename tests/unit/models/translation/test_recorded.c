/* Recorded visits: order, places, frames. */
#include "suite.h"

#include <vhm/model/recorded.h>

#define GIB_PAGES (UINT64_C (1) << 18)

/* A program's code low, its stack at the top of 47 bits, its heap between. */
static uint64_t originals[]
    = { 0x400, 0x7fffffff0, 0x5555d0000, 0x401, 0x5555d0200, 0x7fffffff1 };
static struct vhm_reference visits[]
    = { { 0, 0 }, { 1, 1 }, { 2, 0 }, { 3, 0 }, { 4, 1 }, { 5, 0 }, { 1, 0 } };

static struct vhm_trace
trace_of (unsigned page_shift)
{
  return (struct vhm_trace){ .page_shift = page_shift,
                             .totals = { .n_visits = G_N_ELEMENTS (visits),
                                         .n_pages = G_N_ELEMENTS (originals) },
                             .visits = visits,
                             .original = originals };
}

START_TEST (visits_come_in_their_order_and_round_again)
{
  struct vhm_trace trace = trace_of (12);
  g_autoptr (vhm_recorded) r
      = vhm_recorded_new (&trace, VHM_PAGE_4K, VHM_PAGE_2M);
  struct vhm_access got[9];
  vhm_recorded_draw (r, 4, got);
  vhm_recorded_draw (r, 5, got + 4);
  for (size_t i = 0; i < 9; i++) {
    struct vhm_reference visit = visits[i % G_N_ELEMENTS (visits)];
    ck_assert_uint_eq (got[i].gfn, visit.page); /* by first visit */
    ck_assert_uint_eq (got[i].kind,
                       visit.write ? VHM_ACCESS_STORE : VHM_ACCESS_LOAD);
    ck_assert_uint_eq (got[i].guest_size, VHM_PAGE_4K);
    ck_assert_uint_eq (got[i].host_size, VHM_PAGE_2M);
    ck_assert_uint_lt (got[i].line, 64);
  }
  ck_assert_uint_eq (got[1].line, got[6].line); /* the same page */
}
END_TEST

START_TEST (empty_gib_are_left_out_and_places_within_stay)
{
  struct vhm_trace trace = trace_of (12);
  ck_assert_uint_eq (vhm_recorded_n_gib (&trace), 3);
  g_autoptr (vhm_recorded) r
      = vhm_recorded_new (&trace, VHM_PAGE_4K, VHM_PAGE_4K);
  struct vhm_access got[6];
  vhm_recorded_draw (r, 6, got);
  static const uint64_t gib[] = { 0, 2, 1, 0, 1, 2 };
  for (size_t i = 0; i < 6; i++) {
    ck_assert_uint_eq (got[i].vpn / GIB_PAGES, gib[i]);
    ck_assert_uint_eq (got[i].vpn % GIB_PAGES, originals[i] % GIB_PAGES);
  }
}
END_TEST

START_TEST (frames_are_whole_guest_pages)
{
  struct vhm_trace trace = trace_of (12);
  g_autoptr (vhm_recorded) r
      = vhm_recorded_new (&trace, VHM_PAGE_2M, VHM_PAGE_4K);
  struct vhm_access got[6];
  vhm_recorded_draw (r, 6, got);
  static const uint64_t frame[] = { 0, 1, 2, 0, 3, 1 };
  for (size_t i = 0; i < 6; i++) {
    ck_assert_uint_eq (got[i].gfn / 512, frame[i]);
    ck_assert_uint_eq (got[i].gfn % 512, got[i].vpn % 512);
  }
}
END_TEST

START_TEST (larger_recorded_pages_lie_where_they_were)
{
  struct vhm_trace trace = trace_of (21);
  uint64_t far[] = { 0, 511, 512, 513, 1024, 1025 };
  trace.original = far;
  ck_assert_uint_eq (vhm_recorded_n_gib (&trace), 3);
  g_autoptr (vhm_recorded) r
      = vhm_recorded_new (&trace, VHM_PAGE_2M, VHM_PAGE_2M);
  struct vhm_access got[6];
  vhm_recorded_draw (r, 6, got);
  for (size_t i = 0; i < 6; i++)
    ck_assert_uint_eq (got[i].vpn, far[i] * 512);
}
END_TEST

SUITE ("recorded",
       tcase_add_test (tc, visits_come_in_their_order_and_round_again);
       tcase_add_test (tc, empty_gib_are_left_out_and_places_within_stay);
       tcase_add_test (tc, frames_are_whole_guest_pages);
       tcase_add_test (tc, larger_recorded_pages_lie_where_they_were);)
