/* A guest's physical memory and the host's large pages behind it: what the
 * balloon breaks, who pays, what comes back whole; and what a table costs that
 * the host fills at first touch. */
#include "cpu_config.h"
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define BLOCK ((uint32_t) VHM_BLOCK_PAGES)
#define SPLIT UINT64_C (3000)
#define VIOLATION UINT64_C (1270)

static vhm_guest *
boot (struct world *w, struct puppet *puppet, enum vhm_paging paging,
      enum vhm_page_size backing)
{
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.split_cyc = (double) SPLIT;
  world_open (w, 2, 32 * BLOCK);
  world_translates (w, &cpu, 2, paging, backing);
  world_os (w, "ideal-lru", "");
  world_puppet (w, puppet);
  return world_boot (w, 1, 8 * BLOCK, 16 * BLOCK);
}

START_TEST (each_large_block_is_split_once)
{
  struct world w;
  struct puppet p = a_puppet (64, 0, 1, 1000, 1000, 0);
  vhm_guest *guest = boot (
      &w, &p, _i == 0 ? VHM_PAGING_SLAT : VHM_PAGING_NATIVE, VHM_PAGE_2M);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_guest_large_blocks (guest), 8);
  ck_assert_uint_eq (vhm_guest_inflate (guest, BLOCK + 10, 0), BLOCK + 10);
  uint32_t n = vhm_guest_broken_blocks (guest);
  ck_assert_uint_ge (n, 2);
  ck_assert_uint_eq (vhm_guest_large_blocks (guest), 8 - n);
  world_run (&w, S);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_HOST_FAULT),
                     _i == 0 ? n * SPLIT : 0);
  vhm_guest_deflate (guest, 10, 0); /* part of a block: stays broken */
  ck_assert_uint_eq (vhm_guest_large_blocks (guest), 8 - n);
  vhm_guest_deflate (guest, BLOCK, 0);
  ck_assert_uint_ge (vhm_guest_large_blocks (guest), 8 - n + (n > 1) - 1);
  vhm_guest_hot_add (guest, 2 * BLOCK);
  world_audit (&w);
  world_close (&w);
}
END_TEST

/* A ballooned page at each place of a run that is handed over whole. */
START_TEST (a_block_given_back_whole_comes_back_large)
{
  struct world w;
  struct puppet p = a_puppet (4, 0, 1, 1000, 1000, 0);
  vhm_guest *guest = boot (&w, &p, VHM_PAGING_SLAT, VHM_PAGE_2M);
  world_run (&w, S);
  /* all but the 64 that the system keeps: more than seven whole blocks */
  uint32_t got = vhm_guest_inflate (guest, 8 * BLOCK, 0);
  ck_assert_uint_gt (got, 7 * BLOCK);
  ck_assert_uint_eq (vhm_guest_large_blocks (guest), 0);
  vhm_guest_deflate (guest, got, 0);
  ck_assert_uint_ge (vhm_guest_large_blocks (guest), 6);
  world_audit (&w);
  world_close (&w);
}
END_TEST

/* A host that maps small pages has none to break. */
START_TEST (small_backing_costs_no_split)
{
  struct world w;
  struct puppet p = a_puppet (64, 0, 1, 1000, 1000, 0);
  vhm_guest *guest = boot (&w, &p, VHM_PAGING_SLAT, VHM_PAGE_4K);
  world_run (&w, S);
  vhm_guest_inflate (guest, BLOCK, 0);
  world_run (&w, S);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_HOST_FAULT), 0);
  world_close (&w);
}
END_TEST

/* --- the host maps at first touch ------------------------------------------ */

/* The guest has eight blocks, and its process uses the frames of the lowest
 * numbers first, of those that it had from the start. */
static vhm_guest *
boot_unmapped (struct world *w, struct puppet *puppet, enum vhm_paging paging,
               enum vhm_page_size backing)
{
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.split_cyc = (double) SPLIT;
  cpu.slat_violation_cyc = (double) VIOLATION;
  world_open (w, 2, 32 * BLOCK);
  w->maps_at_touch = true;
  world_translates (w, &cpu, 2, paging, backing);
  world_os (w, "ideal-lru", "");
  world_puppet (w, puppet);
  return world_boot (w, 1, 8 * BLOCK, 16 * BLOCK);
}

static void
violations_are (vhm_guest *guest, uint64_t n, uint64_t n_split)
{
  ck_assert_uint_eq (vhm_guest_violations (guest), n);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_HOST_FAULT),
                     n * VIOLATION + n_split * SPLIT);
}

