/* References as accesses, costs as time: page sizes, whole cycles, and what
 * changes of the guest's table cost, in both modes. */
#include "cpu_config.h"
#include "guest.h"
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define BLOCK ((uint32_t) VHM_BLOCK_PAGES)
#define SYNC UINT64_C (28800)
#define EXIT UINT64_C (1300)
#define INVALIDATE UINT64_C (350)
#define SHOOTDOWN UINT64_C (2000)
#define PER_CPU UINT64_C (400)

static struct vhm_cpu_config
priced (struct vhm_cpu_config cpu)
{
  cpu.shadow_sync_cyc = (double) SYNC;
  cpu.vm_exit_cyc = (double) EXIT;
  cpu.invalidate_page_cyc = (double) INVALIDATE;
  cpu.shootdown_cyc = (double) SHOOTDOWN;
  cpu.shootdown_per_cpu_cyc = (double) PER_CPU;
  cpu.vm_switch_cyc = 2500;
  return cpu;
}

static vhm_guest *
boot (struct world *w, struct puppet *puppet, enum vhm_paging paging,
      enum vhm_page_size backing, uint32_t n_vps)
{
  struct vhm_cpu_config cpu = priced (skylake_config ());
  world_open (w, 2, 32 * BLOCK);
  w->page_size = VHM_PAGE_4K;
  world_translates (w, &cpu, 2, paging, backing);
  world_os (w, "ideal-lru", "");
  world_puppet (w, puppet);
  return world_boot (w, n_vps, 8 * BLOCK, 16 * BLOCK);
}

/* Accesses to the first n pages of the puppet's process, written by turns; to
 * page 0 in place of one that is not mapped. */
static void
first_pages (vhm_guest *guest, uint32_t n, struct vhm_access *ret)
{
  const vhm_process *p = vhm_guest_process (guest, 0);
  g_autofree struct vhm_reference *r = g_new0 (struct vhm_reference, n);
  for (uint32_t i = 0; i < n; i++) {
    bool is_mapped = vhm_refs_is_mapped (p->refs, i);
    r[i].page = is_mapped ? i & VHM_REFERENCE_PAGES : 0;
    r[i].write = i & 1;
  }
  vhm_translation_accesses (p, vhm_processors_config (guest->around.processors),
                            n, r, ret);
}

START_TEST (an_access_names_page_frame_and_sizes)
{
  struct world w;
  struct puppet p = a_puppet (3 * BLOCK, 1, 1, 100, 1000, 0);
  vhm_guest *guest = boot (&w, &p, VHM_PAGING_SLAT, (enum vhm_page_size) _i, 1);
  world_run (&w, S);
  vhm_guest_inflate (guest, 1, 0);
  uint32_t n = 2 * BLOCK, n_small = 0, n_stores = 0;
  bool seen[8 * VHM_BLOCK_PAGES] = { 0 };
  g_autofree struct vhm_access *a = g_new (struct vhm_access, n);
  first_pages (guest, n, a);
  for (uint32_t i = 0; i < n; i++) {
    ck_assert_uint_eq (a[i].vpn, i);
    ck_assert_uint_lt (a[i].gfn, 8 * BLOCK);
    ck_assert (!seen[a[i].gfn]);
    seen[a[i].gfn] = true;
    ck_assert_int_eq (
        a[i].host_size,
        vhm_blocks_size (&guest->blocks, a[i].gfn, (enum vhm_page_size) _i));
    ck_assert_int_eq (a[i].guest_size, VHM_PAGE_4K);
    ck_assert_uint_lt (a[i].line, 64);
    n_small += a[i].host_size == VHM_PAGE_4K;
    n_stores += a[i].kind == VHM_ACCESS_STORE;
  }
  ck_assert_uint_eq (n_stores, n / 2);
  if (_i == VHM_PAGE_4K)
    ck_assert_uint_eq (n_small, n);
  world_close (&w);
}
END_TEST

START_TEST (a_large_page_of_the_guest_is_one_run_of_frames)
{
  struct world w;
  struct puppet p = a_puppet (4 * BLOCK, 1, 1, 100, 1000, 0);
  struct vhm_cpu_config cpu = priced (skylake_config ());
  world_open (&w, 2, 32 * BLOCK);
  w.page_size = VHM_PAGE_2M;
  w.page_size_ppm = VHM_PPM / 2;
  world_translates (&w, &cpu, 2, VHM_PAGING_SLAT, VHM_PAGE_2M);
  world_os (&w, "ideal-lru", "");
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, 8 * BLOCK, 8 * BLOCK);
  world_run (&w, S);
  uint32_t n = 4 * BLOCK, n_large = 0;
  g_autofree struct vhm_access *a = g_new (struct vhm_access, n);
  first_pages (guest, n, a);
  for (uint32_t i = 0; i < n; i++) {
    if (a[i].guest_size == VHM_PAGE_4K)
      continue;
    n_large++;
    ck_assert_uint_eq (a[i].gfn % BLOCK, i % BLOCK);
    ck_assert_uint_eq (a[i].gfn - i % BLOCK,
                       a[i - i % BLOCK].gfn); /* the block's first page */
  }
  ck_assert_uint_eq (n_large, n / 2);
  /* a block whose first page is gone is mapped with small pages */
  vhm_process_drop (p.process, 0, BLOCK, 1);
  first_pages (guest, 2 * BLOCK, a);
  uint32_t still = 0;
  for (uint32_t i = BLOCK + 1; i < 2 * BLOCK; i++)
    still += a[i].guest_size == VHM_PAGE_2M;
  ck_assert_uint_eq (still, 0);
  world_close (&w);
}
END_TEST

