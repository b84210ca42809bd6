/* Page sharing in guests: joining, writing, leaving; in both modes of
 * references. */
#include "suite.h"
#include "world.h"

#include <math.h>

#define S VHM_NS_PER_S
#define N 1000

static const struct vhm_shared_memory_config esx = {
  .sharing = { .hash_ns = 700, .compare_ns = 1000, .copy_ns = 1000 },
  .fault_ns = 1500,
  .before_swap = true,
};
static const struct vhm_shared_memory_config ksm = {
  .sharing = { .stable_scans = 1,
               .last = VHM_SHARING_LAST_COPIES,
               .hash_ns = 700,
               .copy_ns = 1000 },
};
static const struct vhm_content_class all_image[]
    = { { VHM_CONTENT_IMAGE, 1000000, "image", 0, 1 } };
static const struct vhm_content_class all_zeros[]
    = { { .kind = VHM_CONTENT_ZEROS, .part_ppm = 1000000 } };
static struct vhm_swap_config swap = {
  .victims = VHM_VICTIMS_RANDOM, .read_ahead = 8, .batch = 32, .n_writes = 4
};

static void
open_world (struct world *w, const struct vhm_shared_memory_config *config,
            uint32_t n_frames)
{
  world_open (w, 2, n_frames);
  world_os (w, "ideal-lru", "");
  world_shares (w, config);
  w->backed_at_touch = true;
  w->content = all_image;
  w->n_content = 1;
}

/* A guest that references all its n pages, and writes with this chance. */
static vhm_guest *
a_guest (struct world *w, struct puppet *p, uint32_t n, double write)
{
  *p = a_puppet (n, write, 1, 1e5, 100, 0);
  world_puppet (w, p);
  return world_boot (w, 1, n, n);
}

static void
scan_all (vhm_guest *guest)
{
  uint32_t n = vhm_guest_visible_pages (guest);
  for (uint32_t gfn = 0; gfn < n; gfn++)
    vhm_guest_scan (guest, &gfn, 1);
}

START_TEST (like_guests_share_a_copy_of_what_they_only_read)
{
  struct world w;
  struct puppet p[3];
  vhm_guest *g[3];
  open_world (&w, &esx, 4000);
  for (int i = 0; i < 3; i++)
    g[i] = a_guest (&w, &p[i], N, 0);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 1000);
  for (int i = 0; i < 3; i++)
    scan_all (g[i]);
  world_run (&w, 10 * S);
  struct vhm_sharing_counts c = vhm_shared_memory_counts (w.shared);
  ck_assert_uint_eq (c.n_shared, 3 * N);
  ck_assert_uint_eq (c.n_frames, N);
  ck_assert_uint_eq (c.n_reclaimed, 2 * N);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 3000);
  ck_assert_uint_eq (vhm_machine_n_owned (w.machine, VHM_OWNER_SHARED), N);
  for (int i = 0; i < 3; i++) {
    struct vhm_guest_sharing s = vhm_guest_sharing (g[i]);
    ck_assert_uint_eq (s.n_shared, N);
    ck_assert_uint_eq (s.n_scanned, N);
    ck_assert_uint_eq (s.n_breaks, 0);
    ck_assert_uint_eq (vhm_guest_backed_pages (g[i]), 0);
    ck_assert_uint_eq (vhm_guest_shared_pages (g[i]), N);
    struct vhm_ledger l = vhm_guest_ledger (g[i]);
    /* a hash each but for the shared; comparisons of those that joined */
    ck_assert_uint_eq (l.cyc[VHM_ACCOUNT_SHARING], N * (i == 0 ? 700 : 1700));
    ck_assert_uint_eq (l.cyc[VHM_ACCOUNT_COW], 0);
  }
  world_close (&w);
}
END_TEST

/* The first write to each page breaks it: a copy for all but the last one, which
 * keeps the frame (ESX), or gets a copy, too (KSM). */
