/* What translation would cost under each kind of paging: rows of the result, as
 * the page and the figure want them. */
#ifndef VHM_REPORTS_TRANSLATION_H
#define VHM_REPORTS_TRANSLATION_H

#include <vhm/sim/result.h>

/* Cycles a reference that perfect translation would save. */
double vhm_report_translation_sum (const struct vhm_translation_row *row);
/* Rows of the figure: of each guest the process in which the run spent most
 * cycles on translation, all kinds of paging of it. Owned array of borrowed rows. */
GPtrArray *vhm_report_translation_bars (const struct vhm_result *result);
/* More bars have no room for their names. */
#define TRANSLATION_MAX_GUESTS 6

/* For the figure: a row a bar, a column a part. */
char *vhm_report_translation_data (const struct vhm_result *result);
char *vhm_report_translation_preamble (const struct vhm_result *result);
unsigned vhm_report_translation_left_out (const struct vhm_result *result);

#endif
