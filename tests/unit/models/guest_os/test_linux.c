/* Linux: commit, faults on what is cached, what becomes of pages of files and of
 * anonymous ones; and that nothing is lost. */
#include "linux_guest.h"
#include "suite.h"

START_TEST (the_kernel_takes_its_share_of_memory)
{
  struct world w;
  struct puppet p = a_still_puppet (10, false);
  vhm_guest *guest = boot_linux (&w, &p, "kernel: 1 MiB", 8192);
  /* 1 MiB, and 64 bytes for each of 8192 pages */
  ck_assert_uint_eq (counters (guest).pool_nonpaged_pages, 256 + 128);
  ck_assert_uint_eq (counters (guest).free_pages, 8192 - 384);
  world_close (&w);
}
END_TEST

START_TEST (only_a_request_beyond_memory_and_swap_is_refused)
{
  struct world w;
  struct puppet p = a_still_puppet (10, false);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 8 MiB", 8192);
  uint32_t all = 8192 + 8 * MIB_PAGES;
  ck_assert (!vhm_process_commit (p.process, all + 1));
  ck_assert_uint_eq (counters (guest).refused_commits, 1);
  for (int i = 0; i < 3; i++)
    ck_assert (vhm_process_commit (p.process, all));
  ck_assert_uint_eq (counters (guest).committed_pages, 3 * all + 1 + 256);
  vhm_guest_inflate (guest, 1000, 0); /* the balloon's pages are no RAM now */
  ck_assert (!vhm_process_commit (p.process, all - 999));
  ck_assert (vhm_process_commit (p.process, all - 1000));
  world_close (&w);
}
END_TEST

START_TEST (a_files_page_stays_cached_when_nobody_maps_it)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  visit (&w, &p, 0, 1000, true);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.pages_input, 1000);
  ck_assert_uint_eq (c.demand_zero_faults, 0);
  ck_assert_uint_eq (c.working_set_pages, 1000);
  vhm_process_drop (p.process, 0, 0, 1000);
  world_audit (&w);
  ck_assert_uint_eq (counters (guest).working_set_pages, 0);
  ck_assert_uint_eq (counters (guest).standby_pages, 1000);
  visit (&w, &p, 0, 1000, false);
  ck_assert_uint_eq (counters (guest).pages_input, 1000);
  ck_assert_uint_eq (counters (guest).transition_faults - c.transition_faults,
                     1000);
  /* and what was written to it is still nowhere else */
  ck_assert (vhm_refs_is_dirty (vhm_process_refs (p.process), 500));
  world_close (&w);
}
END_TEST

static const struct {
  bool is_file, write;
} kinds[] = { { true, false }, { true, true }, { false, true } };

/* 8000 frames, twice over 10000 pages in order. */
START_TEST (a_page_given_up_is_written_if_it_is_nowhere_else)
{
  struct world w;
  struct puppet p = a_still_puppet (10000, kinds[_i].is_file);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 64 MiB", 8000);
  visit (&w, &p, 0, 10000, kinds[_i].write);
  visit (&w, &p, 0, 10000, kinds[_i].write);
  world_run (&w, 10 * S);
  struct vhm_guest_counters c = counters (guest);
  uint32_t at_least = 10000 - 8000;
  if (kinds[_i].write)
    ck_assert_uint_gt (c.pages_output, at_least);
  else
    ck_assert_uint_eq (c.pages_output, 0);
  ck_assert_uint_eq (c.swapped_out, kinds[_i].is_file ? 0 : c.pages_output);
  ck_assert_uint_eq (c.swapped_in, kinds[_i].is_file ? 0 : c.pages_input);
  ck_assert_uint_gt (c.pages_input,
                     kinds[_i].is_file ? 10000 + at_least : at_least);
  ck_assert_uint_eq (c.demand_zero_faults, kinds[_i].is_file ? 0 : 10000);
  /* frames come from nowhere else */
  ck_assert_uint_eq (c.pages_stolen + 8000 - 256,
                     c.demand_zero_faults + c.pages_input + c.free_pages);
  ck_assert_uint_le (c.pages_stolen, c.pages_scanned);
  struct vhm_disk_counts disk = vhm_disk_counts (w.disk);
  ck_assert_uint_eq (disk.written_bytes, vhm_pages_to_bytes (c.pages_output));
  ck_assert_uint_eq (disk.read_bytes, vhm_pages_to_bytes (c.pages_input));
  world_close (&w);
}
END_TEST

