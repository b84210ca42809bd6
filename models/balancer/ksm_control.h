/* How fast MOM has identical pages searched for. Private to this folder. */
#ifndef MODELS_BALANCER_KSM_CONTROL_H
#define MODELS_BALANCER_KSM_CONTROL_H

#include <vhm/sim/param.h>

struct vhm_ksm_config {
  uint64_t free_ppm; /* of the host's memory; pressure below it */
  uint64_t most_pages, least_pages, boost_pages, decay_pages;
  uint64_t sleep_ns, sleep_of_bytes; /* a host of this size sleeps so long */
};

/* Its keys, with defaults and sources. */
extern const struct vhm_schema vhm_ksm_schema;

/* What the scanner is told: scan n pages, sleep, and again. */
struct vhm_ksm_setting {
  bool runs;
  uint64_t n_pages, sleep_ns;
};

/* Host memory at a decision. */
struct vhm_ksm_view {
  uint64_t total_bytes, free_bytes;
  uint64_t sharable_bytes; /* guests' memory that the scanner may look at */
};

/* What it is told from now on; `before` with n_pages 0: never yet. */
struct vhm_ksm_setting vhm_ksm_next (const struct vhm_ksm_config *config,
                                     const struct vhm_ksm_setting *before,
                                     const struct vhm_ksm_view *view);

#endif
