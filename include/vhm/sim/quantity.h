/* Values as people write them: "4 GiB", "20 %", "30 s", "13:20".
 *
 * Integers are exact: a decimal fraction is allowed as long as the value comes
 * out whole in the base unit ("1.5 GiB"), and nothing ever wraps round. A
 * number without a unit is refused where a unit is due. Errors carry
 * VHM_ERROR_SCENARIO and the text "what is wrong; what would be right".
 *
 * Promise: parse (format (v)) == v for every value of every type.
 */
#ifndef VHM_SIM_QUANTITY_H
#define VHM_SIM_QUANTITY_H

#include <glib.h>
#include <vhm/sim/param.h>

/* Which member holds the value is decided by the type: BOOL flag; NUMBER
 * number; NAME and TEXT text; COUNT, FRACTION, BYTES, TIME, HERTZ, RATE and
 * CLOCK amount, in the unit that param.h gives. */
union vhm_value {
  bool flag;
  uint64_t amount;
  double number;
  const char *text;
};

/* True for the types that one scalar spells and this header reads (all but
 * CHOICE, which needs its names, and the containers). */
bool vhm_quantity_is_scalar (enum vhm_param_type type);

/* NAME and TEXT point into `text` afterwards. */
bool vhm_quantity_parse (enum vhm_param_type type, const char *text,
                         union vhm_value *ret_value, GError **error);

/* Canonical text. The value must be one that vhm_quantity_parse can give. */
char *vhm_quantity_format (enum vhm_param_type type, union vhm_value value);

/* < 0, 0, > 0 like strcmp, for the ordered types (amounts and NUMBER). */
int vhm_quantity_compare (enum vhm_param_type type, union vhm_value a,
                          union vhm_value b);

/* "an amount of memory", and how it is written: "4 GiB, 512 MiB". */
const char *vhm_quantity_what (enum vhm_param_type type);
const char *vhm_quantity_forms (enum vhm_param_type type);

/* The units it may be written in, from small to large, with blanks between
 * them; NULL if it has none. g_free it. */
char *vhm_quantity_units (enum vhm_param_type type);

/* Regular expression (ECMA 262) of the accepted spelling, NULL if any goes. */
char *vhm_quantity_pattern (enum vhm_param_type type);

#endif
