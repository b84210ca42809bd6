/* Tables that are looked up at random: large pages of the machine that simulates
 * save it page walks of its own. A hint: results do not depend on it. */
#ifndef VHM_SIM_LARGE_PAGES_H
#define VHM_SIM_LARGE_PAGES_H

#include <stddef.h>

/* Zeroed, at a cache line or, if that large, at a large page; g_aligned_free. */
void *vhm_large_new0 (size_t bytes);
/* The memory at `at` has just been allocated or grown. The large pages wholly
 * inside it may be one each. */
void vhm_large_advise (void *at, size_t bytes);

#endif
