/* Private to sim/trace*.c: the bytes of a recorded trace, as
 * scenarios/TRACE-FORMAT.md describes them.
 *
 * The checksum takes eight bytes a step, h = mix (h ^ word): every step is one
 * to one, so damage within one word always shows, any other with chance
 * 1 - 2^-64. A table-driven CRC-32C costs three times as much a byte, which
 * would be a tenth of the time of replaying; a cryptographic sum guards
 * against people, and there are none here.
 */
#ifndef SIM_TRACE_FORMAT_H
#define SIM_TRACE_FORMAT_H

#include <string.h>
#include <vhm/sim/trace.h>

#define TRACE_MAGIC "\x89VHMTRC\n" /* no text; a changed line end shows */
#define TRACE_MAGIC_BYTES 8
#define TRACE_VERSION 1
#define TRACE_HEAD_BYTES 24
#define TRACE_SUM_BYTES 8

/* A block: head, control bytes, numbers, names of new pages. The end block has
 * no visits, and totals in place of numbers. */
#define TRACE_BLOCK_HEAD_BYTES 24
#define TRACE_BLOCK_VISITS 65536 /* most */
#define TRACE_VISIT_BYTES 8      /* most, beside its control byte */
#define TRACE_NAME_BYTES 10      /* most: 64 bits, 7 a byte */
#define TRACE_TOTALS_BYTES 48
#define TRACE_PAYLOAD_BYTES \
  (TRACE_BLOCK_VISITS * (1 + TRACE_VISIT_BYTES + TRACE_NAME_BYTES))

/* Control byte: bits 0-1 bytes of the page number less one, bits 2-3 code of
 * the bytes of the run's length, bits 4-6 kinds, bit 7 zero. */
#define CONTROL_PAGE_MASK 3
#define CONTROL_RUN_SHIFT 2
#define CONTROL_KINDS_SHIFT 4

static const uint8_t trace_run_bytes[4] = { 0, 1, 2, 4 };
/* Least number for which a form is the shortest. */
static const uint32_t trace_least_page[4]
    = { 0, 1 << 8, 1 << 16, UINT32_C (1) << 24 };
static const uint32_t trace_least_run[4] = { 0, 1, 1 << 8, 1 << 16 };

static inline uint32_t
trace_get_32 (const uint8_t *at)
{
  uint32_t value;
  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_LE (value);
}

static inline uint64_t
trace_get_64 (const uint8_t *at)
{
  uint64_t value;
  memcpy (&value, at, sizeof value);
  return GUINT64_FROM_LE (value);
}

static inline void
trace_put_32 (uint8_t *at, uint32_t value)
{
  value = GUINT32_TO_LE (value);
  memcpy (at, &value, sizeof value);
}

static inline void
trace_put_64 (uint8_t *at, uint64_t value)
{
  value = GUINT64_TO_LE (value);
  memcpy (at, &value, sizeof value);
}

/* Differences of either sign as small numbers: 0, -1, 1, -2 ... */
static inline uint64_t
trace_zigzag (uint64_t difference)
{
  return difference << 1 ^ (0 - (difference >> 63));
}

static inline uint64_t
trace_unzigzag (uint64_t number)
{
  return number >> 1 ^ (0 - (number & 1));
}

#define TRACE_SUM_SEED UINT64_C (0x9e3779b97f4a7c15) /* 2^64 / golden ratio */
#define TRACE_SUM_FACTOR UINT64_C (0xd6e8feb86659fd93) /* odd: one to one */

static inline uint64_t
trace_mix (uint64_t sum, uint64_t word)
{
  sum = (sum ^ word) * TRACE_SUM_FACTOR;
  return sum ^ sum >> 32;
}

/* The last word is filled up with zeros; the caller's first word holds the
 * sizes, so that these are no data. */
static inline uint64_t
trace_sum (uint64_t sum, const uint8_t *data, size_t size)
{
  for (; size >= 8; data += 8, size -= 8)
    sum = trace_mix (sum, trace_get_64 (data));
  uint8_t last[8] = { 0 };
  if (size == 0)
    return sum;
  memcpy (last, data, size);
  return trace_mix (sum, trace_get_64 (last));
}

#endif
