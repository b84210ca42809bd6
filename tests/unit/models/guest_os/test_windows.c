/* Windows: commit, page file, lists, notices, balloon, hot-add; and that nothing
 * is lost whatever happens. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MIB_PAGES 256
#define SPARE 64 /* pages that commit leaves below the limit */

#define QUIET "nonpaged_pool: 1 MiB, "

static struct vhm_guest_counters
counters (vhm_guest *guest)
{
  return vhm_guest_counters (guest);
}

/* A puppet that does nothing by itself but the test's bidding. */
static struct puppet
a_still_puppet (uint32_t n_pages)
{
  struct puppet p = a_puppet (n_pages, 0, 1, 1e6, 1e9, 0);
  p.regions[0].n_active = 0;
  p.commit_pages = 1;
  return p;
}

static vhm_guest *
boot_windows (struct world *w, struct puppet *p, const char *yaml,
              uint32_t startup, uint32_t maximum)
{
  world_open (w, 2, 40000);
  world_os (w, "windows", yaml);
  world_puppet (w, p);
  return world_boot (w, 2, startup, maximum);
}

START_TEST (commit_is_refused_beyond_visible_memory_and_page_file)
{
  struct world w;
  struct puppet p = a_still_puppet (100000);
  vhm_guest *guest
      = boot_windows (&w, &p, QUIET "page_file: 8 MiB", 10000, 12000);
  uint64_t limit = 10000 + 8 * MIB_PAGES;
  ck_assert_uint_eq (counters (guest).commit_limit_pages, limit);
  uint32_t room = (uint32_t) (limit - counters (guest).committed_pages);
  ck_assert (!vhm_process_commit (p.process, room - SPARE + 1));
  ck_assert_uint_eq (counters (guest).refused_commits, 1);
  ck_assert (vhm_process_commit (p.process, room - SPARE));
  ck_assert (!vhm_process_commit (p.process, 1));
  vhm_guest_hot_add (guest, 2000);
  ck_assert_uint_eq (counters (guest).commit_limit_pages, limit + 2000);
  ck_assert (vhm_process_commit (p.process, 2000));
  ck_assert (!vhm_process_commit (p.process, 1));
  vhm_process_uncommit (p.process, 500);
  ck_assert (vhm_process_commit (p.process, 500));
  world_audit (&w);
  world_close (&w);
}
END_TEST

START_TEST (the_page_file_grows_after_a_sustained_share_of_the_limit)
{
  struct world w;
  struct puppet p = a_still_puppet (100000);
  vhm_guest *guest
      = boot_windows (&w, &p,
                      QUIET "page_file: 8 MiB, page_file_maximum: 20 MiB, "
                            "page_file_grows_at: 80 %, "
                            "page_file_grows_after: 30 s",
                      10000, 10000);
  uint64_t limit = counters (guest).commit_limit_pages;
  uint32_t to_80
      = (uint32_t) (limit * 8 / 10 + 1 - counters (guest).committed_pages);
  ck_assert (vhm_process_commit (p.process, to_80));
  world_run (&w, 25 * S);
  vhm_process_uncommit (p.process, 10); /* a dip starts the clock again */
  world_run (&w, 2 * S);
  ck_assert (vhm_process_commit (p.process, 10));
  world_run (&w, 29 * S);
  ck_assert_uint_eq (counters (guest).page_file_pages, 8 * MIB_PAGES);
  world_run (&w, 3 * S);
  ck_assert_uint_eq (counters (guest).page_file_pages, 20 * MIB_PAGES);
  ck_assert_uint_eq (counters (guest).commit_limit_pages,
                     limit + 12 * MIB_PAGES);
  world_close (&w);
}
END_TEST

START_TEST (the_largest_page_file_follows_memory_and_volume)
{
  static const struct {
    const char *yaml;
    uint64_t pages;
  } cases[] = {
    { "page_file: 1 MiB", 1024 * 1024 }, /* 4 GiB > 3 x RAM */
    { "page_file: 1 MiB, volume: 8 GiB", 256 * 1024 },
    { "page_file: 2 GiB, volume: 8 GiB", 512 * 1024 },
    { "page_file: 1 MiB, page_file_maximum: 3 MiB", 768 },
  };
  struct world w;
  struct puppet p = a_still_puppet (10);
  g_autofree char *yaml
      = g_strdup_printf (QUIET "page_file_grows_at: 10 %%, "
                               "page_file_grows_after: 0 s, %s",
                         cases[_i].yaml);
  vhm_guest *guest = boot_windows (&w, &p, yaml, 10000, 10000);
  ck_assert (vhm_process_commit (p.process, 9000));
  if (counters (guest).page_file_pages > 100000) /* 10 % are not reached */
    ck_assert (vhm_process_commit (p.process, 60000));
  world_run (&w, 3 * S);
  ck_assert_uint_eq (counters (guest).page_file_pages, cases[_i].pages);
  world_close (&w);
}
END_TEST

