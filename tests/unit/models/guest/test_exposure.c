/* Measuring what translation costs: against the structures themselves, what it
 * sets, what calls for it, and what it must not change. */
#include "exposure_world.h"
#include "suite.h"

#include <math.h>

#define SWEEP_CYC 400

static const struct vhm_exposure_config narrow
    = { .error = 0.02, .confidence = 0.95, .most = 200000, .change = 0.2 };

static struct vhm_cpu_config
switching_cpu (void)
{
  struct vhm_cpu_config cpu = small_cpu ();
  cpu.vm_switch_cyc = 2500;
  return cpu;
}

static vhm_guest *
boot_under (struct world *w, const struct vhm_cpu_config *cpu,
            enum vhm_paging paging, struct puppet *puppet)
{
  open_world_of (w, cpu, paging);
  return boot (w, puppet);
}

static double
sum_of (const struct vhm_exposure *x)
{
  double sum = 0;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    sum += x->cyc[e];
  return sum;
}

/* With nothing remembered, every access costs the same, so the estimate is the
 * cost of one, and its interval has no width. */
START_TEST (without_memory_the_estimate_is_the_walk)
{
  struct world w;
  struct vhm_cpu_config cpu = forgetful_config ();
  struct puppet p = a_puppet (64, 0, 1, 1000, 1e6, 0);
  enum vhm_paging paging = (enum vhm_paging) _i;
  vhm_guest *guest = boot_under (&w, &cpu, paging, &p);
  world_run (&w, S);
  vhm_guests_measure (&guest, 1, &narrow);
  struct vhm_exposure x = vhm_process_exposure (p.process);
  uint32_t loads = paging == VHM_PAGING_SLAT ? 24 : 4;
  double latency = loads * 90.0;
  ck_assert_double_gt (sum_of (&x), 0.5 * latency);
  ck_assert_double_le (sum_of (&x), latency + 1);
  ck_assert_double_lt (x.half_width_cyc, 0.01 * sum_of (&x));
  /* 4 of the 24 loads are of the guest's table */
  if (paging == VHM_PAGING_SLAT)
    ck_assert_double_eq_tol (x.cyc[VHM_EXPOSED_GUEST_WALK] * 24 / 4,
                             sum_of (&x), 0.02 * sum_of (&x));
  world_close (&w);
}
END_TEST

START_TEST (the_process_slows_down_by_what_was_measured)
{
  struct world w;
  struct vhm_cpu_config cpu = switching_cpu ();
  struct puppet p = a_puppet (8000, 0, 1, 500, 1e6, 0);
  vhm_guest *guest = boot_under (&w, &cpu, VHM_PAGING_SLAT, &p);
  world_run (&w, S);
  double before = vhm_guest_references (guest);
  uint64_t cyc[VHM_N_ACCOUNTS];
  memcpy (cyc, vhm_guest_ledger (guest).cyc, sizeof cyc);
  vhm_guests_measure (&guest, 1, &narrow);
  struct vhm_exposure x = vhm_process_exposure (p.process);
  ck_assert_double_gt (sum_of (&x), 10);
  ck_assert_double_le (x.half_width_cyc, 0.02 * sum_of (&x));
  ck_assert_uint_ge (vhm_process_n_measured (p.process), x.n_references);
  world_run (&w, S);
  double n = vhm_guest_references (guest) - before;
  ck_assert_double_eq_tol (n * (500 + sum_of (&x)), (double) S, 1e4);
  for (int e = 0; e < VHM_N_EXPOSED; e++) {
    static const enum vhm_account accounts[]
        = { VHM_ACCOUNT_L2_TLB, VHM_ACCOUNT_GUEST_WALK, VHM_ACCOUNT_HOST_WALK,
            VHM_ACCOUNT_VM_SWITCH };
    uint64_t got = vhm_guest_ledger (guest).cyc[accounts[e]] - cyc[accounts[e]];
    ck_assert_double_eq_tol ((double) got, n * x.cyc[e], 1e4);
  }
  world_close (&w);
}
END_TEST

