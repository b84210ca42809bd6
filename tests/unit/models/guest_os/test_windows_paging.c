/* The modified-page writer's bursts, the pace at which a disk lets threads modify
 * pages, and what the page file is said to hold. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define POOL 256
#define FRAMES 8000

static struct vhm_guest_counters
counters (vhm_guest *guest)
{
  return vhm_guest_counters (guest);
}

/* Nothing by itself. */
static vhm_guest *
boot (struct world *w, struct puppet *p, const char *yaml, uint32_t n_pages)
{
  world_open (w, 2, 40000);
  world_os (w, "windows", yaml);
  *p = a_puppet (n_pages, 0, 1, 1e6, 1e9, 0);
  p->regions[0].n_active = 0;
  world_puppet (w, p);
  return world_boot (w, 2, FRAMES, FRAMES);
}

/* 2399 frames are left, one fewer than the mark: 801 leave the working set at once,
 * and are written 50 by 50 until at most `stop` are left. */
START_TEST (a_burst_goes_down_to_its_low_mark)
{
  static const struct {
    const char *part;
    uint32_t stop;
  } cases[] = { { "0 %", 0 }, { "40 %", 200 }, { "100 %", 500 } };
  struct world w;
  struct puppet p;
  g_autofree char *yaml = g_strdup_printf (
      "nonpaged_pool: 1 MiB, page_file: 64 MiB, trim_below: 30 %%, trim_to: 40 "
      "%%, low_memory: 1 MiB, low_memory_at_most: 1 MiB, write_cluster: 50, "
      "writer_starts_at: 500, writer_stops_at: %s",
      cases[_i].part);
  vhm_guest *guest = boot (&w, &p, yaml, FRAMES);
  vhm_process_allocate (p.process, 0, 0, FRAMES - POOL - 2400);
  world_run (&w, 5 * S);
  ck_assert_uint_eq (counters (guest).pages_output, 0);
  vhm_process_allocate (p.process, 0, FRAMES - POOL - 2400, 1);
  world_run (&w, 5 * S);
  struct vhm_guest_counters c = counters (guest);
  uint32_t writes = (801 - cases[_i].stop + 49) / 50;
  uint32_t left = 801 - MIN (801, 50 * writes);
  ck_assert_uint_eq (c.page_writes, writes);
  ck_assert_uint_eq (c.modified_pages, left);
  ck_assert_uint_le (left, cases[_i].stop);
  ck_assert_uint_eq (c.standby_pages, 801 - left);
  ck_assert_uint_eq (c.page_file_used_pages, 801 - left);
  ck_assert_uint_eq (c.page_file_peak_pages, 801 - left);
  vhm_process_drop (p.process, 0, 0, FRAMES - POOL - 2399);
  ck_assert_uint_eq (counters (guest).page_file_used_pages, 0);
  vhm_process_allocate (p.process, 0, 0, FRAMES - POOL - 2399);
  world_run (&w, S / 100);
  ck_assert_uint_lt (counters (guest).page_file_used_pages, 200);
  ck_assert_uint_eq (counters (guest).page_file_peak_pages, 801 - left);
  world_close (&w);
}
END_TEST

/* A write of n pages takes 10 ms, and memory is full: first touches come as fast as
 * the modified list is drained. */
START_TEST (threads_go_on_at_the_pace_of_the_disk)
{
  uint32_t cluster = _i == 0 ? 16 : 5;
  struct world w;
  struct puppet p;
  g_autofree char *yaml
      = g_strdup_printf ("nonpaged_pool: 1 MiB, page_file: 256 MiB, "
                         "write_cluster: %u",
                         cluster);
  vhm_guest *guest = boot (&w, &p, yaml, 30000);
  vhm_process_allocate (p.process, 0, 0, 30000);
  world_run (&w, 2 * S);
  for (int i = 0; i < 5; i++) {
    struct vhm_guest_counters before = counters (guest);
    world_run (&w, S);
    struct vhm_guest_counters c = counters (guest);
    ck_assert_uint_eq (c.pages_output - before.pages_output, 100 * cluster);
    uint64_t fresh = c.demand_zero_faults - before.demand_zero_faults;
    ck_assert_uint_ge (fresh, 99 * cluster);
    ck_assert_uint_le (fresh, 101 * cluster);
  }
  ck_assert (vhm_process_is_allocating (p.process));
  world_close (&w);
}
END_TEST

/* 8000 frames and 2000 pages of page file, which may grow to 4000. */
START_TEST (commit_conditions_follow_charge_and_limit)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (
      &w, &p,
      "nonpaged_pool: 1 MiB, page_file: 8000 KiB, page_file_maximum: 16000 "
      "KiB, page_file_grows_at: 90 %, page_file_grows_after: 5 s, low_commit: "
      "60 %",
      1000);
  uint32_t has = (uint32_t) counters (guest).committed_pages;
  static const struct {
    uint32_t committed;
    enum vhm_commit_condition is;
  } steps[] = { { 5999, VHM_COMMIT_LOW },
                { 6000, VHM_COMMIT_NEITHER },
                { 8999, VHM_COMMIT_NEITHER },
                { 9000, VHM_COMMIT_HIGH } };
  for (size_t i = 0; i < G_N_ELEMENTS (steps); i++) {
    ck_assert (vhm_process_commit (p.process, steps[i].committed - has));
    has = steps[i].committed;
    ck_assert_int_eq (counters (guest).commit_condition, steps[i].is);
  }
  world_run (&w, 8 * S); /* the limit is 12000 pages now */
  ck_assert_int_eq (counters (guest).commit_condition, VHM_COMMIT_NEITHER);
  ck_assert (vhm_process_commit (p.process, 10800 - has));
  ck_assert_int_eq (counters (guest).commit_condition, VHM_COMMIT_MAXIMUM);
  world_close (&w);
}
END_TEST

SUITE ("page file of windows",
       tcase_add_loop_test (tc, a_burst_goes_down_to_its_low_mark, 0, 3);
       tcase_add_loop_test (tc, threads_go_on_at_the_pace_of_the_disk, 0, 2);
       tcase_add_test (tc, commit_conditions_follow_charge_and_limit);)
