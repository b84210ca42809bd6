/* Pages that an application keeps, in order of their last use; see lru.c. */
#ifndef MODELS_WORKLOAD_LRU_H
#define MODELS_WORKLOAD_LRU_H

#include <stdint.h>

struct lru_entry {
  double used; /* a lower bound of its last use */
  uint32_t page;
};

struct lru {
  struct lru_entry *heap;
  uint32_t n, allocated;
};

/* When the page was used last, as far as anybody can say now. */
typedef double (*lru_look_fn) (void *context, uint32_t page);

void lru_clear (struct lru *lru);
/* The page, which is not in it, is used now. */
void lru_add (struct lru *lru, uint32_t page, double now);
/* Takes out the page whose last use is the oldest; there is one. */
uint32_t lru_take (struct lru *lru, lru_look_fn look, void *context);

#endif