/* 8000 frames; touches 9000 pages one after the other, so the first ones are
 * written out; then goes back to them. */
static vhm_guest *
fill_9000 (struct world *w, struct puppet *p, const char *yaml)
{
  *p = a_still_puppet (20000);
  p->commit_pages = 9000;
  vhm_guest *guest = boot_windows (w, p, yaml, 8000, 8000);
  vhm_process_allocate (p->process, 0, 0, 9000);
  world_run (w, 20 * S);
  ck_assert (!vhm_process_is_allocating (p->process));
  return guest;
}

/* Visits each page [from, to) once. */
static void
visit (struct world *w, struct puppet *p, uint32_t from, uint32_t to)
{
  vhm_process_sweep (p->process, 0, from, to, 1000, false);
  for (int i = 0; i < 600 && vhm_process_is_sweeping (p->process); i++)
    world_run (w, S);
  ck_assert (!vhm_process_is_sweeping (p->process));
}

START_TEST (a_modified_page_is_written_before_its_frame_is_used_again)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = fill_9000 (&w, &p, QUIET "page_file: 64 MiB");
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.demand_zero_faults, 9000);
  /* frames: 1 MiB of kernel and 7744 others */
  uint64_t held = c.working_set_pages + c.standby_pages + c.modified_pages;
  ck_assert_uint_eq (held + c.free_pages + 256, 8000);
  ck_assert_uint_ge (c.pages_output, 9000 - held);
  ck_assert_uint_eq (c.pages_input, 0);
  ck_assert_uint_eq (vhm_disk_counts (w.disk).written_bytes,
                     vhm_pages_to_bytes (c.pages_output));
  world_close (&w);
}
END_TEST

START_TEST (a_hard_fault_reads_the_cluster_of_its_neighbours)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest
      = fill_9000 (&w, &p, QUIET "page_file: 64 MiB, read_cluster: 8");
  uint32_t page = 0;
  while (counters (guest).page_reads == 0) /* the first one that is out */
    visit (&w, &p, page, page + 1), page++;
  ck_assert_uint_eq (counters (guest).page_reads, 1);
  ck_assert_uint_eq (counters (guest).pages_input, 8);
  uint64_t soft = counters (guest).transition_faults;
  visit (&w, &p, page, page + 7); /* its neighbours were written with it */
  ck_assert_uint_eq (counters (guest).page_reads, 1);
  ck_assert_uint_eq (counters (guest).transition_faults, soft + 7);
  world_close (&w);
}
END_TEST

START_TEST (a_standby_page_comes_back_without_the_disk)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = fill_9000 (&w, &p, QUIET "page_file: 64 MiB");
  struct vhm_guest_counters before = counters (guest);
  ck_assert_uint_gt (before.standby_pages, 10);
  vhm_refs *refs = vhm_process_refs (p.process);
  uint32_t page = 0, n = 0;
  /* trimmed last, so still there: the highest page that is not mapped */
  for (uint32_t i = 0; i < 9000; i++)
    if (!vhm_refs_is_mapped (refs, i))
      page = i, n++;
  ck_assert_uint_eq (n, 9000 - before.working_set_pages);
  visit (&w, &p, page, page + 1);
  ck_assert_uint_eq (counters (guest).transition_faults,
                     before.transition_faults + 1);
  ck_assert_uint_eq (counters (guest).page_reads, 0);
  world_close (&w);
}
END_TEST

START_TEST (notices_follow_available_memory)
{
  struct world w;
  struct puppet p = a_still_puppet (20000);
  p.commit_pages = 9900;
  /* low below 800 pages, high above 2400; trimming does not help: all pages
   * were just written and the page file takes nothing */
  vhm_guest *guest = boot_windows (
      &w, &p,
      QUIET "low_memory: 3200 KiB, low_memory_at_most: 3200 KiB, "
            "low_memory_per: 1 GiB, page_file: 8 MiB, "
            "trim_below: 0 %, trim_to: 0 %, write_cluster: 1",
      10256, 10256);
  world_run (&w, 3 * S);
  ck_assert (counters (guest).high_memory && !counters (guest).low_memory);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_HIGH_MEMORY], 3);
  vhm_process_allocate (p.process, 0, 0, 8000); /* 2000 are left */
  world_run (&w, 3 * S);
  ck_assert (!counters (guest).high_memory && !counters (guest).low_memory);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_HIGH_MEMORY], 3);
  vhm_process_allocate (p.process, 0, 8000, 1900); /* 100 */
  world_run (&w, S);
  ck_assert (counters (guest).low_memory);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_LOW_MEMORY], 1);
  vhm_process_drop (p.process, 0, 0, 9000);
  world_run (&w, S);
  ck_assert (counters (guest).high_memory && !counters (guest).low_memory);
  world_close (&w);
}
END_TEST

