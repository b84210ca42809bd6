/* Files of a Windows guest: which reads the disk is asked for, what the lazy
 * writer leaves, what stays in the cache. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MS (S / 1000)
#define BARE "nonpaged_pool: 1 MiB, page_file: 64 MiB, "
#define GRANULE 16 /* pages of 64 KiB */

static struct vhm_guest_counters
counters (const vhm_guest *guest)
{
  return vhm_guest_counters (guest);
}

/* n pages of a file, and as many of memory. */
static vhm_guest *
boot (struct world *w, struct puppet *p, const char *yaml, uint32_t n)
{
  *p = a_puppet (n, 0, 1, 1e6, 1e9, 0);
  p->regions[0].n_active = 0;
  p->regions[0].is_file = true;
  p->regions[1] = p->regions[0];
  p->regions[1].is_file = false;
  p->n_regions = 2;
  p->commit_pages = n;
  world_open (w, 2, 40000);
  world_os (w, "windows", yaml);
  world_puppet (w, p);
  return world_boot (w, 2, 8192, 8192);
}

static void
visit (struct world *w, struct puppet *p, uint32_t from, uint32_t to,
       bool write)
{
  vhm_process_sweep (p->process, 0, from, to, 1000, write);
  for (int i = 0; i < 60000 && vhm_process_is_sweeping (p->process); i++)
    world_run (w, 10 * MS);
  ck_assert (!vhm_process_is_sweeping (p->process));
}

static void
overwrite (struct world *w, struct puppet *p, uint32_t from, uint32_t to)
{
  const struct vhm_walk walk = { .from = from,
                                 .to = to,
                                 .cycles_per_page = 1,
                                 .write = true,
                                 .overwrites = true };
  vhm_process_walk (p->process, 0, &walk);
  for (int i = 0; i < 1000 && vhm_process_is_walking (p->process, 0); i++)
    world_run (w, MS);
  ck_assert (!vhm_process_is_walking (p->process, 0));
}

/* In order: each page once, a read a granule. The last granule is short. */
START_TEST (in_order_a_granule_is_read_at_a_time)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, BARE, 1003);
  visit (&w, &p, 0, 1003, false);
  ck_assert_uint_eq (counters (guest).pages_input, 1003);
  ck_assert_uint_eq (counters (guest).page_reads,
                     (1003 + GRANULE - 1) / GRANULE);
  world_audit (&w);
  world_close (&w);
}
END_TEST

/* One granule ahead of the reader, and no further. */
START_TEST (the_next_granule_is_on_its_way)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, BARE, 1003);
  visit (&w, &p, 0, 1, false);
  world_run (&w, S);
  ck_assert_uint_eq (counters (guest).pages_input, 2 * GRANULE);
  visit (&w, &p, 1, GRANULE, false);
  world_run (&w, S);
  ck_assert_uint_eq (counters (guest).pages_input, 2 * GRANULE);
  visit (&w, &p, GRANULE, GRANULE + 1, false);
  world_run (&w, S);
  ck_assert_uint_eq (counters (guest).pages_input, 3 * GRANULE);
  world_close (&w);
}
END_TEST

/* Granules are aligned, wherever the reader begins. */
START_TEST (a_reader_is_read_for_to_the_end_of_his_granule)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, BARE, 1003);
  visit (&w, &p, 5, 6, false);
  ck_assert_uint_eq (counters (guest).pages_input, 1);
  visit (&w, &p, 6, 7, false);
  world_run (&w, S);
  ck_assert_uint_eq (counters (guest).pages_input, 2 * GRANULE - 5);
  world_close (&w);
}
END_TEST

START_TEST (out_of_order_a_page_is_read_alone)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, BARE, 1003);
  for (uint32_t k = 1; k <= 20; k++)
    visit (&w, &p, 1000 - 40 * k, 1000 - 40 * k + 1, false);
  ck_assert_uint_eq (counters (guest).page_reads, 20);
  ck_assert_uint_eq (counters (guest).pages_input, 20);
  world_close (&w);
}
END_TEST

/* A file larger than memory fills all of it: little is free, nearly all is
 * available, and whoever wants memory gets it without paging. */
