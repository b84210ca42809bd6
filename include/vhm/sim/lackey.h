/* Reads what `valgrind --tool=lackey --trace-mem=yes` writes:
 *
 *   I  0401ab70,3        an instruction fetch of 3 bytes
 *    L 1fff000708,8      a load        S a store      M a load, then a store
 *   ==18444== ...        valgrind's own words, skipped like blank lines
 *
 * Addresses are hexadecimal, sizes decimal. An access that reaches into the
 * next page counts for both.
 *
 * Accesses become visits: consecutive ones of a class (instructions, data) to
 * one page are one visit, also where the classes take turns, as they do all
 * the time. Visits come in order of their first access; a visit ends when its
 * class turns to another page, or when a visit that began after it ends. So
 * an LRU of at least two pages misses as often as on the single accesses, but
 * for changes of place between neighbours.
 */
#ifndef VHM_SIM_LACKEY_H
#define VHM_SIM_LACKEY_H

#include <vhm/sim/trace.h>

struct vhm_lackey_options {
  unsigned page_shift;
  unsigned kinds; /* to keep, of enum vhm_trace_kind */
  /* Called now and then with the part done; false stops. May be NULL. */
  bool (*go_on) (void *context, double done);
  void *context;
};

/* Writes all visits and finishes the trace. Every mistake of the text at once
 * (up to a bound) as file:line:column, VHM_ERROR_SCENARIO. If go_on stopped it,
 * false without an error. */
bool vhm_lackey_read (vhm_source *source, vhm_trace_writer *writer,
                      const struct vhm_lackey_options *options,
                      GError **error);

#endif
