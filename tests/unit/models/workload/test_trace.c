/* A recorded program in a guest. */
#include "suite.h"
#include "trace_bytes.h"
#include "world.h"

#define S VHM_NS_PER_S

/* A trace of so many visits to random pages, in a folder of its own. */
struct tape {
  char *folder, *yaml;
  struct test_visit *visits;
  uint32_t n;
};

static struct tape
a_tape (uint64_t seed, uint32_t n, uint32_t n_pages, const char *more)
{
  struct tape tape = { .folder = trace_folder (), .n = n };
  g_autofree char *path = g_build_filename (tape.folder, "t.vhmt", NULL);
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, "tape");
  tape.visits = g_new (struct test_visit, n);
  for (uint32_t i = 0; i < n; i++)
    tape.visits[i] = (struct test_visit){
      .original = vhm_rng_below (
          &rng, vhm_rng_chance (&rng, 0.5) ? n_pages : n_pages / 4),
      .n_accesses = 1 + (uint32_t) vhm_rng_below (&rng, 7),
      .kinds = vhm_rng_chance (&rng, 0.3) ? VHM_TRACE_STORE : VHM_TRACE_LOAD,
    };
  trace_save (path, tape.visits, n);
  tape.yaml = g_strdup_printf ("file: \"%s\", %s", path, more);
  return tape;
}

static void
free_tape (struct tape *tape)
{
  trace_folder_remove (tape->folder);
  g_free (tape->folder);
  g_free (tape->yaml);
  g_free (tape->visits);
}

static uint64_t
n_accesses (const struct tape *tape)
{
  uint64_t n = 0;
  for (uint32_t i = 0; i < tape->n; i++)
    n += tape->visits[i].n_accesses;
  return n;
}

/* Visits whose page is not among the `capacity` distinct ones visited last. */
static uint64_t
misses_by_stack (const struct tape *tape, uint32_t capacity)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  uint64_t misses = 0;
  for (uint32_t i = 0; i < tape->n; i++) {
    uint64_t page = tape->visits[i].original;
    guint at = 0;
    while (at < stack->len && g_array_index (stack, uint64_t, at) != page)
      at++;
    misses += at >= capacity || at == stack->len;
    if (at < stack->len)
      g_array_remove_index (stack, at);
    g_array_prepend_val (stack, page);
  }
  return misses;
}

/* The oracle: the whole path, file to faults of a guest. */
START_TEST (an_ideal_guest_faults_as_often_as_the_stack_says)
{
  static const uint32_t frames[] = { 100, 333, 600, 1000 };
  struct tape tape
      = a_tape ((uint64_t) _i, 20000, 800, "cycles_per_access: 50");
  struct world w;
  world_is_every = _i % 2; /* it is in any case */
  world_open (&w, 1, 20000);
  world_os (&w, "ideal-lru", "");
  world_workload (&w, "trace", tape.yaml);
  vhm_guest *guest = world_boot (&w, 1, frames[_i], frames[_i]);
  world_run (&w, 1000 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).page_faults,
                     misses_by_stack (&tape, frames[_i]));
  ck_assert_uint_eq (vhm_guest_operations (guest), 1);
  world_close (&w);
  free_tape (&tape);
}
END_TEST

/* Beside faults (free here): accesses x cycles each; then nothing. */
START_TEST (a_pass_takes_its_accesses_time_and_ends)
{
  struct tape tape = a_tape (9, 5000, 300, "cycles_per_access: 1000");
  struct world w;
  world_open (&w, 1, 20000);
  world_os (&w, "windows", "nonpaged_pool: 1 MiB, zero_fault: 0 ns");
  world_workload (&w, "trace", tape.yaml);
  vhm_guest *guest = world_boot (&w, 1, 10000, 10000);
  uint64_t base = vhm_guest_counters (guest).committed_pages - 300;
  world_run (&w, S / 1000);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages, base + 300);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages, base);
  ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages, 0);
  ck_assert_double_eq_tol (vhm_guest_references (guest), tape.n, 3);
  uint64_t compute = vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_COMPUTE];
  uint64_t expected = n_accesses (&tape) * 1000;
  ck_assert_uint_ge (compute, expected);
  ck_assert_uint_le (compute, expected + expected / 1000);
  world_close (&w);
  free_tape (&tape);
}
END_TEST

START_TEST (repeated_it_goes_on)
{
  struct tape tape
      = a_tape (9, 1000, 300, "repeat: true, cycles_per_access: 1000");
  struct world w;
  world_open (&w, 1, 20000);
  world_os (&w, "windows", "nonpaged_pool: 1 MiB, zero_fault: 0 ns");
  world_workload (&w, "trace", tape.yaml);
  vhm_guest *guest = world_boot (&w, 1, 10000, 10000);
  world_run (&w, S);
  uint64_t passes = WORLD_HZ / (n_accesses (&tape) * 1000);
  ck_assert_uint_ge (passes, 200);
  ck_assert_uint_ge (vhm_guest_operations (guest), passes - 2);
  ck_assert_uint_le (vhm_guest_operations (guest), passes);
  world_close (&w);
  free_tape (&tape);
}
END_TEST

/* It waits for its memory, and begins when there is some. */
START_TEST (a_refused_commit_is_tried_again)
{
  struct tape tape = a_tape (3, 3000, 4000, "repeat: true, retry: 1 s");
  struct world w;
  world_open (&w, 1, 20000);
  world_os (&w, "windows",
            "nonpaged_pool: 1 MiB, page_file: 0 B, page_file_maximum: 1 MiB");
  world_workload (&w, "trace", tape.yaml);
  vhm_guest *guest = world_boot (&w, 1, 1500, 6000);
  world_run (&w, 5 * S + S / 2);
  ck_assert_uint_eq (vhm_guest_counters (guest).refused_commits, 6);
  ck_assert_double_eq (vhm_guest_references (guest), 0);
  ck_assert_uint_eq (vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_COMPUTE], 0);
  vhm_guest_hot_add (guest, 4500);
  world_run (&w, 2 * S);
  ck_assert_double_gt (vhm_guest_references (guest), 1000);
  world_close (&w);
  free_tape (&tape);
}
END_TEST

SUITE ("trace", tcase_add_loop_test (
                    tc, an_ideal_guest_faults_as_often_as_the_stack_says, 0, 4);
       tcase_add_test (tc, a_pass_takes_its_accesses_time_and_ends);
       tcase_add_test (tc, repeated_it_goes_on);
       tcase_add_test (tc, a_refused_commit_is_tried_again);)
