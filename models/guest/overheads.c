/* What the hypervisor costs a guest beside translation: which event takes how many
 * interrupts, intercepts and hypercalls, and whose account that goes to.
 *
 *   event                    enlightened               not
 *   tick of the clock        interrupt                 interrupt, end of it and
 *                                                      the timer's next start
 *                                                      intercepted
 *   a sleep ends             the same as a tick
 *   a processor halts,       intercept, and the time until it is dispatched
 *   and runs again
 *   wakes another one        hypercall, interrupt      intercept, interrupt, end
 *                                                      of it intercepted
 *   others flush their TLBs  hypercall                 for each of them as much as
 *                                                      waking one
 *   a disk's request         hypercall, interrupt      accesses to an emulated
 *                                                      device, interrupt, end of
 *                                                      it intercepted
 *
 * The wait to be dispatched is one for a processor, and goes to that account; it is
 * what an uncontended host takes, and comes to what a contended one adds.
 *
 * The root partition's work for a request comes to that. It is charged to the guest
 * that asked, as if it waited for it: a root that competes for processors with its
 * guests is left out.
 *
 * Ticks are no events: of each stretch that the guest's processors run, a share of
 * rate x cost / clock is theirs. With the part of a cycle carried on,
 *
 *   charged = floor (time run x rate x cost / clock)
 *
 * at any time, in whole numbers, whoever looks when. What is due later comes later
 * by 1 / (1 - share). All else is counted where it happens and owed by whoever runs
 * next in the guest.
 *
 * Cost: O(1) a stretch or event; none where nothing is charged. Left out: ticks of
 * processors that idle, several timers that expire at one tick, an interprocessor
 * interrupt where a transfer's end makes a thread run on another processor than the
 * one it interrupts, long spin waits, switching of address spaces (no exit under
 * SLAT). Source: Microsoft, Hypervisor Top-Level Functional Specification (synthetic
 * timers and interrupts, end of interrupt without exit, flushing hypercalls), from
 * memory, unchecked; costs: models/host/case_overheads.c.
 */
#include "guest.h"

#include <vhm/base/require.h>

static const enum vhm_account accounts[N_PARTS] = {
  [PART_INTERCEPTS] = VHM_ACCOUNT_INTERCEPTS,
  [PART_INTERRUPTS] = VHM_ACCOUNT_INTERRUPTS,
  [PART_HYPERCALLS] = VHM_ACCOUNT_HYPERCALLS,
  [PART_ROOT_IO] = VHM_ACCOUNT_ROOT_IO,
  [PART_DISPATCH] = VHM_ACCOUNT_READY,
};

/* By whether the guest is enlightened. */
static const struct {
  uint8_t interrupts, intercepts, hypercalls, requests;
} takes[VHM_N_OVERHEADS][2] = {
  [VHM_OVERHEAD_TICK]
  = { { .interrupts = 1, .intercepts = 2 }, { .interrupts = 1 } },
  [VHM_OVERHEAD_TIMER]
  = { { .interrupts = 1, .intercepts = 2 }, { .interrupts = 1 } },
  [VHM_OVERHEAD_IDLE] = { { .intercepts = 1 }, { .intercepts = 1 } },
  [VHM_OVERHEAD_WAKE] = { { .interrupts = 1, .intercepts = 2 },
                          { .interrupts = 1, .hypercalls = 1 } },
  [VHM_OVERHEAD_FLUSH] = { { .intercepts = 0 }, { .hypercalls = 1 } },
  [VHM_OVERHEAD_FLUSHED]
  = { { .interrupts = 1, .intercepts = 2 }, { .intercepts = 0 } },
  [VHM_OVERHEAD_TRANSFER]
  = { { .interrupts = 1, .intercepts = 1, .requests = 1 },
      { .interrupts = 1, .hypercalls = 1, .requests = 1 } },
};

static double
share_of_ticks (const vhm_guest *g)
{
  uint64_t cyc = 0;
  for (int part = 0; part < N_PARTS; part++)
    cyc += g->overheads.cost_cyc[VHM_OVERHEAD_TICK][part];
  return (double) cyc * (double) g->config.tick_hz
         / (double) g->around.clock_hz;
}

/* Of a request: what a guest that is not enlightened does to an emulated disk
 * controller, and what the root does then. */
