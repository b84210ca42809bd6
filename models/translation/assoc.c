/* Remembers the keys used last, set by set.
 *
 * A set is its keys in order of use, the one used last first, in whole cache
 * lines of the simulating machine. A look-up compares them all at once and moves
 * those before the place of the key up by one (newest_first.h).
 *
 * Invariant: empty entries (0) are the last of a set; no key stands twice in it.
 *
 * Cost: with vectors of eight keys a compare, a shift and a store each; 8 bytes
 * an entry.
 *
 * Dropped: keys that stay in place beside an order of use, as a word of four bits
 * a way or as a ring: with vectors the move costs less than the order; halves of
 * a hash compared four at a time: more instructions than whole keys in wide
 * vectors.
 */
#include "assoc.h"

#include <glib.h>
#include <string.h>
#include <vhm/base/require.h>
#include <vhm/sim/large_pages.h>

#define MAX_WAYS UINT16_MAX

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
  a->stride = (a->ways + NEWEST_KEYS - 1) / NEWEST_KEYS * NEWEST_KEYS;
  if ((a->n_sets & (a->n_sets - 1)) == 0)
    a->mask = a->n_sets - 1;
  else
    a->reciprocal = UINT64_MAX / a->n_sets + 1;
  a->keys = vhm_large_new0 ((size_t) a->n_sets * a->stride * sizeof *a->keys);
}

void
assoc_clear (struct assoc *a)
{
  g_aligned_free (a->keys);
  *a = (struct assoc){ 0 };
}

bool
assoc_has (const struct assoc *a, uint32_t set, uint64_t key)
{
  const uint64_t *keys = assoc_keys (a, set);
  for (uint32_t i = 0; i < a->ways; i++)
    if (keys[i] == key)
      return true;
  return false;
}

/* --- invalidation --------------------------------------------------------- */

bool
assoc_remove (const struct assoc *a, uint32_t set, uint64_t key)
{
  uint64_t *keys = assoc_keys (a, set);
  for (uint32_t i = 0; i < a->ways; i++)
    if (keys[i] == key) {
      memmove (keys + i, keys + i + 1, (a->ways - 1 - i) * sizeof *keys);
      keys[a->ways - 1] = 0;
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
  for (uint32_t set = 0; set < a->n_sets; set++) {
    uint64_t *keys = assoc_keys (a, set);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < a->ways; i++) {
      uint64_t key = keys[i];
      keys[i] = 0;
      if (is_named (rule, key))
        n++;
      else
        keys[kept++] = key;
    }
  }
  return n;
}

/* --- do all parts agree --------------------------------------------------- */

static const char *
audit_set (const struct assoc *a, uint32_t set)
{
  const uint64_t *keys = assoc_keys (a, set);
  for (uint32_t i = 0; i < a->stride; i++) {
    if (keys[i] != 0 && (i >= a->ways || (i > 0 && keys[i - 1] == 0)))
      return i >= a->ways ? "a set holds more keys than it has ways"
                          : "an empty entry is newer than a full one";
    for (uint32_t other = 0; other < i && keys[i] != 0; other++)
      if (keys[other] == keys[i])
        return "a key stands twice in its set";
  }
  return NULL;
}

const char *
assoc_audit (const struct assoc *a)
{
  const char *wrong = NULL;
  for (uint32_t set = 0; set < a->n_sets && wrong == NULL; set++)
    wrong = audit_set (a, set);
  return wrong;
}
