/* What every guest operating system promises (include/vhm/model/guest_os.h),
 * whichever it is: loops over the registry. */
#include "cpu_config.h"
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define N_STEPS 200

static const struct vhm_plugin *
os_at (int i)
{
  for (const struct vhm_plugin *const *p = vhm_all_plugins; *p; p++)
    if ((*p)->kind == VHM_PLUGIN_GUEST_OS && i-- == 0)
      return *p;
  return NULL;
}

static int
n_systems (void)
{
  int n = 0;
  while (os_at (n))
    n++;
  return n;
}

struct machine {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
};

/* 8192 frames, 12000 pages to use, nothing done by itself. The audit knows which
 * frames the system has said that it maps. */
static void
open_machine (struct machine *m, int i)
{
  const struct vhm_cpu_config cpu = skylake_config ();
  world_open (&m->w, 1, 20000);
  m->w.maps_at_touch = true;
  world_translates (&m->w, &cpu, 1, VHM_PAGING_SLAT, VHM_PAGE_4K);
  world_os (&m->w, os_at (i)->name, "");
  m->p = a_puppet (12000, 0.5, 2, 1e5, 100, 0);
  m->p.regions[0].n_active = 0;
  world_puppet (&m->w, &m->p);
  m->guest = world_boot (&m->w, 2, 8192, 12000);
}

START_TEST (a_page_is_mapped_exactly_when_it_is_resident)
{
  struct machine m;
  open_machine (&m, _i);
  vhm_process_allocate (m.p.process, 0, 0, 2000);
  world_run (&m.w, S);
  vhm_refs *refs = vhm_process_refs (m.p.process);
  for (uint32_t page = 0; page < 12000; page++)
    ck_assert_int_eq (vhm_refs_is_mapped (refs, page), page < 2000);
  ck_assert_uint_eq (vhm_guest_counters (m.guest).working_set_pages, 2000);
  vhm_process_drop (m.p.process, 0, 1000, 500);
  for (uint32_t page = 0; page < 2000; page++)
    ck_assert_int_eq (vhm_refs_is_mapped (refs, page),
                      page < 1000 || page >= 1500);
  world_close (&m.w);
}
END_TEST

START_TEST (every_committed_page_can_be_used_even_beyond_memory)
{
  struct machine m;
  open_machine (&m, _i);
  vhm_process_allocate (m.p.process, 0, 0, 12000);
  world_run (&m.w, 120 * S);
  ck_assert (!vhm_process_is_allocating (m.p.process));
  ck_assert_uint_eq (vhm_guest_counters (m.guest).demand_zero_faults, 12000);
  vhm_process_sweep (m.p.process, 0, 0, 12000, 1000, true);
  for (int i = 0; i < 60 && vhm_process_is_sweeping (m.p.process); i++)
    world_run (&m.w, 10 * S);
  ck_assert (!vhm_process_is_sweeping (m.p.process));
  ck_assert_uint_eq (vhm_guest_counters (m.guest).demand_zero_faults, 12000);
  world_close (&m.w);
}
END_TEST

START_TEST (the_balloon_takes_distinct_frames_and_gives_them_back)
{
  struct machine m;
  open_machine (&m, _i);
  vhm_process_allocate (m.p.process, 0, 0, 3000);
  uint32_t got = 0;
  for (int i = 0; i < 40; i++) {
    got += vhm_guest_inflate (m.guest, 100, 0);
    world_run (&m.w, S); /* the audit knows each frame's owner */
    ck_assert_uint_eq (vhm_guest_held_pages (m.guest), 8192 - got);
  }
  ck_assert_uint_gt (got, 2000);
  vhm_guest_deflate (m.guest, got, 0);
  world_audit (&m.w);
  ck_assert_uint_eq (vhm_guest_held_pages (m.guest), 8192);
  vhm_guest_hot_add (m.guest, 1000);
  world_audit (&m.w);
  ck_assert_uint_eq (vhm_guest_visible_pages (m.guest), 9192);
  world_close (&m.w);
}
END_TEST

START_TEST (commit_never_exceeds_the_limit)
{
  struct machine m;
  open_machine (&m, _i);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 6, "commit");
  uint64_t mine = 12000;
  for (int i = 0; i < N_STEPS; i++) {
    uint32_t n = (uint32_t) vhm_rng_below (&rng, 100000);
    if (vhm_process_commit (m.p.process, n))
      mine += n;
    else if (mine > 12000) {
      n = (uint32_t) vhm_rng_below (&rng, mine - 12000);
      vhm_process_uncommit (m.p.process, n);
      mine -= n;
    }
    struct vhm_guest_counters c = vhm_guest_counters (m.guest);
    ck_assert_uint_le (c.committed_pages, c.commit_limit_pages);
    ck_assert_uint_ge (c.committed_pages, mine);
  }
  world_close (&m.w);
}
END_TEST

