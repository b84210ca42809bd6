/* What the hypervisor costs a guest: events counted, counts times costs charged to
 * their accounts, to the cycle. */
#include "cpu_config.h"
#include "guest.h"
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

/* Different enough for a sum to tell what it consists of. */
static const struct vhm_overheads_config costs = {
  .enabled = true,
  .interrupt_cyc = 2503,
  .intercept_cyc = 1709,
  .hypercall_cyc = 1201,
  .emulated_cyc = 6007,
  .n_request_accesses = 9,
  .request_ns = 20011,
  .dispatch_ns = 8009,
};

static void
open_under (struct world *w, uint32_t n_cpus, bool is_enlightened,
            uint64_t tick_hz)
{
  world_open_ideal (w, n_cpus, "");
  w->overheads = &costs;
  w->is_enlightened = is_enlightened;
  w->tick_hz = tick_hz;
}

static uint64_t
waited_cyc (vhm_guest *g)
{
  return world_account (g, VHM_ACCOUNT_READY)
         + world_account (g, VHM_ACCOUNT_IDLE)
         + world_account (g, VHM_ACCOUNT_BLOCKED_PAGING)
         + world_account (g, VHM_ACCOUNT_BLOCKED_SWAP);
}

static uint64_t
n_requests (const struct world *w)
{
  struct vhm_disk_counts c = vhm_disk_counts (w->disk);
  return c.n_reads + c.n_writes + c.queue_length;
}

/* Charged to the account, or about to be. */
static uint64_t
charged (vhm_guest *g, enum vhm_account account, enum overhead_part part)
{
  uint64_t sum = world_account (g, account) + g->overheads.owed_cyc[part];
  for (uint32_t i = 0; i < g->processes->len; i++)
    sum += ((vhm_process *) g->processes->pdata[i])->debt_cyc[account];
  return sum;
}

/* Looked at now and then, at odd times: the whole is what one look would give. */
START_TEST (ticks_cost_what_the_time_run_says_to_the_cycle)
{
  bool is_enlightened = _i;
  struct world w;
  open_under (&w, 3, is_enlightened, 64);
  struct puppet p = a_puppet (100, 0.5, 4, 777, 1e5, 0);
  world_puppet (&w, &p);
  vhm_guest *g = world_boot (&w, 4, 1000, 1000);
  for (uint64_t ns = 1; ns < S; ns = 3 * ns + 1)
    world_run (&w, ns);
  uint64_t on = vhm_engine_now (w.engine).raw;
  uint64_t idles = vhm_guest_overheads (g, VHM_OVERHEAD_IDLE);
  uint64_t dispatch = idles * costs.dispatch_ns; /* waited, on a processor */
  uint64_t ran = 4 * on - waited_cyc (g) + dispatch, ticks = ran * 64;
  ck_assert_uint_ge (ran, 3 * on - 4);
  ck_assert_uint_eq (vhm_guest_overheads (g, VHM_OVERHEAD_TICK), ticks / S);
  ck_assert_uint_eq (charged (g, VHM_ACCOUNT_INTERRUPTS, PART_INTERRUPTS),
                     ticks * costs.interrupt_cyc / S);
  ck_assert_uint_eq (
      charged (g, VHM_ACCOUNT_INTERCEPTS, PART_INTERCEPTS),
      idles * costs.intercept_cyc
          + (is_enlightened ? 0 : ticks * 2 * costs.intercept_cyc / S));
  ck_assert_uint_eq (charged (g, VHM_ACCOUNT_HYPERCALLS, PART_HYPERCALLS), 0);
  world_close (&w);
}
END_TEST

