/* What address translation costs a process: cycles a page reference that perfect
 * translation would save, by account, measured and not guessed (DESIGN: "measured
 * cost").
 *
 * A measurement draws references from what each process would reference now,
 * leaves out those that would trap (a fault is paid for otherwise), and sends
 * them through the translation structures of the logical processors, the
 * processes of all running guests side by side: warm-up, then batches, until
 * each interval is narrow enough or the references are used up. Nothing of the
 * guests changes by it but the pace of their processes.
 */
#ifndef VHM_MODEL_EXPOSURE_H
#define VHM_MODEL_EXPOSURE_H

#include <vhm/model/guest.h>
#include <vhm/model/processors.h>

/* A rough measurement has this part of the references: half of what a look at
 * eight batches of the busiest process takes. */
#define VHM_EXPOSURE_ROUGH_PART 8

struct vhm_exposure_config {
  double error;      /* half-width of the interval, relative to its mean */
  double confidence;
  uint64_t most;     /* references a measurement, of all processes, beside the
                        warm-up; more where each needs some batches */
  double change;     /* of its inputs that calls for another measurement */
  bool is_rough;     /* what is measured is about to change: little warm-up,
                        few batches */
  bool is_anew;      /* light processes, too, whose cost is known and whose
                        inputs have not changed */
};

/* Measures all processes of the running guests and sets their pace. Guests in
 * every-reference mode pay by the reference: they are left alone. */
void vhm_guests_measure (vhm_guest *const *guests, size_t n,
                         const struct vhm_exposure_config *config);
/* What keeping a shadow of the process's table would have cost so far, cycles a
 * reference: a synchronization for each entry that the guest's table gained and
 * an exit for each that it lost. */
double vhm_process_shadow_upkeep_cyc (const vhm_process *process);
/* Some process has issued references, or has begun a sweep, and what they cost
 * was never measured. */
bool vhm_guests_have_new (vhm_guest *const *guests, size_t n);
/* So it is, or mapped pages, active pages or large blocks of a process that
 * counts have changed by more than `change` since they were measured. */
bool vhm_guests_want_measure (vhm_guest *const *guests, size_t n,
                              double change);
/* References that were issued since the last measurement. */
double vhm_guests_references_since (vhm_guest *const *guests, size_t n);
/* The same since the last such look: they are still on the move. */
bool vhm_guests_look (vhm_guest *const *guests, size_t n, double change);

/* What the same processes would pay on other processors (like machines with
 * other kinds of paging): the same references through all of them,
 * in the same number, so that what they have in common (a warm-up too short for
 * a light process, the draw) does not show in the difference. Tells those of the
 * guests that `tells` names one after the other; the others compete. Changes nothing but these processors, which are like in all but
 * their paging. They are the same ones in each comparison of a run. */
typedef void (*vhm_exposure_fn) (void *context, const vhm_process *process,
                                 const vhm_processors *processors,
                                 const struct vhm_exposure *exposure);
void vhm_guests_compare (vhm_guest *const *guests, const bool *tells, size_t n,
                         const struct vhm_exposure_config *config,
                         vhm_processors *const *processors,
                         size_t n_processors, vhm_exposure_fn fn,
                         void *context);

#endif
