/* Memory that a program reads in by itself. */
#include "suite.h"
#include "world.h"

#define MS (VHM_NS_PER_S / 1000)
#define N 128
#define LEFT 70 /* frames; the system keeps 64 */

static uint32_t n_loaded, last_loaded, drop_instead;
static vhm_process *process;

static void
start (void *state, const void *config, vhm_process *p)
{
  (void) state;
  (void) config;
  const struct vhm_region_spec other
      = { .pattern = VHM_PATTERN_UNIFORM, .n_pages = 8, .share = 0 };
  const struct vhm_region_spec spec
      = { .pattern = VHM_PATTERN_SCAN,
          .n_pages = N,
          .n_active = N,
          .share = 1,
          .cyclic = true,
          .is_loaded = true,
          .file_at = vhm_process_new_file (p, N) };
  const struct vhm_threads threads
      = { .n_threads = 2, .cycles_per_reference = 1000, .references = 16 };
  process = p;
  vhm_process_add_region (p, &other);
  vhm_process_add_region (p, &spec);
  ck_assert (vhm_process_commit (p, N));
  vhm_process_run (p, &threads);
}

static void
loaded (void *state, vhm_process *p, uint32_t region, uint32_t page)
{
  (void) state;
  ck_assert_uint_eq (region, 1);
  n_loaded++;
  last_loaded = page;
  if (drop_instead > 0 && page >= drop_instead)
    vhm_process_drop (p, 1, page - drop_instead, 1);
}

static const struct vhm_workload_ops reader_ops
    = { .start = start, .loaded = loaded };
static const struct vhm_plugin reader = { .kind = VHM_PLUGIN_WORKLOAD,
                                          .name = "reader",
                                          .state_size = 1,
                                          .ops = &reader_ops };

static vhm_guest *
boot_reader (struct world *w, uint32_t keeps)
{
  n_loaded = 0;
  drop_instead = keeps;
  world_open_ideal (w, 1, "");
  const struct vhm_plugin_choice choice = { &reader, NULL };
  g_array_append_val (w->workloads, choice);
  world_n_requests = 0;
  return world_boot (w, 1, 1000, 1000);
}

/* The scan stops at each page: one read of 10 ms, then the next; both threads wait
 * for the same page, which is read once. */
START_TEST (each_page_is_read_when_somebody_comes_to_it)
{
  struct world w;
  vhm_guest *guest = boot_reader (&w, 0);
  world_run (&w, MS / 10);
  for (uint32_t k = 0; k < WORLD_REQUESTS; k++) {
    ck_assert_uint_eq (world_n_requests, k + 1);
    ck_assert_uint_eq (world_request[k].at_bytes,
                       WORLD_IMAGE + vhm_pages_to_bytes (k));
    ck_assert_uint_eq (n_loaded, k);
    ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages, k);
    world_run (&w, 10 * MS + MS / 10);
  }
  world_run (&w, 1000 * MS);
  ck_assert_uint_eq (n_loaded, N);
  ck_assert_uint_eq (last_loaded, N - 1);
  ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages, N);
  uint64_t operations = vhm_guest_operations (guest);
  world_run (&w, 1000 * MS);
  ck_assert_uint_gt (vhm_guest_operations (guest), operations + 1000);
  ck_assert_uint_eq (n_loaded, N);
  world_close (&w);
}
END_TEST

/* Dropped: it is read again when somebody comes to it again. */
START_TEST (a_dropped_page_is_read_again)
{
  struct world w;
  vhm_guest *guest = boot_reader (&w, 0);
  world_run (&w, 2000 * MS);
  ck_assert_uint_eq (n_loaded, N);
  vhm_process_drop (process, 1, 7, 3);
  ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages, N - 3);
  world_run (&w, 100 * MS);
  ck_assert_uint_eq (n_loaded, N + 3);
  ck_assert_uint_eq (last_loaded, 9);
  world_close (&w);
}
END_TEST

START_TEST (another_may_be_dropped_in_exchange)
{
  struct world w;
  vhm_guest *guest = boot_reader (&w, 5);
  world_run (&w, 610 * MS); /* before the end of the first lap */
  ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages, 5);
  world_close (&w);
}
END_TEST

/* The read ends when the guest is off: nobody is told. */
START_TEST (a_guest_may_stop_meanwhile)
{
  struct world w;
  vhm_guest *guest = boot_reader (&w, 0);
  world_run (&w, 15 * MS);
  uint32_t before = n_loaded;
  vhm_guest_stop (guest);
  world_run (&w, 100 * MS);
  ck_assert_uint_eq (n_loaded, before);
  world_close (&w);
}
END_TEST

/* To the system it is private memory: out to the page file, and back from there. */
START_TEST (the_system_may_page_it_out)
{
  struct world w;
  vhm_guest *guest = boot_reader (&w, 0);
  world_run (&w, 2000 * MS);
  for (int i = 0; i < 20; i++) { /* as pages get written */
    uint32_t left = 1000 - LEFT - vhm_guest_ballooned_pages (guest);
    vhm_guest_inflate (guest, left, 0);
    world_run (&w, 100 * MS);
  }
  ck_assert_uint_eq (vhm_guest_ballooned_pages (guest), 1000 - LEFT);
  world_n_requests = 0;
  world_run (&w, 3000 * MS);
  ck_assert_uint_eq (n_loaded, N);
  ck_assert_uint_gt (vhm_guest_counters (guest).pages_input, 50);
  world_close (&w);
}
END_TEST

SUITE_TWICE ("loads", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_test (tc, each_page_is_read_when_somebody_comes_to_it);
             tcase_add_test (tc, a_dropped_page_is_read_again);
             tcase_add_test (tc, another_may_be_dropped_in_exchange);
             tcase_add_test (tc, a_guest_may_stop_meanwhile);
             tcase_add_test (tc, the_system_may_page_it_out);)