/* A page that is read and never written holds zeroes: it goes without a trace. */
START_TEST (untouched_again_when_never_written)
{
  struct world w;
  struct puppet p = a_still_puppet (10000, false);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 64 MiB", 8000);
  visit (&w, &p, 0, 10000, false);
  visit (&w, &p, 0, 10000, false);
  ck_assert_uint_eq (counters (guest).pages_output, 0);
  ck_assert_uint_gt (counters (guest).demand_zero_faults, 12000);
  world_close (&w);
}
END_TEST

START_TEST (a_page_on_its_way_out_is_mapped_again_at_once)
{
  struct world w;
  struct puppet p = a_still_puppet (10000, false);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 64 MiB", 8000);
  allocate (&w, &p, 0, 7800); /* below the min mark: it has reclaimed */
  const vhm_refs *refs = vhm_process_refs (p.process);
  ck_assert_uint_eq (counters (guest).pages_input, 0);
  vhm_process_allocate (p.process, 0, 7800, 200);
  vhm_engine_run (w.engine,
                  vhm_cycles_add (vhm_engine_now (w.engine),
                                  vhm_cycles_make (WORLD_DISK_NS / 10)));
  uint32_t page = 0;
  while (vhm_refs_is_mapped (refs, page))
    page++;
  ck_assert_uint_gt (counters (guest).modified_pages, 0); /* being written */
  uint64_t reads = counters (guest).page_reads;
  uint64_t soft = counters (guest).transition_faults;
  uint32_t n = 0;
  for (; page < 7800; page++)
    n += !vhm_refs_is_mapped (refs, page);
  ck_assert_uint_gt (n, 0);
  visit (&w, &p, 0, 7800, false);
  ck_assert_uint_gt (counters (guest).transition_faults, soft);
  ck_assert_uint_ge (counters (guest).page_reads, reads);
  world_close (&w);
}
END_TEST

/* Memory is plenty again when the write ends: the page stays. */
START_TEST (a_page_written_stays_cached_while_memory_is_free)
{
  struct world w;
  struct puppet p = a_still_puppet (10000, false);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 64 MiB", 8000);
  allocate (&w, &p, 0, 7800);
  uint32_t n = (uint32_t) counters (guest).modified_pages;
  ck_assert_uint_gt (n, 0);
  vhm_process_drop (p.process, 0, 4000, 3800);
  world_run (&w, S);
  ck_assert_uint_eq (counters (guest).modified_pages, 0);
  ck_assert_uint_gt (counters (guest).standby_pages, 0);
  uint64_t soft = counters (guest).transition_faults;
  visit (&w, &p, 0, 4000, false);
  ck_assert_uint_gt (counters (guest).transition_faults, soft);
  world_close (&w);
}
END_TEST

START_TEST (pages_lie_in_their_file_and_in_order_in_swap_space)
{
  struct world w;
  struct puppet p = a_still_puppet (28, true);
  boot_linux (&w, &p, BARE, 8192);
  visit (&w, &p, 0, 28, false);
  static const uint32_t at[] = { 0, 4, 12 }, n[] = { 4, 8, 16 };
  ck_assert_uint_eq (world_n_requests, 3);
  for (int i = 0; i < 3; i++) {
    const struct vhm_disk_request *r = &world_request[i];
    ck_assert (!r->is_write);
    ck_assert_uint_eq (r->at_bytes, WORLD_IMAGE + vhm_pages_to_bytes (at[i]));
    ck_assert_uint_eq (r->size_bytes, vhm_pages_to_bytes (n[i]));
  }
  world_close (&w);
  p = a_still_puppet (9000, false);
  boot_linux (&w, &p, BARE, 8000);
  allocate (&w, &p, 0, 9000);
  uint64_t end = 0;
  for (uint32_t i = 0; i < world_n_requests; i++) {
    ck_assert (world_request[i].is_write);
    ck_assert_uint_eq (world_request[i].at_bytes, end);
    end += world_request[i].size_bytes;
  }
  ck_assert_uint_gt (end, vhm_pages_to_bytes (500));
  world_close (&w);
}
END_TEST

SUITE ("linux", tcase_add_test (tc, the_kernel_takes_its_share_of_memory);
       tcase_add_test (tc, only_a_request_beyond_memory_and_swap_is_refused);
       tcase_add_test (tc, a_files_page_stays_cached_when_nobody_maps_it);
       tcase_add_loop_test (tc,
                            a_page_given_up_is_written_if_it_is_nowhere_else, 0,
                            G_N_ELEMENTS (kinds));
       tcase_add_test (tc, a_page_written_stays_cached_while_memory_is_free);
       tcase_add_test (tc, pages_lie_in_their_file_and_in_order_in_swap_space);
       tcase_add_test (tc, untouched_again_when_never_written);
       tcase_add_test (tc, a_page_on_its_way_out_is_mapped_again_at_once);)