START_TEST (the_balloon_is_nonpaged_pool_and_committed)
{
  struct world w;
  struct puppet p = a_still_puppet (100);
  vhm_guest *guest
      = boot_windows (&w, &p, QUIET "page_file: 8 MiB", 10000, 12000);
  struct vhm_guest_counters before = counters (guest);
  ck_assert_uint_eq (before.pool_nonpaged_pages, 256);
  ck_assert_uint_eq (vhm_guest_inflate (guest, 3000, 0), 3000);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.pool_nonpaged_pages, 3256);
  ck_assert_uint_eq (c.committed_pages, before.committed_pages + 3000);
  ck_assert_uint_eq (c.commit_limit_pages, before.commit_limit_pages);
  ck_assert_uint_eq (c.free_pages, before.free_pages - 3000);
  world_audit (&w);
  vhm_guest_deflate (guest, 1000, 0);
  ck_assert_uint_eq (counters (guest).pool_nonpaged_pages, 2256);
  ck_assert_uint_eq (counters (guest).free_pages, before.free_pages - 2000);
  world_audit (&w);
  world_close (&w);
}
END_TEST

START_TEST (the_balloon_stops_where_the_guest_would_hurt_and_comes_again)
{
  struct world w;
  struct puppet p = a_still_puppet (20000);
  p.commit_pages = 5000;
  vhm_guest *guest
      = boot_windows (&w, &p, QUIET "page_file: 64 MiB", 10000, 10000);
  vhm_process_allocate (p.process, 0, 0, 5000);
  uint32_t got = vhm_guest_inflate (guest, 9000, 0);
  uint32_t low = 10000 / 8; /* the mark is an eighth of so small a guest */
  ck_assert_uint_eq (got, 10000 - 256 - 5000 - low);
  world_run (&w, 30 * S); /* working sets shrink, pages are written */
  uint32_t more = vhm_guest_inflate (guest, 9000 - got, 0);
  ck_assert_uint_gt (more, 500);
  world_audit (&w);
  /* not beyond what RAM and page file can hold */
  for (int i = 0; i < 300; i++) {
    vhm_guest_inflate (guest, 100, 0);
    world_run (&w, S);
  }
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_le (c.committed_pages + SPARE, c.commit_limit_pages);
  world_close (&w);
}
END_TEST

START_TEST (hot_add_raises_visible_memory_and_limit)
{
  struct world w;
  struct puppet p = a_still_puppet (100);
  vhm_guest *guest
      = boot_windows (&w, &p, QUIET "page_file: 8 MiB", 10000, 12000);
  struct vhm_guest_counters before = counters (guest);
  vhm_guest_hot_add (guest, 512);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (vhm_guest_visible_pages (guest), 10512);
  ck_assert_uint_eq (c.commit_limit_pages, before.commit_limit_pages + 512);
  ck_assert_uint_eq (c.free_pages, before.free_pages + 512);
  ck_assert_uint_eq (c.committed_pages, before.committed_pages);
  world_audit (&w);
  world_close (&w);
}
END_TEST

/* Frames and slots of a dropped page go when its transfer ends; the audit counts
 * them. */
START_TEST (a_drop_during_a_write_lets_frame_and_slot_go)
{
  struct world w;
  struct puppet p = a_still_puppet (20000);
  p.commit_pages = 9000;
  vhm_guest *guest = boot_windows (
      &w, &p, QUIET "page_file: 64 MiB, writer_starts_at: 10", 8000, 8000);
  vhm_process_allocate (p.process, 0, 0, 9000);
  while (vhm_disk_counts (w.disk).queue_length == 0)
    world_run (&w, S / 100);
  uint32_t n_allocated = 0; /* until the stall */
  vhm_refs *refs = vhm_process_refs (p.process);
  for (uint32_t i = 0; i < 9000; i++)
    n_allocated += vhm_refs_is_mapped (refs, i);
  vhm_process_drop (p.process, 0, 0, 7000);
  world_audit (&w);
  vhm_process_uncommit (p.process, 7000);
  world_audit (&w);
  world_run (&w, 30 * S);
  ck_assert (!vhm_process_is_allocating (p.process));
  vhm_process_drop (p.process, 0, 0, 9000);
  world_run (&w, 30 * S);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.free_pages, 8000 - 256);
  ck_assert_uint_eq (c.working_set_pages + c.standby_pages + c.modified_pages,
                     0);
  world_close (&w);
}
END_TEST