START_TEST (a_change_of_its_inputs_calls_for_it)
{
  struct world w;
  struct vhm_cpu_config cpu = switching_cpu ();
  struct puppet p = a_puppet (8000, 0, 1, 500, 1e6, 0);
  vhm_guest *guest = boot_under (&w, &cpu, VHM_PAGING_SLAT, &p);
  ck_assert (
      !vhm_guests_want_measure (&guest, 1, 0.2)); /* nothing to measure */
  world_run (&w, S);
  ck_assert (vhm_guests_want_measure (&guest, 1, 0.2)); /* never measured */
  vhm_guests_measure (&guest, 1, &narrow);
  ck_assert (!vhm_guests_want_measure (&guest, 1, 0.2));
  vhm_process_set_active (p.process, 0, 6500); /* by 19 % */
  ck_assert (!vhm_guests_want_measure (&guest, 1, 0.2));
  ck_assert (vhm_guests_want_measure (&guest, 1, 0.1));
  vhm_process_set_active (p.process, 0, 6300);
  ck_assert (vhm_guests_want_measure (&guest, 1, 0.2));
  vhm_guests_measure (&guest, 1, &narrow);
  ck_assert (!vhm_guests_want_measure (&guest, 1, 0.2));
  vhm_process_drop (p.process, 0, 6300, 1700); /* resident: 8000 to 6300 */
  ck_assert (vhm_guests_want_measure (&guest, 1, 0.2));
  vhm_guests_measure (&guest, 1, &narrow);
  vhm_process_sweep (p.process, 0, 0, 5000, 300, true);
  ck_assert (vhm_guests_want_measure (&guest, 1, 0.2)); /* a new kind of walk */
  vhm_guests_measure (&guest, 1, &narrow);
  ck_assert (!vhm_guests_want_measure (&guest, 1, 0.2));
  world_close (&w);
}
END_TEST

/* 5000 pages in order cost less each than 8000 at random, and the sweep is slower
 * by that. */
START_TEST (a_sweep_has_a_cost_of_its_own)
{
  uint64_t took[2];
  for (int translates = 0; translates < 2; translates++) {
    struct world w;
    struct vhm_cpu_config cpu = switching_cpu ();
    struct puppet p = a_puppet (8000, 0, 1, 500, 1e6, 0);
    vhm_guest *guest = boot_under (&w, &cpu, VHM_PAGING_SLAT, &p);
    world_run (&w, S);
    vhm_process_sweep (p.process, 0, 0, 5000, SWEEP_CYC, false);
    if (translates)
      vhm_guests_measure (&guest, 1, &narrow);
    uint64_t start = vhm_engine_now (w.engine).raw;
    while (vhm_process_is_sweeping (p.process))
      world_run (&w, S / 10000);
    took[translates] = vhm_engine_now (w.engine).raw - start;
    world_close (&w);
  }
  /* half a processor each */
  double step = S / 10000.0;
  ck_assert_double_eq_tol ((double) took[0], 2.0 * 5000 * SWEEP_CYC, step);
  double slower = ((double) took[1] - (double) took[0]) / 5000 / 2;
  ck_assert_double_gt (slower, 1);
  ck_assert_double_lt (slower, 0.2 * SWEEP_CYC);
}
END_TEST

/* Two thirds of its pages have no frame: those would fault, not walk. */
START_TEST (pages_that_would_trap_are_left_out)
{
  struct world w;
  struct vhm_cpu_config cpu = switching_cpu ();
  struct puppet p = a_puppet (36000, 0, 1, 500, 1e6, 0);
  vhm_guest *guest = boot_under (&w, &cpu, VHM_PAGING_SLAT, &p);
  world_run (&w, 60 * S);
  vhm_guests_measure (&guest, 1, &narrow);
  struct vhm_exposure x = vhm_process_exposure (p.process);
  ck_assert_uint_gt (x.n_references, 10000);
  ck_assert_double_gt (sum_of (&x), 10);
  world_close (&w);
}
END_TEST

