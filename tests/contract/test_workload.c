/* Every workload on every guest operating system in both modes: ten minutes under memory
 * pressure, the balloon up and down, memory added; nothing is ever lost
 * (audited), and the same seed gives the same run. Loops over the registry, so
 * a new plug-in is tested without a line here (but for required keys). */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define STARTUP_PAGES 16384 /* 64 MiB */
#define MAXIMUM_PAGES 24576

static const struct vhm_plugin *
plugin_at (enum vhm_plugin_kind kind, int i)
{
  for (const struct vhm_plugin *const *p = vhm_all_plugins; *p; p++)
    if ((*p)->kind == kind && i-- == 0)
      return *p;
  return NULL;
}

static int
n_plugins (enum vhm_plugin_kind kind)
{
  int n = 0;
  while (plugin_at (kind, n))
    n++;
  return n;
}

/* Sizes that fit, and do not fit, a guest of 64 MiB. What is not named here has
 * its defaults. Slow references: the tests are about memory. */
static const struct {
  const char *kind, *yaml;
} settings[] = {
  { "idle", "commit: 60 MiB, breath: 1 MiB, breathing: 16 MiB, "
            "breath_every: 5 s" },
  { "soaker", "size: 90 MiB, rate: 1 MiB/s, cycles_per_reference: 1e6, "
              "threads: 3" },
  { "gc_heap", "steps: [{live: 20 MiB}, {after: 2 min, live: 60 MiB}, "
               "{after: 7 min, live: 30 MiB}], heap: 128 MiB, "
               "allocation: 400, cycles_per_reference: 1e6, threads: 3" },
  { "trace", "file: " VHM_SOURCE_DIR "/tests/support/loop.vhmt.zst, "
             "repeat: true, references: 500, cycles_per_access: 1e6" },
  { "service", "base: 40 MiB, cache_maximum: 60 MiB, cache_minimum: 4 MiB, "
               "cycles_per_reference: 1e5, think: 50 ms, pause: 2 s" },
  { "pattern", "size: 80 MiB, cycles_per_reference: 1e6, threads: 3" },
  { "jobs", "threads: 2, memory: 16 MiB, spread: 50 %, passes: 1, work: 3 s" },
  { "contention", "size: 80 MiB, cycles_per_reference: 1e6, references: 100, "
                  "think: 100 ms" },
  { "buffer_pool", "database: 200 MiB, minimum: 16 MiB, grow: 1 MiB, "
                   "exponent: 1, cycles_per_reference: 1e6, think: 100 ms" },
  { "store_cache", "database: 200 MiB, minimum: 16 MiB, reserve: 8 MiB, "
                   "exponent: 1, cycles_per_reference: 1e6" },
  { "java_heap", "heap: 70 MiB, live: 10 MiB, cycles_per_reference: 1e6" },
  { "vdi_desktop", "system: 4 MiB, profile: 4 MiB, boot_memory: 50 MiB, "
                   "session_memory: 30 MiB, stagger: 20 s, boot_work: 5 s" },
};

static const char *
yaml_of (const char *kind)
{
  for (size_t i = 0; i < G_N_ELEMENTS (settings); i++)
    if (strcmp (settings[i].kind, kind) == 0)
      return settings[i].yaml;
  return "";
}

static const char *
os_yaml_of (const char *name)
{
  return strcmp (name, "windows") == 0
             ? "nonpaged_pool: 4 MiB, page_file: 32 MiB, "
               "page_file_maximum: 64 MiB, page_file_grows_after: 20 s"
             : "";
}