static uint64_t
request_cyc (const vhm_guest *g)
{
  const struct vhm_overheads_config *c = g->config.overheads;
  uint64_t emulated = c->n_request_accesses * c->emulated_cyc;
  return vhm_ns_to_cycles (g->around.clock_hz, c->request_ns)
         + (g->config.is_enlightened ? 0 : emulated);
}

void
vhm_overheads_init (vhm_guest *g)
{
  const struct vhm_overheads_config *c = g->config.overheads;
  struct guest_overheads *o = &g->overheads;
  o->stretch = 1;
  o->is_charged = c && c->enabled;
  if (!o->is_charged)
    return;
  int is_enlightened = g->config.is_enlightened;
  for (int e = 0; e < VHM_N_OVERHEADS; e++) {
    uint64_t *cost = o->cost_cyc[e];
    cost[PART_INTERRUPTS]
        = takes[e][is_enlightened].interrupts * c->interrupt_cyc;
    cost[PART_INTERCEPTS]
        = takes[e][is_enlightened].intercepts * c->intercept_cyc;
    cost[PART_HYPERCALLS]
        = takes[e][is_enlightened].hypercalls * c->hypercall_cyc;
    cost[PART_ROOT_IO] = takes[e][is_enlightened].requests * request_cyc (g);
  }
  o->cost_cyc[VHM_OVERHEAD_IDLE][PART_DISPATCH]
      = vhm_ns_to_cycles (g->around.clock_hz, c->dispatch_ns);
  VHM_REQUIRE (share_of_ticks (g) < 1);
  o->stretch = 1 / (1 - share_of_ticks (g));
}

uint64_t
vhm_overheads_tick (vhm_guest *g, uint64_t ran_cyc)
{
  struct guest_overheads *o = &g->overheads;
  uint64_t left = ran_cyc;
  if (!o->is_charged)
    return 0;
  uint64_t hz = g->around.clock_hz;
  unsigned __int128 time = (unsigned __int128) ran_cyc * g->config.tick_hz;
  o->tick_time += time;
  for (int part = 0; part < N_PARTS; part++) {
    o->tick_carry[part] += time * o->cost_cyc[VHM_OVERHEAD_TICK][part];
    /* carried parts may fall due together in a stretch of a few cycles */
    uint64_t cyc = MIN ((uint64_t) (o->tick_carry[part] / hz), left);
    o->tick_carry[part] -= (unsigned __int128) cyc * hz;
    left -= cyc;
    g->ledger.cyc[accounts[part]] += cyc;
  }
  g->ledger.cyc[VHM_ACCOUNT_COMPUTE] -= ran_cyc - left;
  return ran_cyc - left;
}

void
vhm_overheads_note (vhm_guest *g, enum vhm_overhead kind, uint64_t n)
{
  struct guest_overheads *o = &g->overheads;
  if (!o->is_charged)
    return;
  o->n[kind] += n;
  for (int part = 0; part < N_PARTS; part++)
    o->owed_cyc[part] += n * o->cost_cyc[kind][part];
}

/* The first process that runs; NULL: none does. */
static vhm_process *
payer (const vhm_guest *g)
{
  for (uint32_t i = 0; i < g->processes->len; i++)
    if (vhm_process_n_runnable (g->processes->pdata[i]) > 0)
      return g->processes->pdata[i];
  return NULL;
}

void
vhm_overheads_charge (vhm_guest *g, uint32_t n_busy)
{
  struct guest_overheads *o = &g->overheads;
  if (!o->is_charged)
    return;
  /* it pays for having halted when it runs again */
  if (n_busy > g->n_busy)
    vhm_overheads_note (g, VHM_OVERHEAD_IDLE, n_busy - g->n_busy);
  vhm_process *p = n_busy > 0 ? payer (g) : NULL;
  for (int part = 0; p && part < N_PARTS; part++) {
    if (o->owed_cyc[part] > 0)
      vhm_process_charge (p, accounts[part], o->owed_cyc[part]);
    o->owed_cyc[part] = 0;
  }
}

uint64_t
vhm_guest_overheads (const vhm_guest *g, enum vhm_overhead kind)
{
  if (kind == VHM_OVERHEAD_TICK)
    return (uint64_t) (g->overheads.tick_time / g->around.clock_hz);
  return g->overheads.n[kind];
}
