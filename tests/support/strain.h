/* A guest under strain: too little memory, the balloon up and down, memory
 * added, for ten simulated minutes; and what it looked like on the way. For the
 * contract tests of guest operating systems and workloads. */
#ifndef VHM_TESTS_STRAIN_H
#define VHM_TESTS_STRAIN_H

#include "world.h"

#define STRAIN_STEPS 20
#define STRAIN_ROUND 5 /* steps; see strain_pull */
#define STRAIN_STEP_NS (UINT64_C (30) * VHM_NS_PER_S)
#define STRAIN_PAGES_PER_MIB 256
#define STRAIN_STARTUP (64 * STRAIN_PAGES_PER_MIB)
#define STRAIN_MAXIMUM (96 * STRAIN_PAGES_PER_MIB)
#define STRAIN_BALLOON (24 * STRAIN_PAGES_PER_MIB)
#define STRAIN_HOT_ADD (4 * STRAIN_PAGES_PER_MIB)
#define STRAIN_PAGE_CYC 300 /* of the balloon driver, a page */

/* Settings that fit into so small a guest; one for each plug-in there is. */
struct strain_plugin {
  const char *name, *yaml;
};

static const struct strain_plugin strain_systems[] = {
  { "ideal-lru", "" },
  { "windows", "nonpaged_pool: 8 MiB, page_file: 128 MiB" },
  { "linux", "kernel: 8 MiB, swap: 128 MiB" },
};

static const struct strain_plugin strain_workloads[] = {
  { "idle", "commit: 80 MiB, hot_weight: 90 %, breathing: 8 MiB" },
  { "soaker", "size: 96 MiB, rate: 1 MiB/s, think: 10 ms" },
  { "gc_heap", "heap: 128 MiB, think: 10 ms, steps: [{after: 0 s, live: 8 MiB},"
               " {after: 3 min, live: 64 MiB}]" },
  { "trace", "file: " VHM_SOURCE_DIR "/tests/support/loop.vhmt.zst, "
             "repeat: true, references: 500, cycles_per_access: 1e5" },
  { "service", "base: 56 MiB, cache_maximum: 64 MiB, pause: 2 s" },
  { "pattern", "size: 96 MiB, think: 10 ms" },
  { "jobs", "memory: 44 MiB, spread: 20 %, passes: 1, work: 3 s" },
  { "contention", "size: 96 MiB, think: 10 ms, references: 500" },
  { "buffer_pool", "database: 200 MiB, minimum: 72 MiB, think: 10 ms" },
  { "store_cache", "database: 200 MiB, minimum: 72 MiB, think: 10 ms" },
  { "java_heap", "heap: 96 MiB, live: 16 MiB, think: 10 ms" },
  { "vdi_desktop", "system: 1 MiB, profile: 1 MiB, boot_memory: 60 MiB, "
                   "session_memory: 20 MiB, pause: 500 ms, boot_work: 3 s" },
};

/* Its settings; there must be some. */
static inline const char *
strain_settings (const struct strain_plugin *all, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp (all[i].name, name) == 0)
      return all[i].yaml;
  ck_abort_msg ("give %s settings in tests/support/strain.h", name);
  return NULL;
}

/* The i-th plug-in of a kind, or NULL. */
static inline const struct vhm_plugin *
strain_nth (enum vhm_plugin_kind kind, uint32_t i)
{
  for (vhm_registry p = vhm_all_plugins; *p; p++)
    if ((*p)->kind == kind && i-- == 0)
      return *p;
  return NULL;
}

static inline void
strain_open (struct world *w, const char *os, const char *workload)
{
  world_open (w, 2, 2 * STRAIN_MAXIMUM);
  world_os (w, os,
            strain_settings (strain_systems, G_N_ELEMENTS (strain_systems), os));
  if (workload)
    world_workload (w, workload,
                    strain_settings (strain_workloads,
                                     G_N_ELEMENTS (strain_workloads),
                                     workload));
}

/* What was seen at the end of a step. */
struct strain_look {
  struct vhm_guest_counters counters;
  struct vhm_ledger ledger;
  uint32_t visible_pages, ballooned_pages;
  uint64_t operations, n_events;
  double references;
};

static inline struct strain_look
strain_look (struct world *w, vhm_guest *guest)
{
  struct strain_look look;
  memset (&look, 0, sizeof look); /* compared whole, gaps and all */
  look.counters = vhm_guest_counters (guest);
  look.ledger = vhm_guest_ledger (guest);
  look.visible_pages = vhm_guest_visible_pages (guest);
  look.ballooned_pages = vhm_guest_ballooned_pages (guest);
  look.operations = vhm_guest_operations (guest);
  look.n_events = vhm_engine_n_events (w->engine);
  look.references = vhm_guest_references (guest);
  return look;
}

/* The balloon takes, takes more, gives half back, gives all back; memory is
 * added; and again. */
static inline void
strain_pull (vhm_guest *guest, int step)
{
  uint32_t ballooned = vhm_guest_ballooned_pages (guest);
  switch (step % STRAIN_ROUND) {
  case 0:
  case 1:
    vhm_guest_inflate (guest, STRAIN_BALLOON / 2, STRAIN_PAGE_CYC);
    break;
  case 2:
    vhm_guest_deflate (guest, ballooned / 2, STRAIN_PAGE_CYC);
    break;
  case 3:
    vhm_guest_deflate (guest, ballooned, STRAIN_PAGE_CYC);
    break;
  default:
    vhm_guest_hot_add (guest, STRAIN_HOT_ADD);
  }
}

/* Ten minutes, audited at every step. */
static inline void
strain_run (const char *os, const char *workload,
            struct strain_look ret_looks[STRAIN_STEPS])
{
  struct world w;
  strain_open (&w, os, workload);
  vhm_guest *guest = world_boot (&w, 2, STRAIN_STARTUP, STRAIN_MAXIMUM);
  for (int i = 0; i < STRAIN_STEPS; i++) {
    strain_pull (guest, i);
    world_run (&w, STRAIN_STEP_NS);
    ret_looks[i] = strain_look (&w, guest);
  }
  world_close (&w);
}

#endif
