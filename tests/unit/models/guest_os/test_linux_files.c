/* Files: how much is read ahead of whom. */
#include "linux_guest.h"
#include "suite.h"

/* Windows of a reader in order: 4, 8, 16, 32, 32 ... pages. */
static const struct {
  const char *yaml;
  uint32_t pages, reads;
} orders[] = {
  { BARE "swap: 0 B", 28, 3 },
  { BARE "swap: 0 B", 60, 4 },
  { BARE "swap: 0 B", 1000, 3 + 31 },                      /* 972 / 32 */
  { BARE "swap: 0 B, read_ahead: 32 KiB", 1000, 1 + 125 }, /* 996 / 8 */
  { BARE "swap: 0 B, read_ahead: 0 B", 1000, 1000 },
};

START_TEST (windows_double_ahead_of_a_reader_in_order)
{
  struct world w;
  struct puppet p = a_still_puppet (orders[_i].pages, true);
  vhm_guest *guest = boot_linux (&w, &p, orders[_i].yaml, 8192);
  visit (&w, &p, 0, orders[_i].pages, false);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.pages_input, orders[_i].pages);
  ck_assert_uint_eq (c.page_reads, orders[_i].reads);
  world_close (&w);
}
END_TEST

START_TEST (a_reader_without_order_gets_single_pages)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  for (uint32_t page = 999; page > 0; page -= 9)
    visit (&w, &p, page, page + 1, false);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.page_reads, 111);
  ck_assert_uint_eq (c.pages_input, 111);
  ck_assert_uint_eq (c.major_faults, 111);
  world_close (&w);
}
END_TEST

/* The next window is on its way before the reader wants it. */
START_TEST (reading_runs_ahead_of_a_slow_reader)
{
  struct world w;
  struct puppet p = a_still_puppet (4000, true);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  vhm_process_sweep (p.process, 0, 0, 4000, 1e6, false); /* 1 ms a page */
  world_run (&w, 5 * S);
  ck_assert (!vhm_process_is_sweeping (p.process));
  uint64_t waited = vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_BLOCKED_PAGING];
  /* a read takes 10 ms, a page 1 ms: the first window; the second one, asked for
   * 1 ms later, wanted after 4; the third, asked for then, wanted after 8 */
  ck_assert_double_eq_tol ((double) waited / 1e6, 10 + 7 + 2, 0.1);
  ck_assert_uint_eq (counters (guest).major_faults, 1);
  world_close (&w);
}
END_TEST

/* What is overwritten as a whole is not read, if it is not there. */
START_TEST (overwriting_a_file_reads_nothing)
{
  struct world w;
  struct puppet p = a_still_puppet (100, true);
  p.threads.n_sweepers = 1;
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  visit (&w, &p, 0, 10, false);
  uint64_t n_read = counters (guest).pages_input;
  const struct vhm_walk walk = { .from = 0,
                                 .to = 100,
                                 .cycles_per_page = 1000,
                                 .write = true,
                                 .overwrites = _i == 0 };
  vhm_process_walk (p.process, 0, &walk);
  world_run (&w, 10 * S);
  ck_assert (!vhm_process_is_walking (p.process, 0));
  ck_assert_uint_eq (counters (guest).pages_input, _i == 0 ? n_read : 100);
  for (uint32_t page = 0; page < 100; page++)
    ck_assert (vhm_refs_is_dirty (vhm_process_refs (p.process), page));
  vhm_process_drop (p.process, 0, 0, 100);
  ck_assert_uint_eq (counters (guest).standby_pages, 100); /* still cached */
  world_audit (&w);
  world_close (&w);
}
END_TEST

SUITE ("linux files",
       tcase_add_loop_test (tc, windows_double_ahead_of_a_reader_in_order, 0,
                            G_N_ELEMENTS (orders));
       tcase_add_test (tc, a_reader_without_order_gets_single_pages);
       tcase_add_test (tc, reading_runs_ahead_of_a_slow_reader);
       tcase_add_loop_test (tc, overwriting_a_file_reads_nothing, 0, 2);)
