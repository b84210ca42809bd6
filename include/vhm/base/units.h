/* The glossary, and the glossary turned into types.
 *
 *   mfn   machine frame number: a 4 KiB frame of the host's RAM
 *   gfn   guest frame number: a 4 KiB frame of what a guest believes is RAM
 *   gvpn  guest virtual page number: a page of a process in a guest
 *
 * Identifiers (gfn, mfn) are one-field structs, so that the compiler refuses a
 * mix-up; they cost nothing at -O2. Time is vhm_cycles, a whole number of
 * cycles of the host clock. Bulk arrays and record fields hold raw integers and
 * carry the unit as a suffix: _cyc _ns _pages _bytes _ppm. A name without a
 * suffix is a count. Conversions are named functions, here and nowhere else.
 */
#ifndef VHM_BASE_UNITS_H
#define VHM_BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#define VHM_KIB UINT64_C(1024)
#define VHM_MIB (UINT64_C(1024) * VHM_KIB)
#define VHM_GIB (UINT64_C(1024) * VHM_MIB)
#define VHM_TIB (UINT64_C(1024) * VHM_GIB)

#define VHM_PAGE_SHIFT 12
#define VHM_PAGE_BYTES (UINT64_C(1) << VHM_PAGE_SHIFT)
#define VHM_BLOCK_PAGES UINT64_C(512) /* a 2 MiB block of 4 KiB frames */

#define VHM_PPM UINT64_C(1000000)
#define VHM_NS_PER_S UINT64_C(1000000000)
#define VHM_NS_PER_MIN (UINT64_C(60) * VHM_NS_PER_S)

#define VHM_IDENTIFIER(name)                                         \
  typedef struct {                                                   \
    uint32_t raw;                                                    \
  } vhm_##name;                                                      \
  static inline vhm_##name vhm_##name##_make (uint32_t raw)          \
  {                                                                  \
    return (vhm_##name){ raw };                                      \
  }                                                                  \
  static inline bool vhm_##name##_equal (vhm_##name a, vhm_##name b) \
  {                                                                  \
    return a.raw == b.raw;                                           \
  }

VHM_IDENTIFIER (gfn)
VHM_IDENTIFIER (mfn)

#define VHM_NO_FRAME UINT32_MAX

/* A point in, or a stretch of, simulated time. */
typedef struct {
  uint64_t raw;
} vhm_cycles;

static inline vhm_cycles
vhm_cycles_make (uint64_t raw)
{
  return (vhm_cycles){ raw };
}

static inline vhm_cycles
vhm_cycles_add (vhm_cycles a, vhm_cycles b)
{
  return (vhm_cycles){ a.raw + b.raw };
}

/* a - b; the caller knows that a >= b. */
static inline vhm_cycles
vhm_cycles_sub (vhm_cycles a, vhm_cycles b)
{
  return (vhm_cycles){ a.raw - b.raw };
}

static inline bool
vhm_cycles_before (vhm_cycles a, vhm_cycles b)
{
  return a.raw < b.raw;
}

/* Pages a byte count needs, rounded up. */
static inline uint64_t
vhm_bytes_to_pages (uint64_t bytes)
{
  return (bytes >> VHM_PAGE_SHIFT) + ((bytes & (VHM_PAGE_BYTES - 1)) != 0);
}

static inline uint64_t
vhm_pages_to_bytes (uint64_t pages)
{
  return pages << VHM_PAGE_SHIFT;
}

/* Cycles of a clock of hz in ns nanoseconds, rounded down; exact up to the
 * range of 64 bits (584 years at 1 GHz). */
static inline uint64_t
vhm_ns_to_cycles (uint64_t hz, uint64_t ns)
{
  return (uint64_t) ((unsigned __int128) ns * hz / VHM_NS_PER_S);
}

/* Nanoseconds in cycles of a clock of hz, rounded down. */
static inline uint64_t
vhm_cycles_to_ns (uint64_t hz, uint64_t cyc)
{
  return (uint64_t) ((unsigned __int128) cyc * VHM_NS_PER_S / hz);
}

/* part * ppm / 10^6, rounded down. */
static inline uint64_t
vhm_scale_ppm (uint64_t part, uint64_t ppm)
{
  return (uint64_t) ((unsigned __int128) part * ppm / VHM_PPM);
}

#endif
