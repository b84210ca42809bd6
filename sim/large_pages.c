/* Decides which memory is worth large pages: everything of two of them or more.
 * Source: madvise(2), MADV_HUGEPAGE; systems that lack it do without. */
#include <vhm/sim/large_pages.h>

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define LINE_BYTES 64
#define LARGE_BYTES (UINT64_C (2) << 20) /* x86-64 */

void
vhm_large_advise (void *at, size_t bytes)
{
#ifdef MADV_HUGEPAGE
  uintptr_t first = ((uintptr_t) at + LARGE_BYTES - 1) & ~(LARGE_BYTES - 1);
  uintptr_t end = ((uintptr_t) at + bytes) & ~(LARGE_BYTES - 1);
  if (end > first)
    madvise ((void *) first, end - first, MADV_HUGEPAGE);
#else
  (void) at, (void) bytes;
#endif
}

void *
vhm_large_new0 (size_t bytes)
{
  bool is_large = bytes >= LARGE_BYTES;
  void *at = g_aligned_alloc (1, bytes, is_large ? LARGE_BYTES : LINE_BYTES);
  vhm_large_advise (at, bytes);
  return memset (at, 0, bytes);
}
