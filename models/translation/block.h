/* Translates a block of accesses and reads their data; block.c. */
#ifndef VHM_MODELS_TRANSLATION_BLOCK_H
#define VHM_MODELS_TRANSLATION_BLOCK_H

#include "timing.h"
#include "walk.h"

/* Accesses that go through one processor's structures in order, WALK_BLOCK at
 * most. Fills in ret_timed; what happened is counted in the walker. */
typedef void block_run (struct tlb *tlb, double l2_tlb_cyc,
                        struct walker *walker, const struct vhm_space *space,
                        const struct vhm_access *accesses, uint32_t n,
                        struct timing_access *ret_timed);

/* The same for processors with ever wider vectors. All give the same result. */
block_run block_run_any;
#ifdef VHM_BLOCK_X86
block_run block_run_avx2, block_run_avx512;
#endif

struct block_variant {
  const char *name;
  block_run *run;
};

/* Those that the simulating machine can execute, the widest first. Returns how
 * many there are: at least one. */
#define BLOCK_MOST_VARIANTS 3
size_t block_variants (struct block_variant ret[BLOCK_MOST_VARIANTS]);

#endif
