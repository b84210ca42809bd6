/* Tables of the parts of a processor; cpu_parts.c. */
#ifndef VHM_MODELS_TRANSLATION_CPU_PARTS_H
#define VHM_MODELS_TRANSLATION_CPU_PARTS_H

#include <vhm/model/cpu.h>

extern const struct vhm_schema cpu_tlb_schema, cpu_psc_schema;
extern const struct vhm_schema cpu_psc_levels_schema; /* an array, by level */
extern const struct vhm_schema cpu_cache_schema;
extern const char *const cpu_tlb_holds_names[]; /* by enum vhm_tlb_holds */

#endif
