/* Every guest stands at the same part of its dynamic range.
 *
 *   target = least + gamma (most - least),  0 <= gamma <= 1
 * The sum rises with gamma, so the gamma that uses up a total is found as a level
 * (fill.c) at which each wants its range.
 *
 * Cost: O(64 n). Source: squeezed, doc/design (proportional rule).
 */
#include "dynamic_range.h"
#include "fill.h"

#include <vhm/base/require.h>

#include <glib.h>

void
vhm_dynamic_share (const struct vhm_dynamic_range *ranges, uint32_t n,
                   uint64_t total_bytes, uint64_t *ret_bytes)
{
  g_autofree struct vhm_fill *fill = g_new (struct vhm_fill, n);
  uint64_t least = 0;
  for (uint32_t i = 0; i < n; i++) {
    VHM_REQUIRE (ranges[i].least_bytes <= ranges[i].most_bytes);
    uint64_t span = ranges[i].most_bytes - ranges[i].least_bytes;
    fill[i] = (struct vhm_fill){ .want = (double) span, .most_bytes = span };
    least += ranges[i].least_bytes;
  }
  vhm_fill_to_level (fill, n, total_bytes - MIN (least, total_bytes),
                     ret_bytes);
  for (uint32_t i = 0; i < n; i++)
    ret_bytes[i] += ranges[i].least_bytes;
}
