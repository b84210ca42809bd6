/* Visits to the pages of a footprint, drawn from a pattern without a byte of
 * memory a page, so that terabytes cost no more than megabytes. For studies of
 * address translation; processes of guests have vhm_refs (reference.h).
 *
 *   rank   --cluster, shuffle-->   virtual page   --layout-->   guest frame
 *
 * Rank 0 is the page that the pattern visits most. Both arrows are one-to-one,
 * fixed by the seed.
 *
 * Not thread-safe. No allocation after new.
 */
#ifndef VHM_MODEL_FOOTPRINT_H
#define VHM_MODEL_FOOTPRINT_H

#include <glib.h>
#include <vhm/model/translation.h>
#include <vhm/sim/param.h>
#include <vhm/sim/rng.h>

typedef struct vhm_footprint vhm_footprint;

enum vhm_footprint_pattern {
  VHM_FOOTPRINT_UNIFORM,  /* every page alike */
  VHM_FOOTPRINT_ZIPF,     /* page of rank i: in proportion to (i+1)^-exponent */
  VHM_FOOTPRINT_HOT_COLD, /* the first `hot` of them get `hot_weight` */
  VHM_FOOTPRINT_SCAN,     /* in order, stride by stride, again and again */
  VHM_FOOTPRINT_CHASE,    /* each once in random order; each visit needs the
                             data of the one before */
  VHM_N_FOOTPRINT_PATTERNS
};

enum vhm_footprint_layout {
  VHM_LAYOUT_CONTIGUOUS, /* frames in the order of virtual pages */
  VHM_LAYOUT_SCATTERED,  /* frames of neighbouring guest pages anywhere */
};

struct vhm_footprint_config {
  int pattern; /* enum vhm_footprint_pattern */
  uint64_t size_bytes;
  double exponent;                   /* ZIPF */
  uint64_t hot_ppm, hot_weight_ppm;  /* HOT_COLD */
  uint64_t stride_bytes;             /* SCAN */
  uint64_t cluster_bytes;            /* pages of neighbouring rank side by side */
  int layout;                        /* enum vhm_footprint_layout */
  uint64_t write_ppm;                /* visits that write */
  double instructions, cycles;       /* a visit; 0 cycles: what the processor
                                        needs for them when nothing stalls */
  bool data_exposed;
};

extern const struct vhm_schema vhm_footprint_schema;
extern const char *const vhm_footprint_pattern_names[];

/* 4 KiB pages mapped by guest pages of one size, those by host pages. */
vhm_footprint *vhm_footprint_new (const struct vhm_footprint_config *config,
                                  enum vhm_page_size guest_size,
                                  enum vhm_page_size host_size, uint64_t seed);
void vhm_footprint_free (vhm_footprint *footprint);

/* The next n visits. */
void vhm_footprint_draw (vhm_footprint *footprint, size_t n,
                         struct vhm_access *ret);

/* How the processor spends its time between visits. A chase leaves room for one
 * visit in the window of instructions in flight. */
struct vhm_pace vhm_footprint_pace (const struct vhm_footprint_config *config,
                                    const struct vhm_cpu_config *cpu);

/* A one-to-one map of [0, n) onto itself, chosen by `key`; n > 0. */
uint64_t vhm_footprint_shuffle (uint64_t i, uint64_t n, uint64_t key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_footprint, vhm_footprint_free)

#endif
