/* The cycle ledger as a table: guests by accounts. */
#ifndef VHM_REPORTS_LEDGER_H
#define VHM_REPORTS_LEDGER_H

#include <vhm/sim/result.h>

/* Both in order of first appearance. Owned arrays of borrowed strings. */
GPtrArray *vhm_report_ledger_guests (const struct vhm_result *result);
GPtrArray *vhm_report_ledger_accounts (const struct vhm_result *result);
/* Sum over the rows of a guest and account; NULL means all. */
uint64_t vhm_report_ledger_cycles (const struct vhm_result *result,
                                   const char *guest, const char *account);

/* More bars have no room for their names. */
#define LEDGER_MAX_BARS 16

/* For the figure: the first LEDGER_MAX_BARS guests, a row a guest, a column an
 * account, in percent. */
char *vhm_report_ledger_data (const struct vhm_result *result);
char *vhm_report_ledger_preamble (const struct vhm_result *result);

#endif
