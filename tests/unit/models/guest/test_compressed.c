/* Pages on their way to the swap file that stay in memory, compressed: what goes
 * where, and what it costs, to the cycle. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MS (S / 1000)
#define N 256
#define FAULT_NS 7000
#define MINOR_NS 1000
#define COMPRESS_NS 5000
#define DECOMPRESS_NS 2000
#define BATCH 8

static struct vhm_swap_config swap = { .victims = VHM_VICTIMS_CLOCK,
                                       .read_ahead = 1,
                                       .batch = BATCH,
                                       .n_writes = 4,
                                       .fault_ns = FAULT_NS,
                                       .minor_ns = MINOR_NS };
static struct vhm_compression_config compression
    = { .compress_ns = COMPRESS_NS, .decompress_ns = DECOMPRESS_NS };

struct scene {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
  struct vhm_ledger before;
};

/* Of the scenes to come; every test has a process of its own. */
static uint32_t max_allocated_ppm = VHM_PPM;
static uint64_t swap_bytes = 16 * VHM_MIB;

/* All of N pages touched, by a walk a page in 10 ms; then nothing runs. */
static void
open_scene (struct scene *s, uint32_t small_ppm, uint32_t max_ppm)
{
  compression.max_ppm = max_ppm;
  compression.max_allocated_ppm = max_allocated_ppm;
  world_open (&s->w, 1, 4000);
  world_os (&s->w, "ideal-lru", "");
  s->w.swap = &swap;
  s->w.swap_bytes = swap_bytes;
  s->w.compression = &compression;
  s->w.compressed_sizes = (struct vhm_content_sizes){ small_ppm, 250000 };
  s->p = a_puppet (N, 0, 1, 1e7, 1e9, 0);
  s->p.regions[0].pattern = VHM_PATTERN_SCAN;
  s->p.regions[0].cyclic = true;
  world_puppet (&s->w, &s->p);
  s->guest = world_boot (&s->w, 1, N, N);
  world_run (&s->w, 6 * S);
  vhm_process_hold (s->p.process);
  s->before = vhm_guest_ledger (s->guest);
}

static uint64_t
cost (const struct scene *s, enum vhm_account account)
{
  return vhm_guest_ledger (s->guest).cyc[account] - s->before.cyc[account];
}

static void
close_scene (struct scene *s)
{
  vhm_guest_stop (s->guest);
  world_close (&s->w);
}

/* b frames backed and (N - b) / 2 that the cache takes, with a batch to spare. */
START_TEST (a_victim_that_shrinks_is_gone_at_once)
{
  struct scene s;
  open_scene (&s, VHM_PPM, VHM_PPM);
  vhm_guest_set_limit (s.guest, 200);
  world_audit (&s.w);
  ck_assert_uint_eq (vhm_guest_backed_pages (s.guest), 128);
  ck_assert_uint_eq (vhm_guest_compressed_frames (s.guest), 64);
  ck_assert_uint_eq (vhm_machine_n_owned (s.w.machine, VHM_OWNER_COMPRESSED),
                     64);
  ck_assert_uint_eq (vhm_machine_n_free (s.w.machine), 4000 - 192);
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  ck_assert_uint_eq (c.compressed_in, 128);
  ck_assert_uint_eq (c.compressed, 128);
  ck_assert_uint_eq (c.swapped_out + c.swap_writes + c.compress_refused, 0);
  close_scene (&s);
}
END_TEST

/* A touch takes no disk: its own time, and that of the page that goes in place of
 * it. */
START_TEST (a_touch_decompresses)
{
  struct scene s;
  open_scene (&s, VHM_PPM, VHM_PPM);
  vhm_guest_set_limit (s.guest, 200);
  vhm_process_sweep (s.p.process, 0, 0, N, 10, false);
  world_run (&s.w, 100 * MS);
  ck_assert (!vhm_process_is_sweeping (s.p.process));
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  ck_assert_uint_ge (c.decompressed, 128);
  ck_assert_uint_eq (c.faults + c.swap_reads + c.swap_writes, 0);
  ck_assert_uint_eq (c.first_touches + c.minor_faults, 0);
  ck_assert_uint_eq (c.compressed_in, c.decompressed + c.compressed);
  ck_assert_uint_eq (cost (&s, VHM_ACCOUNT_COMPRESSION),
                     c.compressed_in * COMPRESS_NS
                         + c.decompressed * DECOMPRESS_NS);
  ck_assert_uint_eq (cost (&s, VHM_ACCOUNT_HOST_FAULT),
                     c.decompressed * MINOR_NS);
  ck_assert_uint_eq (cost (&s, VHM_ACCOUNT_BLOCKED_SWAP), 0);
  ck_assert_uint_eq (vhm_guest_counters (s.guest).demand_zero_faults, N);
  close_scene (&s);
}
END_TEST

