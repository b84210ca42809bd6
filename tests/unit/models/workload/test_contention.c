/* Threads that contend: what they commit and touch, when they begin, what bounds
 * them. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

/* 16 MiB, all of it touched before the first operation. */
START_TEST (it_touches_its_array_once_and_then_begins)
{
  struct world w;
  world_open_ideal (&w, 2, "");
  world_workload (&w, "contention",
                  "size: 16 MiB, references: 100, cycles_per_reference: 1000");
  vhm_guest *g = world_boot (&w, 2, 8000, 8000);
  ck_assert_uint_eq (vhm_guest_counters (g).committed_pages, 4096);
  world_run (&w, S);
  vhm_guest_sync (g);
  ck_assert_uint_gt (vhm_guest_operations (g), 10000);
  ck_assert_uint_eq (vhm_guest_counters (g).page_reads, 0);
  world_close (&w);
}
END_TEST

/* The bounds of the file's head, each where it binds: threads that mostly sleep,
 * processors, the lock. */
static const struct {
  const char *yaml;
  double most; /* operations a second */
} bounds[] = {
  { "threads: 4, locked: 0 %, think: 99 ms", 40 },
  { "threads: 4, locked: 0 %, think: 99 ms, operations: 10", 367 },
  { "threads: 16, locked: 1 %", 2000 },
  { "threads: 16, locked: 80 %", 1250 },
};

START_TEST (what_is_scarce_bounds_it)
{
  struct world w;
  world_open_ideal (&w, 2, "");
  g_autofree char *yaml = g_strconcat (
      "size: 1 MiB, references: 1000, cycles_per_reference: 1000, ",
      bounds[_i].yaml, NULL);
  world_workload (&w, "contention", yaml);
  vhm_guest *g = world_boot (&w, 2, 1000, 1000);
  world_run (&w, 100 * S);
  vhm_guest_sync (g);
  double a_second = (double) vhm_guest_operations (g) / 100;
  ck_assert_double_eq_tol (a_second / bounds[_i].most, 1, 0.04);
  world_close (&w);
}
END_TEST

SUITE ("contention",
       tcase_add_test (tc, it_touches_its_array_once_and_then_begins);
       tcase_add_loop_test (tc, what_is_scarce_bounds_it, 0,
                            G_N_ELEMENTS (bounds));)
