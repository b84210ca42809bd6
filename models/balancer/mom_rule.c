/* The balloon rule of MOM: how large a guest should be.
 *
 * Let h be the part of the host's memory that is free, S what the guest holds,
 * U what it uses: mean S less mean unused memory over the last samples.
 *   pressure (h < 20 %):  guest keeps free  f = 20 % x h / 20 %,
 *   critical (h <= 5 %):                    f = h - 5 %, at most 0: it must page,
 *     shrink to  max (0.95 S, minimum, U + f S)  if that is no growth;
 *   otherwise:
 *     grow to    min (maximum, max (1.05 S, U + 20 % S))  if that is no shrinking.
 * Steps of no more than 0.25 % of S are left out.
 *
 * So under pressure all guests shrink by what they have free, at most 5 % a round,
 * and nobody grows, however short it is; above it all grow by 5 % a round or more,
 * however idle they are. Where shrinking finds enough free memory in guests, the
 * host settles around the line between the two.
 *
 * Cost: O(1). Source: oVirt MOM, doc/balloon.rules.
 */
#include "mom_rule.h"

#include <math.h>

bool
vhm_mom_is_short (const struct vhm_mom_rule *rule, double host_free)
{
  return host_free < rule->pressure;
}

double
vhm_mom_keeps_free (const struct vhm_mom_rule *rule, double host_free)
{
  if (host_free <= rule->critical)
    return host_free - rule->deficit;
  return rule->guest_free * host_free / rule->pressure;
}

static double
used (const struct vhm_mom_guest *g)
{
  return g->mean_held_bytes - g->mean_unused_bytes;
}

static bool
is_worth_it (const struct vhm_mom_rule *rule, const struct vhm_mom_guest *g,
             double bytes)
{
  return fabs (bytes - g->held_bytes) > rule->smallest * g->held_bytes;
}

double
vhm_mom_shrink (const struct vhm_mom_rule *rule, const struct vhm_mom_guest *g,
                double host_free)
{
  double wants
      = used (g) + vhm_mom_keeps_free (rule, host_free) * g->held_bytes;
  double bytes = fmax (g->held_bytes * (1 - rule->largest),
                       fmax (g->minimum_bytes, wants));
  return bytes <= g->held_bytes && is_worth_it (rule, g, bytes) ? bytes : 0;
}

double
vhm_mom_grow (const struct vhm_mom_rule *rule, const struct vhm_mom_guest *g)
{
  double wants = used (g) + rule->guest_free * g->held_bytes;
  double bytes = fmin (g->maximum_bytes,
                       fmax (g->held_bytes * (1 + rule->largest), wants));
  return bytes >= g->held_bytes && is_worth_it (rule, g, bytes) ? bytes : 0;
}