/* 6.25 % of 256 pages: 16 frames, 32 pages. Backed 176, written 48, in order. */
START_TEST (a_full_cache_sends_its_oldest_on)
{
  struct scene s;
  open_scene (&s, VHM_PPM, 62500);
  vhm_guest_set_limit (s.guest, 200);
  world_run (&s.w, S);
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  ck_assert_uint_eq (vhm_guest_compressed_frames (s.guest), 16);
  ck_assert_uint_eq (vhm_guest_backed_pages (s.guest), 176);
  ck_assert_uint_eq (vhm_guest_swapped_pages (s.guest), 48);
  ck_assert_uint_eq (c.compressed_in, 80);
  ck_assert_uint_eq (c.compressed_evicted, 48);
  ck_assert_uint_eq (c.swapped_out, 48);
  ck_assert_uint_eq (c.swap_writes, 48 / BATCH);
  /* turns came round in the order of the walk: the file has the first ones, the
   * cache those after them */
  vhm_guest_set_limit (s.guest, UINT32_MAX);
  vhm_process_sweep (s.p.process, 0, 48, N, 10, false);
  world_run (&s.w, S);
  struct vhm_backing_counts d = vhm_guest_backing (s.guest);
  ck_assert_uint_eq (d.faults, 0);
  ck_assert_uint_eq (d.decompressed, 32);
  ck_assert_uint_eq (vhm_guest_compressed_frames (s.guest), 0);
  vhm_process_sweep (s.p.process, 0, 0, 48, 10, false);
  world_run (&s.w, S);
  ck_assert_uint_eq (vhm_guest_backing (s.guest).faults, 48);
  ck_assert_uint_eq (cost (&s, VHM_ACCOUNT_BLOCKED_SWAP), 48 * 10 * MS);
  ck_assert_uint_eq (cost (&s, VHM_ACCOUNT_COMPRESSION),
                     80 * COMPRESS_NS + 80 * DECOMPRESS_NS);
  ck_assert_uint_eq (vhm_guest_backed_pages (s.guest), N);
  close_scene (&s);
}
END_TEST

static uint32_t
held (const struct scene *s)
{
  return vhm_guest_backed_pages (s->guest)
         + vhm_guest_compressed_frames (s->guest);
}

/* What is on its way out counts until it has gone, and so does the cache: beyond
 * its limit the guest gets nothing. */
START_TEST (the_limit_holds_at_any_moment)
{
  struct scene s;
  open_scene (&s, VHM_PPM / 2, 62500);
  vhm_guest_set_limit (s.guest, 200);
  world_run (&s.w, S);
  uint32_t before = held (&s);
  ck_assert_uint_ge (before, 200 - 2 * BATCH);
  vhm_guest_set_limit (s.guest, before - BATCH);
  vhm_process_sweep (s.p.process, 0, 0, N, 10, false);
  for (int ms = 0; ms < 1000; ms++) {
    world_run (&s.w, MS);
    ck_assert_uint_le (held (&s), ms < 10 ? before : before - BATCH);
  }
  ck_assert_uint_gt (vhm_guest_backing (s.guest).faults, 20);
  close_scene (&s);
}
END_TEST

/* What is on its way from the cache to the file is there for who touches it. */
START_TEST (a_touch_keeps_what_is_sent_on)
{
  struct scene s;
  open_scene (&s, VHM_PPM, 62500);
  vhm_guest_set_limit (s.guest, 200);
  world_audit (&s.w);
  uint64_t evicted = vhm_guest_backing (s.guest).compressed_evicted;
  ck_assert_uint_gt (evicted, 0);
  vhm_guest_set_limit (s.guest, UINT32_MAX);
  vhm_process_sweep (s.p.process, 0, 0, N, 10, false);
  world_run (&s.w, 2 * MS); /* a write takes ten */
  ck_assert (!vhm_process_is_sweeping (s.p.process));
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  ck_assert_uint_eq (c.minor_faults, evicted);
  ck_assert_uint_eq (c.faults, 0);
  ck_assert_uint_eq (vhm_guest_backed_pages (s.guest), N);
  ck_assert_uint_eq (vhm_guest_swapped_pages (s.guest), 0);
  world_run (&s.w, S);
  ck_assert_uint_eq (vhm_guest_backed_pages (s.guest), N);
  close_scene (&s);
}
END_TEST

