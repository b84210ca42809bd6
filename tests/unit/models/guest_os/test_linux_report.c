/* Free page reporting: what lies free in whole blocks is the host's, once named,
 * and nothing else is. */
#include "linux_guest.h"
#include "suite.h"

#include "guest.h"
#include "linux.h"

#define N 16384
#define BLOCK 512

/* Frames of [first, first + BLOCK) that have a machine frame behind them. */
static uint32_t
n_backed (const vhm_guest *guest, uint32_t first, uint32_t n)
{
  uint32_t backed = 0;
  for (uint32_t gfn = first; gfn < first + n; gfn++)
    backed += guest->mfn[gfn] != VHM_NO_FRAME;
  return backed;
}

static bool
is_free (const vhm_guest *guest, uint32_t first, uint32_t n)
{
  for (uint32_t gfn = first; gfn < first + n; gfn++)
    if (guest->os->frame_use (guest->os_state, gfn).kind != VHM_FRAME_FREE)
      return false;
  return true;
}

static vhm_guest *
boot (struct world *w, struct puppet *p, const char *yaml, bool at_touch)
{
  *p = a_still_puppet (14000, false);
  world_open (w, 2, 2 * N);
  w->backed_at_touch = at_touch;
  world_os (w, "linux", yaml);
  world_puppet (w, p);
  return world_boot (w, 2, N, N);
}

static const struct {
  const char *yaml;
  bool at_touch, is_taken;
} cases[] = {
  { BARE "report_free: 2 s", true, true },
  { BARE "report_free: 2 s", false, false },
  { BARE "report_free: 0 s", true, false },
};

/* 12000 pages are used, 7000 of them dropped. */
START_TEST (what_is_free_in_whole_blocks_is_the_hosts)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, cases[_i].yaml, cases[_i].at_touch);
  allocate (&w, &p, 0, 12000);
  vhm_process_drop (p.process, 0, 1000, 7000);
  world_run (&w, S);
  uint32_t before = n_backed (guest, 0, N);
  world_run (&w, 30 * S);
  uint32_t whole = 0, taken = 0;
  for (uint32_t first = 0; first < N; first += BLOCK) {
    uint32_t backed = n_backed (guest, first, BLOCK);
    if (!is_free (guest, first, BLOCK))
      continue;
    whole++;
    taken += backed == 0;
  }
  ck_assert_uint_ge (whole, 10);
  if (cases[_i].is_taken) {
    ck_assert_uint_eq (taken, whole);
    ck_assert_uint_lt (n_backed (guest, 0, N), before - 10 * BLOCK);
    ck_assert_uint_ge (n_backed (guest, 0, N), 5000 + 256);
  } else
    ck_assert_uint_eq (n_backed (guest, 0, N), before);
  ck_assert_ptr_null (vhm_guest_audit (guest));
  world_audit (&w);
  allocate (&w, &p, 1000, 7000); /* they come again */
  visit (&w, &p, 0, 12000, true);
  ck_assert_uint_ge (n_backed (guest, 0, N), 12000 + 256);
  ck_assert_uint_eq (counters (guest).working_set_pages, 12000);
  world_audit (&w);
  world_close (&w);
}
END_TEST

/* 32 blocks of an order a time, and each once. Blocks are named again when they
 * have been in use. */
START_TEST (blocks_are_named_once)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, BARE, true);
  struct linux_os *s = guest->os_state;
  uint32_t gfns[64], largest = LINUX_ORDERS - 1;
  uint32_t n = s->free.blocks[largest].n;
  ck_assert_uint_ge (n, 12);
  ck_assert_uint_eq (linux_name_blocks (s, largest, 5, gfns), 5);
  ck_assert_uint_eq (gfns[0], s->free.blocks[largest].tail);
  ck_assert_uint_eq (linux_name_blocks (s, largest, 64, gfns), n - 5);
  ck_assert_uint_eq (linux_name_blocks (s, largest, 64, gfns), 0);
  ck_assert_ptr_null (vhm_guest_audit (guest));
  allocate (&w, &p, 0, 6000);
  vhm_process_drop (p.process, 0, 0, 6000);
  uint32_t again = linux_name_blocks (s, largest, 64, gfns);
  ck_assert_uint_ge (again, 4);
  ck_assert_uint_le (again, 6);
  world_close (&w);
}
END_TEST

SUITE ("linux report",
       tcase_add_loop_test (tc, what_is_free_in_whole_blocks_is_the_hosts, 0,
                            G_N_ELEMENTS (cases));
       tcase_add_test (tc, blocks_are_named_once);)
