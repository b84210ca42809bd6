/* Hypervisor swap from the outside: a guest that has fewer machine frames than it
 * believes. Pages of both systems; victims by chance and in turn. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define VISIBLE 4000
#define LIMIT 1500

static struct vhm_swap_config swap = {
  .read_ahead = 8,
  .batch = 32,
  .n_writes = 4,
  .fault_ns = 5000,
  .minor_ns = 1000,
};

static void
open_world_with (struct world *w, const char *os, enum vhm_victims victims,
                 const char *more)
{
  bool is_linux = victims == VHM_VICTIMS_TWO_LISTS; /* and all that goes with */
  swap.victims = victims;
  swap.cluster = is_linux ? 64 : 1;
  swap.keeps_slots = swap.ahead_is_free = swap.until_free = is_linux;
  world_open (w, 2, 20000);
  const char *least = "";
  if (g_str_equal (os, "windows"))
    least = "nonpaged_pool: 1 MiB";
  else if (g_str_equal (os, "linux"))
    least = "kernel: 1 MiB";
  g_autofree char *settings = g_strconcat (least, more, NULL);
  world_os (w, os, settings);
  w->swap = &swap;
  w->swap_bytes = 64 * VHM_MIB;
}

static void
open_world (struct world *w, const char *os, enum vhm_victims victims)
{
  open_world_with (w, os, victims, "");
}

static const struct vhm_compression_config compression
    = { .max_ppm = 100000,
        .max_allocated_ppm = 300000,
        .compress_ns = 5000,
        .decompress_ns = 2000 };

/* Some pages shrink, and the system touches its own. */
static void
add_all (struct world *w)
{
  w->compression = &compression;
  w->compressed_sizes = (struct vhm_content_sizes){ 600000, 300000 };
  w->kernel = (struct vhm_kernel_touches){ .touches = 4,
                                           .hot_ppm = 100000,
                                           .hot_touches_ppm = 666667 };
}

static const struct {
  const char *os;
  enum vhm_victims victims;
} kinds[] = {
  { "ideal-lru", VHM_VICTIMS_RANDOM }, { "ideal-lru", VHM_VICTIMS_CLOCK },
  { "windows", VHM_VICTIMS_RANDOM },   { "windows", VHM_VICTIMS_CLOCK },
  { "linux", VHM_VICTIMS_RANDOM },     { "linux", VHM_VICTIMS_CLOCK },
  { "linux", VHM_VICTIMS_TWO_LISTS },
};

#define N_KINDS ((int) G_N_ELEMENTS (kinds))

START_TEST (the_guest_runs_with_less_and_does_not_know)
{
  struct world w;
  open_world (&w, kinds[_i].os, kinds[_i].victims);
  struct puppet p = a_puppet (3000, 0.3, 2, 1e5, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, VISIBLE, VISIBLE);
  vhm_guest_set_limit (guest, LIMIT);
  for (int i = 0; i < 20; i++) {
    world_run (&w, 10 * S);
    ck_assert_uint_le (vhm_guest_backed_pages (guest), VISIBLE);
  }
  uint64_t ahead = vhm_guest_backing (guest).ahead;
  ck_assert_uint_eq (ahead > 0, swap.ahead_is_free);
  ck_assert_uint_le (vhm_guest_backed_pages (guest) - ahead, LIMIT);
  ck_assert_uint_ge (vhm_guest_backed_pages (guest) - ahead, LIMIT - 6 * 32);
  ck_assert_uint_eq (vhm_guest_held_pages (guest), VISIBLE);
  struct vhm_backing_counts c = vhm_guest_backing (guest);
  ck_assert_uint_gt (c.guest_faults, 100);
  ck_assert_uint_le (c.guest_faults, c.faults);
  ck_assert_uint_ge (c.swapped_in, c.swap_reads);
  ck_assert_uint_ge (c.swapped_out, VISIBLE - LIMIT);
  ck_assert_uint_gt (c.free_out, 0);
  ck_assert_uint_gt (c.false_reads, 0); /* demand zero into swapped frames */
  struct vhm_guest_counters g = vhm_guest_counters (guest);
  ck_assert_uint_eq (g.page_reads, 0);
  if (g_str_equal (kinds[_i].os, "ideal-lru")) /* others drop clean ones */
    ck_assert_uint_le (g.demand_zero_faults, 3000);
  struct vhm_ledger ledger = vhm_guest_ledger (guest);
  ck_assert_uint_gt (ledger.cyc[VHM_ACCOUNT_BLOCKED_SWAP], 50 * S);
  ck_assert_uint_gt (ledger.cyc[VHM_ACCOUNT_HOST_FAULT], 0);
  ck_assert_uint_gt (vhm_guest_operations (guest), 0);
  /* with its memory back it comes to rest */
  vhm_guest_set_limit (guest, UINT32_MAX);
  world_run (&w, 400 * S);
  uint64_t faults = vhm_guest_backing (guest).guest_faults;
  world_run (&w, 5 * S);
  ck_assert_uint_eq (vhm_guest_backing (guest).guest_faults, faults);
  world_close (&w);
}
END_TEST

