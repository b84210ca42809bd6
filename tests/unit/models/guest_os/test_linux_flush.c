/* Dirty pages of files: when they are written, and what stays. */
#include "guest.h"
#include "linux_guest.h"
#include "suite.h"

#define KEYS BARE "swap: 0 B, dirty_expire: 30 s, dirty_writeback: 5 s"

/* Written and unmapped: n pages from `first` on, at about 1 us a page. */
static void
write_pages (struct world *w, struct puppet *p, uint32_t first, uint32_t n)
{
  const struct vhm_walk walk = { .from = first,
                                 .to = first + n,
                                 .cycles_per_page = 1000,
                                 .write = true,
                                 .overwrites = true };
  vhm_process_walk (p->process, 0, &walk);
  world_run (w, S / 10);
  ck_assert (!vhm_process_is_walking (p->process, 0));
  vhm_process_drop (p->process, 0, first, n);
}

/* Written at 0.1 s, looked at every 5 s from 5.1 s on: they go at 30.1 s or later,
 * at 35.1 s, in one request, and stay. */
START_TEST (pages_are_written_when_they_have_waited)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest = boot_linux (&w, &p, KEYS, 8192);
  write_pages (&w, &p, 100, 200);
  world_run (&w, 29 * S);
  write_pages (&w, &p, 500, 50); /* these have not waited long enough */
  world_run (&w, S / 2);
  ck_assert_uint_eq (counters (guest).pages_output, 0);
  world_run (&w, 6 * S);
  ck_assert_uint_eq (counters (guest).pages_output, 200);
  ck_assert_uint_eq (counters (guest).page_writes, 1);
  ck_assert_uint_eq (counters (guest).modified_pages, 0);
  ck_assert_uint_eq (counters (guest).standby_pages, 250);
  world_run (&w, 30 * S);
  ck_assert_uint_eq (counters (guest).pages_output, 250);
  world_run (&w, 300 * S);
  ck_assert_uint_eq (counters (guest).pages_output, 250);
  ck_assert_uint_eq (vhm_process_memory (p.process).page_writes, 2);
  world_close (&w);
}
END_TEST

/* What the guest has on its disk as well, a host need not keep. */
static uint32_t
n_on_disk (const vhm_guest *guest)
{
  uint32_t n = 0;
  for (uint32_t gfn = 0; gfn < 8192; gfn++) {
    struct vhm_frame_use use = guest->os->frame_use (guest->os_state, gfn);
    n += use.kind == VHM_FRAME_CACHE && use.on_disk;
  }
  return n;
}

START_TEST (what_has_been_written_is_clean)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest = boot_linux (&w, &p, KEYS, 8192);
  write_pages (&w, &p, 0, 300);
  ck_assert_uint_eq (n_on_disk (guest), 0);
  world_run (&w, 40 * S);
  ck_assert_uint_eq (n_on_disk (guest), 300);
  write_pages (&w, &p, 10, 20); /* dirty again */
  ck_assert_uint_eq (n_on_disk (guest), 280);
  world_run (&w, 40 * S);
  ck_assert_uint_eq (counters (guest).pages_output, 320);
  ck_assert_uint_eq (counters (guest).pages_input, 0);
  world_close (&w);
}
END_TEST

/* More than a tenth of 8192 - 256 frames: the oldest go at once. */
START_TEST (too_many_dirty_pages_are_written_before_their_time)
{
  struct world w;
  struct puppet p = a_still_puppet (3000, true);
  vhm_guest *guest = boot_linux (&w, &p, KEYS, 8192);
  write_pages (&w, &p, 0, 2000);
  world_run (&w, 6 * S);
  uint64_t kept = (8192 - 256) / 10;
  ck_assert_uint_eq (counters (guest).pages_output, 2000 - kept);
  ck_assert_uint_eq (n_on_disk (guest), 2000 - kept);
  for (uint32_t page = 0; page < 2000 - kept; page += 100) {
    uint32_t gfn;
    const struct vhm_reference r = { .page = page & VHM_REFERENCE_PAGES };
    guest->os->frames (guest->os_state, p.process, 1, &r, &gfn);
    ck_assert (guest->os->frame_use (guest->os_state, gfn).on_disk);
  }
  world_close (&w);
}
END_TEST

/* Used while it is being written: mapped at once; the flusher forgets it. */
START_TEST (a_page_wanted_while_it_is_written_is_there)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest
      = boot_linux (&w, &p, BARE "swap: 0 B, dirty_expire: 0 s", 8192);
  write_pages (&w, &p, 0, 100);
  while (counters (guest).modified_pages == 0)
    world_run (&w, S / 1000);
  uint64_t major = counters (guest).major_faults;
  vhm_process_sweep (p.process, 0, 0, 50, 1000, false);
  world_run (&w, S / 1000);
  ck_assert (!vhm_process_is_sweeping (p.process));
  ck_assert_uint_eq (counters (guest).major_faults, major);
  ck_assert_uint_eq (counters (guest).modified_pages, 100);
  world_run (&w, S);
  ck_assert_uint_eq (counters (guest).modified_pages, 0);
  ck_assert_uint_eq (counters (guest).working_set_pages, 50);
  ck_assert_uint_eq (counters (guest).standby_pages, 50);
  world_close (&w);
}
END_TEST

/* A guest that stops with pages waiting, and boots again. */
START_TEST (nothing_is_written_for_a_guest_that_is_off)
{
  struct world w;
  struct puppet p = a_still_puppet (1000, true);
  vhm_guest *guest = boot_linux (&w, &p, KEYS, 8192);
  write_pages (&w, &p, 0, 100);
  vhm_guest_stop (guest);
  uint32_t n = world_n_requests;
  world_run (&w, 100 * S);
  ck_assert_uint_eq (world_n_requests, n);
  world_close (&w);
}
END_TEST

SUITE ("linux flush",
       tcase_add_test (tc, pages_are_written_when_they_have_waited);
       tcase_add_test (tc, what_has_been_written_is_clean);
       tcase_add_test (tc, too_many_dirty_pages_are_written_before_their_time);
       tcase_add_test (tc, a_page_wanted_while_it_is_written_is_there);
       tcase_add_test (tc, nothing_is_written_for_a_guest_that_is_off);)
