/* A process's time passes, and what is due is done.
 *
 * All running threads issue at the same pace, so the process's references R
 * grow by service / cycles_per_reference and each running thread's operation
 * shrinks by dR / n_running. Four things can come next: the reference that
 * traps (drawn by vhm_refs_next), the end of an operation, the workload's alarm
 * in R, and, on threads of their own, the next step of a sweep.
 *
 * A reference takes the workload's cycles and what translating its address
 * exposes of them (translate.c).
 *
 * Cost: O(threads) an event. Left out: threads of different speed.
 */
#include "process.h"

#include <math.h>

static uint64_t
pay_debts (vhm_process *p, uint64_t cyc, struct vhm_ledger *ledger)
{
  uint64_t paid = MIN (cyc, p->debt_total_cyc), left = paid;
  for (int a = 0; left > 0 && a < VHM_N_ACCOUNTS; a++) {
    uint64_t part = MIN (left, p->debt_cyc[a]);
    p->debt_cyc[a] -= part;
    ledger->cyc[a] += part;
    left -= part;
  }
  ledger->cyc[VHM_ACCOUNT_COMPUTE] -= paid;
  p->debt_total_cyc -= paid;
  return cyc - paid;
}

/* References to the nearest event of the threads; 0 when one is overdue (two
 * fell together and the first one stopped the thread). */
static double
references_left (const vhm_process *p)
{
  double left = fmin (p->trap_left, p->alarm_left);
  for (uint32_t i = 0; i < p->how.n_threads; i++)
    if (p->threads[i].state == THREAD_RUNNING)
      left = fmin (left, p->threads[i].left * p->n_running);
  return fmax (left, 0);
}

double
vhm_process_pace_cyc (const vhm_process *p)
{
  return p->how.cycles_per_reference
         + vhm_translation_exposed_cyc (p->translation, VHM_WALKER_THREADS);
}

/* What was issued goes through the translation structures. */
void
vhm_process_translate (vhm_process *p)
{
  if (p->translation && p->translation->waiting)
    vhm_translation_take (p);
}

void
vhm_process_issue (vhm_process *p, double references)
{
  vhm_refs_advance (p->refs, references);
  vhm_process_translate (p);
  p->n_references += references;
  p->trap_left -= references;
  p->alarm_left -= references;
  for (uint32_t i = 0; i < p->how.n_threads; i++)
    if (p->threads[i].state == THREAD_RUNNING)
      p->threads[i].left -= references / p->n_running;
}

/* Every reference: nothing traps as far as references are drawn. That was no
 * event of the process, so the part of a reference that the alarm came too late
 * goes on into the next stretch. */
void
vhm_process_go_on_issuing (vhm_process *p)
{
  p->trap_left = vhm_refs_next (p->refs);
  p->trap_stale = false;
  vhm_process_issue (p, fmin (p->surplus, references_left (p)));
  p->surplus = 0;
}

void
vhm_process_advance (vhm_process *p, uint64_t threads_cyc, uint64_t sweep_cyc,
                     struct vhm_ledger *ledger)
{
  threads_cyc = pay_debts (p, threads_cyc, ledger);
  sweep_cyc = pay_debts (p, sweep_cyc, ledger);
  p->surplus = 0;
  if (threads_cyc > 0) {
    double pace = vhm_process_pace_cyc (p);
    double n = (double) threads_cyc / pace;
    if (p->translation)
      vhm_translation_work (&p->translation->cost[VHM_WALKER_THREADS], n,
                            threads_cyc);
    double left = references_left (p);
    p->surplus = fmax (n - left, 0);
    vhm_process_issue (p, fmin (n, left));
  }
  if (sweep_cyc > 0)
    vhm_sweeps_walk (p, sweep_cyc);
}

double
vhm_process_threads_need_cyc (vhm_process *p)
{
  if (p->trap_stale) {
    p->trap_left = vhm_refs_next (p->refs);
    p->trap_stale = false;
  }
  return (double) p->debt_total_cyc
         + references_left (p) * vhm_process_pace_cyc (p);
}

bool
vhm_process_is_due (const vhm_process *p, double references)
{
  return references * vhm_process_pace_cyc (p) < SLACK_CYC;
}

void
vhm_process_run_due (vhm_process *p)
{
  if (p->debt_total_cyc >= (uint64_t) SLACK_CYC && p->n_running > 0)
    return; /* the kernel first */
  if (p->n_running > 0 && !p->trap_stale
      && vhm_process_is_due (p, p->trap_left))
    vhm_process_trap (p);
  if (p->n_running > 0 && vhm_process_is_due (p, p->alarm_left)) {
    p->alarm_left = INFINITY;
    vhm_process_notify (p, VHM_NOTICE_REFERENCES);
  }
  vhm_process_finish_due_operations (p);
  if (p->debt_total_cyc < (uint64_t) SLACK_CYC || p->n_running > 0)
    vhm_sweeps_step (p);
}