/* The guest pages, and the host takes its frames too. */
START_TEST (two_pagers_work_against_each_other)
{
  struct world w;
  open_world (&w, kinds[_i].os, kinds[_i].victims);
  struct puppet p = a_puppet (5000, 0.5, 4, 1e5, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, VISIBLE, VISIBLE);
  world_run (&w, 60 * S);
  vhm_guest_set_limit (guest, 2000);
  world_run (&w, 240 * S);
  struct vhm_backing_counts c = vhm_guest_backing (guest);
  ck_assert_uint_gt (vhm_guest_counters (guest).pages_output, 100);
  ck_assert_uint_gt (c.double_paging, 0);
  ck_assert_uint_gt (c.stale_reads, 0);
  ck_assert_uint_gt (c.silent_writes, 0);
  ck_assert_uint_gt (c.faults, c.guest_faults); /* some by the hypervisor */
  if (g_str_equal (kinds[_i].os, "windows")
      && kinds[_i].victims == VHM_VICTIMS_RANDOM)
    ck_assert_uint_gt (c.kernel_out, 0);
  world_close (&w);
}
END_TEST

START_TEST (a_full_swap_file_is_told_once_and_nothing_is_lost)
{
  struct world w;
  open_world (&w, "ideal-lru", VHM_VICTIMS_RANDOM);
  w.swap_bytes = 1000 * 4 * VHM_KIB;
  struct puppet p = a_puppet (3000, 0.3, 2, 1e5, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, VISIBLE, VISIBLE);
  vhm_guest_set_limit (guest, LIMIT);
  world_run (&w, 60 * S);
  ck_assert_uint_eq (w.n_out_of_swap, 1);
  ck_assert_uint_eq (vhm_guest_swapped_pages (guest), 1000);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), VISIBLE - 1000);
  world_close (&w);
}
END_TEST

START_TEST (the_balloon_takes_swapped_frames_for_nothing)
{
  struct world w;
  open_world (&w, "ideal-lru", VHM_VICTIMS_RANDOM);
  struct puppet p = a_puppet (500, 0.3, 1, 1e5, 100, S);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, VISIBLE, VISIBLE);
  vhm_guest_set_limit (guest, LIMIT);
  world_run (&w, 60 * S);
  ck_assert_uint_ge (vhm_guest_swapped_pages (guest), VISIBLE - LIMIT);
  uint64_t reads = vhm_guest_backing (guest).swap_reads;
  ck_assert_uint_eq (vhm_guest_inflate (guest, 3000, 0), 3000);
  world_audit (&w);
  ck_assert_uint_eq (vhm_guest_backing (guest).swap_reads, reads);
  ck_assert_uint_le (vhm_guest_swapped_pages (guest), 1000);
  ck_assert_uint_eq (vhm_guest_held_pages (guest), 1000);
  vhm_guest_deflate (guest, 500, 0);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_held_pages (guest), 1500);
  world_close (&w);
}
END_TEST

/* A guest that stops while frames are under way leaves nothing behind. */
START_TEST (stops_at_any_moment)
{
  struct world w;
  open_world (&w, kinds[_i].os, kinds[_i].victims);
  struct puppet p = a_puppet (5000, 0.5, 4, 1e5, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, VISIBLE, VISIBLE);
  world_run (&w, 60 * S);
  vhm_guest_set_limit (guest, LIMIT);
  world_run (&w, S / 100);
  vhm_guest_stop (guest);
  world_run (&w, 60 * S);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), 0);
  world_close (&w);
}
END_TEST

/* One frame too many: a batch goes, or as much as may be on its way at once, for
 * nothing is free before the disk has it. */
