/* A host's logical processors: one set of translation structures each, made
 * when first used, and the address space each worked in last.
 *
 * Invariant: a processor's structures hold only what was translated on it since
 * the last switch that flushed them. Cost: O(1) a run beside the structures;
 * O(processors in use) an invalidation. Left out: several packages (one
 * last-level cache serves all), threads that share a core.
 */
#include <vhm/base/require.h>
#include <vhm/base/units.h>
#include <vhm/model/processors.h>

struct processor {
  vhm_mmu *mmu; /* NULL: not used yet */
  struct vhm_space space;
  bool has_space;
  struct vhm_turns turns;
};

struct vhm_processors {
  struct vhm_processors_config config;
  struct vhm_cpu_config cpu;
  vhm_llc *llc;
  struct processor *at;
};

vhm_processors *
vhm_processors_new (const struct vhm_processors_config *config)
{
  VHM_REQUIRE (config->n_cpus > 0 && config->clock_hz > 0);
  VHM_REQUIRE (config->quantum_ns > 0);
  vhm_processors *p = g_new0 (vhm_processors, 1);
  p->config = *config;
  p->cpu = *config->cpu;
  p->cpu.clock_hz = config->clock_hz;
  p->config.cpu = &p->cpu;
  p->llc = vhm_llc_new (&p->cpu);
  p->at = g_new0 (struct processor, config->n_cpus);
  return p;
}

void
vhm_processors_free (vhm_processors *p)
{
  for (uint32_t i = 0; i < p->config.n_cpus; i++) {
    g_clear_pointer (&p->at[i].mmu, vhm_mmu_free);
    vhm_turns_clear (&p->at[i].turns);
  }
  vhm_llc_free (p->llc);
  g_free (p->at);
  g_free (p);
}

const struct vhm_processors_config *
vhm_processors_config (const vhm_processors *p)
{
  return &p->config;
}

/* Returns whether the processor came from another guest. */
static bool
enter (vhm_processors *p, struct processor *at, const struct vhm_space *space)
{
  if (!at->mmu)
    at->mmu = vhm_mmu_new (&p->cpu, p->llc);
  bool is_new = !at->has_space;
  bool other_guest = !is_new && at->space.vpid != space->vpid;
  if (other_guest || (!is_new && at->space.pcid != space->pcid))
    vhm_mmu_switch (at->mmu, &at->space, space);
  at->space = *space;
  at->has_space = true;
  return other_guest;
}

struct vhm_turns *
vhm_processors_turns (vhm_processors *p, uint32_t cpu)
{
  VHM_REQUIRE (cpu < p->config.n_cpus);
  return &p->at[cpu].turns;
}

uint32_t
vhm_processors_turn_length (const vhm_processors *p, double access_cyc)
{
  double clock_ghz = (double) p->config.clock_hz / (double) VHM_NS_PER_S;
  return vhm_turn_length ((double) p->config.quantum_ns * clock_ghz,
                          access_cyc);
}

bool
vhm_processors_run (vhm_processors *p, uint32_t cpu,
                    const struct vhm_space *space, const struct vhm_pace *pace,
                    const struct vhm_access *accesses, size_t n,
                    struct vhm_cost *cost)
{
  VHM_REQUIRE (cpu < p->config.n_cpus);
  struct processor *at = &p->at[cpu];
  bool switched = enter (p, at, space);
  vhm_mmu_run (at->mmu, space, pace, accesses, n, cost);
  return switched;
}

void
vhm_processors_invalidate (vhm_processors *p, const struct vhm_space *space,
                           uint64_t vpn)
{
  for (uint32_t i = 0; i < p->config.n_cpus; i++)
    if (p->at[i].mmu)
      vhm_mmu_invalidate_page (p->at[i].mmu, space, vpn);
}