/* 8192 frames, a file of 12000 pages gone through twice in order. */
static void
read_file (struct machine *m, int i, bool write)
{
  world_open (&m->w, 1, 20000);
  world_os (&m->w, os_at (i)->name, "");
  m->p = a_puppet (12000, 0, 1, 1e5, 100, 0);
  m->p.regions[0].n_active = 0;
  m->p.regions[0].is_file = true;
  m->p.commit_pages = 1;
  world_puppet (&m->w, &m->p);
  m->guest = world_boot (&m->w, 2, 8192, 12000);
  for (int round = 0; round < 2; round++) {
    vhm_process_sweep (m->p.process, 0, 0, 12000, 1000, write);
    for (int k = 0; k < 60 && vhm_process_is_sweeping (m->p.process); k++)
      world_run (&m->w, 10 * S);
    ck_assert (!vhm_process_is_sweeping (m->p.process));
  }
}

START_TEST (a_file_is_read_dropped_when_clean_and_written_when_not)
{
  for (int write = 0; write < 2; write++) {
    struct machine m;
    read_file (&m, _i, write);
    struct vhm_guest_counters c = vhm_guest_counters (m.guest);
    ck_assert_uint_eq (c.demand_zero_faults, 0);
    ck_assert_uint_ge (c.pages_input, 12000 + 12000 - 8192);
    if (write)
      ck_assert_uint_ge (c.pages_output, 12000 - 8192);
    else
      ck_assert_uint_eq (c.pages_output, 0);
    struct vhm_disk_counts disk = vhm_disk_counts (m.w.disk);
    ck_assert_uint_eq (disk.read_bytes, vhm_pages_to_bytes (c.pages_input));
    world_close (&m.w);
  }
}
END_TEST

/* What a process lets go of is still in its file, and is what it wrote. */
START_TEST (what_is_dropped_of_a_file_is_not_zeroed)
{
  struct machine m;
  read_file (&m, _i, true);
  uint64_t saved = vhm_guest_counters (m.guest).pages_output;
  vhm_process_drop (m.p.process, 0, 0, 12000);
  world_run (&m.w, 60 * S);
  vhm_refs *refs = vhm_process_refs (m.p.process);
  struct vhm_guest_counters c = vhm_guest_counters (m.guest);
  ck_assert_uint_eq (c.working_set_pages, 0);
  /* written, or kept in the frames */
  ck_assert (c.pages_output > saved || c.standby_pages > 0);
  vhm_process_sweep (m.p.process, 0, 0, 12000, 1000, false);
  for (int k = 0; k < 60 && vhm_process_is_sweeping (m.p.process); k++)
    world_run (&m.w, 10 * S);
  ck_assert (vhm_refs_is_mapped (refs, 11999));
  ck_assert_uint_eq (vhm_guest_counters (m.guest).demand_zero_faults, 0);
  world_close (&m.w);
}
END_TEST

START_TEST (describes_itself)
{
  const struct vhm_guest_os_ops *ops = os_at (_i)->ops;
  ck_assert (os_at (_i)->summary && os_at (_i)->config.help);
  ck_assert (ops->boot && ops->stop && ops->add_process && ops->commit
             && ops->uncommit && ops->fault && ops->fill && ops->drop
             && ops->balloon && ops->unballoon && ops->hot_added && ops->frames
             && ops->frame_use && ops->counters && ops->audit && ops->bytes);
}
END_TEST

SUITE ("every guest operating system", int n = n_systems ();
       tcase_add_loop_test (tc, a_page_is_mapped_exactly_when_it_is_resident, 0,
                            n);
       tcase_add_loop_test (tc,
                            every_committed_page_can_be_used_even_beyond_memory,
                            0, n);
       tcase_add_loop_test (
           tc, the_balloon_takes_distinct_frames_and_gives_them_back, 0, n);
       tcase_add_loop_test (tc, commit_never_exceeds_the_limit, 0, n);
       tcase_add_loop_test (
           tc, a_file_is_read_dropped_when_clean_and_written_when_not, 0, n);
       tcase_add_loop_test (tc, what_is_dropped_of_a_file_is_not_zeroed, 0, n);
       tcase_add_loop_test (tc, describes_itself, 0, n);)
