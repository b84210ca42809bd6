/* Parts of a diagnosis that terminal and page share: tables of cells. */
#ifndef VHM_REPORTS_DIAGNOSIS_H
#define VHM_REPORTS_DIAGNOSIS_H

#include <vhm/report/diagnosis.h>

/* Rows of texts, all as wide as the headings. */
struct cells {
  const char *const *headings; /* NULL at the end */
  unsigned first_number;       /* columns from here on are numbers ... */
  unsigned end_number;         /* ... up to here */
  GPtrArray *rows;             /* char **, NULL at the end */
};

/* Each NULL if there is nothing to say; vhm_cells_free. */
struct cells *vhm_diagnosis_strip (const struct vhm_result *result);
struct cells *vhm_diagnosis_sufferers (const struct vhm_result *result);
struct cells *vhm_diagnosis_signals (const struct vhm_result *result);
struct cells *vhm_diagnosis_alone (const struct vhm_result *result);
/* Of one guest: cycles an operation, by account. */
struct cells *vhm_diagnosis_accounts (const struct vhm_alone *alone);
struct cells *vhm_diagnosis_remedies (const struct vhm_result *result);
void vhm_cells_free (struct cells *cells);

/* "Over-committed host: 62 of 96 intervals ..." */
char *vhm_diagnosis_line (const struct vhm_result *result);
/* What the rules say of the class, with their source; or NULL. */
char *vhm_diagnosis_why (const struct vhm_result *result);

typedef struct cells table_cells;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (table_cells, vhm_cells_free)

#endif
