/* When a host looks for pages that are alike, and at which: a scanner shows
 * guests' frames to page sharing (shared_memory.h) at the rate that its kind
 * allows (scan_rate.h).
 *
 *   ESX   each running guest at a rate of its own, each of its frames once a
 *         pass, in an order that is drawn anew for each
 *   KSM   all guests one after the other, frame by frame, in batches
 *
 * A frame that cannot be looked at is passed over and does not count.
 */
#ifndef VHM_MODEL_SCANNER_H
#define VHM_MODEL_SCANNER_H

#include <vhm/model/guest.h>
#include <vhm/model/scan_rate.h>

typedef struct vhm_scanner vhm_scanner;

struct vhm_scanner_config {
  bool is_ksm;
  struct vhm_scan_limits limits; /* ESX */
  struct vhm_scan_batch batch;   /* KSM */
  uint64_t step_ns; /* what is due is done so often; of no effect on how much */
};

/* Starts at once. */
vhm_scanner *vhm_scanner_new (vhm_engine *engine, uint64_t clock_hz,
                              const struct vhm_scanner_config *config);
void vhm_scanner_free (vhm_scanner *scanner); /* before its guests */
/* The guest in a place from 0 on is this one now (NULL: none); places are visited
 * in order. */
void vhm_scanner_set_guest (vhm_scanner *scanner, uint32_t place,
                            vhm_guest *guest);
/* Another batch from now on (a control of KSM); no pages: it rests. */
void vhm_scanner_set_batch (vhm_scanner *scanner,
                            const struct vhm_scan_batch *batch);
/* All guests' frames looked at once: passes completed. KSM. */
uint64_t vhm_scanner_n_passes (const vhm_scanner *scanner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_scanner, vhm_scanner_free)

#endif