/* Its threads sleep, its processors halt, pages come from the disk. */
START_TEST (events_cost_their_number_times_what_one_does)
{
  bool is_enlightened = _i;
  struct world w;
  open_under (&w, 2, is_enlightened, 0);
  struct puppet p = a_puppet (1000, 0.3, 2, 1e4, 100, S / 50);
  world_puppet (&w, &p);
  vhm_guest *g = world_boot (&w, 2, 900, 1000);
  world_run (&w, 10 * S);
  uint64_t timers = vhm_guest_overheads (g, VHM_OVERHEAD_TIMER);
  uint64_t idles = vhm_guest_overheads (g, VHM_OVERHEAD_IDLE);
  uint64_t transfers = vhm_guest_overheads (g, VHM_OVERHEAD_TRANSFER);
  uint64_t operations = vhm_guest_operations (g);
  ck_assert_uint_ge (timers, operations);
  ck_assert_uint_le (timers, operations + 2);
  ck_assert_uint_eq (transfers, n_requests (&w));
  ck_assert_uint_gt (idles, transfers / 2);
  ck_assert_uint_le (idles, timers + transfers);
  ck_assert_uint_eq (charged (g, VHM_ACCOUNT_READY, PART_DISPATCH),
                     idles * costs.dispatch_ns);
  uint64_t ends = is_enlightened ? 0 : 2 * timers + transfers;
  ck_assert_uint_eq (charged (g, VHM_ACCOUNT_INTERRUPTS, PART_INTERRUPTS),
                     (timers + transfers) * costs.interrupt_cyc);
  ck_assert_uint_eq (charged (g, VHM_ACCOUNT_INTERCEPTS, PART_INTERCEPTS),
                     (idles + ends) * costs.intercept_cyc);
  ck_assert_uint_eq (charged (g, VHM_ACCOUNT_HYPERCALLS, PART_HYPERCALLS),
                     is_enlightened ? transfers * costs.hypercall_cyc : 0);
  ck_assert_uint_eq (
      charged (g, VHM_ACCOUNT_ROOT_IO, PART_ROOT_IO),
      transfers * (costs.request_ns + (is_enlightened ? 0 : 9 * 6007)));
  world_close (&w);
}
END_TEST

/* Work that is done in the time. */
static double
references_of (bool has_overheads, bool is_enlightened)
{
  struct world w;
  open_under (&w, 2, is_enlightened, 1000);
  if (!has_overheads)
    w.overheads = NULL;
  struct puppet p = a_puppet (100, 0.5, 2, 1e4, 10, S / 10000);
  world_puppet (&w, &p);
  vhm_guest *g = world_boot (&w, 2, 1000, 1000);
  world_run (&w, 5 * S);
  double n = vhm_guest_references (g);
  world_close (&w);
  return n;
}

START_TEST (an_enlightened_guest_pays_less)
{
  double free_of = references_of (false, false);
  double is = references_of (true, true), is_not = references_of (true, false);
  ck_assert_double_gt (free_of, is * 1.0005);
  ck_assert_double_gt (is, is_not * 1.0005);
}
END_TEST

/* Pages that the guest unmaps are forgotten by the processors of its threads. */
START_TEST (a_shootdown_is_one_hypercall_or_an_interrupt_for_each)
{
  bool is_enlightened = _i;
  struct vhm_cpu_config cpu = skylake_config ();
  struct world w;
  open_under (&w, 4, is_enlightened, 0);
  world_translates (&w, &cpu, 4, VHM_PAGING_SLAT, VHM_PAGE_4K);
  struct puppet p = a_puppet (1000, 0.3, 3, 1e4, 1e6, 0);
  world_puppet (&w, &p);
  vhm_guest *g = world_boot (&w, 4, 900, 1000);
  world_run (&w, S);
  uint64_t flushes = vhm_guest_overheads (g, VHM_OVERHEAD_FLUSH);
  uint64_t transfers = vhm_guest_overheads (g, VHM_OVERHEAD_TRANSFER);
  ck_assert_uint_gt (flushes, 10);
  ck_assert_uint_eq (vhm_guest_overheads (g, VHM_OVERHEAD_FLUSHED),
                     2 * flushes);
  ck_assert_uint_eq (
      charged (g, VHM_ACCOUNT_HYPERCALLS, PART_HYPERCALLS),
      is_enlightened ? (flushes + transfers) * costs.hypercall_cyc : 0);
  ck_assert_uint_eq (charged (g, VHM_ACCOUNT_INTERRUPTS, PART_INTERRUPTS),
                     (transfers + (is_enlightened ? 0 : 2 * flushes))
                         * costs.interrupt_cyc);
  world_close (&w);
}
END_TEST

SUITE_TWICE (
    "overheads", "every reference", world_every_reference, world_next_fault,
    tcase_add_loop_test (tc, ticks_cost_what_the_time_run_says_to_the_cycle, 0,
                         2);
    tcase_add_loop_test (tc, events_cost_their_number_times_what_one_does, 0,
                         2);
    tcase_add_loop_test (tc,
                         a_shootdown_is_one_hypercall_or_an_interrupt_for_each,
                         0, 2);
    tcase_add_test (tc, an_enlightened_guest_pays_less);)
