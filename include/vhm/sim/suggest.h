/* The nearest known name to a mistyped one. */
#ifndef VHM_SIM_SUGGEST_H
#define VHM_SIM_SUGGEST_H

#include <stddef.h>

/* Steps (insert, drop, change, swap two neighbours) from a to b, ignoring case
 * of ASCII letters, or limit + 1 if it takes more than that. */
size_t vhm_suggest_distance (const char *a, const char *b, size_t limit);

/* The name nearest to `word`, the first of equals; NULL if none is near enough
 * to be a likely slip. */
const char *vhm_suggest (const char *word, const char *const *names, size_t n);

#endif
