/* Puts a pattern in front of a processor and measures.
 *
 * Cost: that of vhm_mmu_run and vhm_footprint_draw a visit, some 0.1 to 0.5 us.
 */
#include <vhm/model/study.h>

#include <string.h>

#include <vhm/base/units.h>

enum { BATCH = 1024 }; /* visits at a time, to stay in the first cache */

struct rig {
  vhm_recorded *recorded; /* one of them */
  vhm_footprint *footprint;
  vhm_mmu *mmu;
  struct vhm_space space;
  struct vhm_pace pace;
  struct vhm_access visits[BATCH];
};

static void
run_visits (void *context, uint64_t n, struct vhm_cost *cost)
{
  struct rig *rig = context;
  while (n > 0) {
    size_t part = (size_t) MIN (n, BATCH);
    if (rig->recorded)
      vhm_recorded_draw (rig->recorded, part, rig->visits);
    else
      vhm_footprint_draw (rig->footprint, part, rig->visits);
    vhm_mmu_run (rig->mmu, &rig->space, &rig->pace, rig->visits, part, cost);
    n -= part;
  }
}

void
vhm_study_run (const struct vhm_study *study, struct vhm_measured *ret)
{
  g_autofree struct rig *rig = g_new0 (struct rig, 1);
  g_autoptr (vhm_llc) llc = vhm_llc_new (study->cpu);
  g_autoptr (vhm_mmu) mmu = vhm_mmu_new (study->cpu, llc);
  g_autoptr (vhm_recorded) recorded
      = study->trace ? vhm_recorded_new (study->trace, study->guest_size,
                                         study->host_size)
                     : NULL;
  g_autoptr (vhm_footprint) footprint
      = study->trace ? NULL
                     : vhm_footprint_new (study->visits, study->guest_size,
                                          study->host_size, study->seed);
  rig->mmu = mmu;
  rig->recorded = recorded;
  rig->footprint = footprint;
  rig->pace = vhm_footprint_pace (study->visits, study->cpu);
  rig->space = (struct vhm_space){ .paging = study->paging,
                                   .vpid = study->paging != VHM_PAGING_NATIVE,
                                   .guest_levels = study->guest_levels,
                                   .host_levels = study->host_levels,
                                   .table_backing = study->host_size };
  struct vhm_measure_options options = study->measure;
  if (options.least_warm_up == 0)
    options.least_warm_up = vhm_measure_warm_up (study->cpu);
  const struct vhm_measure_source source = { run_visits, rig };
  vhm_measure (&source, &options, ret);
}

/* --- what cannot be --------------------------------------------------------- */

/* Half of what the levels span: the other half of the addresses is the
 * kernel's. */
static uint64_t
reach_bytes (unsigned levels)
{
  return UINT64_C (1) << (12 + 9 * levels - 1);
}

/* The largest that the simulator can name, see address.h of this folder. */
#define MOST_BYTES (8 * VHM_TIB)

static char *
refuse_levels (const struct vhm_study *study)
{
  unsigned levels = study->paging == VHM_PAGING_SLAT
                        ? MAX (study->guest_levels, study->host_levels)
                        : study->guest_levels;
  if (levels <= study->cpu->levels)
    return NULL;
  return g_strdup_printf ("%u levels of page tables on a processor with %u",
                          levels, (unsigned) study->cpu->levels);
}

static char *
refuse_trace (const struct vhm_trace *trace)
{
  if (trace->totals.n_visits == 0)
    return g_strdup ("a trace without visits");
  if (vhm_recorded_n_gib (trace) > VHM_RECORDED_MOST_GIB)
    return g_strdup_printf ("a trace that visits more than %d different GiB",
                            VHM_RECORDED_MOST_GIB);
  return NULL;
}

char *
vhm_study_refuse (const struct vhm_study *study)
{
  bool wants_1g = study->guest_size == VHM_PAGE_1G
                  || (study->paging != VHM_PAGING_NATIVE
                      && study->host_size == VHM_PAGE_1G);
  if (wants_1g && !study->cpu->has_1g)
    return g_strdup ("1 GiB pages on a processor that has none");
  char *levels = refuse_levels (study);
  if (levels || study->trace)
    return levels ? levels : refuse_trace (study->trace);
  if (study->visits->size_bytes > reach_bytes (study->guest_levels))
    return g_strdup_printf (
        "a footprint beyond the %" G_GUINT64_FORMAT " TiB that %u levels reach",
        reach_bytes (study->guest_levels) / VHM_TIB, study->guest_levels);
  if (study->visits->size_bytes > MOST_BYTES)
    return g_strdup_printf ("a footprint beyond the %" G_GUINT64_FORMAT
                            " TiB that can be simulated",
                            (uint64_t) (MOST_BYTES / VHM_TIB));
  return NULL;
}
