/* Remembers the keys used last, set by set.
 *
 *     | order word | tag tag tag ... | rest rest rest ... |   a set
 *
 * Tag and rest are the halves of the key times an odd number, modulo 2^64. That
 * can be undone, so the answer is exact; the tag depends on all bits of the key,
 * so the rest is read only to confirm a hit. A set of up to 12 ways is two cache
 * lines at most, order and tags in the first.
 *
 * Order of use: up to 16 ways, a word of four bits a way, the way used last
 * lowest (unused places hold 0). More ways: a doubly linked ring a set, whose
 * newest stands in the order word; the oldest is next to it, so that filling its
 * place turns the ring by one.
 *
 * Invariant: the order is a permutation of the ways; empty entries are the last
 * of it, so they are filled first; no key stands twice in a set.
 *
 * Cost: a lookup ways / 4 vector compares; insert and promote O(1). 8 bytes an
 * entry, with links 12, and 8 bytes a set.
 *
 * Dropped: keys moved to the front of their set (shifts half the set at a hit,
 * all of it at a miss); whole keys in an array of their own (one more far line
 * at each miss: a tenth slower); hits that store their tag again, to do without
 * a branch (the next look-up waits for the store).
 */
#include "assoc.h"

#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <vhm/base/require.h>

#define VECTOR_WAYS 4
#define LINE_BYTES 64
#define HUGE_BYTES (UINT64_C (2) << 20)
#define MAX_WAYS UINT16_MAX

static void
order_ways (struct assoc *a, uint32_t set)
{
  uint64_t order = 0;
  for (uint32_t i = a->ways; a->links == NULL && i-- > 0;)
    order = order << 4 | i;
  for (uint32_t i = 0; a->links != NULL && i < a->ways; i++)
    a->links[(size_t) set * a->ways + i]
        = (struct assoc_link){ (uint16_t) ((i + a->ways - 1) % a->ways),
                               (uint16_t) ((i + 1) % a->ways) };
  *assoc_order (a, set) = order;
}

