/* What calls for measuring the cost of translation again.
 *
 * The cost is measured from a process's mapped and active pages and its
 * guest's large blocks; a change of one of them by more than a share of what
 * it was calls for it, by more the less of the time goes into translation, and
 * so does a process, or a sweep, that was never measured. Whoever issues less
 * than a NEGLIGIBLE_PART-th of what the busiest does calls for nothing by
 * changing. Cost: O(processes).
 */
#include "exposure.h"

#include <math.h>

/* Of the time of a reference: half of the share that a cost of 5 % has, if that
 * were wrong by half. */
#define WEIGHT 0.025
/* Inputs that have become so much more call whatever the cost was: it was that of
 * next to nothing. */
#define MOST_CHANGE 3
/* And those that have lost so much. */
#define MOST_FALL 0.8

bool
vhm_process_is_measured (const vhm_process *p)
{
  return p->translation && p->threads && p->translation->n_mapped_now > 0
         && !vhm_refs_is_every (p->refs);
}

double
vhm_process_references_since (const vhm_process *p)
{
  return p->n_references - p->translation->n_references;
}

bool
vhm_process_is_negligible (const vhm_process *p, double busiest)
{
  return vhm_process_references_since (p) * NEGLIGIBLE_PART < busiest;
}

static bool
has_moved (uint32_t now, uint32_t then, double change)
{
  return now > (1 + change) * then
         || now < (1 - fmin (change, MOST_FALL)) * then;
}

/* Of the inputs, that calls: at least `change`, and so much that the time of a
 * reference would change by WEIGHT if the cost grew as they do. */
static double
that_matters (const vhm_process *p, double change)
{
  double cost = p->translation->cost[VHM_WALKER_THREADS].exposed_cyc;
  double all = p->how.cycles_per_reference + cost;
  double matters = MOST_CHANGE;
  if (cost * log1p (MOST_CHANGE) > WEIGHT * all)
    matters = expm1 (WEIGHT * all / cost);
  return fmax (change, matters);
}

bool
vhm_process_has_moved (const vhm_process *p, double change)
{
  const struct vhm_translation *t = p->translation;
  double matters = that_matters (p, change);
  return has_moved (t->n_mapped_now, t->n_mapped, matters)
         || has_moved (p->n_active, t->n_active, matters)
         || has_moved (p->guest->blocks.n_large, t->n_large, matters);
}

/* Calls fn for each process that pays by measured cost until one says stop. */
static bool
any (vhm_guest *const *guests, size_t n,
     bool (*fn) (vhm_process *process, void *context), void *context)
{
  for (size_t k = 0; k < n; k++)
    for (uint32_t i = 0; guests[k]->running && i < guests[k]->processes->len;
         i++) {
      vhm_process *p = guests[k]->processes->pdata[i];
      if (vhm_process_is_measured (p) && fn (p, context))
        return true;
    }
  return false;
}

static bool
note_busiest (vhm_process *p, void *context)
{
  double *busiest = context;
  *busiest = fmax (*busiest, vhm_process_references_since (p));
  return false;
}

double
vhm_guests_busiest (vhm_guest *const *guests, size_t n)
{
  double busiest = 0;
  any (guests, n, note_busiest, &busiest);
  return busiest;
}

static bool
add_references (vhm_process *p, void *context)
{
  *(double *) context += vhm_process_references_since (p);
  return false;
}

double
vhm_guests_references_since (vhm_guest *const *guests, size_t n)
{
  double sum = 0;
  any (guests, n, add_references, &sum);
  return sum;
}

struct asked {
  double change, busiest;
  bool is_found;
};

static bool
is_new (vhm_process *p, void *context)
{
  (void) context;
  const struct vhm_translation *t = p->translation;
  return (t->n_measurements == 0 && vhm_process_references_since (p) > 0)
         || (t->has_swept && !t->has_measured_sweep);
}

bool
vhm_guests_have_new (vhm_guest *const *guests, size_t n)
{
  return any (guests, n, is_new, NULL);
}

static bool
wants (vhm_process *p, void *context)
{
  const struct asked *asked = context;
  return is_new (p, NULL)
         || (p->translation->n_measurements > 0
             && !vhm_process_is_negligible (p, asked->busiest)
             && vhm_process_has_moved (p, asked->change));
}

bool
vhm_guests_want_measure (vhm_guest *const *guests, size_t n, double change)
{
  struct asked asked = { change, vhm_guests_busiest (guests, n), false };
  return any (guests, n, wants, &asked);
}

/* And remembers how they are. */
static bool
look (vhm_process *p, void *context)
{
  struct asked *asked = context;
  struct vhm_translation *t = p->translation;
  uint32_t n_large = p->guest->blocks.n_large;
  bool moves = has_moved (t->n_mapped_now, t->n_mapped_look, asked->change)
               || has_moved (p->n_active, t->n_active_look, asked->change)
               || has_moved (n_large, t->n_large_look, asked->change);
  if (moves && !vhm_process_is_negligible (p, asked->busiest))
    asked->is_found = true;
  t->n_mapped_look = t->n_mapped_now;
  t->n_active_look = p->n_active;
  t->n_large_look = n_large;
  return false;
}

bool
vhm_guests_look (vhm_guest *const *guests, size_t n, double change)
{
  struct asked asked = { change, vhm_guests_busiest (guests, n), false };
  any (guests, n, look, &asked);
  return asked.is_found;
}
