/* The expectation language: one number out of the series of a run.
 *
 *   mean(guest5.pressure) from 13:20 to 16:30
 *   mean(guest3.pressure >= 100 and guest3.pressure <= 160)
 *   time(guest5.commit_limit >= 7.6 GiB) from 16:30 to 20:30
 *   max(guest1.committed_bytes + 64 MiB) / 2 GiB
 *
 * A name is instance.counter; the counter follows the last dot ("disk.d0.
 * utilization_percent", "web[3].pressure"). A minus sign between two names
 * needs spaces round it. Elementwise, sample by sample: + - * / abs(x)
 * greatest(a, ...) least(a, ...), comparisons < <= > >= == != (1 or 0), and,
 * or, not. Over the samples of a window, skipping those that are missing:
 *
 *   mean min max first last sum range (max - min) rise (last - first)
 *   cv (standard deviation / mean)  p0 .. p100, p99.9 (linear between ranks)
 *   time(condition)       seconds during which it holds; a sample holds until
 *                         the next one or the window's end
 *   longest(condition)    seconds of the longest unbroken spell
 *   first_time(condition) seconds from the window's start; infinite if never
 *   gap(x)                seconds of the longest time without a sample: between
 *                         two of them, from the window's start to the first
 *                         one in it, from the last one to its end; one interval
 *                         where none is missing
 *   advances(x, 1 min)    share of whole intervals of that length in which x
 *                         went up
 *   at(x, 16:31)          the last sample not after that time; has no window
 *
 * A window is `from T to T`, both ends included; T is a clock time (the first
 * one at or after the start of the run), a time since the start ("2 h", "1 h 30
 * min"), or the words start and end. It belongs to the aggregate or bracket it
 * follows; at the very end of the expression also to all aggregates without
 * one.
 *
 * Dimensions: adding or comparing different ones is an error. A plain constant
 * may stand for percent or a rate, and 0 for anything; sizes and times need
 * their unit. 5 % beside a plain ratio means 0.05, and percent times something
 * else means that part of it. Sizes are binary (KiB MiB GiB TiB, bytes).
 *
 * Compiled once, evaluated often. Errors (VHM_ERROR_SCENARIO) read "column N:
 * what is wrong; what would be right".
 */
#ifndef VHM_SIM_EXPECT_H
#define VHM_SIM_EXPECT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include <vhm/sim/result.h>

typedef struct vhm_expect vhm_expect;

/* A series that an expression names. */
struct vhm_expect_name {
  char *instance, *key;
  uint32_t column; /* of its first letter, from 1 */
};

/* A series that the run will have. */
struct vhm_expect_known {
  const char *instance;
  const struct vhm_counter *counter;
};

vhm_expect *vhm_expect_parse (const char *text, GError **error);
/* The same for an expression that has one number a sample. */
vhm_expect *vhm_expect_parse_samples (const char *text, GError **error);
void vhm_expect_free (vhm_expect *expect);

/* The series it needs, in order of appearance, possibly repeated. */
const struct vhm_expect_name *vhm_expect_names (const vhm_expect *expect,
                                                size_t *ret_n);

/* Before the run: every name is known and dimensions agree. */
bool vhm_expect_check (const vhm_expect *expect,
                       const struct vhm_expect_known *known, size_t n_known,
                       enum vhm_unit *ret_unit, GError **error);
/* Before the run: every window lies inside it. Seconds; start_s after
 * midnight. */
bool vhm_expect_check_windows (const vhm_expect *expect, double start_s,
                               double duration_s, GError **error);

/* A bound as written ("160", "7.6 GiB", "inf"), in the dimension of the
 * expression it bounds. */
bool vhm_expect_bound (const char *text, enum vhm_unit unit, double *ret_value,
                       GError **error);

/* The value in the base unit. Fails as the two checks do, and when the window
 * holds no sample or the value is not a number. */
bool vhm_expect_evaluate (const vhm_expect *expect,
                          const struct vhm_result *result, double *ret_value,
                          enum vhm_unit *ret_unit, GError **error);

/* Of an expression parsed with vhm_expect_parse_samples: fills
 * result->n_samples values in the base unit, NAN where a sample is missing. */
bool vhm_expect_samples (const vhm_expect *expect,
                         const struct vhm_result *result, double *ret_values,
                         enum vhm_unit *ret_unit, GError **error);

/* "none", "bytes", "percent", "per_s", "seconds", "cycles". */
const char *vhm_unit_name (enum vhm_unit unit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_expect, vhm_expect_free)

#endif