START_TEST (a_write_gets_a_copy_of_its_own)
{
  const struct vhm_shared_memory_config *config = _i ? &ksm : &esx;
  struct world w;
  struct puppet p[2];
  vhm_guest *g[2];
  open_world (&w, config, 4000);
  for (int i = 0; i < 2; i++) {
    g[i] = a_guest (&w, &p[i], N, 0.5);
    vhm_process_allocate (p[i].process, 0, 0, N);
    vhm_process_hold (p[i].process);
  }
  world_run (&w, S);
  for (int scan = 0; scan < 2; scan++)
    for (int i = 0; i < 2; i++)
      scan_all (g[i]);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_shared_memory_counts (w.shared).n_shared, 2 * N);
  for (int i = 0; i < 2; i++)
    vhm_process_release (p[i].process);
  for (int i = 0; i < 10; i++)
    world_run (&w, 5 * S);
  struct vhm_sharing_counts c = vhm_shared_memory_counts (w.shared);
  ck_assert_uint_eq (c.n_shared, 0);
  ck_assert_uint_eq (c.n_breaks, 2 * N);
  ck_assert_uint_eq (c.n_copied, _i ? 2 * N : N);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 2000);
  uint64_t cow = 0;
  for (int i = 0; i < 2; i++) {
    struct vhm_ledger l = vhm_guest_ledger (g[i]);
    cow += l.cyc[VHM_ACCOUNT_COW];
    ck_assert_uint_eq (vhm_guest_sharing (g[i]).n_breaks, N);
  }
  ck_assert_uint_eq (cow, 2 * N * config->fault_ns + c.n_copied * 1000);
  /* what has been written is nobody else's */
  for (int scan = 0; scan < 2; scan++)
    for (int i = 0; i < 2; i++)
      scan_all (g[i]);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_shared_memory_counts (w.shared).n_shared, 0);
  world_close (&w);
}
END_TEST

/* A page that has been written since it was filled is its own, even before any
 * scanner has come by; how many is that of a Poisson process. */
START_TEST (what_was_written_before_is_not_shared)
{
  struct world w;
  struct puppet p;
  open_world (&w, &esx, 12000);
  vhm_guest *g = a_guest (&w, &p, 5000, 0.1);
  vhm_process_allocate (p.process, 0, 0, 5000);
  w.content = all_image;
  struct puppet q;
  vhm_guest *h = a_guest (&w, &q, 5000, 0);
  vhm_process_allocate (q.process, 0, 0, 5000);
  /* 1e5 cycles a reference: 25000 in 2.5 s, 5 a page, 0.5 of them writes */
  world_run (&w, 5 * S / 2);
  vhm_process_hold (p.process);
  scan_all (g);
  scan_all (h);
  world_run (&w, S);
  double n = vhm_guest_sharing (g).n_shared;
  double mean = vhm_guest_references (g) / 5000 * 0.1;
  double expected = 5000 * exp (-mean);
  ck_assert_double_eq_tol (n, expected,
                           5 * sqrt (expected * (1 - exp (-mean))));
  world_close (&w);
}
END_TEST

START_TEST (the_balloon_and_a_stop_leave_what_is_shared)
{
  struct world w;
  struct puppet p[3];
  vhm_guest *g[3];
  open_world (&w, &esx, 4000);
  for (int i = 0; i < 3; i++)
    g[i] = a_guest (&w, &p[i], N, 0);
  world_run (&w, 10 * S);
  for (int i = 0; i < 3; i++)
    scan_all (g[i]);
  ck_assert_uint_eq (vhm_guest_inflate (g[0], 400, 0), 400);
  world_audit (&w);
  ck_assert_uint_eq (vhm_shared_memory_counts (w.shared).n_shared, 3 * N - 400);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 3000);
  vhm_guest_stop (g[1]);
  world_audit (&w);
  vhm_guest_stop (g[2]);
  world_audit (&w);
  ck_assert_uint_eq (vhm_shared_memory_counts (w.shared).n_frames, 600);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 3400);
  vhm_guest_stop (g[0]);
  world_audit (&w);
  world_close (&w);
}
END_TEST

