/* A database server: what its buffer pool holds, and how large it is. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MS (S / 1000)
#define MIB_PAGES 256
#define KERNEL_MIB 1
#define WINDOWS "nonpaged_pool: 1 MiB, page_file: 64 MiB"

static vhm_guest *
boot_server (struct world *w, uint32_t n_mib, const char *yaml)
{
  world_open (w, 2, 2 * n_mib * MIB_PAGES);
  world_os (w, "windows", WINDOWS);
  world_workload (w, "buffer_pool", yaml);
  return world_boot (w, 2, n_mib * MIB_PAGES, n_mib * MIB_PAGES);
}

static uint64_t
held (vhm_guest *guest)
{
  return vhm_guest_app_cache (guest).held_pages;
}

/* One look-up after the other, each of a page that it does not hold: a read of
 * 10 ms each, until it holds all. */
START_TEST (each_page_is_read_once_if_all_of_them_fit)
{
  struct world w;
  vhm_guest *guest = boot_server (
      &w, 128, "database: 1 MiB, minimum: 1 MiB, threads: 1, exponent: 0");
  world_n_requests = 0;
  world_run (&w, 60 * S);
  struct vhm_app_cache c = vhm_guest_app_cache (guest);
  ck_assert_uint_eq (c.n_misses, MIB_PAGES);
  ck_assert_uint_eq (c.held_pages, MIB_PAGES);
  ck_assert_uint_eq (vhm_guest_counters (guest).page_reads, 0);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_BLOCKED_PAGING),
                     MIB_PAGES * WORLD_DISK_NS);
  /* past the page file, in the guest's image, a page each, none twice */
  bool read[MIB_PAGES] = { false };
  for (uint32_t i = 0; i < WORLD_REQUESTS; i++) {
    const struct vhm_disk_request *r = &world_request[i];
    ck_assert (!r->is_write);
    ck_assert_uint_eq (r->size_bytes, vhm_pages_to_bytes (1));
    uint64_t page = (r->at_bytes - WORLD_IMAGE) / vhm_pages_to_bytes (1);
    ck_assert_uint_lt (page, MIB_PAGES);
    ck_assert (!read[page]);
    read[page] = true;
  }
  world_close (&w);
}
END_TEST

/* Two threads that want the same page: one read. */
START_TEST (who_comes_to_a_page_on_its_way_waits_for_it)
{
  struct world w;
  vhm_guest *guest = boot_server (&w, 128,
                                  "database: 1 MiB, minimum: 1 MiB, threads: "
                                  "8, pattern: hot-cold, hot: 1 %, "
                                  "hot_weight: 100 %");
  world_run (&w, S); /* 1 % of 256 pages: 2 or 3 */
  ck_assert_uint_le (vhm_guest_app_cache (guest).n_misses, 3);
  ck_assert_uint_gt (vhm_guest_operations (guest), 100);
  world_close (&w);
}
END_TEST

/* 2 MiB more each second while memory is high. The disk brings 100 pages a
 * second. */