START_TEST (what_does_not_shrink_goes_to_the_file)
{
  struct scene s;
  open_scene (&s, 0, VHM_PPM);
  vhm_guest_set_limit (s.guest, 200);
  world_run (&s.w, S);
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  ck_assert_uint_eq (vhm_guest_backed_pages (s.guest), 192);
  ck_assert_uint_eq (c.compress_refused, 64);
  ck_assert_uint_eq (c.swapped_out, 64);
  ck_assert_uint_eq (c.compressed_in, 0);
  vhm_process_release (s.p.process);
  world_run (&s.w, 100 * MS);
  c = vhm_guest_backing (s.guest);
  ck_assert_uint_eq (cost (&s, VHM_ACCOUNT_COMPRESSION),
                     c.compress_refused * COMPRESS_NS);
  close_scene (&s);
}
END_TEST

START_TEST (the_balloon_wants_no_contents)
{
  struct scene s;
  open_scene (&s, VHM_PPM, VHM_PPM);
  vhm_guest_set_limit (s.guest, 200);
  ck_assert_uint_eq (vhm_guest_inflate (s.guest, 150, 0), 150);
  world_audit (&s.w);
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  ck_assert_uint_le (c.compressed, N - 150);
  ck_assert_uint_eq (c.decompressed + c.swap_reads, 0);
  ck_assert_uint_eq (vhm_guest_compressed_frames (s.guest),
                     (c.compressed + 1) / 2);
  close_scene (&s);
}
END_TEST

/* The cache may take a quarter of what the guest holds; that becomes less. */
START_TEST (a_cache_too_large_is_sent_on)
{
  struct scene s;
  max_allocated_ppm = VHM_PPM / 4;
  open_scene (&s, VHM_PPM, VHM_PPM);
  vhm_guest_set_limit (s.guest, 200);
  world_run (&s.w, S);
  uint32_t before = vhm_guest_compressed_frames (s.guest);
  ck_assert_uint_le (before, (200 - BATCH) / 4);
  ck_assert_uint_ge (before, (200 - 3 * BATCH) / 4);
  vhm_guest_set_limit (s.guest, 100);
  world_run (&s.w, S);
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  uint32_t frames = vhm_guest_compressed_frames (s.guest);
  uint32_t held = vhm_guest_backed_pages (s.guest) + frames;
  ck_assert_uint_le (held, 100 - BATCH);
  ck_assert_uint_ge (held, 100 - 3 * BATCH);
  ck_assert_uint_lt (frames, before);
  ck_assert_uint_le (frames, held / 4);
  ck_assert_uint_ge (frames, held / 4 - BATCH / 2);
  ck_assert_uint_eq (vhm_guest_swapped_pages (s.guest) + c.compressed
                         + vhm_guest_backed_pages (s.guest),
                     N);
  ck_assert_uint_eq (c.compressed_in, c.compressed + c.compressed_evicted);
  close_scene (&s);
}
END_TEST

/* Nothing is lost when the file is full; the host is told once. */
START_TEST (a_full_file_stops_the_cache)
{
  struct scene s;
  swap_bytes = 20 * VHM_PAGE_BYTES;
  open_scene (&s, VHM_PPM, 62500);
  vhm_guest_set_limit (s.guest, 100);
  world_run (&s.w, S);
  ck_assert_uint_eq (s.w.n_out_of_swap, 1);
  ck_assert_uint_eq (vhm_guest_swapped_pages (s.guest), 20);
  ck_assert_uint_eq (vhm_guest_backing (s.guest).compressed, 32);
  ck_assert_uint_eq (vhm_guest_backed_pages (s.guest), N - 20 - 32);
  vhm_guest_set_limit (s.guest, UINT32_MAX);
  vhm_process_sweep (s.p.process, 0, 0, N, 10, false);
  world_run (&s.w, 2 * S);
  ck_assert_uint_eq (vhm_guest_backed_pages (s.guest), N);
  ck_assert_uint_eq (vhm_guest_counters (s.guest).demand_zero_faults, N);
  close_scene (&s);
}
END_TEST

SUITE_TWICE ("compressed pages", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_test (tc, a_victim_that_shrinks_is_gone_at_once);
             tcase_add_test (tc, a_touch_decompresses);
             tcase_add_test (tc, a_full_cache_sends_its_oldest_on);
             tcase_add_test (tc, the_limit_holds_at_any_moment);
             tcase_add_test (tc, a_touch_keeps_what_is_sent_on);
             tcase_add_test (tc, what_does_not_shrink_goes_to_the_file);
             tcase_add_test (tc, the_balloon_wants_no_contents);
             tcase_add_test (tc, a_cache_too_large_is_sent_on);
             tcase_add_test (tc, a_full_file_stops_the_cache);)
