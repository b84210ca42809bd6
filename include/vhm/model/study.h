/* One pattern of visits on one processor under one kind of paging: what does a
 * visit cost? Every study has a processor, a last-level cache and a pattern of
 * its own, so studies do not depend on their order.
 */
#ifndef VHM_MODEL_STUDY_H
#define VHM_MODEL_STUDY_H

#include <vhm/model/footprint.h>
#include <vhm/model/measure.h>
#include <vhm/model/recorded.h>

struct vhm_study {
  const struct vhm_cpu_config *cpu;
  const struct vhm_footprint_config *visits; /* pace, and pattern if there is */
  const struct vhm_trace *trace;             /* no trace */
  enum vhm_paging paging;
  /* Natively the host's pages are the guest's. The host backs the guest's page
   * tables with pages of the same size as its data. */
  enum vhm_page_size guest_size, host_size;
  uint8_t guest_levels, host_levels;
  uint64_t seed;
  /* least_warm_up 0: as vhm_measure_warm_up says */
  struct vhm_measure_options measure;
};

void vhm_study_run (const struct vhm_study *study, struct vhm_measured *ret);

/* Why a study cannot be: "CPU has no 1 GiB pages". NULL if it can; else
 * g_free it. */
char *vhm_study_refuse (const struct vhm_study *study);

#endif
