/* Files that are removed: their frames are free, whatever is under way. */
#include "linux_guest.h"
#include "suite.h"

/* Mapped, cached, dirty, being read, being written, out: 100 pages of each. */
START_TEST (a_removed_file_has_no_pages)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest = boot_linux (
      &w, &p, BARE "swap: 0 B, read_ahead: 0 B, dirty_expire: 0 s", 8192);
  uint64_t free = counters (guest).free_pages;
  visit (&w, &p, 0, 200, false);
  vhm_process_drop (p.process, 0, 100, 100);
  const struct vhm_walk walk = { .from = 200,
                                 .to = 400,
                                 .cycles_per_page = 1000,
                                 .write = true,
                                 .overwrites = true };
  vhm_process_walk (p.process, 0, &walk);
  world_run (&w, S / 100);
  vhm_process_drop (p.process, 0, 200, 100);
  while (counters (guest).modified_pages == 0)
    world_run (&w, S / 1000);
  vhm_process_drop (p.process, 0, 300, 100); /* dirty and cached */
  vhm_process_sweep (p.process, 0, 400, 401, 1000, false); /* is being read */
  world_run (&w, S / 1000);
  ck_assert_uint_eq (counters (guest).modified_pages, 100);
  ck_assert (vhm_process_is_sweeping (p.process));
  vhm_process_truncate (p.process, 0, 0, 400);
  ck_assert_ptr_null (vhm_guest_audit (guest));
  ck_assert_uint_eq (counters (guest).standby_pages, 0);
  ck_assert_uint_eq (counters (guest).working_set_pages, 0);
  ck_assert_uint_eq (counters (guest).free_pages, free - 100 - 1);
  vhm_process_truncate (p.process, 0, 400, 600); /* its reader asks again */
  world_run (&w, 100 * S);
  ck_assert (!vhm_process_is_sweeping (p.process));
  ck_assert_uint_eq (counters (guest).modified_pages, 0);
  ck_assert_uint_eq (counters (guest).free_pages, free - 1);
  for (uint32_t page = 0; page < 400; page++)
    ck_assert (!vhm_refs_is_mapped (vhm_process_refs (p.process), page));
  uint64_t read = counters (guest).pages_input;
  visit (&w, &p, 100, 200, false); /* from the disk again */
  ck_assert_uint_eq (counters (guest).pages_input, read + 100);
  world_close (&w);
}
END_TEST

/* Dropped anonymous memory is free; a dropped file stays cached. */
START_TEST (files_stay_and_memory_does_not)
{
  struct world w;
  bool is_file = _i == 1;
  struct puppet p = a_still_puppet (500, is_file);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 16 MiB", 8192);
  uint64_t free = counters (guest).free_pages;
  visit (&w, &p, 0, 500, false);
  vhm_process_drop (p.process, 0, 0, 500);
  ck_assert_uint_eq (counters (guest).free_pages, is_file ? free - 500 : free);
  ck_assert_uint_eq (counters (guest).standby_pages, is_file ? 500 : 0);
  world_audit (&w);
  world_close (&w);
}
END_TEST

SUITE ("linux drop", tcase_add_test (tc, a_removed_file_has_no_pages);
       tcase_add_loop_test (tc, files_stay_and_memory_does_not, 0, 2);)