/* Two guests with the same processors in two runs: all is the same. */
START_TEST (same_guests_same_estimates)
{
  struct vhm_exposure x[2][2];
  for (int run = 0; run < 2; run++) {
    struct world w;
    struct vhm_cpu_config cpu = switching_cpu ();
    struct puppet a = a_puppet (5000, 0.2, 1, 500, 1e6, 0);
    struct puppet b = a_puppet (100, 0, 1, 500, 1000, S / 100);
    vhm_guest *guests[2];
    guests[0] = boot_under (&w, &cpu, VHM_PAGING_SLAT, &a);
    world_puppet (&w, &b);
    guests[1] = world_boot (&w, 1, 1000, 1000);
    world_run (&w, S);
    vhm_guests_measure (guests, 2, &narrow);
    x[run][0] = vhm_process_exposure (a.process);
    x[run][1] = vhm_process_exposure (b.process);
    world_close (&w);
  }
  ck_assert_mem_eq (x[0], x[1], sizeof x[0]);
  /* both stand on one processor and pay for going to and fro: the light one
   * each time, the other in one turn of four; a turn is 10 ms at 1 GHz,
   * 500 cycles a reference */
  double each = 2500 / 20000.0;
  ck_assert_double_eq_tol (x[0][1].cyc[VHM_EXPOSED_VM_SWITCH], each, 1e-9);
  ck_assert_double_eq_tol (x[0][0].cyc[VHM_EXPOSED_VM_SWITCH], each / 4,
                           each / 40);
}
END_TEST

static void
keep (void *context, const vhm_process *process,
      const vhm_processors *processors, const struct vhm_exposure *x)
{
  (void) process;
  struct vhm_exposure *by_paging = context;
  by_paging[vhm_processors_config (processors)->paging] = *x;
}

START_TEST (a_comparison_sets_no_pace)
{
  struct world w;
  struct vhm_cpu_config cpu = switching_cpu ();
  struct puppet p = a_puppet (8000, 0, 1, 500, 1e6, 0);
  vhm_guest *guest = boot_under (&w, &cpu, VHM_PAGING_SLAT, &p);
  world_run (&w, S);
  vhm_guests_measure (&guest, 1, &narrow);
  struct vhm_exposure before = vhm_process_exposure (p.process);
  struct vhm_exposure x[VHM_N_PAGINGS];
  vhm_processors *like[VHM_N_PAGINGS];
  for (int i = 0; i < VHM_N_PAGINGS; i++) {
    struct vhm_processors_config config = *vhm_processors_config (w.processors);
    config.paging = (enum vhm_paging) i;
    like[i] = vhm_processors_new (&config);
  }
  const bool tells = true;
  vhm_guests_compare (&guest, &tells, 1, &narrow, like, VHM_N_PAGINGS, keep, x);
  for (int i = 0; i < VHM_N_PAGINGS; i++)
    vhm_processors_free (like[i]);
  struct vhm_exposure after = vhm_process_exposure (p.process);
  ck_assert_mem_eq (&before, &after, sizeof after);
  const struct vhm_exposure *native = &x[VHM_PAGING_NATIVE];
  const struct vhm_exposure *slat = &x[VHM_PAGING_SLAT];
  ck_assert_double_eq (native->cyc[VHM_EXPOSED_HOST_WALK], 0);
  ck_assert_double_gt (slat->cyc[VHM_EXPOSED_HOST_WALK], 1);
  ck_assert_double_lt (sum_of (native), sum_of (slat));
  /* the same references: a shadow table costs what the native one does */
  ck_assert_uint_eq (native->n_references, slat->n_references);
  ck_assert_double_eq_tol (native->cyc[VHM_EXPOSED_GUEST_WALK],
                           x[VHM_PAGING_SHADOW].cyc[VHM_EXPOSED_GUEST_WALK],
                           native->half_width_cyc / 10);
  /* the same thing measured twice, from warm structures and from cold ones */
  ck_assert_double_eq_tol (sum_of (slat), sum_of (&before),
                           3 * (slat->half_width_cyc + before.half_width_cyc));
  world_close (&w);
}
END_TEST

SUITE ("exposure",
       tcase_add_loop_test (tc, without_memory_the_estimate_is_the_walk, 0,
                            VHM_N_PAGINGS);
       tcase_add_test (tc, the_process_slows_down_by_what_was_measured);
       tcase_add_test (tc, a_change_of_its_inputs_calls_for_it);
       tcase_add_test (tc, a_sweep_has_a_cost_of_its_own);
       tcase_add_test (tc, pages_that_would_trap_are_left_out);
       tcase_add_test (tc, same_guests_same_estimates);
       tcase_add_test (tc, a_comparison_sets_no_pace);)
