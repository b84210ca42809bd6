/* Shared by the balancers: memory handed out along a rising level. Private to
 * this folder. */
#ifndef MODELS_BALANCER_FILL_H
#define MODELS_BALANCER_FILL_H

#include <vhm/model/balancer.h>

/* Least and most a guest may get, and how much it wants at level 1: at level x
 * it gets clamp (x * want, least, most). */
struct vhm_fill {
  double want;
  uint64_t least_bytes, most_bytes;
};

/* Writes to ret_bytes[n] what each gets at the highest level at which the sum
 * is at most total_bytes (all at their most if that fits; all at their least if
 * even that does not). Indifferent to order. O(64 n). */
void vhm_fill_to_level (const struct vhm_fill *fill, uint32_t n,
                        uint64_t total_bytes, uint64_t *ret_bytes);

/* Cuts the additions among `targets` so that they fit into what is available and
 * what the other targets give up: those that want most for what they hold get
 * theirs first. Uses up fill's bounds; its `want` must be set. */
void vhm_fill_fit (struct vhm_fill *fill, const struct vhm_balance_view *view,
                   uint64_t *targets);

/* All there is, in proportion to wants[n], within each guest's minimum and
 * maximum. */
void vhm_fill_share (const struct vhm_balance_view *view, const double *wants,
                     uint64_t *ret_target_bytes);

/* What all guests together hold and could get. */
uint64_t vhm_balance_total (const struct vhm_balance_view *view);

#endif
