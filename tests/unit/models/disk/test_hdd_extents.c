/* A set of byte ranges, against one flag a byte. */
#include "hdd_extents.h"
#include "suite.h"

#include <vhm/sim/rng.h>

#define N_BYTES 200

struct rig {
  struct hdd_extents extents;
  bool has[N_BYTES];
};

static void
check_rig (const struct rig *rig)
{
  const struct hdd_extents *extents = &rig->extents;
  uint64_t at = 0, sum = 0;
  for (uint64_t i = 0; i < extents->n; i++) {
    struct hdd_extent item = extents->items[i];
    ck_assert_uint_lt (item.begin_bytes, item.end_bytes);
    ck_assert (i == 0 || item.begin_bytes > at); /* do not touch */
    for (; at < item.begin_bytes; at++)
      ck_assert (!rig->has[at]);
    for (; at < item.end_bytes; at++, sum++)
      ck_assert (rig->has[at]);
  }
  for (; at < N_BYTES; at++)
    ck_assert (!rig->has[at]);
  ck_assert_uint_eq (extents->bytes, sum);
}

static void
check_look_up (const struct rig *rig, struct hdd_extent extent)
{
  const struct hdd_extents *extents = &rig->extents;
  uint64_t covered = 0, first = 0;
  for (uint64_t at = extent.begin_bytes; at < extent.end_bytes; at++)
    covered += rig->has[at];
  while (first < extents->n
         && extents->items[first].end_bytes <= extent.begin_bytes)
    first++;
  ck_assert_uint_eq (hdd_extents_covered (extents, extent), covered);
  ck_assert_uint_eq (hdd_extents_find (extents, extent.begin_bytes), first);
}

static struct hdd_extent
draw (struct vhm_rng *rng)
{
  uint64_t begin = vhm_rng_below (rng, N_BYTES);
  uint64_t size = vhm_rng_below (rng, MIN (20, N_BYTES - begin) + 1);
  return (struct hdd_extent){ begin, begin + size };
}

START_TEST (holds_what_was_added_and_not_removed)
{
  struct rig rig = { 0 };
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "extents");
  for (int i = 0; i < 5000; i++) {
    struct hdd_extent extent = draw (&rng);
    bool is_added = vhm_rng_chance (&rng, i / 100 % 2 ? .7 : .3);
    if (is_added)
      hdd_extents_add (&rig.extents, extent);
    else
      hdd_extents_remove (&rig.extents, extent);
    for (uint64_t at = extent.begin_bytes; at < extent.end_bytes; at++)
      rig.has[at] = is_added;
    check_rig (&rig);
    check_look_up (&rig, draw (&rng));
  }
  hdd_extents_clear (&rig.extents);
  ck_assert_uint_eq (rig.extents.n, 0);
}
END_TEST

SUITE ("hdd extents",
       tcase_add_test (tc, holds_what_was_added_and_not_removed);)
