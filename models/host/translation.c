/* What translating addresses costs on this host: when it is measured, and what it
 * would be under another kind of paging.
 *
 * The host looks now and then whether the inputs of the last measurement have
 * changed: resident or active pages of a process or large blocks of a guest by
 * more than `change`, the set of running guests, or time by `every`. After a
 * guest has started the looks come FIRST_LOOK apart and then at doubling
 * distances up to `pause`, since memory fills fast then.
 *
 * Inputs that have changed by more than `change` since the last look are on the
 * move: a measurement would soon be old, so it is a rough one, and a full one
 * follows as soon as they stand still. Measuring may draw `references`
 * references, and `references_per_event` for each event simulated beside them,
 * so it takes a bounded part of the run and never looks at the wall clock; rough
 * measurements may use up ROUGH_SHARE of that, and the more is used up, the
 * more must change before another one is called for (DOUBLINGS). When a measurement is called for
 * while the inputs stand still and there is nothing left to draw, an incident
 * says so, and so it does when the run ends like that.
 *
 * Native, SLAT and shadow side by side: the same references of all guests (same
 * streams of random numbers) through the structures of like processors, one
 * kind of paging each, kept warm from one comparison to the next. A guest is
 * compared at its end: when it shuts down or the run ends, with what it then has
 * in memory and beside the guests that run then.
 *
 * Cost: nothing with paging `none`, an event a look, and what is measured.
 */
#include "host.h"

#include <vhm/base/require.h>

#include <math.h>

#define FIRST_LOOK_NS (VHM_NS_PER_S / 1000)
#define ROUGH_SHARE 0.25
/* Of `change`, until nothing is left to draw: what is left is kept for changes
 * that matter most. A fall by four fifths still calls. */
#define DOUBLINGS 2

static double
share (uint64_t ppm)
{
  return (double) ppm / (double) VHM_PPM;
}

static struct vhm_processors_config
processors_config (const vhm_host *h, enum vhm_paging paging)
{
  const struct vhm_case_host *c = &h->config->host;
  return (struct vhm_processors_config){
    .cpu = &c->cpu,
    .n_cpus = (uint32_t) c->n_cpus,
    .clock_hz = h->hz,
    .quantum_ns = c->quantum_ns,
    .paging = paging,
    .backing = (enum vhm_page_size) c->backing,
    .maps_at_touch = c->maps == VHM_CASE_MAPS_AT_TOUCH,
  };
}

void
vhm_host_make_processors (vhm_host *h)
{
  static const enum vhm_paging pagings[] = {
    [VHM_CASE_PAGING_NATIVE] = VHM_PAGING_NATIVE,
    [VHM_CASE_PAGING_SLAT] = VHM_PAGING_SLAT,
    [VHM_CASE_PAGING_SHADOW] = VHM_PAGING_SHADOW,
  };
  const struct vhm_case_host *c = &h->config->host;
  h->watch.look = VHM_NO_EVENT;
  h->watch.config = (struct vhm_exposure_config){
    .error = share (c->measure.error_ppm),
    .confidence = share (c->measure.confidence_ppm),
    .most = c->measure.most,
    .change = share (c->measure.change_ppm),
  };
  if (c->paging == VHM_CASE_PAGING_NONE)
    return;
  struct vhm_processors_config config
      = processors_config (h, pagings[c->paging]);
  h->processors = vhm_processors_new (&config);
}

static GPtrArray *
all_guests (const vhm_host *h)
{
  GPtrArray *guests = g_ptr_array_new ();
  for (uint32_t i = 0; i < h->n_vms; i++)
    g_ptr_array_add (guests, h->vms[i].guest);
  return guests;
}

/* --- measuring ------------------------------------------------------------------ */

