/* Published numbers beside simulated ones: rows of one experiment, as table, JSON
 * and figure. Filled by the command that measured or ran it.
 *
 *   NAME.svg .png   published against simulated: series where rows belong to some,
 *                   else each row's error beside what is accepted
 */
#ifndef VHM_REPORT_VALIDATION_H
#define VHM_REPORT_VALIDATION_H

#include <glib.h>
#include <stdbool.h>

#include <vhm/sim/json.h>
#include <vhm/sim/result.h>

struct vhm_validation_row {
  char *name;
  char *place;      /* where it is published, or how sure it is; or NULL */
  char *known_miss; /* why it misses; or NULL */
  enum vhm_unit unit;
  double published;   /* base unit; NAN: only words */
  char *printed;      /* as it is printed there, for want of a number; or NULL */
  double simulated;   /* NAN: no value */
  double half_width;  /* of its interval; NAN: none */
  double low, high;   /* what is accepted; may be infinite */
  double tolerance;   /* as share of published; NAN: low and high alone count */
  bool is_fitted;     /* parameters were fitted on it; else it is predicted */
  char *series;       /* a line of the figure that it is a point of; or NULL */
  double x;
  char *over;         /* the variant that it is a quotient over; or NULL */
};

struct vhm_validation {
  char *name;          /* of the experiment, and of its files */
  char *title, *source, *reading; /* or NULL */
  const char *place_heading; /* "SOURCE", "CONFIDENCE" */
  char *axis;          /* what x is, with its unit; or NULL */
  GArray *rows;        /* struct vhm_validation_row */
};

struct vhm_validation *vhm_validation_new (void);
void vhm_validation_free (struct vhm_validation *validation);

enum vhm_expect_state
vhm_validation_state (const struct vhm_validation_row *row);
/* Simulated / published - 1; NAN where there is none. */
double vhm_validation_error (const struct vhm_validation_row *row);

/* For a terminal, with the reasons of known misses below; g_free it. */
char *vhm_validation_table (const struct vhm_validation *validation);
/* An object. */
void vhm_validation_put_json (struct vhm_json *json,
                              const struct vhm_validation *validation);
/* False with VHM_ERROR_TOOL without gnuplot. */
bool vhm_validation_draw (const struct vhm_validation *validation,
                          const char *out_dir, GError **error);

typedef struct vhm_validation vhm_validation; /* g_autoptr wants one word */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_validation, vhm_validation_free)

#endif
