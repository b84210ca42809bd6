/* Requests on their way to the guest and memory on its way back. */
#include "suite.h"
#include "world.h"

#include <vhm/model/reclaim.h>

#define S VHM_NS_PER_S
#define MS (VHM_NS_PER_S / 1000)
#define MIB_PAGES 256

struct balloon_world {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
  vhm_balloon *balloon;
};

/* A guest of 10000 frames that may have 16000, 20000 in the machine. Messages
 * take 100 ms, the driver takes 1000 pages a second. */
static void
open_balloon (struct balloon_world *b)
{
  world_open (&b->w, 1, 20000);
  world_os (&b->w, "windows", "nonpaged_pool: 1 MiB, page_file: 32 MiB");
  b->p = a_puppet (8000, 0.5, 1, 1e6, 1e6, 0);
  b->p.regions[0].n_active = 0;
  b->p.commit_pages = 8000;
  world_puppet (&b->w, &b->p);
  b->guest = world_boot (&b->w, 1, 10000, 16000);
  const struct vhm_balloon_config config = {
    .latency_ns = 100 * MS,
    .rate_bytes_per_s = 1000 * VHM_PAGE_BYTES,
    .step_ns = S,
    .unit_bytes = 2 * VHM_MIB,
    .page_ns = 300,
  };
  b->balloon = vhm_balloon_new (b->w.machine, &config, b->guest, 16000);
}

static void
close_balloon (struct balloon_world *b)
{
  vhm_balloon_free (b->balloon);
  world_close (&b->w);
}

START_TEST (a_request_travels_and_is_worked_on_at_the_drivers_rate)
{
  struct balloon_world b;
  open_balloon (&b);
  vhm_balloon_remove (b.balloon, 2500);
  world_run (&b.w, 100 * MS - 1);
  ck_assert_uint_eq (vhm_guest_held_pages (b.guest), 10000);
  static const uint32_t held[] = { 9000, 8000, 7500, 7500 };
  for (int i = 0; i < 4; i++) {
    world_run (&b.w, i == 0 ? 1 : S);
    ck_assert_uint_eq (vhm_guest_held_pages (b.guest), held[i]);
    ck_assert_uint_eq (vhm_balloon_pending (b.balloon), held[i] - 7500);
    ck_assert_uint_eq (vhm_machine_n_free (b.w.machine), 20000 - held[i]);
  }
  struct vhm_balloon_counts c = vhm_balloon_counts (b.balloon);
  ck_assert_uint_eq (c.removed_pages, 2500);
  ck_assert_uint_eq (c.n_removes, 1);
  close_balloon (&b);
}
END_TEST

START_TEST (a_newer_request_replaces_the_older)
{
  struct balloon_world b;
  open_balloon (&b);
  vhm_balloon_remove (b.balloon, 5000);
  world_run (&b.w, 200 * MS); /* 1000 are taken */
  vhm_balloon_remove (b.balloon, 300);
  world_run (&b.w, 5 * S);
  ck_assert_uint_eq (vhm_guest_held_pages (b.guest), 8700);
  vhm_balloon_remove (b.balloon, 1500);
  vhm_balloon_remove (b.balloon, 0); /* withdrawn before it arrived */
  world_run (&b.w, 5 * S);
  ck_assert_uint_eq (vhm_guest_held_pages (b.guest), 8700);
  ck_assert_uint_eq (vhm_balloon_counts (b.balloon).n_removes, 1);
  vhm_balloon_remove (b.balloon, 10);
  world_run (&b.w, 5 * S);
  ck_assert_uint_eq (vhm_guest_held_pages (b.guest), 8690);
  ck_assert_uint_eq (vhm_balloon_counts (b.balloon).n_removes, 2);
  close_balloon (&b);
}
END_TEST

