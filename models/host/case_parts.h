/* Parts of the tables of a scenario, for case.c, which puts them together. */
#ifndef MODELS_HOST_CASE_PARTS_H
#define MODELS_HOST_CASE_PARTS_H

#include <vhm/host/case.h>

#define N(table) .params = table, .n_params = G_N_ELEMENTS (table)

extern const struct vhm_schema vhm_case_host_schema;     /* case_host.c */
extern const struct vhm_schema vhm_case_guest_schema;    /* case_guest.c */
extern const struct vhm_schema vhm_case_timeline_schema; /* case_timeline.c */
extern const char *const vhm_case_page_sizes[]; /* by enum vhm_page_size */

#endif