START_TEST (salted_guests_share_with_themselves_only)
{
  struct world w;
  struct puppet p[4];
  open_world (&w, &esx, 5000);
  vhm_guest *g[4];
  for (int i = 0; i < 4; i++) {
    w.share_salt = 1 + (uint64_t) i / 2;
    w.content = i == 3 ? all_zeros : all_image;
    g[i] = a_guest (&w, &p[i], N, 0);
  }
  world_run (&w, 10 * S);
  for (int i = 0; i < 4; i++)
    scan_all (g[i]);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_guest_sharing (g[0]).n_shared, N);
  ck_assert_uint_eq (vhm_guest_sharing (g[1]).n_shared, N);
  ck_assert_uint_eq (vhm_guest_sharing (g[2]).n_shared, 0);
  ck_assert_uint_eq (vhm_guest_sharing (g[3]).n_shared, N);
  ck_assert_uint_eq (vhm_guest_sharing (g[3]).n_zero, N);
  ck_assert_uint_eq (vhm_guest_sharing (g[1]).n_zero, 0);
  ck_assert_uint_eq (vhm_shared_memory_counts (w.shared).n_frames, N + 1);
  vhm_guest_inflate (g[3], 300, 0);
  ck_assert_uint_eq (vhm_guest_sharing (g[3]).n_zero, N - 300);
  world_close (&w);
}
END_TEST

/* Of memory given at start nothing but zeros is in what nobody has used; in
 * blocks that one page maps it is noted, and shared when they break. */
START_TEST (large_blocks_are_noted_and_shared_when_they_break)
{
  struct world w;
  struct puppet p;
  open_world (&w, &esx, 4096);
  w.backed_at_touch = false;
  vhm_guest *g = a_guest (&w, &p, 2048, 0);
  ck_assert_uint_eq (vhm_guest_large_blocks (g), 4);
  vhm_process_hold (p.process);
  scan_all (g);
  world_run (&w, S);
  struct vhm_sharing_counts c = vhm_shared_memory_counts (w.shared);
  ck_assert_uint_eq (c.n_noted, 2048);
  ck_assert_uint_eq (c.n_shared, 0);
  ck_assert_uint_eq (vhm_guest_large_blocks (g), 4);
  vhm_guest_inflate (g, 1, 0); /* breaks one block */
  world_audit (&w);
  c = vhm_shared_memory_counts (w.shared);
  ck_assert_uint_eq (vhm_guest_large_blocks (g), 3);
  ck_assert_uint_ge (c.n_zero, 500);
  ck_assert_uint_le (c.n_zero, 511);
  ck_assert_uint_eq (c.n_frames, 1);
  world_close (&w);
}
END_TEST

/* A host that is full: sharing made room, a third guest took it, and then the
 * others write. They wait while somebody's frames are swapped out. */
START_TEST (a_storm_of_writes_waits_for_frames)
{
  struct world w;
  struct puppet p[3];
  vhm_guest *g[3];
  open_world (&w, &esx, 2100);
  w.swap = &swap;
  w.swap_bytes = 16 * VHM_MIB;
  for (int i = 0; i < 2; i++) {
    g[i] = a_guest (&w, &p[i], N, 0.5);
    vhm_process_allocate (p[i].process, 0, 0, N);
    vhm_process_hold (p[i].process);
  }
  world_run (&w, S);
  scan_all (g[0]);
  scan_all (g[1]);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 1100);
  w.n_content = 0;
  g[2] = a_guest (&w, &p[2], N, 0.5);
  vhm_process_allocate (p[2].process, 0, 0, N);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 100);
  vhm_process_release (p[0].process);
  vhm_process_release (p[1].process);
  for (int i = 0; i < 60; i++)
    world_run (&w, 5 * S);
  struct vhm_sharing_counts c = vhm_shared_memory_counts (w.shared);
  ck_assert_uint_gt (c.n_copied, 500);
  uint64_t swapped = 0, blocked = 0;
  for (int i = 0; i < 3; i++) {
    struct vhm_ledger l = vhm_guest_ledger (g[i]);
    swapped += vhm_guest_backing (g[i]).swapped_out;
    blocked += l.cyc[VHM_ACCOUNT_BLOCKED_SWAP];
  }
  ck_assert_uint_gt (swapped, 300);
  ck_assert_uint_gt (blocked, 0);
  world_close (&w);
}
END_TEST