/* Sets start at a cache line, unless that would waste more than a quarter. */
static size_t
bytes_of_set (uint32_t stride)
{
  size_t bytes = sizeof (uint64_t) + 2 * stride * sizeof (uint32_t);
  size_t whole = (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
  return bytes >= whole - whole / 4 ? whole : bytes;
}

/* Large tables are looked up at random: large pages of the machine that
 * simulates save it walks of its own. */
static uint8_t *
new_sets (size_t bytes)
{
  bool is_large = bytes >= HUGE_BYTES;
  void *sets = g_aligned_alloc (1, bytes, is_large ? HUGE_BYTES : LINE_BYTES);
#ifdef MADV_HUGEPAGE
  if (is_large)
    madvise (sets, bytes, MADV_HUGEPAGE); /* a hint: works without */
#endif
  return memset (sets, 0, bytes);
}

void
assoc_init (struct assoc *a, uint64_t entries, uint64_t ways)
{
  *a = (struct assoc){ 0 };
  if (entries == 0)
    return;
  ways = ways == 0 ? entries : ways;
  VHM_REQUIRE (ways <= MAX_WAYS && entries % ways == 0);
  VHM_REQUIRE (entries / ways <= UINT32_MAX);
  a->ways = (uint32_t) ways;
  a->n_sets = (uint32_t) (entries / ways);
  a->stride = (a->ways + VECTOR_WAYS - 1) / VECTOR_WAYS * VECTOR_WAYS;
  if ((a->n_sets & (a->n_sets - 1)) == 0)
    a->mask = a->n_sets - 1;
  else
    a->reciprocal = UINT64_MAX / a->n_sets + 1;
  a->oldest = 4 * ((a->ways - 1) % ASSOC_NARROW_WAYS);
  a->order_mask = ~UINT64_C (0) >> (60 - a->oldest);
  a->set_bytes = bytes_of_set (a->stride);
  a->sets = new_sets (a->n_sets * a->set_bytes);
  if (ways > ASSOC_NARROW_WAYS)
    a->links = g_new (struct assoc_link, (size_t) entries);
  for (uint32_t set = 0; set < a->n_sets; set++)
    order_ways (a, set);
}

void
assoc_clear (struct assoc *a)
{
  g_free (a->links);
  g_aligned_free (a->sets);
  *a = (struct assoc){ 0 };
}

/* --- many ways: a ring a set; the word holds the newest ------------------- */

static struct assoc_link *
links_of (const struct assoc *a, uint32_t set)
{
  return a->links + (size_t) set * a->ways;
}

/* Takes the way out of the ring and puts it between the newest and the oldest. */
static void
wide_move (struct assoc_link *links, uint16_t way, uint16_t newest)
{
  links[links[way].newer].older = links[way].older;
  links[links[way].older].newer = links[way].newer;
  uint16_t oldest = links[newest].newer;
  links[way] = (struct assoc_link){ .newer = oldest, .older = newest };
  links[newest].newer = links[oldest].older = way;
}

static void
wide_promote (struct assoc *a, uint32_t set, uint16_t way)
{
  struct assoc_link *links = links_of (a, set);
  uint64_t *newest = assoc_order (a, set);
  if (*newest != way && links[*newest].newer != way)
    wide_move (links, way, (uint16_t) *newest);
  *newest = way;
}

static void
wide_demote (struct assoc *a, uint32_t set, uint16_t way)
{
  struct assoc_link *links = links_of (a, set);
  uint64_t *newest = assoc_order (a, set);
  if (*newest == way)
    *newest = links[way].older;
  else if (links[*newest].newer != way)
    wide_move (links, way, (uint16_t) *newest);
}

bool
assoc_wide_touch (struct assoc *a, uint32_t set, uint64_t key)
{
  const uint32_t *tags = assoc_tags (a, set), *rests = tags + a->stride;
  uint64_t hash = key * ASSOC_GOLDEN;
  uint32_t tag = (uint32_t) (hash >> 32);
  for (uint32_t i = 0; i < a->stride; i += VECTOR_WAYS)
    for (uint32_t found = assoc_match4 (tags + i, tag); found != 0;
         found &= found - 1) {
      uint32_t way = i + (uint32_t) __builtin_ctz (found);
      if (rests[way] != (uint32_t) hash)
        continue;
      wide_promote (a, set, (uint16_t) way);
      return true;
    }
  return false;
}

void
assoc_wide_insert (struct assoc *a, uint32_t set, uint64_t key)
{
  uint64_t *newest = assoc_order (a, set);
  uint16_t way = links_of (a, set)[*newest].newer;
  *newest = way;
  assoc_set_key (a, set, way, key);
}

/* --- invalidation --------------------------------------------------------- */

bool
assoc_part_access (struct assoc *a, uint32_t set, uint64_t key, uint32_t first,
                   uint32_t n)
{
  VHM_REQUIRE (a->links == NULL && n > 0 && first + n <= a->ways);
  if (assoc_narrow_find (a, set, key, false))
    return true;
  uint64_t *order = assoc_order (a, set);
  unsigned place = a->oldest;
  while ((*order >> place & 15) - first >= n)
    place -= 4; /* ends: each way has a place */
  uint32_t way = (uint32_t) (*order >> place & 15);
  *order = assoc_promote (*order, way);
  assoc_set_key (a, set, way, key);
  return false;
}

static void
narrow_demote (struct assoc *a, uint32_t set, unsigned way)
{
  uint64_t *order = assoc_order (a, set);
  unsigned place = (unsigned) __builtin_ctzll (assoc_place (*order, way)) - 3;
  unsigned last = a->oldest;
  uint64_t below = *order & ((UINT64_C (1) << place) - 1);
  uint64_t upto_last = (UINT64_C (1) << last) - 1 + (UINT64_C (15) << last);
  uint64_t between = (*order & upto_last) >> 4 >> place << place;
  *order = (*order & ~upto_last) | (uint64_t) way << last | between | below;
}

static void
empty_way (struct assoc *a, uint32_t set, uint32_t way)
{
  assoc_set_key (a, set, way, 0);
  if (a->links == NULL)
    narrow_demote (a, set, way);
  else
    wide_demote (a, set, (uint16_t) way);
}

bool
assoc_remove (struct assoc *a, uint32_t set, uint64_t key)
{
  for (uint32_t way = 0; way < a->ways; way++)
    if (assoc_key (a, set, way) == key) {
      empty_way (a, set, way);
      return true;
    }
  return false;
}

static bool
is_named (const struct assoc_rule *rule, uint64_t key)
{
  return key != 0 && (key & rule->mask) == rule->value
         && (rule->spared_mask == 0
             || (key & rule->spared_mask) != rule->spared);
}

uint64_t
assoc_drop (struct assoc *a, const struct assoc_rule *rule)
{
  uint64_t n = 0;
  for (uint32_t set = 0; set < a->n_sets; set++)
    for (uint32_t way = 0; way < a->ways; way++) {
      if (!is_named (rule, assoc_key (a, set, way)))
        continue;
      empty_way (a, set, way);
      n++;
    }
  return n;
}

/* --- do all parts agree --------------------------------------------------- */

static uint32_t
way_at (const struct assoc *a, uint32_t set, uint32_t place, uint32_t before)
{
  if (a->links == NULL)
    return *assoc_order (a, set) >> (4 * place) & 15;
  return place == 0 ? (uint32_t) *assoc_order (a, set)
                    : links_of (a, set)[before].older;
}

static const char *
audit_set (const struct assoc *a, uint32_t set, uint8_t *seen)
{
  uint32_t way = 0;
  bool is_empty = false;
  for (uint32_t place = 0; place < a->ways; place++) {
    way = way_at (a, set, place, way);
    if (way >= a->ways || seen[way])
      return "the order of a set is no permutation";
    seen[way] = 1;
    uint64_t key = assoc_key (a, set, way);
    if (is_empty && key != 0)
      return "an empty entry is newer than a full one";
    is_empty = key == 0;
    for (uint32_t other = 0; other < way && key != 0; other++)
      if (assoc_key (a, set, other) == key)
        return "a key stands twice in its set";
  }
  return a->links != NULL
                 && links_of (a, set)[*assoc_order (a, set)].newer != way
             ? "the oldest of a ring is not next to its newest"
             : NULL;
}

const char *
assoc_audit (const struct assoc *a)
{
  g_autofree uint8_t *seen = g_malloc (a->ways + 1);
  const char *wrong = NULL;
  for (uint32_t set = 0; set < a->n_sets && wrong == NULL; set++) {
    for (uint32_t way = 0; way < a->ways; way++)
      seen[way] = 0;
    wrong = audit_set (a, set, seen);
  }
  return wrong;
}
