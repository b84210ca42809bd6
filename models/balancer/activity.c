/* Three moving averages of sampled activity; the greatest counts, so that the
 * estimate rises at once and falls slowly.
 *
 *   slow' = slow + g_slow (x - slow),  fast' = fast + g_fast (x - fast)
 *
 * with x = touched / n at the end of a period; `running` is what `fast` would
 * become if the period ended now. The first period sets both to x.
 *
 * Cost: O(1). Source: Waldspurger 2002, 5.3 (the three averages and the maximum;
 * their weights are not published).
 */
#include "activity.h"

#include <vhm/base/require.h>

#include <glib.h>

void
vhm_activity_take (struct vhm_activity *a,
                   const struct vhm_activity_gains *gains, uint32_t touched,
                   uint32_t n, bool ended)
{
  VHM_REQUIRE (n > 0 && touched <= n);
  double x = (double) touched / n;
  a->running = a->is_known ? a->fast + gains->fast * (x - a->fast) : x;
  if (!ended)
    return;
  a->fast = a->running;
  a->slow = a->is_known ? a->slow + gains->slow * (x - a->slow) : x;
  a->is_known = true;
}

double
vhm_activity_part (const struct vhm_activity *a)
{
  return a->is_known ? MAX (MAX (a->slow, a->fast), a->running) : 1;
}
