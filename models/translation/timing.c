/* Computes how many cycles a stream of accesses takes when the processor works
 * on several at once, and how many of them perfect translation would save.
 *
 * Instructions are dispatched in order, one every c/I cycles (pace: c cycles
 * and I instructions a visit), while the reorder buffer has room. It holds R
 * instructions and lets go of them in order. So, with x = the position of an
 * instruction in the stream and D(x) the time of its dispatch:
 *
 *     D(x) = max (D(x - 1) + c/I, max {F_j : x_j + R <= x})
 *
 * F_j is when access j, at position x_j, is complete: it starts at D(x_j), for
 * a walk not before one of the walkers is free, takes its translation and then
 * its data latency. A walker is held to the end of its walk. From instruction
 * x_j + R on, the constraint of j moves along with the pace, so at an access i
 *
 *     d_i = max (d_(i-1) + c, max {F_j + (x_i - x_j - R) c/I : x_j + R <= x_i})
 *
 * and each j need be looked at once only, at the first such i: after that it is
 * in d_i. An access is looked at again at most R instructions later: the ring
 * holds as many entries as there are instructions in the buffer, at least one
 * each. A lone latency L costs max (0, L - R c/I), a burst of misses pays for
 * the longest, walks beyond the walkers stand in line.
 *
 * The same is done for a second world, where translation takes no time; the
 * difference of the two clocks is the exposed part. Over a short run it may be
 * below zero: a wait for data that the real world has behind it. Its sum never.
 *
 * Time and position are counted from a point that moves along: no precision is
 * lost in long runs.
 *
 * Cost: O(1) an access. Assumes that accesses do not depend on each other
 * (pointer chasing hides nothing) and that all latencies sit in the reorder
 * buffer alike: stores and fetches, too.
 */
#include "timing.h"

#include <vhm/base/require.h>

/* When the clock is set back: doubles resolve 2^-20 of a cycle there. */
#define REBASE_CYC 0x1p32

void
timing_init (struct timing *timing, const struct vhm_cpu_config *cpu)
{
  VHM_REQUIRE (cpu->rob_entries > 0 && cpu->n_walkers > 0);
  *timing = (struct timing){ .rob = (double) cpu->rob_entries,
                             .n_walkers = (uint32_t) cpu->n_walkers };
  uint32_t size = 1;
  while (size < cpu->rob_entries + 1)
    size *= 2;
  timing->ring_mask = size - 1;
  timing->ring = g_new0 (struct timing_pending, size);
  timing->walker_free_cyc = g_new0 (double, timing->n_walkers);
}

void
timing_clear (struct timing *timing)
{
  g_free (timing->ring);
  g_free (timing->walker_free_cyc);
}

void
timing_restart (struct timing *timing)
{
  timing->position = 0;
  timing->oldest = timing->n_pending = 0;
  for (int world = 0; world < TIMING_N_WORLDS; world++)
    timing->dispatch_cyc[world] = 0;
  for (uint32_t i = 0; i < timing->n_walkers; i++)
    timing->walker_free_cyc[i] = 0;
}

static void
rebase (struct timing *timing)
{
  double now[TIMING_N_WORLDS];
  for (int world = 0; world < TIMING_N_WORLDS; world++) {
    now[world] = timing->dispatch_cyc[world];
    timing->dispatch_cyc[world] = 0;
  }
  for (uint32_t i = 0; i < timing->n_walkers; i++)
    timing->walker_free_cyc[i] -= now[TIMING_REAL];
  for (uint32_t i = 0; i < timing->n_pending; i++) {
    struct timing_pending *pending
        = &timing->ring[(timing->oldest + i) & timing->ring_mask];
    pending->position -= timing->position;
    for (int world = 0; world < TIMING_N_WORLDS; world++)
      pending->complete_cyc[world] -= now[world];
  }
  timing->position = 0;
}

/* Waits for the accesses that are now a reorder buffer away. */
static inline void
wait_for_room (struct timing *timing, double cyc_per_instruction)
{
  while (timing->n_pending > 0) {
    const struct timing_pending *pending = &timing->ring[timing->oldest];
    double since = timing->position - pending->position - timing->rob;
    if (since < 0)
      return;
    for (int world = 0; world < TIMING_N_WORLDS; world++) {
      double limit = pending->complete_cyc[world] + since * cyc_per_instruction;
      timing->dispatch_cyc[world] = MAX (timing->dispatch_cyc[world], limit);
    }
    timing->oldest = (timing->oldest + 1) & timing->ring_mask;
    timing->n_pending--;
  }
}

