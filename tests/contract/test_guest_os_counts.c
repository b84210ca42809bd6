/* What a guest operating system counts, whichever it is, is what its processes
 * asked for, what the host took and gave, and what the disk did. */
#include "strain.h"
#include "suite.h"

#define MAX_SYSTEMS 8
#define S VHM_NS_PER_S
#define N_PAGES (STRAIN_STARTUP / 4) /* fits in beside the kernel */
#define N_MANY (STRAIN_STARTUP + STRAIN_STARTUP / 4) /* does not */

struct scene {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
};

/* A guest of the i-th system with a process of n pages that has committed one
 * and touches none yet; false beyond the last system. */
static bool
open_scene (struct scene *s, int i, uint32_t n)
{
  const struct vhm_plugin *os = strain_nth (VHM_PLUGIN_GUEST_OS, (uint32_t) i);
  if (!os)
    return false;
  strain_open (&s->w, os->name, NULL);
  s->p = a_puppet (n, 0.5, 2, 20000, 100, 1000000);
  s->p.regions[0].n_active = 0;
  s->p.commit_pages = 1;
  world_puppet (&s->w, &s->p);
  s->guest = world_boot (&s->w, 2, STRAIN_STARTUP, STRAIN_MAXIMUM);
  return true;
}

static struct vhm_guest_counters
count (struct scene *s)
{
  vhm_guest_sync (s->guest);
  return vhm_guest_counters (s->guest);
}

/* Commits n pages, touches them once and works on them. */
static void
use (struct scene *s, uint32_t n)
{
  ck_assert (vhm_process_commit (s->p.process, n));
  vhm_process_allocate (s->p.process, 0, 0, n);
  while (vhm_process_is_allocating (s->p.process))
    world_run (&s->w, S);
  vhm_process_set_active (s->p.process, 0, n);
}

START_TEST (commits_are_charged_and_given_back)
{
  struct scene s;
  if (!open_scene (&s, _i, N_PAGES))
    return;
  uint64_t before = count (&s).committed_pages;
  ck_assert (vhm_process_commit (s.p.process, 1000));
  ck_assert_uint_eq (count (&s).committed_pages, before + 1000);
  vhm_process_uncommit (s.p.process, 400);
  ck_assert_uint_eq (count (&s).committed_pages, before + 600);
  world_close (&s.w);
}
END_TEST

START_TEST (a_refused_commit_changes_nothing_but_its_counter)
{
  struct scene s;
  if (!open_scene (&s, _i, N_PAGES))
    return;
  struct vhm_guest_counters before = count (&s);
  uint64_t room = before.commit_limit_pages - before.committed_pages;
  if (before.commit_limit_pages < UINT32_MAX) { /* else there is no limit */
    ck_assert (!vhm_process_commit (s.p.process, (uint32_t) room + 1));
    struct vhm_guest_counters after = count (&s);
    ck_assert_uint_eq (after.committed_pages, before.committed_pages);
    ck_assert_uint_eq (after.refused_commits, before.refused_commits + 1);
  }
  world_close (&s.w);
}
END_TEST

START_TEST (the_first_touch_of_each_page_is_one_demand_zero_fault)
{
  struct scene s;
  if (!open_scene (&s, _i, N_PAGES))
    return;
  use (&s, N_PAGES);
  world_run (&s.w, 10 * S);
  ck_assert_uint_eq (count (&s).demand_zero_faults, N_PAGES);
  ck_assert_uint_eq (count (&s).page_reads, 0);
  world_close (&s.w);
}
END_TEST

START_TEST (what_was_dropped_is_touched_for_the_first_time_again)
{
  struct scene s;
  if (!open_scene (&s, _i, N_PAGES))
    return;
  use (&s, N_PAGES);
  vhm_process_set_active (s.p.process, 0, 0);
  world_run (&s.w, S);
  uint64_t resident = count (&s).working_set_pages;
  vhm_process_drop (s.p.process, 0, 0, N_PAGES);
  world_audit (&s.w);
  ck_assert_uint_eq (count (&s).working_set_pages, resident - N_PAGES);
  vhm_process_allocate (s.p.process, 0, 0, N_PAGES);
  ck_assert_uint_eq (count (&s).demand_zero_faults, 2 * N_PAGES);
  ck_assert_uint_eq (count (&s).page_reads, 0);
  world_close (&s.w);
}
END_TEST

START_TEST (the_balloon_is_committed_nonpaged_pool_and_free_for_the_host)
{
  struct scene s;
  if (!open_scene (&s, _i, N_PAGES))
    return;
  use (&s, N_PAGES);
  struct vhm_guest_counters before = count (&s);
  uint32_t free = vhm_machine_n_free (s.w.machine);
  uint32_t got = vhm_guest_inflate (s.guest, STRAIN_BALLOON, 0);
  ck_assert_uint_eq (got, STRAIN_BALLOON); /* there is that much */
  struct vhm_guest_counters after = count (&s);
  ck_assert_uint_eq (after.committed_pages, before.committed_pages + got);
  ck_assert_uint_eq (after.pool_nonpaged_pages,
                     before.pool_nonpaged_pages + got);
  ck_assert_uint_eq (vhm_machine_n_free (s.w.machine), free + got);
  vhm_guest_deflate (s.guest, got, 0);
  after = count (&s);
  ck_assert_uint_eq (after.committed_pages, before.committed_pages);
  ck_assert_uint_eq (after.pool_nonpaged_pages, before.pool_nonpaged_pages);
  ck_assert_uint_eq (vhm_machine_n_free (s.w.machine), free);
  world_audit (&s.w);
  world_close (&s.w);
}
END_TEST

