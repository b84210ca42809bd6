/* What the files about sizing share. */
#ifndef VHM_REPORTS_SIZING_H
#define VHM_REPORTS_SIZING_H

#include <vhm/report/sizing.h>

#define SIZING_FIGURE "size"

const struct vhm_sizing_row *sizing_row (const struct vhm_sizing *sizing,
                                         guint i);
/* The row of that size, or NULL. */
const struct vhm_sizing_row *sizing_find (const struct vhm_sizing *sizing,
                                          uint64_t bytes);
/* "7360 MiB (7.19 GiB)"; g_free it. */
char *sizing_bytes_text (uint64_t bytes);

/* The figure's SVG; g_free it. */
char *sizing_draw (const struct vhm_sizing *sizing, const char *out_dir,
                   GError **error);
/* `svg` and `trouble` (why there is none) may be NULL. */
char *sizing_page (const struct vhm_sizing *sizing, const char *svg,
                   const char *trouble);

#endif
