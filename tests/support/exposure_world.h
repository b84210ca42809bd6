/* A world in which the cost of translation is measured: a processor whose caches
 * are warm soon, and guests of one puppet each. For tests of how it is measured. */
#ifndef VHM_TESTS_EXPOSURE_WORLD_H
#define VHM_TESTS_EXPOSURE_WORLD_H

#include "cpu_config.h"
#include "world.h"

#include <vhm/model/exposure.h>

#define S VHM_NS_PER_S

static const struct vhm_exposure_config asked
    = { .error = 0.05, .confidence = 0.95, .most = 200000, .change = 0.2 };

static inline struct vhm_cpu_config
small_cpu (void)
{
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.llc.size_bytes = 64 * VHM_KIB; /* warm soon */
  cpu.llc.ways = 8;
  cpu.l2.size_bytes = 32 * VHM_KIB;
  cpu.l2.ways = 8;
  return cpu;
}

/* With one processor, and frames for three guests. */
static inline void
open_world_of (struct world *w, const struct vhm_cpu_config *cpu,
               enum vhm_paging paging)
{
  world_open (w, 1, 40000);
  world_translates (w, cpu, 1, paging, VHM_PAGE_4K);
  world_os (w, "ideal-lru", "");
}

static inline void
open_world (struct world *w, const struct vhm_cpu_config *cpu)
{
  open_world_of (w, cpu, VHM_PAGING_SLAT);
}

static inline vhm_guest *
boot (struct world *w, struct puppet *puppet)
{
  world_puppet (w, puppet);
  return world_boot (w, 1, 12000, 12000);
}

#endif