/* When the translation of an access dispatched at `start` is there. */
static inline double
translate (struct timing *timing, double start,
           const struct timing_access *access)
{
  if (!access->is_walk)
    return start + access->cyc[TIMING_TRANSLATION];
  uint32_t first = 0;
  for (uint32_t i = 1; i < timing->n_walkers; i++)
    if (timing->walker_free_cyc[i] < timing->walker_free_cyc[first])
      first = i;
  start = MAX (start, timing->walker_free_cyc[first]);
  return timing->walker_free_cyc[first]
         = start + access->cyc[TIMING_TRANSLATION];
}

static inline void
run_access (struct timing *timing, const struct vhm_pace *pace,
            double cyc_per_instruction, const struct timing_access *access)
{
  wait_for_room (timing, cyc_per_instruction);
  uint32_t last = (timing->oldest + timing->n_pending) & timing->ring_mask;
  timing->ring[last] = (struct timing_pending){
    .position = timing->position,
    .complete_cyc
    = { translate (timing, timing->dispatch_cyc[TIMING_REAL], access)
            + access->cyc[TIMING_DATA],
        timing->dispatch_cyc[TIMING_PERFECT] + access->cyc[TIMING_DATA] },
  };
  timing->n_pending++;
  timing->position += pace->instructions;
  for (int world = 0; world < TIMING_N_WORLDS; world++)
    timing->dispatch_cyc[world] += pace->cycles;
}

/* Only the access before is in the buffer, and will have left it at the next one;
 * by an instruction at least, so that rounding does not matter. */
static bool
is_far_apart (const struct timing *timing, const struct vhm_pace *pace)
{
  if (timing->n_pending != 1 || pace->instructions < timing->rob + 1)
    return false;
  double since = timing->position - timing->ring[timing->oldest].position;
  return since >= timing->rob + 1;
}

/* The same where a visit is longer than the reorder buffer: an access waits for
 * the one before, and for no other, and what passes from one to the next stays in
 * registers. */
static void
run_far_apart (struct timing *timing, const struct vhm_pace *pace,
               double cyc_per_instruction, const struct timing_access *accesses,
               size_t n)
{
  struct timing_pending *pending = &timing->ring[timing->oldest];
  struct timing_pending before = *pending;
  double position = timing->position;
  double real = timing->dispatch_cyc[TIMING_REAL];
  double perfect = timing->dispatch_cyc[TIMING_PERFECT];
  for (size_t i = 0; i < n; i++) {
    double rest
        = (position - before.position - timing->rob) * cyc_per_instruction;
    double data_cyc = accesses[i].cyc[TIMING_DATA];
    real = MAX (real, before.complete_cyc[TIMING_REAL] + rest);
    perfect = MAX (perfect, before.complete_cyc[TIMING_PERFECT] + rest);
    before.complete_cyc[TIMING_REAL]
        = translate (timing, real, &accesses[i]) + data_cyc;
    before.complete_cyc[TIMING_PERFECT] = perfect + data_cyc;
    before.position = position;
    position += pace->instructions;
    real += pace->cycles;
    perfect += pace->cycles;
  }
  *pending = before;
  timing->position = position;
  timing->dispatch_cyc[TIMING_REAL] = real;
  timing->dispatch_cyc[TIMING_PERFECT] = perfect;
}

void
timing_run (struct timing *timing, const struct vhm_pace *pace,
            const struct timing_access *accesses, size_t n,
            struct vhm_cost *cost)
{
  VHM_REQUIRE (pace->instructions >= 1 && pace->cycles >= 0);
  if (timing->dispatch_cyc[TIMING_REAL] > REBASE_CYC)
    rebase (timing);
  double cyc_per_instruction = pace->cycles / pace->instructions;
  double real = timing->dispatch_cyc[TIMING_REAL];
  double perfect = timing->dispatch_cyc[TIMING_PERFECT];
  size_t done = 0;
  while (done < n && !is_far_apart (timing, pace))
    run_access (timing, pace, cyc_per_instruction, &accesses[done++]);
  if (done < n)
    run_far_apart (timing, pace, cyc_per_instruction, accesses + done,
                   n - done);
  real = timing->dispatch_cyc[TIMING_REAL] - real;
  perfect = timing->dispatch_cyc[TIMING_PERFECT] - perfect;
  cost->exposed_cyc += real - perfect;
  if (pace->data_exposed)
    cost->total_cyc += real;
  else
    cost->total_cyc += pace->cycles * (double) n + (real - perfect);
}
