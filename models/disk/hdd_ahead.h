/* Read-ahead of a magnetic disk: what the drive read beyond what it was asked
 * for, in segments of its memory. See hdd_ahead.c.
 *
 * Units: ns, bytes. Cost: O(segments). */
#ifndef MODELS_DISK_HDD_AHEAD_H
#define MODELS_DISK_HDD_AHEAD_H

#include "hdd_arm.h"
#include "hdd_extents.h"

#define HDD_MAX_SEGMENTS 64
#define HDD_NO_SEGMENT UINT64_MAX

struct hdd_segment {
  struct hdd_extent held;
  uint64_t used_ns; /* when something was last read into or from it */
};

struct hdd_ahead {
  const struct hdd_config *config;
  struct hdd_segment segments[HDD_MAX_SEGMENTS];
  uint64_t filling;     /* which the arm reads into; HDD_NO_SEGMENT */
  uint64_t from_ns;     /* since when it reads on */
  uint64_t from_bytes;  /* and from where */
  uint64_t until_bytes; /* and how far, if nobody wants the arm */
};

void hdd_ahead_init (struct hdd_ahead *ahead, const struct hdd_config *config);
/* Whether all of it is in a segment. */
bool hdd_ahead_holds (const struct hdd_ahead *ahead, struct hdd_extent extent);
/* The part of it from the first byte on that the arm must read. */
struct hdd_extent hdd_ahead_missing (const struct hdd_ahead *ahead,
                                     struct hdd_extent extent);
/* It was read from a segment that holds it all. */
void hdd_ahead_hit (struct hdd_ahead *ahead, struct hdd_extent extent,
                    uint64_t now_ns);
/* The arm reads the end of it until end_ns, and then on. */
void hdd_ahead_follow (struct hdd_ahead *ahead, struct hdd_extent extent,
                       uint64_t end_ns);
/* Takes what the arm has read up to now_ns, and the arm there. */
void hdd_ahead_advance (struct hdd_ahead *ahead, struct hdd_arm *arm,
                        uint64_t now_ns);
/* When it has read as far as it wants; 0: it does not read. */
uint64_t hdd_ahead_end_ns (const struct hdd_ahead *ahead);
/* The arm does something else, from the moment of the last advance on. */
void hdd_ahead_stop (struct hdd_ahead *ahead);

#endif