START_TEST (takes_until_some_are_free)
{
  struct world w;
  open_world (&w, "ideal-lru", VHM_VICTIMS_CLOCK);
  swap.until_free = _i == 1;
  struct puppet p = a_puppet (VISIBLE, 0.3, 1, 1e5, 100, 0);
  p.threads.held = true;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, VISIBLE, VISIBLE);
  vhm_guest_set_limit (guest, VISIBLE - 1);
  world_audit (&w);
  uint32_t going = _i == 1 ? 4 * 32 : 2 * 32; /* one more than one batch */
  ck_assert_uint_eq (vhm_guest_swapped_pages (guest), going);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), VISIBLE);
  /* what goes at once is written at once */
  ck_assert_uint_eq (vhm_guest_backing (guest).swap_writes, going / 32);
  world_run (&w, 10 * S);
  if (_i == 1) /* when the first batch was free, one was still missing */
    going += 32;
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), VISIBLE - going);
  ck_assert_uint_eq (vhm_guest_swapped_pages (guest), going);
  world_close (&w);
}
END_TEST

/* Slots that were kept lie between new ones: the requests of a burst are in the
 * order of the file, and adjoining ones are one. */
START_TEST (a_burst_is_written_in_the_order_of_the_file)
{
  struct world w;
  open_world (&w, "ideal-lru", VHM_VICTIMS_TWO_LISTS);
  struct puppet p = a_puppet (2000, 0, 1, 1e6, 1e9, 0);
  p.regions[0].pattern = VHM_PATTERN_SCAN;
  p.regions[0].cyclic = true;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, 2000, 2000);
  vhm_guest_set_limit (guest, 1000);
  world_run (&w, 200 * S);
  world_n_requests = 0;
  while (world_n_requests < WORLD_REQUESTS)
    vhm_engine_run (w.engine, vhm_cycles_add (vhm_engine_now (w.engine),
                                              vhm_cycles_make (S / 100)));
  uint32_t n_bursts = 0, n_ascends = 0, n_adjoins = 0;
  for (int i = 1; i < WORLD_REQUESTS; i++) {
    const struct vhm_disk_request *a = &world_request[i - 1];
    const struct vhm_disk_request *b = &world_request[i];
    if (!a->is_write || !b->is_write)
      continue;
    uint64_t end = a->at_bytes + a->size_bytes;
    n_bursts += b->at_bytes < end;
    n_ascends += b->at_bytes > end;
    n_adjoins += b->at_bytes == end && a->size_bytes < 32 * 4 * VHM_KIB;
  }
  ck_assert_uint_gt (n_ascends, 10 * n_bursts);
  ck_assert_uint_gt (n_ascends, 20);
  ck_assert_uint_eq (n_adjoins, 0);
  world_close (&w);
}
END_TEST

/* Frames are given as they are touched, and no more than there are. */
START_TEST (backed_at_touch)
{
  struct world w;
  open_world (&w, kinds[_i].os, kinds[_i].victims);
  w.backed_at_touch = true;
  struct puppet p = a_puppet (2000, 0.3, 1, 1e4, 100, 0);
  p.regions[0].n_active = 1000;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, VISIBLE, VISIBLE);
  uint32_t kernel = vhm_guest_backed_pages (guest);
  ck_assert_uint_le (kernel, VISIBLE / 8);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), kernel + 1000);
  ck_assert_uint_eq (vhm_guest_backing (guest).first_touches, kernel + 1000);
  vhm_process_allocate (p.process, 0, 1000, 1000);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), kernel + 2000);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_ALLOCATED], 1);
  ck_assert_uint_eq (vhm_guest_backing (guest).swapped_out, 0);
  world_close (&w);
}
END_TEST

/* A file is used beside. */
static void
add_file (struct puppet *p)
{
  p->n_regions = 2;
  p->regions[1] = (struct vhm_region_spec){ .pattern = VHM_PATTERN_UNIFORM,
                                            .n_pages = 1000,
                                            .n_active = 1000,
                                            .share = 0.3,
                                            .write = 0.2,
                                            .is_file = true };
}

struct outcome {
  struct vhm_backing_counts counts;
  struct vhm_ledger ledger;
  struct vhm_guest_counters os;
};

