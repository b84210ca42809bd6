/* Proportional shares of memory, with a tax on memory that lies idle.
 *
 * A guest of S shares that holds P pages, the part f of them active, pays
 *   rho = S / (P (f + k (1 - f))),   k = 1 / (1 - tax)
 * a page. Whoever pays least loses pages. Active pages are what a guest touches,
 * whatever it holds: with A = f P of them fixed,
 *   1 / rho = (A + k (P - A)) / S   if P > A,   P / S   if not,
 * rises with P. So at one price 1 / x everybody's P is known, the sum of the Ps,
 * each between least and most, does not fall as x grows, and the x that uses up
 * a total is found by bisection. Taking page after page from whoever pays least
 * ends at the same x, with most = what is held.
 *
 * Invariant: at the x found nobody stands above the price of another, but for
 * least, most and rounding to pages. Cost: O(64 n).
 * Source: Waldspurger 2002, 5.2 (price, min-funding revocation).
 */
#include "idle_tax.h"

#include <vhm/base/require.h>
#include <vhm/base/units.h>

#include <glib.h>

#define HALVINGS 64 /* leave less than a byte, as in fill.c */

double
vhm_tax_idle_cost (double tax)
{
  VHM_REQUIRE (tax >= 0 && tax < 1);
  return 1 / (1 - tax);
}

double
vhm_tax_price (double shares, double pages, double active, double idle_cost)
{
  return shares / (pages * (active + idle_cost * (1 - active)));
}

/* What a guest holds when it pays 1 / x. */
static uint64_t
at_price (const struct vhm_claim *c, double idle_cost, double x)
{
  double bytes = x * c->shares;
  if (bytes > c->active_bytes)
    bytes = c->active_bytes + (bytes - c->active_bytes) / idle_cost;
  if (bytes <= (double) c->least_bytes)
    return c->least_bytes;
  if (bytes >= (double) c->most_bytes)
    return c->most_bytes;
  return MAX ((uint64_t) bytes & ~(VHM_PAGE_BYTES - 1), c->least_bytes);
}

static uint64_t
sum_at (const struct vhm_claim *claims, uint32_t n, double idle_cost, double x)
{
  uint64_t sum = 0;
  for (uint32_t i = 0; i < n; i++)
    sum += at_price (&claims[i], idle_cost, x);
  return sum;
}

void
vhm_tax_entitle (const struct vhm_claim *claims, uint32_t n, double idle_cost,
                 uint64_t total_bytes, uint64_t *ret_bytes)
{
  double low = 0, high = 1;
  for (uint32_t i = 0; i < n; i++) /* idle or not, all have the most there */
    high = MAX (high, 2 * idle_cost * (double) claims[i].most_bytes
                          / claims[i].shares);
  if (sum_at (claims, n, idle_cost, high) <= total_bytes)
    low = high;
  for (int k = 0; k < HALVINGS && low < high; k++) {
    double middle = (low + high) / 2;
    if (sum_at (claims, n, idle_cost, middle) <= total_bytes)
      low = middle;
    else
      high = middle;
  }
  for (uint32_t i = 0; i < n; i++)
    ret_bytes[i] = at_price (&claims[i], idle_cost, low);
}

void
vhm_tax_revoke (const struct vhm_claim *claims, uint32_t n, double idle_cost,
                uint64_t need_bytes, uint64_t *ret_bytes)
{
  uint64_t held = 0;
  for (uint32_t i = 0; i < n; i++)
    held += claims[i].most_bytes;
  vhm_tax_entitle (claims, n, idle_cost, held - MIN (need_bytes, held),
                   ret_bytes);
}