/* What is like another page is shared in place of being written. */
START_TEST (shares_before_it_swaps)
{
  struct world w;
  struct puppet p[2];
  vhm_guest *g[2];
  open_world (&w, &esx, 4000);
  w.swap = &swap;
  w.swap_bytes = 16 * VHM_MIB;
  for (int i = 0; i < 2; i++)
    g[i] = a_guest (&w, &p[i], N, 0);
  world_run (&w, 10 * S);
  scan_all (g[0]); /* hints */
  vhm_guest_set_limit (g[1], 500);
  for (int i = 0; i < 10; i++)
    world_run (&w, 5 * S);
  ck_assert_uint_eq (vhm_guest_backing (g[1]).swapped_out, 0);
  ck_assert_uint_ge (vhm_guest_sharing (g[1]).n_shared, 500);
  ck_assert_uint_le (vhm_guest_backed_pages (g[1]), 500);
  world_close (&w);
}
END_TEST

/* A guest that pages: frames are zeroed, read into and given to other pages while
 * they are shared. The audit compares what sharers hold. */
START_TEST (frames_go_from_page_to_page)
{
  struct world w;
  struct puppet p[2];
  vhm_guest *g[2];
  open_world (&w, _i ? &ksm : &esx, 8000);
  world_os (&w, _i ? "windows" : "ideal-lru", _i ? "nonpaged_pool: 1 MiB" : "");
  for (int i = 0; i < 2; i++) {
    p[i] = a_puppet (3000, 0.05, 4, 1e5, 100, 0);
    world_puppet (&w, &p[i]);
    g[i] = world_boot (&w, 2, 2000, 2000);
  }
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "scan");
  uint64_t n_shared = 0;
  for (int i = 0; i < 100; i++) {
    uint32_t gfns[200];
    for (int k = 0; k < 200; k++)
      gfns[k] = (uint32_t) vhm_rng_below (&rng, 2000);
    vhm_guest_scan (g[i % 2], gfns, 200);
    world_run (&w, S / 2);
    n_shared += vhm_guest_shared_pages (g[0]);
  }
  ck_assert_uint_gt (n_shared, 100);
  ck_assert_uint_gt (vhm_guest_sharing (g[0]).n_breaks, 20);
  ck_assert_uint_gt (vhm_guest_counters (g[0]).page_reads, 100);
  world_close (&w);
}
END_TEST

SUITE_TWICE ("share", "every reference", world_every_reference,
             world_next_fault, tcase_set_timeout (tc, 120);
             tcase_add_test (tc,
                             like_guests_share_a_copy_of_what_they_only_read);
             tcase_add_loop_test (tc, a_write_gets_a_copy_of_its_own, 0, 2);
             tcase_add_test (tc, what_was_written_before_is_not_shared);
             tcase_add_test (tc, the_balloon_and_a_stop_leave_what_is_shared);
             tcase_add_test (tc, salted_guests_share_with_themselves_only);
             tcase_add_test (tc,
                             large_blocks_are_noted_and_shared_when_they_break);
             tcase_add_test (tc, a_storm_of_writes_waits_for_frames);
             tcase_add_test (tc, shares_before_it_swaps);
             tcase_add_loop_test (tc, frames_go_from_page_to_page, 0, 2);)