/* Whatever comes, in whatever order: the audit after every step. */
static void
do_anything (int i, struct outcome *ret)
{
  struct world w;
  const char *os = kinds[i % N_KINDS].os;
  open_world_with (&w, os, kinds[i % N_KINDS].victims,
                   g_str_equal (os, "linux")
                       ? ", report_free: 20 ms, deflate_on_oom: true"
                       : "");
  w.backed_at_touch = i / N_KINDS % 2 == 1;
  if (i >= 2 * N_KINDS)
    add_all (&w);
  struct vhm_rng rng;
  vhm_rng_init (&rng, (uint64_t) i, "what is done");
  struct puppet p = a_puppet (3500, 0.5, 3, 1e5, 100, 0);
  p.regions[0].n_active = 2500;
  add_file (&p);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 3000, VISIBLE);
  for (int step = 0; step < 80; step++) {
    uint32_t n = (uint32_t) vhm_rng_below (&rng, 400);
    uint32_t first = (uint32_t) vhm_rng_below (&rng, 3000);
    switch (vhm_rng_below (&rng, 7)) {
    case 0:
      vhm_guest_set_limit (guest, 800 + 4 * n);
      break;
    case 1:
      vhm_guest_inflate (guest, n, 0);
      break;
    case 2:
      vhm_guest_deflate (guest, MIN (n, vhm_guest_ballooned_pages (guest)), 0);
      break;
    case 3:
      if (!vhm_process_is_allocating (p.process))
        vhm_process_allocate (p.process, 0, first, n);
      break;
    case 4:
      if (!vhm_process_is_allocating (p.process))
        vhm_process_drop (p.process, 0, first, n);
      break;
    case 5:
      if (!vhm_process_is_sweeping (p.process))
        vhm_process_sweep (p.process, 0, first, first + n, 1e4, true);
      break;
    default:
      vhm_guest_hot_add (
          guest, MIN (n / 8, VISIBLE - vhm_guest_visible_pages (guest)));
      break;
    }
    world_audit (&w);
    world_run (&w, S / 3);
  }
  *ret = (struct outcome){ vhm_guest_backing (guest), vhm_guest_ledger (guest),
                           vhm_guest_counters (guest) };
  world_close (&w);
}

START_TEST (every_invariant_holds_whatever_is_done)
{
  struct outcome first, second;
  do_anything (_i, &first);
  const struct vhm_backing_counts *c = &first.counts;
  ck_assert_uint_gt (c->swapped_in, 100);
  bool has_all = _i >= 2 * N_KINDS;
  ck_assert_uint_eq (c->compressed_in > 100, has_all);
  ck_assert_uint_eq (c->compressed_evicted > 100, has_all);
  ck_assert_uint_eq (c->decompressed > 100, has_all);
  ck_assert_uint_eq (c->compress_refused > 100, has_all);
  ck_assert_uint_eq (first.ledger.cyc[VHM_ACCOUNT_COMPRESSION] > 0, has_all);
  int kind = _i % N_KINDS;
  bool has_kernel = has_all && !g_str_equal (kinds[kind].os, "ideal-lru");
  if (!has_kernel || kinds[kind].victims == VHM_VICTIMS_RANDOM)
    ck_assert_uint_eq (c->kernel_faults > 0, has_kernel);
  if (!has_all)
    return;
  do_anything (_i, &second); /* same input, same outcome */
  ck_assert_mem_eq (&first.counts, &second.counts, sizeof first.counts);
  ck_assert_mem_eq (&first.ledger, &second.ledger, sizeof first.ledger);
  ck_assert_uint_eq (first.os.page_faults, second.os.page_faults);
}
END_TEST

SUITE_TWICE (
    "hypervisor swap", "every reference", world_every_reference,
    world_next_fault, tcase_set_timeout (tc, 60);
    tcase_add_loop_test (tc, the_guest_runs_with_less_and_does_not_know, 0,
                         N_KINDS);
    tcase_add_loop_test (tc, two_pagers_work_against_each_other, 0, N_KINDS);
    tcase_add_test (tc, a_full_swap_file_is_told_once_and_nothing_is_lost);
    tcase_add_test (tc, the_balloon_takes_swapped_frames_for_nothing);
    tcase_add_loop_test (tc, takes_until_some_are_free, 0, 2);
    tcase_add_test (tc, a_burst_is_written_in_the_order_of_the_file);
    tcase_add_loop_test (tc, stops_at_any_moment, 0, N_KINDS);
    tcase_add_loop_test (tc, backed_at_touch, 0, N_KINDS);
    tcase_add_loop_test (tc, every_invariant_holds_whatever_is_done, 0,
                         4 * N_KINDS);)
