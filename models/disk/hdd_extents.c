/* A set of byte ranges as a sorted array. Adding replaces all ranges that the
 * new one overlaps or touches by their union; removing cuts what it overlaps and
 * may leave a piece on either side:
 *
 *   items[0 .. first)  items[first .. last)  items[last .. n)
 *   wholly before      overlapped            wholly behind
 *
 * Both put at most two ranges in the place of the middle part.
 */
#include "hdd_extents.h"

#include <glib.h>
#include <string.h>

#include <vhm/base/require.h>

#define FIRST_SIZE VHM_FIRST_CAPACITY (64)

void
hdd_extents_clear (struct hdd_extents *extents)
{
  g_free (extents->items);
  *extents = (struct hdd_extents){ 0 };
}

uint64_t
hdd_extents_find (const struct hdd_extents *extents, uint64_t at_bytes)
{
  uint64_t low = 0, high = extents->n;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (extents->items[middle].end_bytes > at_bytes)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static uint64_t
size_of (struct hdd_extent extent)
{
  return extent.end_bytes - extent.begin_bytes;
}

/* Puts n ranges in the place of items[first] to items[last - 1]. */
static void
replace (struct hdd_extents *extents, uint64_t first, uint64_t last,
         const struct hdd_extent *with, uint64_t n)
{
  for (uint64_t i = first; i < last; i++)
    extents->bytes -= size_of (extents->items[i]);
  uint64_t n_after = extents->n - (last - first) + n;
  if (n_after > extents->n_places) {
    extents->n_places = MAX (2 * n_after, FIRST_SIZE);
    extents->items
        = g_renew (struct hdd_extent, extents->items, extents->n_places);
  }
  memmove (extents->items + first + n, extents->items + last,
           (extents->n - last) * sizeof *extents->items);
  extents->n = n_after;
  for (uint64_t i = 0; i < n; i++) {
    extents->items[first + i] = with[i];
    extents->bytes += size_of (with[i]);
  }
}

void
hdd_extents_add (struct hdd_extents *extents, struct hdd_extent extent)
{
  if (extent.begin_bytes == extent.end_bytes)
    return;
  uint64_t before = extent.begin_bytes > 0 ? extent.begin_bytes - 1 : 0;
  uint64_t first = hdd_extents_find (extents, before), last = first;
  struct hdd_extent sum = extent;
  for (; last < extents->n
         && extents->items[last].begin_bytes <= extent.end_bytes;
       last++) {
    sum.begin_bytes = MIN (sum.begin_bytes, extents->items[last].begin_bytes);
    sum.end_bytes = MAX (sum.end_bytes, extents->items[last].end_bytes);
  }
  replace (extents, first, last, &sum, 1);
}

void
hdd_extents_remove (struct hdd_extents *extents, struct hdd_extent extent)
{
  uint64_t first = hdd_extents_find (extents, extent.begin_bytes);
  uint64_t last = first, n = 0;
  struct hdd_extent left[2];
  if (extent.begin_bytes == extent.end_bytes)
    return;
  for (;
       last < extents->n && extents->items[last].begin_bytes < extent.end_bytes;
       last++) {
    struct hdd_extent item = extents->items[last];
    if (item.begin_bytes < extent.begin_bytes)
      left[n++] = (struct hdd_extent){ item.begin_bytes, extent.begin_bytes };
    if (item.end_bytes > extent.end_bytes)
      left[n++] = (struct hdd_extent){ extent.end_bytes, item.end_bytes };
  }
  if (last > first)
    replace (extents, first, last, left, n);
}

uint64_t
hdd_extents_covered (const struct hdd_extents *extents,
                     struct hdd_extent extent)
{
  uint64_t sum = 0;
  for (uint64_t i = hdd_extents_find (extents, extent.begin_bytes);
       i < extents->n && extents->items[i].begin_bytes < extent.end_bytes; i++)
    sum += MIN (extents->items[i].end_bytes, extent.end_bytes)
           - MAX (extents->items[i].begin_bytes, extent.begin_bytes);
  return sum;
}
