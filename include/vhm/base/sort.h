/* Numbers of pages in ascending order. */
#ifndef VHM_BASE_SORT_H
#define VHM_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static inline int
vhm_by_number (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
  return (x > y) - (x < y);
}

/* `numbers` may be NULL where n is 0, which qsort does not allow. */
static inline void
vhm_sort_numbers (uint32_t *numbers, size_t n)
{
  if (n > 1)
    qsort (numbers, n, sizeof *numbers, vhm_by_number);
}

#endif