/* Which guests run: FNV-1a over their numbers. */
static uint64_t
running_guests (const vhm_host *h)
{
  uint64_t hash = UINT64_C (14695981039346656037);
  for (uint32_t i = 0; i < h->n_vms; i++)
    if (vhm_guest_is_running (h->vms[i].guest))
      hash = (hash ^ i) * UINT64_C (1099511628211);
  return hash;
}

static uint64_t
n_measured (const vhm_host *h)
{
  uint64_t n = 0;
  for (uint32_t i = 0; i < h->n_vms; i++)
    for (uint32_t k = 0; k < vhm_guest_n_processes (h->vms[i].guest); k++)
      n += vhm_process_n_measured (vhm_guest_process (h->vms[i].guest, k));
  return n;
}

static double
allowed (const vhm_host *h)
{
  const struct vhm_case_measure *c = &h->config->host.measure;
  return (double) c->base
         + c->per_event * (double) vhm_engine_n_events (h->engine);
}

/* Change of the inputs that calls for a measurement. */
static double
tolerated (const vhm_host *h)
{
  const struct translation_watch *w = &h->watch;
  double used = (double) w->n_measured / fmax (1, allowed (h));
  return w->config.change * exp2 (DOUBLINGS * fmin (1, used));
}

static bool
is_due (const vhm_host *h, bool others_run)
{
  const struct translation_watch *w = &h->watch;
  if (w->has_measured
      && (others_run
          || vhm_host_now_ns (h) - w->measured_ns
                 >= h->config->host.measure.every_ns))
    return true;
  g_autoptr (GPtrArray) guests = all_guests (h);
  return vhm_guests_want_measure ((vhm_guest *const *) guests->pdata,
                                  guests->len, tolerated (h));
}

static bool
is_allowed (const vhm_host *h, bool is_rough)
{
  const struct translation_watch *w = &h->watch;
  return !w->has_measured
         || ((double) w->n_measured < allowed (h)
             && (!is_rough || (double) w->n_rough < ROUGH_SHARE * allowed (h)));
}

static void
measure (vhm_host *h, bool is_rough)
{
  struct translation_watch *w = &h->watch;
  g_autoptr (GPtrArray) guests = all_guests (h);
  uint64_t before = n_measured (h);
  w->config.is_rough = is_rough;
  vhm_guests_measure ((vhm_guest *const *) guests->pdata, guests->len,
                      &w->config);
  uint64_t n = n_measured (h) - before;
  w->n_measured += n;
  w->n_rough += is_rough ? n : 0;
  w->measured_ns = vhm_host_now_ns (h);
  w->has_measured = true;
}

static void
tell_that_it_is_old (vhm_host *h)
{
  struct translation_watch *w = &h->watch;
  if (!w->is_old || w->was_told)
    return;
  w->was_told = true;
  vhm_host_incident (
      h, "host",
      "the cost of translation is that of %.3f s: what it was measured from "
      "has "
      "changed since, and host.measure.references allows no more",
      (double) w->measured_ns / (double) VHM_NS_PER_S);
}

static bool
are_moving (const vhm_host *h)
{
  g_autoptr (GPtrArray) guests = all_guests (h);
  return vhm_guests_look ((vhm_guest *const *) guests->pdata, guests->len,
                          h->watch.config.change);
}

static void
look (void *context)
{
  vhm_host *h = context;
  struct translation_watch *w = &h->watch;
  uint64_t running = running_guests (h);
  bool moves = are_moving (h);
  bool follows = w->has_measured && w->config.is_rough && !moves;
  w->is_old = follows || is_due (h, running != w->running);
  if (w->is_old && is_allowed (h, moves)) {
    measure (h, moves);
    w->running = running;
    w->is_old = w->was_told = false;
  }
  if (!moves)
    tell_that_it_is_old (h);
  w->pause_ns = MIN (2 * w->pause_ns, h->config->host.measure.pause_ns);
  w->look = vhm_engine_schedule (
      h->engine,
      vhm_cycles_add (vhm_engine_now (h->engine),
                      vhm_cycles_make (vhm_ns_to_cycles (h->hz, w->pause_ns))),
      VHM_PRIORITY_POLICY, look, h);
}