/* Eight threads fault on pages that are out. Every page is dropped while some
 * are on their way in, as wanted pages and as neighbours: all threads run on. */
START_TEST (a_drop_during_a_read_lets_frame_slot_and_threads_go)
{
  enum { PAGES = 9000 };
  for (uint64_t when = 1; when <= 40; when += 10) {
    struct world w;
    struct puppet p = a_puppet (PAGES, 0.3, 8, 10000, 1000, 0);
    p.regions[0].n_active = 0;
    p.regions[1] = p.regions[0];
    p.regions[1].n_pages = p.regions[1].n_active = 10;
    p.n_regions = 2;
    p.commit_pages = PAGES + 10;
    vhm_guest *guest
        = boot_windows (&w, &p, QUIET "page_file: 64 MiB", 8000, 8000);
    vhm_process_allocate (p.process, 0, 0, PAGES);
    world_run (&w, 20 * S);
    vhm_process_set_active (p.process, 0, PAGES);
    world_run (&w, 100000000 + when * S / 1000);
    ck_assert_uint_gt (vhm_disk_counts (w.disk).queue_length, 0);
    vhm_process_set_active (p.process, 0, 0);
    vhm_process_drop (p.process, 0, 0, PAGES);
    world_audit (&w);
    vhm_process_uncommit (p.process, PAGES);
    world_run (&w, 5 * S);
    /* all eight run on the ten pages left, on two processors */
    uint64_t compute = vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_BLOCKED_PAGING];
    world_run (&w, S);
    ck_assert_uint_eq (vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_BLOCKED_PAGING],
                       compute);
    ck_assert_uint_eq (counters (guest).free_pages, 8000 - 256 - 10);
    double before = vhm_guest_references (guest);
    uint64_t operations = vhm_guest_operations (guest);
    world_run (&w, S);
    ck_assert_double_gt (vhm_guest_references (guest), before + 1.99e5);
    ck_assert_uint_gt (vhm_guest_operations (guest), operations);
    world_close (&w);
  }
}
END_TEST

/* Everything that may be committed is touched and used: RAM and page file are
 * full to the last page but for the spare ones. */
START_TEST (a_full_page_file_never_ends_progress)
{
  struct world w;
  uint32_t limit = 4000 + 4 * MIB_PAGES;
  struct puppet p = a_puppet (limit, 0.5, (uint32_t) _i, 1000, 10, 0);
  p.commit_pages = limit - 256 - SPARE;
  p.regions[0].n_active = 0;
  vhm_guest *guest = boot_windows (
      &w, &p, QUIET "page_file: 4 MiB, page_file_maximum: 4 MiB", 4000, 4000);
  ck_assert (!vhm_process_commit (p.process, 1));
  vhm_process_allocate (p.process, 0, 0, p.commit_pages);
  world_run (&w, 60 * S);
  ck_assert (!vhm_process_is_allocating (p.process));
  vhm_process_set_active (p.process, 0, p.commit_pages);
  for (int i = 0; i < 5; i++) {
    uint64_t before = counters (guest).page_reads;
    world_run (&w, 20 * S);
    ck_assert_uint_gt (counters (guest).page_reads, before + 20);
  }
  world_close (&w);
}
END_TEST

/* Two processes, the first larger than memory: its first touches already trim,
 * before the second has started. */
