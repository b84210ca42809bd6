/* Finds the known name that a mistyped one most likely meant.
 *
 * Optimal string alignment distance (insert, drop, change, swap of neighbours):
 * d[i][j] = min (d[i-1][j] + 1, d[i][j-1] + 1, d[i-1][j-1] + (a_i != b_j),
 * d[i-2][j-2] + 1 if the last two are swapped). Three rows suffice. A name
 * counts as near if at most a third of its letters are wrong: "memry" is a slip
 * of "memory", "disk" is none of "cpus".
 *
 * Cost: O(length^2) a name; words above LONGEST are never compared.
 * Source: F. Damerau, CACM 7 (1964) 171-176.
 */
#include <vhm/sim/suggest.h>

#include <glib.h>
#include <stdint.h>
#include <string.h>

enum { LONGEST = 64, LETTERS_PER_SLIP = 3 };

static size_t
cheapest (const size_t *before, const size_t *last, const size_t *row,
          const char *a, const char *b, size_t i, size_t j)
{
  char x = g_ascii_tolower (a[i - 1]), y = g_ascii_tolower (b[j - 1]);
  size_t best = last[j - 1] + (x != y);
  best = MIN (best, MIN (last[j], row[j - 1]) + 1);
  if (i > 1 && j > 1 && x == g_ascii_tolower (b[j - 2])
      && y == g_ascii_tolower (a[i - 2]))
    best = MIN (best, before[j - 2] + 1);
  return best;
}

size_t
vhm_suggest_distance (const char *a, const char *b, size_t limit)
{
  size_t n_a = strlen (a), n_b = strlen (b);
  if (n_a > LONGEST || n_b > LONGEST)
    return limit + 1;
  size_t rows[3][LONGEST + 1];
  for (size_t j = 0; j <= n_b; j++)
    rows[0][j] = j;
  for (size_t i = 1; i <= n_a; i++) {
    size_t *row = rows[i % 3];
    row[0] = i;
    for (size_t j = 1; j <= n_b; j++)
      row[j] = cheapest (rows[(i + 1) % 3], rows[(i + 2) % 3], row, a, b, i, j);
  }
  return MIN (rows[n_a % 3][n_b], limit + 1);
}

const char *
vhm_suggest (const char *word, const char *const *names, size_t n)
{
  const char *best = NULL;
  size_t least = SIZE_MAX;
  for (size_t i = 0; i < n; i++) {
    size_t limit = MAX (strlen (names[i]) / LETTERS_PER_SLIP, 1);
    size_t distance = vhm_suggest_distance (word, names[i], limit);
    if (distance <= limit && distance < least) {
      least = distance;
      best = names[i];
    }
  }
  return best;
}