void
vhm_host_watch_translation (vhm_host *h)
{
  struct translation_watch *w = &h->watch;
  if (!h->processors)
    return;
  w->pause_ns = MIN (FIRST_LOOK_NS, h->config->host.measure.pause_ns);
  vhm_cycles at = vhm_cycles_add (
      vhm_engine_now (h->engine),
      vhm_cycles_make (vhm_ns_to_cycles (h->hz, w->pause_ns)));
  if (vhm_engine_is_pending (h->engine, w->look))
    vhm_engine_rearm (h->engine, w->look, at);
  else
    w->look = vhm_engine_schedule (h->engine, at, VHM_PRIORITY_POLICY, look, h);
}

/* --- side by side ----------------------------------------------------------------- */

struct found {
  const vhm_process *process;
  enum vhm_paging paging;
  struct vhm_exposure exposure;
};

static void
find (void *context, const vhm_process *process,
      const vhm_processors *processors, const struct vhm_exposure *exposure)
{
  const struct found found = {
    process,
    vhm_processors_config (processors)->paging,
    *exposure,
  };
  g_array_append_val ((GArray *) context, found);
}

static void
add_row (struct vm *vm, const struct found *found)
{
  const vhm_process *p = found->process;
  const struct vhm_exposure *x = &found->exposure;
  struct vhm_translation_row *row = g_new0 (struct vhm_translation_row, 1);
  row->guest = g_strdup (vm->name);
  row->process = g_strdup_printf ("%u %s", vhm_process_number (p) + 1,
                                  vhm_process_kind (p));
  row->paging = vhm_paging_name (found->paging);
  row->is_in_force
      = vhm_processors_config (vm->host->processors)->paging == found->paging;
  row->compute_cyc = vhm_process_cycles_per_reference (p);
  row->l2_tlb_cyc = x->cyc[VHM_EXPOSED_L2_TLB];
  row->guest_walk_cyc = x->cyc[VHM_EXPOSED_GUEST_WALK];
  row->host_walk_cyc = x->cyc[VHM_EXPOSED_HOST_WALK];
  row->vm_switch_cyc = x->cyc[VHM_EXPOSED_VM_SWITCH];
  row->half_width_cyc = x->half_width_cyc;
  if (found->paging == VHM_PAGING_SHADOW)
    row->upkeep_cyc = vhm_process_shadow_upkeep_cyc (p);
  row->n_references = x->n_references;
  g_ptr_array_add (vm->host->result->translation, row);
}

/* By process, each kind of paging in order. */
static void
add_rows (struct vm *vm, const GArray *all)
{
  for (uint32_t i = 0; i < vhm_guest_n_processes (vm->guest); i++)
    for (guint k = 0; k < all->len; k++) {
      const struct found *found = &g_array_index (all, struct found, k);
      if (found->process == vhm_guest_process (vm->guest, i)
          && found->exposure.n_references > 0)
        add_row (vm, found);
    }
}

void
vhm_host_compare_pagings (vhm_host *h, struct vm *only)
{
  if (!h->processors)
    return;
  tell_that_it_is_old (h);
  g_autoptr (GPtrArray) guests = all_guests (h);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (struct found));
  bool are_new = !h->like[0];
  for (int paging = 0; are_new && paging < VHM_N_PAGINGS; paging++) {
    struct vhm_processors_config config
        = processors_config (h, (enum vhm_paging) paging);
    h->like[paging] = vhm_processors_new (&config);
  }
  vhm_guests_compare ((vhm_guest *const *) guests->pdata, guests->len,
                      &h->watch.config, h->like, VHM_N_PAGINGS, find, found);
  for (uint32_t i = 0; i < h->n_vms; i++)
    if (!only || only == &h->vms[i])
      add_rows (&h->vms[i], found);
}
