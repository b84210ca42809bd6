/* One pattern: what its keys make of the process's references, in both modes. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MIB_PAGES 256
#define N_DRAWS 100000

static vhm_guest *
boot_pattern (struct world *w, const char *yaml)
{
  world_open (w, 1, 40000);
  world_os (w, "ideal-lru", "");
  world_workload (w, "pattern", yaml);
  return world_boot (w, 1, 8192, 8192);
}

/* Keys, and the share of references that go to the first 100 of 1024 pages. */
static const struct {
  const char *yaml;
  double share;
} patterns[] = {
  { "size: 4 MiB, pattern: uniform", 100 / 1024.0 },
  { "size: 4 MiB, pattern: zipf, exponent: 0", 100 / 1024.0 },
  /* harmonic numbers H(100) / H(1024) */
  { "size: 4 MiB, exponent: 1", 5.187378 / 7.509176 },
  { "size: 4 MiB, pattern: hot-cold, hot: 50 %, hot_weight: 90 %",
    0.9 * 100 / 512 },
  { "size: 4 MiB, pattern: scan", 100 / 1024.0 },
};

START_TEST (references_follow_the_keys)
{
  struct world w;
  struct vhm_rng rng;
  vhm_guest *guest = boot_pattern (&w, patterns[_i].yaml);
  const vhm_refs *refs = vhm_process_refs (vhm_guest_process (guest, 0));
  ck_assert_uint_eq (vhm_refs_n_pages (refs), 4 * MIB_PAGES);
  vhm_rng_init (&rng, 1, "sampler");
  g_autoptr (vhm_sampler) sampler = vhm_sampler_new (refs, &rng);
  g_autofree struct vhm_reference *drawn
      = g_new (struct vhm_reference, N_DRAWS);
  ck_assert_uint_eq (vhm_sampler_draw (sampler, N_DRAWS, drawn), N_DRAWS);
  uint32_t n = 0, n_writes = 0;
  for (uint32_t i = 0; i < N_DRAWS; i++) {
    n += drawn[i].page < 100;
    n_writes += drawn[i].write;
  }
  ck_assert_double_eq_tol ((double) n / N_DRAWS, patterns[_i].share, 0.008);
  ck_assert_double_eq_tol ((double) n_writes / N_DRAWS, 0.3, 0.008);
  world_close (&w);
}
END_TEST

START_TEST (a_scan_takes_every_stride_th_page_once)
{
  struct world w;
  vhm_guest *guest = boot_pattern (
      &w, "size: 4 MiB, pattern: scan, stride: 3, cyclic: false");
  world_run (&w, S);
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  ck_assert_uint_eq (c.demand_zero_faults, (4 * MIB_PAGES + 2) / 3);
  ck_assert_uint_eq (c.page_faults, c.demand_zero_faults);
  ck_assert_uint_eq (c.committed_pages, 4 * MIB_PAGES);
  ck_assert_uint_gt (vhm_guest_operations (guest), 100); /* and goes on */
  world_close (&w);
}
END_TEST

/* With memory for half of them: a second lap would have to read. */
START_TEST (a_scan_that_is_not_cyclic_ends)
{
  struct world w;
  vhm_guest *guest = boot_pattern (
      &w, "size: 64 MiB, pattern: scan, cyclic: false, writes: 0 %");
  world_run (&w, S);
  ck_assert_uint_eq (vhm_guest_counters (guest).page_faults, 16384);
  ck_assert_uint_eq (vhm_guest_counters (guest).page_reads, 0);
  world_close (&w);
}
END_TEST

/* A loop twice as large as memory faults at every visit. */
START_TEST (a_loop_that_does_not_fit_always_faults)
{
  struct world w;
  vhm_guest *guest = boot_pattern (
      &w, "size: 64 MiB, pattern: scan, cycles_per_reference: 1e5");
  world_run (&w, 4 * S);
  vhm_guest_sync (guest);
  ck_assert_double_ge (vhm_guest_references (guest), 10000);
  ck_assert_double_eq_tol ((double) vhm_guest_counters (guest).page_faults,
                           vhm_guest_references (guest), 2);
  world_close (&w);
}
END_TEST

START_TEST (a_stride_beyond_the_size_is_refused)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_plugin *plugin
      = vhm_plugin_find (vhm_all_plugins, VHM_PLUGIN_WORKLOAD, "pattern");
  const struct vhm_scenario_rules rules
      = { .schema = &plugin->config, .registry = vhm_all_plugins };
  const char *text = "{size: 40 KiB, pattern: scan, stride: 11}";
  ck_assert (
      vhm_scenario_read_text ("s.yaml", text, strlen (text), &rules, &error)
      == NULL);
  ck_assert (strstr (error->message, "at most the pages of size") != NULL);
}
END_TEST

/* Two files of 1000 and 500 pages, read from end to end: nothing of them is
 * committed, and they lie side by side. */
