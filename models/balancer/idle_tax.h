/* What guests are entitled to by their shares when idle memory is taxed. Private
 * to this folder. */
#ifndef MODELS_BALANCER_IDLE_TAX_H
#define MODELS_BALANCER_IDLE_TAX_H

#include <stdint.h>

struct vhm_claim {
  double shares;       /* > 0 */
  double active_bytes; /* what it uses of its memory */
  uint64_t least_bytes, most_bytes;
};

/* k: what an idle page costs, where an active one costs 1. 0 <= tax < 1. */
double vhm_tax_idle_cost (double tax);
/* rho: shares a page, `active` the part of the pages that is in use. */
double vhm_tax_price (double shares, double pages, double active,
                      double idle_cost);
/* Shares total_bytes out so that all pay the same price, except where least or
 * most stops one; whole pages. More than total_bytes only if the least ones
 * exceed it. Indifferent to order. O(64 n). */
void vhm_tax_entitle (const struct vhm_claim *claims, uint32_t n,
                      double idle_cost, uint64_t total_bytes,
                      uint64_t *ret_bytes);
/* Min-funding revocation: takes need_bytes, rounded up to pages, from guests
 * that hold most_bytes, always from the one that pays least for a page, none
 * below its least. Writes what they are left with. */
void vhm_tax_revoke (const struct vhm_claim *claims, uint32_t n,
                     double idle_cost, uint64_t need_bytes,
                     uint64_t *ret_bytes);

#endif