/* What the guest shows in the end. */
static uint64_t
live (const struct vhm_plugin *os, const struct vhm_plugin *workload,
      bool restless)
{
  struct world w;
  struct vhm_rng rng;
  vhm_rng_init (&rng, 5, "host");
  world_open (&w, 1, 2 * MAXIMUM_PAGES);
  world_os (&w, os->name, os_yaml_of (os->name));
  world_workload (&w, workload->name, yaml_of (workload->name));
  vhm_guest *guest = world_boot (&w, 2, STARTUP_PAGES, MAXIMUM_PAGES);
  for (int minute = 0; minute < 10; minute++)
    for (int k = 0; k < 6; k++) {
      world_run (&w, 7 * S + vhm_rng_below (&rng, 6 * S));
      uint32_t n = vhm_guest_ballooned_pages (guest);
      if (restless && minute % 3 < 2)
        vhm_guest_inflate (guest, (uint32_t) vhm_rng_below (&rng, 3000), 300);
      else if (restless && n > 0)
        vhm_guest_deflate (guest, (uint32_t) vhm_rng_below (&rng, n) + 1, 300);
      if (restless && minute == 5 && k < 4)
        vhm_guest_hot_add (guest, 1024);
    }
  world_audit (&w);
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  ck_assert_msg (vhm_guest_operations (guest) > 0, "%s on %s does nothing",
                 workload->name, os->name);
  uint64_t digest = vhm_guest_operations (guest);
  digest = digest * 31 + c.page_faults;
  digest = digest * 31 + c.committed_pages;
  digest = digest * 31 + vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_COMPUTE];
  digest = digest * 31 + vhm_engine_n_events (w.engine);
  world_close (&w);
  return digest;
}

/* System and workload of a case; the second half of the cases draws every
 * reference. */
static void
pair (int i, const struct vhm_plugin **ret_os, const struct vhm_plugin **ret_w)
{
  int n = n_plugins (VHM_PLUGIN_WORKLOAD);
  int n_pairs = n * n_plugins (VHM_PLUGIN_GUEST_OS);
  world_is_every = i >= n_pairs;
  *ret_os = plugin_at (VHM_PLUGIN_GUEST_OS, i % n_pairs / n);
  *ret_w = plugin_at (VHM_PLUGIN_WORKLOAD, i % n);
}

START_TEST (lives_through_ten_minutes_of_pressure_twice_alike)
{
  const struct vhm_plugin *os, *workload;
  pair (_i, &os, &workload);
  ck_assert_uint_eq (live (os, workload, true), live (os, workload, true));
}
END_TEST

START_TEST (lives_in_peace)
{
  const struct vhm_plugin *os, *workload;
  pair (_i, &os, &workload);
  live (os, workload, false);
}
END_TEST

/* A system that cannot give it what it asks for at the start. */
START_TEST (stands_a_refused_commit)
{
  struct world w;
  const struct vhm_plugin *workload = plugin_at (VHM_PLUGIN_WORKLOAD, _i);
  world_open (&w, 1, 4096);
  world_os (&w, "windows",
            "nonpaged_pool: 1 MiB, page_file: 0 B, "
            "page_file_maximum: 1 MiB");
  world_workload (&w, workload->name, yaml_of (workload->name));
  vhm_guest *guest = world_boot (&w, 1, 4096, 4096); /* 16 MiB */
  world_run (&w, 60 * S);
  ck_assert_uint_gt (vhm_guest_counters (guest).refused_commits, 0);
  world_close (&w);
}
END_TEST

START_TEST (a_workload_describes_itself)
{
  const struct vhm_plugin *plugin = plugin_at (VHM_PLUGIN_WORKLOAD, _i);
  const struct vhm_workload_ops *ops = plugin->ops;
  ck_assert (plugin->name && plugin->summary && plugin->config.help);
  ck_assert (ops->start != NULL);
}
END_TEST

SUITE ("every workload on every system",
       int n = n_plugins (VHM_PLUGIN_WORKLOAD);
       int pairs = 2 * n * n_plugins (VHM_PLUGIN_GUEST_OS);
       tcase_add_loop_test (tc,
                            lives_through_ten_minutes_of_pressure_twice_alike,
                            0, pairs);
       tcase_add_loop_test (tc, lives_in_peace, 0, pairs);
       tcase_add_loop_test (tc, stands_a_refused_commit, 0, n);
       tcase_add_loop_test (tc, a_workload_describes_itself, 0, n);)
