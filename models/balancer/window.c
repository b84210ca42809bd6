/* The mean of the last samples: a ring, summed up when it is asked for, so that
 * rounding does not pile up. O(n). */
#include "window.h"

#include <vhm/base/require.h>

void
vhm_window_add (struct vhm_window *w, double sample)
{
  w->samples[w->n_seen++ % VHM_WINDOW_MOST] = sample;
}

double
vhm_window_mean (const struct vhm_window *w, uint32_t n)
{
  VHM_REQUIRE (n > 0 && n <= VHM_WINDOW_MOST && w->n_seen > 0);
  uint32_t first = w->n_seen > n ? w->n_seen - n : 0;
  double sum = 0;
  for (uint32_t i = first; i < w->n_seen; i++)
    sum += w->samples[i % VHM_WINDOW_MOST];
  return sum / (w->n_seen - first);
}
