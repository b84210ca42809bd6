/* Decides which of the compiled forms of block.c this machine uses. They differ
 * in speed alone. */
#include "block.h"

size_t
block_variants (struct block_variant ret[BLOCK_MOST_VARIANTS])
{
  size_t n = 0;
#ifdef VHM_BLOCK_X86
  __builtin_cpu_init ();
  bool has_bmi
      = __builtin_cpu_supports ("bmi") && __builtin_cpu_supports ("bmi2");
  if (has_bmi && __builtin_cpu_supports ("avx512f")
      && __builtin_cpu_supports ("avx512vl")
      && __builtin_cpu_supports ("avx512dq"))
    ret[n++] = (struct block_variant){ "avx512", block_run_avx512 };
  if (has_bmi && __builtin_cpu_supports ("avx2"))
    ret[n++] = (struct block_variant){ "avx2", block_run_avx2 };
#endif
  ret[n++] = (struct block_variant){ "any", block_run_any };
  return n;
}
