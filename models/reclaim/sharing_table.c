/* Keeps one frame for each key, and finds it by either; see sharing_table.h.
 *
 * An entry that is taken out leaves a gap. Each entry behind it, up to the next
 * free place, moves into the gap if its home does not lie behind the gap; then
 * the gap is where it was. The frames' places follow each move.
 *
 * Cost: find 1.5 places for a key that is there, 8.5 for one that is not, at the
 * highest load; 16 bytes a place, 8 a frame.
 * Source: D. E. Knuth, The Art of Computer Programming 3, 6.4 (algorithm R).
 */
#include "sharing_table.h"

#include <vhm/base/require.h>
#include <vhm/base/units.h>

#include <string.h>

#include <glib.h>

#define FIRST_BITS 10 /* 16 KiB; grows by doubling */
#define MAX_BITS 31   /* places are 32-bit numbers */

static uint32_t
n_places (const struct share_table *t)
{
  return UINT32_C (1) << t->bits;
}

static uint32_t
home_of (const struct share_table *t, uint64_t key)
{
  return share_hash (key, t->bits);
}

static uint32_t
after (const struct share_table *t, uint32_t place)
{
  return (place + 1) & (n_places (t) - 1);
}

static struct share_entry *
free_places (uint32_t n)
{
  struct share_entry *entries = g_new (struct share_entry, n);
  memset (entries, 0xff, n * sizeof *entries);
  return entries;
}

void
share_table_init (struct share_table *t, uint32_t n_frames)
{
  *t = (struct share_table){
    .n_frames = n_frames,
    .bits = VHM_FIRST_CAPACITY (FIRST_BITS),
    .frames = g_new0 (struct share_frame, n_frames),
  };
  for (uint32_t f = 0; f < n_frames; f++)
    t->frames[f].place = SHARE_NO_PLACE;
  t->entries = free_places (n_places (t));
}

void
share_table_clear (struct share_table *t)
{
  g_free (t->entries);
  g_free (t->frames);
}

struct share_entry *
share_table_find (const struct share_table *t, uint64_t key)
{
  uint32_t i = home_of (t, key);
  while (t->entries[i].frame != VHM_NO_FRAME) {
    if (t->entries[i].key == key)
      return &t->entries[i];
    i = after (t, i);
  }
  return NULL;
}

struct share_entry *
share_table_at (const struct share_table *t, uint32_t frame)
{
  VHM_REQUIRE (frame < t->n_frames);
  uint32_t place = t->frames[frame].place;
  return place == SHARE_NO_PLACE ? NULL : &t->entries[place];
}

static void
settle (struct share_table *t, const struct share_entry *entry)
{
  uint32_t i = home_of (t, entry->key);
  while (t->entries[i].frame != VHM_NO_FRAME)
    i = after (t, i);
  t->entries[i] = *entry;
  t->frames[entry->frame].place = i;
}

static void
grow (struct share_table *t)
{
  VHM_REQUIRE (t->bits < MAX_BITS);
  uint32_t n_old = n_places (t);
  g_autofree struct share_entry *old = t->entries;
  t->bits++;
  t->entries = free_places (n_places (t));
  for (uint32_t i = 0; i < n_old; i++)
    if (old[i].frame != VHM_NO_FRAME)
      settle (t, &old[i]);
  VHM_PARANOID (share_table_audit (t) == NULL);
}

void
share_table_put (struct share_table *t, uint64_t key, uint32_t frame)
{
  VHM_REQUIRE (frame < t->n_frames && t->frames[frame].place == SHARE_NO_PLACE);
  VHM_ASSERT (!share_table_find (t, key));
  if (((uint64_t) t->n + 1) * 4 > (uint64_t) n_places (t) * 3)
    grow (t);
  settle (t, &(struct share_entry){ .key = key, .frame = frame });
  t->n++;
}

void
share_table_take (struct share_table *t, struct share_entry *entry)
{
  uint32_t mask = n_places (t) - 1;
  uint32_t gap = (uint32_t) (entry - t->entries);
  t->frames[entry->frame].place = SHARE_NO_PLACE;
  t->n--;
  for (uint32_t i = after (t, gap); t->entries[i].frame != VHM_NO_FRAME;
       i = after (t, i)) {
    uint32_t home = home_of (t, t->entries[i].key);
    if (((i - home) & mask) < ((i - gap) & mask))
      continue; /* its home lies behind the gap */
    t->entries[gap] = t->entries[i];
    t->frames[t->entries[gap].frame].place = gap;
    gap = i;
  }
  t->entries[gap].frame = VHM_NO_FRAME;
}

void
share_table_prefetch (const struct share_table *t, uint32_t frame, uint64_t key)
{
  VHM_ASSERT (frame < t->n_frames);
  __builtin_prefetch (&t->frames[frame]);
  __builtin_prefetch (&t->entries[home_of (t, key)]);
}

uint64_t
share_table_bytes (const struct share_table *t)
{
  return (uint64_t) n_places (t) * sizeof *t->entries
         + (uint64_t) t->n_frames * sizeof *t->frames;
}

const char *
share_table_audit (const struct share_table *t)
{
  uint32_t n = 0, n_placed = 0;
  for (uint32_t i = 0; i < n_places (t); i++) {
    const struct share_entry *e = &t->entries[i];
    if (e->frame == VHM_NO_FRAME)
      continue;
    n++;
    if (e->frame >= t->n_frames || t->frames[e->frame].place != i)
      return "a frame in the sharing table does not know its place";
    if (share_table_find (t, e->key) != e)
      return "a key in the sharing table is not found, or found twice";
  }
  for (uint32_t f = 0; f < t->n_frames; f++)
    n_placed += t->frames[f].place != SHARE_NO_PLACE;
  if (n != t->n || n_placed != n)
    return "the sharing table's count differs from its entries or its frames";
  return NULL;
}