START_TEST (files_fill_what_is_free)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, BARE, 12000);
  visit (&w, &p, 0, 12000, false);
  vhm_process_drop (p.process, 0, 0, 12000);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_lt (c.free_pages, 300);
  ck_assert_uint_gt (c.standby_pages, 7500);
  ck_assert_uint_eq (c.free_pages + c.standby_pages, 8192 - 256);
  ck_assert_uint_eq (c.committed_pages, 256 + 12000); /* not of the file */
  vhm_process_allocate (p.process, 1, 0, 6000);
  for (int i = 0; i < 100 && vhm_process_is_allocating (p.process); i++)
    world_run (&w, 100 * MS);
  ck_assert (!vhm_process_is_allocating (p.process));
  ck_assert_uint_eq (counters (guest).pages_output, 0);
  ck_assert_uint_eq (counters (guest).demand_zero_faults, 6000);
  world_audit (&w);
  world_close (&w);
}
END_TEST

/* d - ceil (d / part) are left after each second; none is read for it. */
START_TEST (the_lazy_writer_writes_a_part_each_second)
{
  uint32_t part = _i == 0 ? 8 : 3, dirty = 1000;
  struct world w;
  struct puppet p;
  g_autofree char *yaml = g_strdup_printf (BARE "lazy_part: %u", part);
  vhm_guest *guest = boot (&w, &p, yaml, 4000);
  world_run (&w, 100 * MS);
  overwrite (&w, &p, 0, dirty);
  vhm_process_drop (p.process, 0, 0, dirty);
  ck_assert_uint_eq (counters (guest).modified_pages, dirty);
  for (int second = 0; second < 40; second++) {
    world_run (&w, S);
    dirty -= (dirty + part - 1) / part;
    ck_assert_uint_eq (counters (guest).modified_pages, dirty);
    ck_assert_uint_eq (counters (guest).standby_pages, 1000 - dirty);
  }
  ck_assert_uint_eq (counters (guest).pages_output, 1000 - dirty);
  ck_assert_uint_eq (counters (guest).pages_input, 0);
  world_close (&w);
}
END_TEST

/* Mapped, standby, dirty, under way, out: none is there any more. */
START_TEST (a_removed_file_has_no_pages)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, BARE, 1000);
  uint64_t free = counters (guest).free_pages;
  visit (&w, &p, 0, 208, false);
  vhm_process_drop (p.process, 0, 100, 50);
  overwrite (&w, &p, 400, 600);
  vhm_process_drop (p.process, 0, 500, 100);
  vhm_process_sweep (p.process, 0, 900, 901, 1000, false); /* is being read */
  world_run (&w, MS / 10);
  ck_assert (vhm_process_is_sweeping (p.process));
  ck_assert_uint_gt (counters (guest).modified_pages, 0);
  vhm_process_truncate (p.process, 0, 0, 900);
  ck_assert_ptr_null (vhm_guest_audit (guest));
  ck_assert_uint_eq (counters (guest).standby_pages, 0);
  ck_assert_uint_eq (counters (guest).modified_pages, 0);
  ck_assert_uint_eq (counters (guest).working_set_pages, 0);
  vhm_process_truncate (p.process, 0, 900, 100); /* its reader asks again */
  world_run (&w, 10 * S);
  ck_assert (!vhm_process_is_sweeping (p.process));
  ck_assert_ptr_null (vhm_guest_audit (guest));
  ck_assert_uint_eq (counters (guest).free_pages, free - 1);
  uint64_t read = counters (guest).pages_input;
  visit (&w, &p, 100, 101, false); /* from the disk again */
  ck_assert_uint_eq (counters (guest).pages_input, read + 1);
  world_close (&w);
}
END_TEST

SUITE ("files of windows",
       tcase_add_test (tc, in_order_a_granule_is_read_at_a_time);
       tcase_add_test (tc, the_next_granule_is_on_its_way);
       tcase_add_test (tc, a_reader_is_read_for_to_the_end_of_his_granule);
       tcase_add_test (tc, out_of_order_a_page_is_read_alone);
       tcase_add_test (tc, files_fill_what_is_free);
       tcase_add_loop_test (tc, the_lazy_writer_writes_a_part_each_second, 0,
                            2);
       tcase_add_test (tc, a_removed_file_has_no_pages);)