START_TEST (a_file_is_read_not_committed)
{
  struct world w;
  world_open (&w, 1, 40000);
  world_os (&w, "linux", "kernel: 1 MiB");
  world_workload (&w, "pattern",
                  "size: 1000 pages, pattern: scan, file: true, writes: 0 %");
  world_workload (&w, "pattern",
                  "size: 500 pages, pattern: scan, file: true, writes: 0 %");
  vhm_guest *guest = world_boot (&w, 1, 8192, 8192);
  uint64_t committed = vhm_guest_counters (guest).committed_pages;
  world_run (&w, 10 * S);
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  ck_assert_uint_eq (c.committed_pages, committed);
  ck_assert_uint_eq (c.pages_input, 1500);
  ck_assert_uint_eq (c.pages_output + c.demand_zero_faults, 0);
  uint64_t at;
  ck_assert (vhm_process_is_file (vhm_guest_process (guest, 0), 999, &at));
  ck_assert_uint_eq (at, 999);
  ck_assert (vhm_process_is_file (vhm_guest_process (guest, 1), 0, &at));
  ck_assert_uint_eq (at, 1000);
  world_close (&w);
}
END_TEST

/* A file read in order, buffers and a queue beside it: each has its share of the
 * references, buffers as far as they are its own are committed and written, the
 * queue in order, and the file is not written. */
START_TEST (buffers_and_queue_have_their_shares)
{
  struct world w;
  struct vhm_rng rng;
  world_open (&w, 1, 40000);
  world_os (&w, "linux", "kernel: 1 MiB");
  world_workload (&w, "pattern",
                  "size: 1000 pages, pattern: scan, file: true, writes: 50 %, "
                  "buffers: 200 pages, buffer_share: 60 %, "
                  "queue: 100 pages, queue_share: 30 %");
  vhm_guest *guest = world_boot (&w, 1, 8192, 8192);
  const vhm_refs *refs = vhm_process_refs (vhm_guest_process (guest, 0));
  ck_assert_uint_eq (vhm_refs_n_pages (refs), 1300);
  vhm_rng_init (&rng, 1, "sampler");
  g_autoptr (vhm_sampler) sampler = vhm_sampler_new (refs, &rng);
  g_autofree struct vhm_reference *drawn
      = g_new (struct vhm_reference, N_DRAWS);
  ck_assert_uint_eq (vhm_sampler_draw (sampler, N_DRAWS, drawn), N_DRAWS);
  uint32_t n[3] = { 0 }, n_writes[3] = { 0 }, n_first = 0, in_queue = 0;
  for (uint32_t i = 0; i < N_DRAWS; i++) {
    int part = drawn[i].page < 1000 ? 0 : drawn[i].page < 1200 ? 1 : 2;
    n[part]++;
    n_writes[part] += drawn[i].write;
    n_first += drawn[i].page == 1000;
    if (part != 2)
      continue;
    uint32_t at = drawn[i].page - 1200;
    ck_assert (n[2] == 1 || at == (in_queue + 1) % 100);
    in_queue = at;
  }
  ck_assert_double_eq_tol ((double) n[0] / N_DRAWS, 0.1, 0.005);
  ck_assert_double_eq_tol ((double) n[1] / N_DRAWS, 0.6, 0.008);
  ck_assert_double_eq_tol ((double) n_first / N_DRAWS, 0.003, 0.001);
  ck_assert_uint_eq (n_writes[0], 0);
  ck_assert_double_eq_tol ((double) n_writes[1] / n[1], 0.5, 0.01);
  ck_assert_double_eq_tol ((double) n_writes[2] / n[2], 0.5, 0.015);
  world_close (&w);
}
END_TEST

START_TEST (shares_that_leave_nothing_are_refused)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_plugin *plugin
      = vhm_plugin_find (vhm_all_plugins, VHM_PLUGIN_WORKLOAD, "pattern");
  const struct vhm_scenario_rules rules
      = { .schema = &plugin->config, .registry = vhm_all_plugins };
  const char *text = "{size: 4 MiB, buffers: 1 MiB, buffer_share: 60 %, queue: "
                     "1 MiB, queue_share: 40 %}";
  ck_assert (
      vhm_scenario_read_text ("s.yaml", text, strlen (text), &rules, &error)
      == NULL);
  ck_assert (strstr (error->message, "make less than 100 %") != NULL);
}
END_TEST

/* 1000 references an operation, at 1 us each. */
START_TEST (its_threads_begin_later)
{
  struct world w;
  vhm_guest *guest = boot_pattern (&w, "size: 4 MiB, begins: 3 s");
  world_run (&w, 299 * S / 100);
  ck_assert_double_eq (vhm_guest_references (guest), 0);
  world_run (&w, S / 50);
  ck_assert_double_gt (vhm_guest_references (guest), 0);
  world_run (&w, S);
  ck_assert_uint_gt (vhm_guest_operations (guest), 100);
  world_close (&w);
}
END_TEST

SUITE_TWICE ("pattern", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_loop_test (tc, references_follow_the_keys, 0,
                                  G_N_ELEMENTS (patterns));
             tcase_add_test (tc, a_scan_takes_every_stride_th_page_once);
             tcase_add_test (tc, a_scan_that_is_not_cyclic_ends);
             tcase_add_test (tc, a_loop_that_does_not_fit_always_faults);
             tcase_add_test (tc, a_stride_beyond_the_size_is_refused);
             tcase_add_test (tc, a_file_is_read_not_committed);
             tcase_add_test (tc, buffers_and_queue_have_their_shares);
             tcase_add_test (tc, shares_that_leave_nothing_are_refused);
             tcase_add_test (tc, its_threads_begin_later);)