START_TEST (a_balloon_that_wants_everything_leaves_a_guest_that_works)
{
  struct scene s;
  if (!open_scene (&s, _i, N_PAGES))
    return;
  use (&s, N_PAGES);
  uint32_t got = 0;
  for (int i = 0; i < 30; i++) {
    got += vhm_guest_inflate (s.guest, STRAIN_MAXIMUM, 0);
    world_run (&s.w, S);
  }
  ck_assert_uint_eq (got, vhm_guest_ballooned_pages (s.guest));
  ck_assert_uint_lt (got, STRAIN_STARTUP);
  double references = vhm_guest_references (s.guest);
  world_run (&s.w, 60 * S);
  ck_assert_double_gt (vhm_guest_references (s.guest), references);
  world_close (&s.w);
}
END_TEST

START_TEST (added_memory_is_used)
{
  struct scene s;
  if (!open_scene (&s, _i, N_PAGES))
    return;
  struct vhm_guest_counters before = count (&s);
  vhm_guest_hot_add (s.guest, STRAIN_HOT_ADD);
  struct vhm_guest_counters after = count (&s);
  ck_assert_uint_eq (after.free_pages + after.standby_pages,
                     before.free_pages + before.standby_pages + STRAIN_HOT_ADD);
  ck_assert_uint_eq (after.committed_pages, before.committed_pages);
  world_audit (&s.w);
  world_close (&s.w);
}
END_TEST

START_TEST (counts_what_the_disk_counts)
{
  struct scene s;
  if (!open_scene (&s, _i, N_MANY))
    return;
  use (&s, N_MANY);
  world_run (&s.w, 120 * S);
  vhm_process_set_active (s.p.process, 0, 0); /* until all is quiet */
  world_run (&s.w, 600 * S);
  struct vhm_disk_counts disk = vhm_disk_counts (s.w.disk);
  struct vhm_guest_counters c = count (&s);
  ck_assert_uint_eq (disk.queue_length, 0);
  ck_assert_uint_gt (c.page_reads, 0);
  ck_assert_uint_eq (c.page_reads, disk.n_reads);
  ck_assert_uint_eq (c.page_writes, disk.n_writes);
  ck_assert_uint_eq (vhm_pages_to_bytes (c.pages_input), disk.read_bytes);
  ck_assert_uint_eq (vhm_pages_to_bytes (c.pages_output), disk.written_bytes);
  world_close (&s.w);
}
END_TEST

START_TEST (the_page_file_keeps_within_what_was_foretold)
{
  struct scene s;
  if (!open_scene (&s, _i, N_MANY))
    return;
  const struct vhm_guest_os_ops *ops = s.w.os.plugin->ops;
  if (ops->page_file_bytes) {
    uint64_t most = ops->page_file_bytes (s.w.os.config,
                                          vhm_pages_to_bytes (STRAIN_STARTUP));
    uint32_t n = 0;
    /* or so much that a limit, if there is one, must be near */
    for (int i = 0; i < 100 && vhm_process_commit (s.p.process, 1000); i++)
      world_run (&s.w, S);
    for (; n < 300; n++) /* it may grow now */
      world_run (&s.w, S);
    ck_assert_uint_le (vhm_pages_to_bytes (count (&s).page_file_pages), most);
  }
  world_close (&s.w);
}
END_TEST

START_TEST (a_stop_in_the_middle_of_paging_gives_everything_back)
{
  struct scene s;
  if (!open_scene (&s, _i, N_MANY))
    return;
  use (&s, N_MANY);
  world_run (&s.w, S);
  ck_assert_uint_gt (vhm_disk_counts (s.w.disk).queue_length, 0);
  vhm_guest_inflate (s.guest, 100, 0);
  vhm_guest_stop (s.guest);
  ck_assert_uint_eq (vhm_machine_n_free (s.w.machine),
                     vhm_machine_n_frames (s.w.machine));
  world_run (&s.w, 600 * S);
  ck_assert_uint_eq (vhm_disk_counts (s.w.disk).queue_length, 0);
  world_close (&s.w);
}
END_TEST

#define EACH(test) tcase_add_loop_test (tc, test, 0, MAX_SYSTEMS);

SUITE (
    "every guest operating system",
    EACH (commits_are_charged_and_given_back)
        EACH (a_refused_commit_changes_nothing_but_its_counter) EACH (
            the_first_touch_of_each_page_is_one_demand_zero_fault)
            EACH (what_was_dropped_is_touched_for_the_first_time_again) EACH (
                the_balloon_is_committed_nonpaged_pool_and_free_for_the_host)
                EACH (a_balloon_that_wants_everything_leaves_a_guest_that_works)
                    EACH (added_memory_is_used) EACH (
                        counts_what_the_disk_counts)
                        EACH (the_page_file_keeps_within_what_was_foretold) EACH (
                            a_stop_in_the_middle_of_paging_gives_everything_back))