/* All pages of the process have been referenced. */
static void
run_till_all_touched (struct world *w, vhm_guest *guest)
{
  const vhm_refs *refs = vhm_process_refs (vhm_guest_process (guest, 0));
  uint32_t missing = 1;
  for (int s = 0; s < 60 && missing > 0; s++) {
    world_run (w, S);
    missing = 0;
    for (uint32_t i = 0; i < vhm_refs_n_pages (refs); i++)
      missing += !vhm_refs_is_mapped (refs, i);
  }
  ck_assert_uint_eq (missing, 0);
}

START_TEST (a_first_touch_violates_once_an_entry)
{
  static const enum vhm_page_size sizes[]
      = { VHM_PAGE_4K, VHM_PAGE_2M, VHM_PAGE_1G, VHM_PAGE_4K, VHM_PAGE_4K };
  static const enum vhm_paging pagings[]
      = { VHM_PAGING_SLAT, VHM_PAGING_SLAT, VHM_PAGING_SLAT, VHM_PAGING_NATIVE,
          VHM_PAGING_SHADOW };
  struct world w;
  uint32_t n_pages = 3 * BLOCK + 5;
  const uint64_t expected[] = { n_pages, 4, 4, 0, 0 };
  struct puppet p = a_puppet (n_pages, 0.5, 1, 1000, 1000, 0);
  vhm_guest *guest = boot_unmapped (&w, &p, pagings[_i], sizes[_i]);
  violations_are (guest, 0, 0);
  run_till_all_touched (&w, guest);
  violations_are (guest, expected[_i], 0);
  world_close (&w);
}
END_TEST

/* Two of its nine blocks have been added. */
START_TEST (hot_added_memory_has_no_entries)
{
  struct world w;
  struct puppet p = a_puppet (9 * BLOCK, 0.5, 1, 1000, 1000, 0);
  vhm_guest *guest = boot_unmapped (&w, &p, VHM_PAGING_SLAT,
                                    _i == 0 ? VHM_PAGE_4K : VHM_PAGE_2M);
  vhm_guest_hot_add (guest, 2 * BLOCK);
  run_till_all_touched (&w, guest);
  violations_are (guest, _i == 0 ? 9 * BLOCK : 9, 0);
  world_close (&w);
}
END_TEST

/* The balloon takes four free blocks and then half of the four in use. */
START_TEST (ballooned_frames_lose_their_entries)
{
  struct world w;
  struct puppet p = a_puppet (4 * BLOCK, 0, 1, 1000, 1000, 0);
  vhm_guest *guest = boot_unmapped (&w, &p, VHM_PAGING_SLAT, VHM_PAGE_4K);
  run_till_all_touched (&w, guest);
  violations_are (guest, 4 * BLOCK, 0);
  ck_assert_uint_eq (vhm_guest_inflate (guest, 6 * BLOCK, 0), 6 * BLOCK);
  world_audit (&w);
  vhm_guest_deflate (guest, 6 * BLOCK, 0);
  run_till_all_touched (&w, guest);
  violations_are (guest, 6 * BLOCK, 0);
  world_close (&w);
}
END_TEST

/* Whatever is taken of blocks in use breaks a large page; what is left of them
 * stays mapped. Of free blocks there is no large page to break. */
START_TEST (only_mapped_blocks_are_split)
{
  struct world w;
  struct puppet p = a_puppet (4 * BLOCK, 0, 1, 1000, 1000, 0);
  vhm_guest *guest = boot_unmapped (&w, &p, VHM_PAGING_SLAT, VHM_PAGE_2M);
  run_till_all_touched (&w, guest);
  violations_are (guest, 4, 0);
  vhm_guest_inflate (guest, 6 * BLOCK, 0);
  ck_assert_uint_eq (vhm_guest_broken_blocks (guest), 8);
  world_run (&w, S / 100); /* less than a read takes: no page comes back */
  violations_are (guest, 4, 4);
  world_close (&w);
}
END_TEST

static void
add_tests (TCase *tc)
{
  tcase_add_loop_test (tc, a_first_touch_violates_once_an_entry, 0, 5);
  tcase_add_loop_test (tc, hot_added_memory_has_no_entries, 0, 2);
  tcase_add_test (tc, ballooned_frames_lose_their_entries);
  tcase_add_test (tc, only_mapped_blocks_are_split);
}

SUITE_TWICE ("memory", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_loop_test (tc, each_large_block_is_split_once, 0, 2);
             tcase_add_test (tc, a_block_given_back_whole_comes_back_large);
             tcase_add_test (tc, small_backing_costs_no_split); add_tests (tc);)
