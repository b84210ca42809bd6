/* What vhm translate and vhm validate share: studies of address translation. */
#ifndef SIM_COMMAND_STUDY_H
#define SIM_COMMAND_STUDY_H

#include <vhm/model/study.h>
#include <vhm/report/walks.h>

/* "4K" or "4K+2M", guest's and host's; one alone stands for both. */
bool command_parse_pages (const char *text, enum vhm_page_size *ret_guest,
                          enum vhm_page_size *ret_host);
/* "native", "slat", "shadow". */
bool command_parse_paging (const char *text, enum vhm_paging *ret_paging);
/* "4K" if both are the same (and natively), else "4K+2M"; g_free it. */
char *command_pages_text (const struct vhm_study *study);

/* Numbers of a measured study as a row of a report; ratio is left NAN,
 * and what counts per walk is if there was none. */
void command_walks_row (const struct vhm_study *study,
                        const struct vhm_measured *m,
                        struct vhm_walks_row *ret_row);

/* "zipf 0.99 over 64 GiB, 30 % writes, 100 instructions a visit"; of the trace
 * if there is one. g_free it. */
char *command_visits_text (const struct vhm_footprint_config *visits,
                           const struct vhm_trace *trace);

#endif