START_TEST (it_grows_while_memory_is_high)
{
  struct world w;
  vhm_guest *guest = boot_server (&w, 400,
                                  "database: 64 MiB, minimum: 1 MiB, "
                                  "maximum: 3 MiB, grow: 400 KiB, exponent: 0");
  world_run (&w, S / 2);
  ck_assert_uint_eq (vhm_guest_app_cache (guest).target_pages, MIB_PAGES);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (held (guest), 3 * MIB_PAGES);
  struct vhm_app_cache c = vhm_guest_app_cache (guest);
  ck_assert_uint_gt (c.n_misses, 3 * MIB_PAGES + 100);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages,
                     (3 + KERNEL_MIB) * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* A soaker takes what is available, and more: each second a fifth of the pool goes,
 * until only its minimum is left. */
START_TEST (it_gives_back_while_memory_is_low)
{
  struct world w;
  world_open (&w, 2, 100000);
  world_os (&w, "windows", WINDOWS);
  world_workload (&w, "buffer_pool",
                  "database: 80 MiB, minimum: 2 MiB, maximum: 8 MiB, grow: 8 "
                  "MiB, trim: 20 %, exponent: 0");
  world_workload (&w, "soaker",
                  "size: 140 MiB, rate: 1 MiB/s, cycles_per_reference: 1e5, "
                  "threads: 1");
  vhm_guest *guest = world_boot (&w, 2, 128 * MIB_PAGES, 128 * MIB_PAGES);
  world_run (&w, 40 * S);
  ck_assert_uint_eq (held (guest), 8 * MIB_PAGES);
  uint64_t least = held (guest);
  for (int i = 0; i < 160; i++) {
    uint64_t before = held (guest);
    world_run (&w, S);
    uint64_t now = held (guest);
    if (vhm_guest_counters (guest).low_memory)
      ck_assert_uint_eq (now, MAX (before - before / 5, 2 * MIB_PAGES));
    least = MIN (least, now);
  }
  ck_assert_uint_eq (least, 2 * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* What the system pages out of the pool faults like any other memory: reads of the
 * page file, and not of the database. */
START_TEST (the_system_may_page_it_out)
{
  struct world w;
  world_open (&w, 2, 100000);
  world_os (&w, "ideal-lru", "");
  world_workload (&w, "buffer_pool",
                  "database: 12 MiB, minimum: 12 MiB, threads: 4, exponent: 0, "
                  "cycles_per_reference: 1e5");
  vhm_guest *guest = world_boot (&w, 2, 16 * MIB_PAGES, 16 * MIB_PAGES);
  world_run (&w, 120 * S);
  ck_assert_uint_eq (held (guest), 12 * MIB_PAGES);
  ck_assert_uint_eq (vhm_guest_counters (guest).page_reads, 0);
  vhm_guest_inflate (guest, 10 * MIB_PAGES, 0);
  world_run (&w, 60 * S); /* it has written what it must */
  world_n_requests = 0;
  world_run (&w, 10 * S);
  ck_assert_uint_eq (held (guest), 12 * MIB_PAGES);
  ck_assert_uint_eq (vhm_guest_app_cache (guest).n_misses, 12 * MIB_PAGES);
  ck_assert_uint_gt (vhm_guest_counters (guest).page_reads, 100);
  for (uint32_t i = 0; i < WORLD_REQUESTS; i++)
    ck_assert_uint_lt (world_request[i].at_bytes, WORLD_IMAGE);
  world_close (&w);
}
END_TEST

/* It asks again, and again, for the least that it can work with. */
START_TEST (it_waits_for_its_minimum)
{
  struct world w;
  world_open (&w, 2, 100000);
  world_os (&w, "windows",
            "nonpaged_pool: 1 MiB, page_file: 0 B, page_file_maximum: 1 MiB");
  world_workload (&w, "buffer_pool",
                  "database: 80 MiB, minimum: 20 MiB, maximum: 20 MiB, retry: "
                  "3 s, exponent: 0");
  vhm_guest *guest = world_boot (&w, 2, 16 * MIB_PAGES, 64 * MIB_PAGES);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).refused_commits, 4);
  ck_assert_uint_eq (vhm_guest_app_cache (guest).n_misses, 0);
  vhm_guest_hot_add (guest, 16 * MIB_PAGES);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_app_cache (guest).target_pages, 20 * MIB_PAGES);
  ck_assert_uint_gt (vhm_guest_app_cache (guest).n_misses, 100);
  world_close (&w);
}
END_TEST

SUITE ("buffer pool",
       tcase_add_test (tc, each_page_is_read_once_if_all_of_them_fit);
       tcase_add_test (tc, who_comes_to_a_page_on_its_way_waits_for_it);
       tcase_add_test (tc, it_grows_while_memory_is_high);
       tcase_add_test (tc, it_gives_back_while_memory_is_low);
       tcase_add_test (tc, the_system_may_page_it_out);
       tcase_add_test (tc, it_waits_for_its_minimum);)
