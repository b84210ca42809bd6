/* States of an ESX host by its free memory, with hysteresis.
 *
 * A state has a line of its own, and is entered when free memory falls below it,
 * however many states lie between. It is left for the state before it only when
 * free memory exceeds that state's line by a margin. So between two lines both
 * states can be, depending on where one comes from.
 *
 * Percent scheme: high 6, soft 4, hard 2, low 1 % of machine memory. Sliding
 * scheme: high 400, clear 100, soft 64, hard 32, low 16 % of minFree, which is
 * 6 % of the first 4 GiB, 4 % up to 12 GiB, 2 % up to 28 GiB, 1 % of the rest.
 * The goal is the line of the mildest state in which nothing is taken but what
 * guests are short of: 6 %, or minFree.
 *
 * Cost: O(1). Source: Waldspurger 2002, 6.3 (lines, hysteresis without its
 * size); vSphere 5 and 6 (minFree: 1925.12 MB for 128 GB).
 */
#include "memory_state.h"

#include <vhm/base/units.h>

#include <glib.h>

#define PPM_OF_PERCENT (VHM_PPM / 100)

/* Lines in percent: of machine memory, or of minFree. CLEAR is no state of the
 * percent scheme: it lies where SOFT and HIGH meet. */
static const struct {
  uint64_t below[VHM_N_MEMORY_STATES], above[VHM_N_MEMORY_STATES];
} percent_of[VHM_N_MEMORY_SCHEMES] = {
  [VHM_MEMORY_PERCENT] = { { 0, 4, 4, 2, 1 }, { 0, 6, 6, 4, 2 } },
  [VHM_MEMORY_SLIDING] = { { 0, 100, 64, 32, 16 }, { 0, 400, 100, 64, 32 } },
};

/* Of the memory up to this size, minFree is so much. */
static const struct {
  uint64_t up_to_bytes, percent;
} tiers[] = {
  { 4 * VHM_GIB, 6 },
  { 12 * VHM_GIB, 4 },
  { 28 * VHM_GIB, 2 },
  { UINT64_MAX, 1 },
};

uint64_t
vhm_memory_min_free (uint64_t machine_bytes)
{
  uint64_t from = 0, sum = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (tiers) && from < machine_bytes; i++) {
    uint64_t to = MIN (machine_bytes, tiers[i].up_to_bytes);
    sum += vhm_scale_ppm (to - from, tiers[i].percent * PPM_OF_PERCENT);
    from = to;
  }
  return sum;
}

struct vhm_memory_lines
vhm_memory_lines (enum vhm_memory_scheme scheme, uint64_t machine_bytes,
                  uint64_t margin_ppm)
{
  uint64_t whole = scheme == VHM_MEMORY_SLIDING
                       ? vhm_memory_min_free (machine_bytes)
                       : machine_bytes;
  struct vhm_memory_lines lines = { .goal_bytes = 0 };
  for (int s = 0; s < VHM_N_MEMORY_STATES; s++) {
    uint64_t above
        = vhm_scale_ppm (whole, percent_of[scheme].above[s] * PPM_OF_PERCENT);
    lines.below[s]
        = vhm_scale_ppm (whole, percent_of[scheme].below[s] * PPM_OF_PERCENT);
    lines.above[s] = above + vhm_scale_ppm (above, margin_ppm);
    if (s == VHM_MEMORY_CLEAR)
      lines.high_bytes = above;
    if (s == VHM_MEMORY_SOFT)
      lines.goal_bytes = above;
  }
  return lines;
}

enum vhm_memory_state
vhm_memory_next (const struct vhm_memory_lines *lines,
                 enum vhm_memory_state state, uint64_t free_bytes)
{
  for (int s = VHM_MEMORY_LOW; s > (int) state; s--)
    if (free_bytes < lines->below[s])
      return (enum vhm_memory_state) s;
  while (state > VHM_MEMORY_HIGH && free_bytes >= lines->above[state])
    state--;
  return state;
}
