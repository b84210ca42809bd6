/* The sections of report.html. */
#ifndef VHM_REPORTS_PAGE_H
#define VHM_REPORTS_PAGE_H

#include "figure.h"

/* The whole page. `drawings` that have no SVG are left out; `trouble` (or NULL)
 * says why. */
char *vhm_report_page_new (const struct vhm_result *result,
                           const GPtrArray *drawings, const char *command,
                           const char *trouble);

/* Everything up to the body; with the style. */
void vhm_report_page_begin (GString *out, const char *title);

void vhm_report_page_expectations (GString *out,
                                   const struct vhm_result *result);
/* One sentence: how many hold. */
char *vhm_report_page_expectations_line (const struct vhm_result *result);

void vhm_report_page_guests (GString *out, const struct vhm_result *result);
/* One sentence: how the host is provisioned; NULL without pressures. */
char *vhm_report_page_guests_line (const struct vhm_result *result);

/* Class, evidence, what was tried; nothing if there is no diagnosis. The figure of
 * the class over time stands in it, if it is among the drawings. */
void vhm_report_page_diagnosis (GString *out, const struct vhm_result *result,
                                const GPtrArray *drawings);

void vhm_report_page_translation (GString *out,
                                  const struct vhm_result *result);
void vhm_report_page_ledger (GString *out, const struct vhm_result *result);
void vhm_report_page_by_hand (GString *out, const struct vhm_result *result);
void vhm_report_page_drawing (GString *out, const struct drawing *drawing);

void vhm_report_page_table_begin (GString *out, unsigned first_number,
                                  const char *const *headings);
void vhm_report_page_table_end (GString *out);

#endif
