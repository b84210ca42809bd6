/* Finds the level at which clamped proportional shares use up a total.
 *
 * f (x) = sum of clamp (x want, least, most) does not fall as x grows, so the
 * highest x with f (x) <= total is found by bisection on x; 64 halvings leave
 * less than one byte. Each share is rounded down to whole pages, so the sum
 * never exceeds the total and does not depend on the order of the guests.
 */
#include "fill.h"

#include <vhm/base/units.h>

#include <glib.h>

#define HALVINGS 64

static uint64_t
at_level (const struct vhm_fill *f, double x)
{
  double bytes = x * f->want;
  if (bytes <= (double) f->least_bytes)
    return f->least_bytes;
  if (bytes >= (double) f->most_bytes)
    return f->most_bytes;
  uint64_t whole = (uint64_t) bytes & ~(VHM_PAGE_BYTES - 1);
  return MAX (whole, f->least_bytes);
}

static uint64_t
sum_at (const struct vhm_fill *fill, uint32_t n, double x)
{
  uint64_t sum = 0;
  for (uint32_t i = 0; i < n; i++)
    sum += at_level (&fill[i], x);
  return sum;
}

void
vhm_fill_to_level (const struct vhm_fill *fill, uint32_t n,
                   uint64_t total_bytes, uint64_t *ret_bytes)
{
  double low = 0, high = 1;
  /* beyond this everybody who wants anything has the most, rounding included */
  for (uint32_t i = 0; i < n; i++)
    if (fill[i].want > 0)
      high = MAX (high, 2 * (double) fill[i].most_bytes / fill[i].want);
  if (sum_at (fill, n, high) <= total_bytes)
    low = high;
  for (int k = 0; k < HALVINGS && low < high; k++) {
    double middle = (low + high) / 2;
    if (sum_at (fill, n, middle) <= total_bytes)
      low = middle;
    else
      high = middle;
  }
  for (uint32_t i = 0; i < n; i++)
    ret_bytes[i] = at_level (&fill[i], low);
}

void
vhm_fill_fit (struct vhm_fill *fill, const struct vhm_balance_view *view,
              uint64_t *targets)
{
  for (uint32_t i = 0; i < view->n; i++) {
    fill[i].least_bytes = MIN (targets[i], view->vms[i].held_bytes);
    fill[i].most_bytes = targets[i];
  }
  vhm_fill_to_level (fill, view->n, vhm_balance_total (view), targets);
}

uint64_t
vhm_balance_total (const struct vhm_balance_view *view)
{
  uint64_t total = view->available_bytes;
  for (uint32_t i = 0; i < view->n; i++)
    total += view->vms[i].held_bytes;
  return total;
}

void
vhm_fill_share (const struct vhm_balance_view *view, const double *wants,
                uint64_t *targets)
{
  g_autofree struct vhm_fill *fill = g_new (struct vhm_fill, view->n);
  for (uint32_t i = 0; i < view->n; i++)
    fill[i] = (struct vhm_fill){
      .want = wants[i],
      .least_bytes = view->vms[i].minimum_bytes,
      .most_bytes = view->vms[i].maximum_bytes,
    };
  vhm_fill_to_level (fill, view->n, vhm_balance_total (view), targets);
  /* minima of guests that are still to get theirs may exceed what there is */
  vhm_fill_fit (fill, view, targets);
}
