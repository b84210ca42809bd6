/* The two lists: who gets a second chance, who becomes active, who goes first.
 */
#include "guest.h"
#include "linux.h"
#include "linux_guest.h"
#include "suite.h"

/* Every inactive page is looked at once. */
static uint32_t
look_at_all (vhm_guest *guest)
{
  struct linux_scan scan = { .wanted = UINT32_MAX };
  vhm_guest_begin (guest);
  linux_shrink (guest->os_state, &scan, 0);
  vhm_guest_end (guest);
  return scan.reclaimed;
}

START_TEST (a_page_accessed_once_goes_one_accessed_twice_becomes_active)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  visit (&w, &p, 0, 1000, false);
  ck_assert_uint_eq (look_at_all (guest), 0); /* the fault counts as access */
  world_run (&w, S);
  visit (&w, &p, 300, 310, false);
  ck_assert_uint_eq (look_at_all (guest), 990);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.active_file_pages, 10);
  ck_assert_uint_eq (c.inactive_file_pages, 0);
  const vhm_refs *refs = vhm_process_refs (p.process);
  for (uint32_t page = 0; page < 1000; page++)
    ck_assert_int_eq (vhm_refs_is_mapped (refs, page),
                      page >= 300 && page < 310);
  world_close (&w);
}
END_TEST

/* Read, and read again, by processes that end: the second time makes it active,
 * the third changes nothing. */
START_TEST (a_file_read_twice_becomes_active)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  visit (&w, &p, 0, 1000, false);
  vhm_process_drop (p.process, 0, 0, 1000);
  ck_assert_uint_eq (counters (guest).active_file_pages, 0);
  for (int i = 0; i < 2; i++) {
    world_run (&w, S);
    visit (&w, &p, 300, 310, false);
    vhm_process_drop (p.process, 0, 300, 10);
    ck_assert_uint_eq (counters (guest).active_file_pages, 10);
  }
  ck_assert_uint_eq (look_at_all (guest), 990);
  ck_assert_uint_eq (counters (guest).active_file_pages, 10);
  world_audit (&w);
  world_close (&w);
}
END_TEST

START_TEST (active_pages_go_back_when_there_are_few_inactive_ones)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest
      = boot_linux (&w, &p, BARE "swap: 0 B, read_ahead: 0 B", 8192);
  visit (&w, &p, 0, 100, false);
  look_at_all (guest);
  world_run (&w, S);
  visit (&w, &p, 0, 100, false);
  look_at_all (guest);
  ck_assert_uint_eq (counters (guest).active_file_pages, 100);
  visit (&w, &p, 100, 300, false); /* 200 inactive ones: enough */
  look_at_all (guest);
  ck_assert_uint_eq (counters (guest).active_file_pages, 100);
  visit (&w, &p, 0, 50, false); /* accessed or not, they go */
  vhm_process_drop (p.process, 0, 100, 200);
  look_at_all (guest); /* these go for good: 0 inactive, 100 active */
  ck_assert_uint_eq (counters (guest).inactive_file_pages, 0);
  look_at_all (guest);
  ck_assert_uint_eq (counters (guest).active_file_pages, 0);
  ck_assert_uint_eq (counters (guest).inactive_file_pages, 100);
  ck_assert_uint_eq (counters (guest).working_set_pages, 100);
  world_close (&w);
}
END_TEST

START_TEST (cached_pages_that_nobody_maps_go_at_the_first_look)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  visit (&w, &p, 0, 1000, false);
  vhm_process_drop (p.process, 0, 0, 400);
  ck_assert_uint_eq (look_at_all (guest), 400);
  ck_assert_uint_eq (counters (guest).standby_pages, 0);
  ck_assert_uint_eq (counters (guest).working_set_pages, 600);
  world_close (&w);
}
END_TEST

/* Anonymous and file pages under the same use: what does memory pressure take? */
static double
swapped_out (const char *yaml)
{
  struct world w;
  struct puppet p[2];
  world_open (&w, 2, 20000);
  world_os (&w, "linux", yaml);
  for (int i = 0; i < 2; i++) {
    p[i] = a_puppet (4500, 0.3, 1, 1e6, 1e9, 0);
    p[i].regions[0].is_file = i == 1;
    world_puppet (&w, &p[i]);
  }
  vhm_guest *guest = world_boot (&w, 2, 8192, 8192);
  world_run (&w, 200 * S);
  struct vhm_guest_counters c = counters (guest);
  world_close (&w);
  return (double) c.swapped_out / (double) c.pages_output;
}

START_TEST (swappiness_decides_between_anonymous_and_file_pages)
{
  double none = swapped_out (BARE "swappiness: 0");
  double some = swapped_out (BARE "swappiness: 60");
  double equal = swapped_out (BARE "swappiness: 100");
  double most = swapped_out (BARE "swappiness: 200");
  ck_assert_double_eq (none, 0);
  ck_assert_double_gt (some, 0.02);
  ck_assert_double_gt (equal, some + 0.2);
  ck_assert_double_gt (most, equal + 0.4);
}
END_TEST

SUITE ("linux scan",
       tcase_add_test (
           tc, a_page_accessed_once_goes_one_accessed_twice_becomes_active);
       tcase_add_test (tc,
                       active_pages_go_back_when_there_are_few_inactive_ones);
       tcase_add_test (tc, a_file_read_twice_becomes_active);
       tcase_add_test (tc, cached_pages_that_nobody_maps_go_at_the_first_look);
       tcase_add_test (tc,
                       swappiness_decides_between_anonymous_and_file_pages);)
