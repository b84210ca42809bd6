/* A guest's physical memory and the host's large pages behind it: what the
 * balloon breaks, who pays, what comes back whole. */
#include "cpu_config.h"
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define BLOCK ((uint32_t) VHM_BLOCK_PAGES)
#define SPLIT UINT64_C (3000)

static uint64_t
account (vhm_guest *guest, enum vhm_account a)
{
  vhm_guest_sync (guest);
  return vhm_guest_ledger (guest).cyc[a];
}

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
  ck_assert_uint_eq (account (guest, VHM_ACCOUNT_HOST_FAULT),
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
  ck_assert_uint_eq (account (guest, VHM_ACCOUNT_HOST_FAULT), 0);
  world_close (&w);
}
END_TEST

SUITE ("memory", tcase_add_loop_test (tc, each_large_block_is_split_once, 0, 2);
       tcase_add_test (tc, a_block_given_back_whole_comes_back_large);
       tcase_add_test (tc, small_backing_costs_no_split);)
