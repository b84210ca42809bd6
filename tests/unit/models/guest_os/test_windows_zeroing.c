/* Zeroing at boot: what it makes a host give that gives memory at touch. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define VISIBLE 10000
#define POOL 256
#define A_SECOND 2560 /* pages */

static struct vhm_swap_config swap = { .read_ahead = 8,
                                       .batch = 32,
                                       .n_writes = 4,
                                       .fault_ns = 5000,
                                       .minor_ns = 1000 };

/* A guest whose one process touches one page. */
static vhm_guest *
boot_at_touch (struct world *w, struct puppet *p, const char *zeroing,
               uint32_t n_frames)
{
  g_autofree char *yaml
      = g_strdup_printf ("nonpaged_pool: 1 MiB, zeroing: %s", zeroing);
  world_open (w, 2, n_frames);
  world_os (w, "windows", yaml);
  w->backed_at_touch = true;
  *p = a_puppet (1, 0, 1, 1e6, 1e9, 0);
  world_puppet (w, p);
  return world_boot (w, 2, VISIBLE, VISIBLE);
}

START_TEST (all_is_touched_at_its_rate)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot_at_touch (&w, &p, "10 MiB/s", 40000);
  for (uint32_t s = 1; s <= 3; s++) {
    world_run (&w, S);
    uint32_t backed = vhm_guest_backed_pages (guest);
    ck_assert_uint_ge (backed, s * A_SECOND); /* of which the pool was there */
    ck_assert_uint_le (backed, s * A_SECOND + POOL + 1);
  }
  world_run (&w, 3 * S);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), VISIBLE);
  world_audit (&w);
  world_close (&w);
}
END_TEST

START_TEST (nothing_is_without_a_rate)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot_at_touch (&w, &p, "0 B/s", 40000);
  world_run (&w, 10 * S);
  ck_assert_uint_le (vhm_guest_backed_pages (guest), POOL + 1);
  world_close (&w);
}
END_TEST

/* The host has fewer frames: it goes on when some are free, and nothing is swapped
 * for its sake. */
START_TEST (it_waits_for_free_machine_memory)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot_at_touch (&w, &p, "1 GiB/s", 6000);
  world_run (&w, 3 * S);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 0);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), 6000);
  vhm_guest_inflate (guest, 4500, 0); /* the first free ones, zeroed already */
  uint32_t backed = vhm_guest_backed_pages (guest);
  ck_assert_uint_lt (backed, 6000);
  world_run (&w, 3 * S);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), VISIBLE - 4500);
  world_audit (&w);
  world_close (&w);
}
END_TEST

/* What the host has swapped is not read back to be zeroed, and a limit is kept. */
START_TEST (swapped_frames_are_left_where_they_are)
{
  struct world w;
  struct puppet p;
  world_open (&w, 2, 40000);
  world_os (&w, "windows", "nonpaged_pool: 1 MiB, zeroing: 10 MiB/s");
  w.backed_at_touch = true;
  w.swap = &swap;
  w.swap_bytes = 64 * VHM_MIB;
  p = a_puppet (1, 0, 1, 1e6, 1e9, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, VISIBLE, VISIBLE);
  world_run (&w, 2 * S);
  vhm_guest_set_limit (guest, 4000);
  world_run (&w, 60 * S);
  ck_assert_uint_le (vhm_guest_backed_pages (guest), 4000);
  ck_assert_uint_eq (vhm_guest_backing (guest).swapped_in, 0);
  world_audit (&w);
  world_close (&w);
}
END_TEST

START_TEST (what_is_hot_added_is_zeroed_too)
{
  struct world w;
  struct puppet p;
  world_open (&w, 2, 40000);
  world_os (&w, "windows", "nonpaged_pool: 1 MiB, zeroing: 1 GiB/s");
  w.backed_at_touch = true;
  p = a_puppet (1, 0, 1, 1e6, 1e9, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, VISIBLE, 2 * VISIBLE);
  world_run (&w, 2 * S);
  vhm_guest_hot_add (guest, 3000);
  world_run (&w, 2 * S);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), VISIBLE + 3000);
  world_close (&w);
}
END_TEST

SUITE ("windows_zeroing", tcase_add_test (tc, all_is_touched_at_its_rate);
       tcase_add_test (tc, nothing_is_without_a_rate);
       tcase_add_test (tc, it_waits_for_free_machine_memory);
       tcase_add_test (tc, swapped_frames_are_left_where_they_are);
       tcase_add_test (tc, what_is_hot_added_is_zeroed_too);)
