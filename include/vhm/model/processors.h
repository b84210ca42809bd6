/* The logical processors of a host as address translation sees them: one
 * vhm_mmu each, one last-level cache for all, and which address space each of
 * them worked in last.
 *
 * Cycles are those of the host's clock: the latencies of the processor count in
 * its own cycles, which are taken to be the host's, and its memory's latency in
 * nanoseconds is converted with the host's clock.
 *
 * Promise: same calls, same costs. A processor takes memory when it is first
 * used, and none after that.
 */
#ifndef VHM_MODEL_PROCESSORS_H
#define VHM_MODEL_PROCESSORS_H

#include <vhm/model/translation.h>
#include <vhm/model/turns.h>

typedef struct vhm_processors vhm_processors;

struct vhm_processors_config {
  const struct vhm_cpu_config *cpu; /* copied */
  uint32_t n_cpus;
  uint64_t clock_hz;
  uint64_t quantum_ns; /* that a space runs before another one does */
  enum vhm_paging paging;
  enum vhm_page_size backing; /* largest page the host maps guests with */
  bool maps_at_touch; /* under SLAT: the host's table has no entry for what a
                         guest has not touched since it got it */
};

vhm_processors *vhm_processors_new (const struct vhm_processors_config *config);
void vhm_processors_free (vhm_processors *processors);
/* Its `cpu` has the host's clock. */
const struct vhm_processors_config *
vhm_processors_config (const vhm_processors *processors);

/* Whose turn it is on logical processor `cpu`, for those whose accesses wait; and
 * how long a turn is, if an access takes so many cycles. */
struct vhm_turns *vhm_processors_turns (vhm_processors *processors,
                                        uint32_t cpu);
uint32_t vhm_processors_turn_length (const vhm_processors *processors,
                                     double access_cyc);

/* Runs n accesses of one space on logical processor `cpu`, which goes over to
 * it first, and adds to *cost. True if it came from another guest. */
bool vhm_processors_run (vhm_processors *processors, uint32_t cpu,
                         const struct vhm_space *space,
                         const struct vhm_pace *pace,
                         const struct vhm_access *accesses, size_t n,
                         struct vhm_cost *cost);
/* The guest no longer maps the page: every processor forgets it. */
void vhm_processors_invalidate (vhm_processors *processors,
                                const struct vhm_space *space, uint64_t vpn);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_processors, vhm_processors_free)

#endif