START_TEST (whole_cycles_are_split_and_nothing_is_lost)
{
  struct vhm_walker_cost c = { .exposure.cyc = { 0.3, 0.7, 1.1, 0.01 } };
  struct vhm_ledger ledger = { 0 };
  uint64_t cyc = 0, sum = 0;
  for (int i = 1; i <= 10000; i++) {
    uint64_t step = (uint64_t) (i % 13);
    ledger.cyc[VHM_ACCOUNT_COMPUTE] += step;
    cyc += step;
    vhm_translation_split (&c, (double) step / 5, step, &ledger);
  }
  ck_assert_uint_eq (vhm_ledger_sum (&ledger), cyc);
  for (int e = 0; e < VHM_N_EXPOSED; e++) {
    double due = c.exposure.cyc[e] * (double) cyc / 5;
    uint64_t got = ledger.cyc[vhm_exposed_account[e]];
    ck_assert_double_eq_tol ((double) got, due, 2);
    sum += got;
  }
  ck_assert_uint_eq (sum + ledger.cyc[VHM_ACCOUNT_COMPUTE], cyc);
}
END_TEST

/* 64 pages touched once and 16 of them dropped, by one of three threads on two
 * virtual processors. */
START_TEST (changes_of_the_table_cost_what_the_processor_says)
{
  struct world w;
  struct puppet p = a_puppet (64, 0, 3, 1000, 1000, 0);
  enum vhm_paging paging = (enum vhm_paging) _i;
  vhm_guest *guest = boot (&w, &p, paging, VHM_PAGE_2M, 2);
  world_run (&w, S);
  bool is_shadow = paging == VHM_PAGING_SHADOW;
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_SHADOW),
                     is_shadow ? 64 * SYNC : 0);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_GUEST_FAULT), 0);
  vhm_process_set_active (p.process, 0, 48);
  vhm_process_drop (p.process, 0, 48, 16);
  world_run (&w, S);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_GUEST_FAULT),
                     16 * INVALIDATE + SHOOTDOWN + PER_CPU);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_SHADOW),
                     is_shadow ? 64 * SYNC + 16 * EXIT : 0);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_HOST_FAULT), 0);
  world_close (&w);
}
END_TEST

START_TEST (the_audit_sees_a_miscount)
{
  struct world w;
  struct puppet p = a_puppet (64, 0, 1, 1000, 1000, 0);
  vhm_guest *guest = boot (&w, &p, VHM_PAGING_SLAT, VHM_PAGE_2M, 1);
  world_run (&w, S);
  p.process->translation->n_mapped_now++;
  ck_assert_ptr_nonnull (vhm_guest_audit (guest));
  p.process->translation->n_mapped_now--;
  ck_assert_ptr_null (vhm_guest_audit (guest));
  guest->blocks.n_large--;
  ck_assert_ptr_nonnull (vhm_guest_audit (guest));
  guest->blocks.n_large++;
  world_close (&w);
}
END_TEST

/* Every reference of a process that never faults again is paid for: without any
 * memory in the processor each is a walk of four loads, 90 cycles each. */
START_TEST (every_reference_pays_for_its_walk)
{
  struct world w;
  struct puppet p = a_puppet (64, 0.5, 1, 1000, 1e6, 0);
  struct vhm_cpu_config cpu = forgetful_config ();
  world_every_reference ();
  world_open (&w, 1, 2000);
  world_translates (&w, &cpu, 1, VHM_PAGING_NATIVE, VHM_PAGE_4K);
  world_os (&w, "ideal-lru", "");
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, 1000, 1000);
  world_run (&w, 2 * S);
  double n = vhm_guest_references (guest);
  double walks = (double) world_account (guest, VHM_ACCOUNT_GUEST_WALK);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_HOST_WALK), 0);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_L2_TLB), 0);
  double each = walks / n;
  ck_assert_double_gt (each, 100);
  ck_assert_double_le (each, 360);
  /* what is not computing is walking */
  ck_assert_double_eq_tol (n * (1000 + each), 2.0 * (double) S,
                           2.0 * (double) S * 0.01);
  world_close (&w);
  world_next_fault ();
}
END_TEST

SUITE ("translate",
       tcase_add_loop_test (tc, an_access_names_page_frame_and_sizes, 0,
                            VHM_N_PAGE_SIZES);
       tcase_add_test (tc, a_large_page_of_the_guest_is_one_run_of_frames);
       tcase_add_test (tc, whole_cycles_are_split_and_nothing_is_lost);
       tcase_add_loop_test (tc,
                            changes_of_the_table_cost_what_the_processor_says,
                            0, VHM_N_PAGINGS);
       tcase_add_test (tc, the_audit_sees_a_miscount);
       tcase_add_test (tc, every_reference_pays_for_its_walk);)
