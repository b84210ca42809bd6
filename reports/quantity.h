/* Numbers as people read them, and as files carry them. */
#ifndef VHM_REPORTS_QUANTITY_H
#define VHM_REPORTS_QUANTITY_H

#include <vhm/sim/result.h>

/* "4 GiB", "151.3 %", "12 min"; "-" for NAN, "inf" for infinity. */
char *vhm_quantity_text (double value, enum vhm_unit unit);
/* What is accepted: "140 % to 160 %", "at least 50 %", "anything". */
char *vhm_quantity_range_text (double low, double high, enum vhm_unit unit);
/* Fixed decimals, a dot in every locale. */
char *vhm_quantity_decimal (double value, int decimals);
/* How a value differs from `of`: "+12.3 %", "-4.0 %"; "x 12294" from eleven times
 * as much on; "-" where it is no part of it (of nothing). */
char *vhm_quantity_relative (double difference, double of, int decimals);
/* "13:20:05", wall clock of `s` seconds after midnight. */
char *vhm_quantity_clock (double s);

/* "physical_memory_bytes": the key with its unit, once. */
char *vhm_quantity_column (const struct vhm_counter *counter);

/* A divisor and its name that suit values up to `largest`: 2^30, "GiB". */
struct quantity_scale {
  double divisor;
  const char *name; /* "" for a plain number */
};
struct quantity_scale vhm_quantity_scale_of (double largest,
                                             enum vhm_unit unit);

#endif