START_TEST (a_process_may_outgrow_memory_before_the_next_one_starts)
{
  struct world w;
  world_open (&w, 1, 40000);
  world_os (&w, "windows", QUIET "page_file: 64 MiB");
  world_workload (&w, "idle", "commit: 40 MiB");
  world_workload (&w, "idle", "commit: 16 MiB");
  vhm_guest *guest = world_boot (&w, 1, 8192, 8192);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (counters (guest).demand_zero_faults, 56 * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* --- random operations --------------------------------------------------------- */

struct chaos {
  struct world w;
  struct puppet p[2];
  vhm_guest *guest;
  struct vhm_rng rng;
  uint32_t has[2], goal[2];
};

static void
chaos_step (struct chaos *c)
{
  uint32_t i = (uint32_t) vhm_rng_below (&c->rng, 2), n;
  vhm_process *process = c->p[i].process;
  switch (vhm_rng_below (&c->rng, 8)) {
  case 0: /* grow */
  case 1:
    n = 1 + (uint32_t) vhm_rng_below (&c->rng, 900);
    if (!vhm_process_is_allocating (process) && c->has[i] + n <= 6000
        && vhm_process_commit (process, n)) {
      vhm_process_allocate (process, 0, c->has[i], n);
      c->has[i] += n;
    }
    return;
  case 2: /* shrink, perhaps in the middle of I/O */
    n = (uint32_t) vhm_rng_below (&c->rng, c->has[i] + 1) / 2;
    if (vhm_process_is_allocating (process)
        || vhm_process_is_sweeping (process))
      return;
    c->has[i] -= n;
    vhm_process_set_active (process, 0, c->has[i]);
    vhm_process_drop (process, 0, c->has[i], n);
    vhm_process_uncommit (process, n);
    return;
  case 3:
    if (!vhm_process_is_allocating (process))
      vhm_process_set_active (process, 0, c->has[i]);
    return;
  case 4:
    vhm_guest_inflate (c->guest, (uint32_t) vhm_rng_below (&c->rng, 800), 10);
    return;
  case 5:
    n = vhm_guest_ballooned_pages (c->guest);
    vhm_guest_deflate (c->guest, (uint32_t) vhm_rng_below (&c->rng, n + 1), 9);
    return;
  case 6:
    n = 6000 - vhm_guest_visible_pages (c->guest);
    if (vhm_rng_chance (&c->rng, .1))
      vhm_guest_hot_add (c->guest, (uint32_t) vhm_rng_below (&c->rng, n + 1));
    return;
  case 7:
    if (!vhm_process_is_sweeping (process)
        && !vhm_process_is_allocating (process))
      vhm_process_sweep (process, 0, 0, c->has[i], 3000,
                         vhm_rng_chance (&c->rng, .5));
    return;
  }
}

START_TEST (random_operations_lose_nothing)
{
  static struct chaos c;
  c = (struct chaos){ .guest = NULL };
  world_open (&c.w, 2, 9000);
  world_os (&c.w, "windows",
            QUIET "page_file: 6 MiB, page_file_maximum: 10 MiB, "
                  "page_file_grows_after: 10 s, writer_starts_at: 30, "
                  "write_cluster: 7, read_cluster: 3");
  for (int i = 0; i < 2; i++) {
    c.p[i] = a_puppet (6000, 0.4, 3, 2000, 20, i ? 2000000 : 0);
    c.p[i].regions[0].n_active = 0;
    c.p[i].commit_pages = 1;
    world_puppet (&c.w, &c.p[i]);
  }
  c.guest = world_boot (&c.w, 2, 3000, 6000);
  vhm_rng_init (&c.rng, (uint64_t) _i, "chaos");
  for (int k = 0; k < 250; k++) {
    chaos_step (&c);
    world_audit (&c.w);
    world_run (&c.w, vhm_rng_below (&c.rng, 60) * S / 1000);
  }
  ck_assert_uint_gt (counters (c.guest).page_reads, 0);
  ck_assert_uint_gt (counters (c.guest).page_writes, 0);
  world_close (&c.w);
}
END_TEST

SUITE_TWICE (
    "windows", "every reference", world_every_reference, world_next_fault,
    tcase_add_test (tc, commit_is_refused_beyond_visible_memory_and_page_file);
    tcase_add_test (tc,
                    the_page_file_grows_after_a_sustained_share_of_the_limit);
    tcase_add_loop_test (tc, the_largest_page_file_follows_memory_and_volume, 0,
                         4);
    tcase_add_test (tc,
                    a_modified_page_is_written_before_its_frame_is_used_again);
    tcase_add_test (tc, a_hard_fault_reads_the_cluster_of_its_neighbours);
    tcase_add_test (tc, a_standby_page_comes_back_without_the_disk);
    tcase_add_test (tc, notices_follow_available_memory);
    tcase_add_test (tc, the_balloon_is_nonpaged_pool_and_committed);
    tcase_add_test (
        tc, the_balloon_stops_where_the_guest_would_hurt_and_comes_again);
    tcase_add_test (tc, hot_add_raises_visible_memory_and_limit);
    tcase_add_test (tc, a_drop_during_a_write_lets_frame_and_slot_go);
    tcase_add_test (tc, a_drop_during_a_read_lets_frame_slot_and_threads_go);
    tcase_add_loop_test (tc, a_full_page_file_never_ends_progress, 1, 4);
    tcase_add_test (tc,
                    a_process_may_outgrow_memory_before_the_next_one_starts);
    tcase_add_loop_test (tc, random_operations_lose_nothing, 0, 4);)
