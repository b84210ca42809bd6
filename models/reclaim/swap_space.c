/* Slots of a swap file: next-fit, or an empty cluster first.
 *
 * With clusters of c slots: after c slots have been handed out, or at the start,
 * the first stretch of c free ones from the start of the file on (at any slot, not
 * aligned) is the next to be filled, in order. Where c slots are not free, or do
 * not lie together, it goes on next-fit, there from the first free one.
 *
 * Invariant: slot_of[gfn] = s iff gfn_in[s] = gfn; a bit of `free` is set iff the
 * slot has no frame; n_used counts the others. Cost: O(1) but for the search of
 * the next free slot, a word of the bitmap at a time, and of a cluster, a slot at a
 * time at worst, once a cluster. Left out: other guests' pages in the same file.
 * Source: Linux 3.7 mm/swapfile.c, scan_swap_map, of a disk that seeks
 * (SWAPFILE_CLUSTER: 256 slots; from memory, unchecked).
 */
#include <vhm/base/require.h>
#include <vhm/model/swap_space.h>

#include <string.h>

struct vhm_swap_space {
  uint32_t *slot_of, *gfn_in;
  uint64_t *free;
  uint32_t n_gfns, n_slots, n_used, next;
  uint32_t cluster, cluster_left;
};

#define NOBODY UINT32_MAX

vhm_swap_space *
vhm_swap_space_new (uint32_t n_gfns, uint32_t n_slots)
{
  vhm_swap_space *s = g_new0 (vhm_swap_space, 1);
  s->n_gfns = n_gfns;
  s->n_slots = n_slots;
  s->cluster = 1;
  s->slot_of = g_new (uint32_t, n_gfns);
  memset (s->slot_of, 0xff, n_gfns * sizeof *s->slot_of);
  s->gfn_in = g_new (uint32_t, n_slots);
  memset (s->gfn_in, 0xff, n_slots * sizeof *s->gfn_in);
  s->free = g_new0 (uint64_t, n_slots / 64 + 1);
  for (uint32_t i = 0; i < n_slots; i++)
    s->free[i / 64] |= UINT64_C (1) << (i % 64);
  return s;
}

void
vhm_swap_space_free (vhm_swap_space *s)
{
  g_free (s->slot_of);
  g_free (s->gfn_in);
  g_free (s->free);
  g_free (s);
}

uint32_t
vhm_swap_space_slot (const vhm_swap_space *s, uint32_t gfn)
{
  return s->slot_of[gfn];
}

/* First free slot at or after `from`; n_slots if there is none. */
static uint32_t
next_free (const vhm_swap_space *s, uint32_t from)
{
  uint32_t word = from / 64, n_words = s->n_slots / 64 + 1;
  uint64_t bits = s->free[word] >> (from % 64) << (from % 64);
  while (bits == 0 && ++word < n_words)
    bits = s->free[word];
  return bits ? word * 64 + (uint32_t) __builtin_ctzll (bits) : s->n_slots;
}

void
vhm_swap_space_set_cluster (vhm_swap_space *s, uint32_t n_slots)
{
  VHM_REQUIRE (n_slots > 0);
  s->cluster = n_slots;
  s->cluster_left = 0;
}

/* First of a cluster of free slots; n_slots if there is none. */
static uint32_t
find_cluster (const vhm_swap_space *s)
{
  uint32_t first = next_free (s, 0), n = 0;
  for (uint32_t slot = first; slot < s->n_slots; slot++) {
    if (s->gfn_in[slot] == NOBODY) {
      if (++n == s->cluster)
        return slot + 1 - n;
      continue;
    }
    n = 0;
    slot = next_free (s, slot) - 1;
  }
  return s->n_slots;
}

/* A cluster has been filled: where the next slots come from. */
static void
begin_cluster (vhm_swap_space *s)
{
  s->cluster_left = s->cluster;
  if (s->n_slots - s->n_used < s->cluster)
    return;
  uint32_t first = find_cluster (s);
  s->next = first < s->n_slots ? first : next_free (s, 0);
}

bool
vhm_swap_space_put (vhm_swap_space *s, uint32_t gfn, uint32_t *ret_slot)
{
  VHM_REQUIRE (s->slot_of[gfn] == VHM_NO_SLOT);
  if (s->n_used == s->n_slots)
    return false;
  if (s->cluster > 1 && s->cluster_left == 0)
    begin_cluster (s);
  s->cluster_left -= s->cluster > 1;
  uint32_t slot = next_free (s, s->next);
  if (slot == s->n_slots)
    slot = next_free (s, 0);
  s->free[slot / 64] &= ~(UINT64_C (1) << (slot % 64));
  s->gfn_in[slot] = gfn;
  s->slot_of[gfn] = slot;
  s->n_used++;
  s->next = slot + 1 < s->n_slots ? slot + 1 : 0;
  *ret_slot = slot;
  return true;
}

void
vhm_swap_space_drop (vhm_swap_space *s, uint32_t gfn)
{
  uint32_t slot = s->slot_of[gfn];
  if (slot == VHM_NO_SLOT)
    return;
  s->slot_of[gfn] = VHM_NO_SLOT;
  s->gfn_in[slot] = NOBODY;
  s->free[slot / 64] |= UINT64_C (1) << (slot % 64);
  s->n_used--;
}

uint32_t
vhm_swap_space_around (const vhm_swap_space *s, uint32_t gfn, uint32_t n,
                       uint32_t *ret_gfns)
{
  VHM_REQUIRE (n > 0 && s->slot_of[gfn] != VHM_NO_SLOT);
  uint32_t first = s->slot_of[gfn] / n * n, got = 0;
  for (uint32_t slot = first; slot < MIN (first + n, s->n_slots); slot++)
    if (s->gfn_in[slot] != NOBODY)
      ret_gfns[got++] = s->gfn_in[slot];
  return got;
}

uint32_t
vhm_swap_space_next (const vhm_swap_space *s, uint32_t slot)
{
  while (slot < s->n_slots && s->gfn_in[slot] == NOBODY)
    slot++;
  return slot < s->n_slots ? s->gfn_in[slot] : NOBODY;
}

uint32_t
vhm_swap_space_n_used (const vhm_swap_space *s)
{
  return s->n_used;
}

uint32_t
vhm_swap_space_n_slots (const vhm_swap_space *s)
{
  return s->n_slots;
}

uint64_t
vhm_swap_space_bytes (const vhm_swap_space *s)
{
  return sizeof *s + (uint64_t) s->n_gfns * sizeof *s->slot_of
         + (uint64_t) s->n_slots * sizeof *s->gfn_in + s->n_slots / 8;
}

const char *
vhm_swap_space_audit (const vhm_swap_space *s)
{
  uint32_t n_used = 0;
  for (uint32_t slot = 0; slot < s->n_slots; slot++) {
    uint32_t gfn = s->gfn_in[slot];
    bool free = s->free[slot / 64] >> (slot % 64) & 1;
    if (free != (gfn == NOBODY))
      return "a swap slot is in use and free";
    if (!free && (gfn >= s->n_gfns || s->slot_of[gfn] != slot))
      return "a swap slot names a frame that does not name it";
    n_used += !free;
  }
  for (uint32_t gfn = 0; gfn < s->n_gfns; gfn++)
    n_used -= s->slot_of[gfn] != VHM_NO_SLOT;
  if (n_used != 0)
    return "a swapped frame is in no slot";
  return NULL;
}