START_TEST (memory_comes_back_from_the_balloon_before_it_is_hot_added)
{
  struct balloon_world b;
  open_balloon (&b);
  vhm_balloon_remove (b.balloon, 1000);
  world_run (&b.w, 5 * S);
  ck_assert_uint_eq (vhm_balloon_add (b.balloon, 400), 400);
  ck_assert_uint_eq (vhm_balloon_promised (b.balloon), 400);
  ck_assert_uint_eq (vhm_balloon_add (b.balloon, 50), 0); /* one at a time */
  ck_assert_uint_eq (vhm_guest_held_pages (b.guest), 9000);
  world_run (&b.w, 100 * MS);
  ck_assert_uint_eq (vhm_guest_held_pages (b.guest), 9400);
  ck_assert_uint_eq (vhm_guest_visible_pages (b.guest), 10000);
  ck_assert_uint_eq (vhm_balloon_promised (b.balloon), 0);
  /* 600 are left in the balloon; beyond them whole units of 512 pages */
  ck_assert_uint_eq (vhm_balloon_add (b.balloon, 2000), 600 + 2 * 512);
  world_run (&b.w, S);
  ck_assert_uint_eq (vhm_guest_ballooned_pages (b.guest), 0);
  ck_assert_uint_eq (vhm_guest_visible_pages (b.guest), 11024);
  struct vhm_balloon_counts c = vhm_balloon_counts (b.balloon);
  ck_assert_uint_eq (c.added_pages, 2024);
  ck_assert_uint_eq (c.n_adds, 2);
  close_balloon (&b);
}
END_TEST

START_TEST (less_than_a_unit_is_not_hot_added_and_no_more_than_the_maximum)
{
  struct balloon_world b;
  open_balloon (&b);
  ck_assert_uint_eq (vhm_balloon_add (b.balloon, 511), 0);
  ck_assert_uint_eq (vhm_balloon_add (b.balloon, 9000), 6000);
  world_run (&b.w, S);
  ck_assert_uint_eq (vhm_guest_visible_pages (b.guest), 16000);
  ck_assert_uint_eq (vhm_balloon_add (b.balloon, 4000), 0);
  close_balloon (&b);
}
END_TEST

/* The guest uses 8000 of its 10000 frames: the driver gets the rest as the guest
 * pages out, step by step. */
START_TEST (a_request_beyond_what_the_guest_can_spare_goes_on)
{
  struct balloon_world b;
  open_balloon (&b);
  vhm_process_allocate (b.p.process, 0, 0, 8000);
  vhm_balloon_remove (b.balloon, 4000);
  uint32_t held = 10000;
  for (int i = 0; i < 60; i++) {
    world_run (&b.w, S);
    ck_assert_uint_le (vhm_guest_held_pages (b.guest), held);
    held = vhm_guest_held_pages (b.guest);
    ck_assert_uint_eq (vhm_balloon_pending (b.balloon), held - 6000);
  }
  ck_assert_uint_eq (held, 6000);
  close_balloon (&b);
}
END_TEST

/* Nobody runs the driver; the request stands. */
START_TEST (a_blocked_guest_gives_nothing)
{
  struct balloon_world b;
  open_balloon (&b);
  vhm_guest_block (b.guest, true);
  vhm_balloon_remove (b.balloon, 1500);
  world_run (&b.w, 5 * S);
  ck_assert_uint_eq (vhm_guest_held_pages (b.guest), 10000);
  ck_assert_uint_eq (vhm_balloon_pending (b.balloon), 1500);
  vhm_guest_block (b.guest, false);
  world_run (&b.w, 2 * S);
  ck_assert_uint_eq (vhm_guest_held_pages (b.guest), 8500);
  close_balloon (&b);
}
END_TEST

START_TEST (a_reset_drops_what_is_under_way)
{
  struct balloon_world b;
  open_balloon (&b);
  vhm_balloon_remove (b.balloon, 500);
  vhm_balloon_add (b.balloon, 1024);
  vhm_balloon_reset (b.balloon);
  ck_assert_uint_eq (vhm_balloon_pending (b.balloon), 0);
  ck_assert_uint_eq (vhm_balloon_promised (b.balloon), 0);
  world_run (&b.w, 5 * S);
  ck_assert_uint_eq (vhm_guest_held_pages (b.guest), 10000);
  close_balloon (&b);
}
END_TEST

SUITE ("balloon",
       tcase_add_test (tc,
                       a_request_travels_and_is_worked_on_at_the_drivers_rate);
       tcase_add_test (tc, a_newer_request_replaces_the_older); tcase_add_test (
           tc, memory_comes_back_from_the_balloon_before_it_is_hot_added);
       tcase_add_test (
           tc, less_than_a_unit_is_not_hot_added_and_no_more_than_the_maximum);
       tcase_add_test (tc, a_request_beyond_what_the_guest_can_spare_goes_on);
       tcase_add_test (tc, a_blocked_guest_gives_nothing);
       tcase_add_test (tc, a_reset_drops_what_is_under_way);)
