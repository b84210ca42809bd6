/* When a process had issued its R-th reference: host time as a function of R.
 *
 * Between two events of the guest R grows linearly in time or stands still, so
 * the function is piecewise linear with steps (two corners of one R); at a
 * step the answer is its beginning, when reference R was issued. Its corners
 * are kept; once there are N_CORNERS of them, every second one of the older
 * half goes, so old stretches are known more coarsely than recent ones, with
 * an error below the distance of the corners kept. Needed only to compare last
 * accesses of different processes.
 *
 * Cost: O(1) amortized an event, O(log N_CORNERS) a question.
 */
#include "history.h"

#include <math.h>

void
vhm_history_add (struct vhm_history *h, double r, double t)
{
  if (h->n > 1 && r <= h->r[h->n - 2]) {
    h->t[h->n - 1] = t; /* it goes on standing still: the end moves along */
    return;
  }
  if (h->n == VHM_N_CORNERS) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < h->n; i++)
      if (i >= h->n / 2 || i % 2 == 0) {
        h->r[kept] = h->r[i];
        h->t[kept++] = h->t[i];
      }
    h->n = kept;
  }
  h->r[h->n] = r;
  h->t[h->n++] = t;
}

double
vhm_history_time (const struct vhm_history *h, double r)
{
  if (h->n == 0 || r < 0)
    return -INFINITY;
  if (r <= h->r[0])
    return h->t[0];
  uint32_t low = 0, high = h->n - 1; /* r[low] < r <= r[high] */
  if (r > h->r[high])
    return h->t[high];
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    if (h->r[middle] < r)
      low = middle;
    else
      high = middle;
  }
  double part = (r - h->r[low]) / (h->r[high] - h->r[low]);
  return h->t[low] + part * (h->t[high] - h->t[low]);
}
