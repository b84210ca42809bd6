/* A guest that starts with less machine memory than it sees, and becomes one like
 * others. */
#include "suite.h"
#include "world.h"

#include <vhm/model/short_start.h>

#define S VHM_NS_PER_S
#define VISIBLE 3000
#define LIMIT 1000

static struct vhm_swap_config file = {
  .read_ahead = 8,
  .batch = 32,
  .n_writes = 4,
  .fault_ns = 5000,
  .minor_ns = 1000,
};

/* And whether frames keep their slots in the file when they are read. */
static const struct {
  const char *os;
  bool keeps_slots;
} kinds[] = {
  { "ideal-lru", false }, { "windows", false }, { "linux", false },
  { "ideal-lru", true },  { "windows", true },  { "linux", true },
};

static void
open_world (struct world *w, const char *os, uint32_t n_frames)
{
  world_open (w, 2, n_frames);
  const char *settings = "";
  if (g_str_equal (os, "windows"))
    settings = "nonpaged_pool: 1 MiB";
  else if (g_str_equal (os, "linux"))
    settings = "kernel: 1 MiB";
  world_os (w, os, settings);
}

static vhm_guest *
boot_short (struct world *w)
{
  vhm_guest *guest = world_guest (w, 2, VISIBLE, VISIBLE);
  const struct vhm_short_start how = {
    .swap = &file,
    .disk = w->disk,
    .at_bytes = 100 * VHM_GIB,
    .size_bytes = VISIBLE * VHM_PAGE_BYTES,
    .limit_pages = LIMIT,
  };
  vhm_guest_start_short (guest, &how);
  vhm_guest_boot (guest);
  return guest;
}

/* It touches 2000 pages of which 1000 have memory; its balloon takes what it does
 * not hold memory for; the rest comes back from the file. */
START_TEST (it_becomes_a_guest_like_others)
{
  struct world w;
  file.keeps_slots = kinds[_i].keeps_slots;
  open_world (&w, kinds[_i].os, 5000);
  struct puppet p = a_puppet (2000, 0.3, 2, 1e5, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = boot_short (&w);
  for (int i = 0; i < 20; i++) {
    world_run (&w, 5 * S);
    ck_assert_uint_le (vhm_guest_backed_pages (guest), LIMIT);
  }
  ck_assert_uint_eq (vhm_guest_held_pages (guest), VISIBLE);
  ck_assert_uint_gt (vhm_guest_swapped_pages (guest), 500);
  ck_assert (!vhm_guest_back_all (guest)); /* some of it lies in the file */
  for (int i = 0; i < 60 && vhm_guest_held_pages (guest) > 2500; i++) {
    vhm_guest_inflate (guest, vhm_guest_held_pages (guest) - 2500, 0);
    world_run (&w, S);
  }
  ck_assert_uint_eq (vhm_guest_held_pages (guest), 2500);
  vhm_guest_set_limit (guest, UINT32_MAX);
  bool is_done = false;
  for (int i = 0; i < 100 && !is_done; i++) {
    vhm_guest_read_back (guest, 200);
    world_run (&w, 3 * S);
    is_done = vhm_guest_back_all (guest);
  }
  ck_assert (is_done);
  world_audit (&w);
  ck_assert_uint_eq (vhm_guest_swapped_pages (guest), 0);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), 2500);
  /* what comes from now on comes with memory, and none goes */
  vhm_guest_deflate (guest, 300, 0);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), 2800);
  ck_assert_uint_eq (vhm_guest_swapped_pages (guest), 0);
  world_close (&w);
}
END_TEST

START_TEST (reading_back_goes_by_the_file_and_stops)
{
  struct world w;
  open_world (&w, "ideal-lru", 5000);
  struct puppet p = a_puppet (2000, 0.3, 2, 1e5, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = boot_short (&w);
  world_run (&w, 100 * S);
  vhm_guest_set_limit (guest, UINT32_MAX);
  world_run (&w, S);
  uint32_t n = vhm_guest_read_back (guest, 100);
  ck_assert_uint_ge (n, 100);
  ck_assert_uint_lt (n, 100 + file.read_ahead);
  world_run (&w, 100 * S);
  while (vhm_guest_read_back (guest, 500) > 0)
    world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_swapped_pages (guest), 0);
  world_close (&w);
}
END_TEST

/* Others have taken the memory: nothing is done, and it can be asked again. */
START_TEST (without_the_memory_for_it_all_stays_as_it_is)
{
  struct world w;
  open_world (&w, "ideal-lru", 3200);
  struct puppet p = a_puppet (500, 0.3, 2, 1e5, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = boot_short (&w);
  world_run (&w, 20 * S);
  vhm_guest_set_limit (guest, UINT32_MAX);
  uint32_t before = vhm_guest_backed_pages (guest);
  ck_assert_uint_lt (before, LIMIT);
  vhm_machine_promise (w.machine, 201); /* 3200 - 201 < VISIBLE */
  ck_assert (!vhm_guest_back_all (guest));
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), before);
  vhm_machine_redeem (w.machine, 1);
  ck_assert (vhm_guest_back_all (guest));
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), VISIBLE);
  world_run (&w, 20 * S);
  vhm_machine_redeem (w.machine, 200);
  world_close (&w);
}
END_TEST

SUITE ("short start", tcase_set_timeout (tc, 60);
       tcase_add_loop_test (tc, it_becomes_a_guest_like_others, 0,
                            (int) G_N_ELEMENTS (kinds));
       tcase_add_test (tc, reading_back_goes_by_the_file_and_stops);
       tcase_add_test (tc, without_the_memory_for_it_all_stays_as_it_is);)
