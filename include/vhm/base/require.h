/* Three strengths of "this cannot happen". All three name the expression and
 * what the simulation was doing (vhm_require_context), then abort: a simulator
 * that carries on after a broken invariant prints wrong numbers politely.
 *
 *   VHM_REQUIRE   precondition of a contract; stays in every build
 *   VHM_ASSERT    cheap invariant; gone when NDEBUG is defined
 *   VHM_PARANOID  walks whole structures; only when VHM_HOSTILE is defined
 */
#ifndef VHM_BASE_REQUIRE_H
#define VHM_BASE_REQUIRE_H

#include <stdint.h>

/* What a failing check prints beside the expression. Any field may be NULL. */
struct vhm_require_context {
  const char *scenario;
  uint64_t seed;
  const uint64_t *now_cyc;
};

/* Thread-local, because two runs may go on in two threads of one process. */
void vhm_require_set_context (const struct vhm_require_context *context);

_Noreturn void vhm_require_failed (const char *expression, const char *file,
                                   int line);

#define VHM_REQUIRE(x) \
  ((x) ? (void) 0 : vhm_require_failed (#x, __FILE__, __LINE__))

#ifdef NDEBUG
#define VHM_ASSERT(x) ((void) sizeof (!(x)))
#else
#define VHM_ASSERT(x) VHM_REQUIRE (x)
#endif

#ifdef VHM_HOSTILE
#define VHM_PARANOID(x) VHM_REQUIRE (x)
/* First capacity of a growing table: tiny, to give bugs a chance. */
#define VHM_FIRST_CAPACITY(n) 1
#else
#define VHM_PARANOID(x) ((void) sizeof (!(x)))
#define VHM_FIRST_CAPACITY(n) (n)
#endif

#endif
