/* Xen's squeezed: every guest at the same part of its dynamic range.
 *
 * dynamic-min and dynamic-max are a guest's minimum and maximum. All memory but a
 * slush fund is shared out so (dynamic_range.c); what guests need or use plays no
 * part. A pass begins every `period`, and when guests come or go. In a pass memory
 * is freed first: until all that are to shrink have done so, nobody grows. A guest
 * that is not at its target and has not moved towards it for `patience` is declared
 * inactive: for the rest of the pass it is taken to stay as it is, and the others
 * make up for it. When all active ones are at their targets the pass is over.
 *
 * A guest that has not reported yet has no driver yet: it stays as it is. One that
 * waits to start has a place of its startup memory.
 *
 * Invariant: each pass ends, as activity is only lost in it. Cost: O(64 n) a look
 * during a pass, O(n) otherwise. Left out: the host's own domain, which is not
 * managed by default; a limit on what a guest may take by itself (maxmem), as
 * here none takes memory that it was not given.
 * Source: xapi-project/squeezed, doc/design, scripts/squeezed.conf, lib/squeeze.ml.
 */
#include "dynamic_range.h"
#include "fill.h"

#include <vhm/base/require.h>
#include <vhm/base/units.h>

#include <glib.h>

struct config {
  uint64_t look_ns, period_ns, patience_ns, slush_bytes, tolerance_bytes;
};

struct guest {
  uint64_t looked; /* number of the last look that saw it */
  bool is_managed, is_inactive;
  uint64_t away_bytes; /* from its target, the least in this pass */
  uint64_t moved_ns;   /* when it became so, or was told its target */
};

struct state {
  uint64_t n_looks, next_ns;
  bool is_passing;
  uint32_t n_guests;
  struct guest guests[VHM_MOST_VMS]; /* by id */
};

static void
init (void *state, const void *config)
{
  (void) config;
  ((struct state *) state)->n_looks = 1; /* no guest has been seen at look 1 */
}

static uint64_t
period_ns (const void *config)
{
  return ((const struct config *) config)->look_ns;
}

/* A guest that waits to start holds nothing, and is given nothing by us. */
static bool
waits (const struct vhm_vm_view *vm)
{
  return vm->held_bytes == 0;
}

/* Takes note of a guest; true if it has just come, or its driver has. */
static bool
see (struct state *s, const struct vhm_vm_view *vm)
{
  VHM_REQUIRE (vm->id < VHM_MOST_VMS);
  struct guest *g = &s->guests[vm->id];
  bool is_managed = vm->demand_bytes > 0 && !waits (vm);
  bool is_new = g->looked + 1 != s->n_looks || g->is_managed != is_managed;
  g->looked = s->n_looks;
  g->is_managed = is_managed;
  return is_new;
}

/* Targets are new: nobody is late yet. */
static void
forget_way (struct state *s, const struct vhm_balance_view *view)
{
  for (uint32_t i = 0; i < view->n; i++) {
    struct guest *g = &s->guests[view->vms[i].id];
    g->away_bytes = UINT64_MAX;
    g->moved_ns = view->now_ns;
  }
}

static void
begin_pass (struct state *s, const struct vhm_balance_view *view)
{
  s->is_passing = true;
  for (uint32_t i = 0; i < view->n; i++)
    s->guests[view->vms[i].id].is_inactive = false;
  forget_way (s, view);
}

static void
share (const struct state *s, const struct config *c,
       const struct vhm_balance_view *view, uint64_t *ret_target_bytes)
{
  g_autofree struct vhm_dynamic_range *ranges
      = g_new (struct vhm_dynamic_range, view->n);
  uint64_t total = vhm_balance_total (view);
  for (uint32_t i = 0; i < view->n; i++) {
    const struct vhm_vm_view *vm = &view->vms[i];
    const struct guest *g = &s->guests[vm->id];
    bool is_active = g->is_managed && !g->is_inactive;
    ranges[i] = (struct vhm_dynamic_range){ vm->held_bytes, vm->held_bytes };
    if (is_active || waits (vm))
      ranges[i]
          = (struct vhm_dynamic_range){ vm->minimum_bytes, vm->maximum_bytes };
  }
  vhm_dynamic_share (ranges, view->n, total - MIN (c->slush_bytes, total),
                     ret_target_bytes);
}

static uint64_t
distance (uint64_t a, uint64_t b)
{
  return a > b ? a - b : b - a;
}

/* Is somebody still to shrink? Then the others wait. */
static bool
is_freeing (const struct config *c, const struct vhm_balance_view *view,
            const uint64_t *targets)
{
  for (uint32_t i = 0; i < view->n; i++)
    if (view->vms[i].held_bytes > targets[i] + c->tolerance_bytes)
      return true;
  return false;
}

/* Whether a guest that was told its target makes way towards it. */
static bool
moves (struct guest *g, const struct config *c, uint64_t now_ns,
       uint64_t away_bytes)
{
  if (away_bytes < g->away_bytes) {
    g->away_bytes = away_bytes;
    g->moved_ns = now_ns;
  }
  return now_ns - g->moved_ns < c->patience_ns;
}

enum outcome { SETTLED, MOVING, LOST };

/* Tells guests their targets; LOST if one has just become inactive. */
static enum outcome
follow (struct state *s, const struct config *c,
        const struct vhm_balance_view *view, uint64_t *targets)
{
  bool freeing = is_freeing (c, view, targets);
  enum outcome outcome = SETTLED;
  for (uint32_t i = 0; i < view->n; i++) {
    const struct vhm_vm_view *vm = &view->vms[i];
    struct guest *g = &s->guests[vm->id];
    uint64_t away = distance (vm->held_bytes, targets[i]);
    if (!g->is_managed || g->is_inactive || away <= c->tolerance_bytes)
      continue;
    if (freeing && targets[i] > vm->held_bytes) {
      targets[i] = vm->held_bytes;
      outcome = MAX (outcome, MOVING);
      continue;
    }
    g->is_inactive = !moves (g, c, view->now_ns, away);
    outcome = MAX (outcome, g->is_inactive ? LOST : MOVING);
  }
  return outcome;
}

/* Targets of a pass under way. Each turn loses a guest or is the last. */
static void
pass (struct state *s, const struct config *c,
      const struct vhm_balance_view *view, uint64_t *ret_target_bytes)
{
  share (s, c, view, ret_target_bytes);
  enum outcome outcome = follow (s, c, view, ret_target_bytes);
  while (outcome == LOST) {
    forget_way (s, view);
    share (s, c, view, ret_target_bytes);
    outcome = follow (s, c, view, ret_target_bytes);
  }
  if (outcome == MOVING)
    return;
  s->is_passing = false;
  s->next_ns = view->now_ns + c->period_ns;
}

static void
balance (void *state, const void *config, const struct vhm_balance_view *view,
         uint64_t *ret_target_bytes)
{
  struct state *s = state;
  const struct config *c = config;
  s->n_looks++;
  bool changed = view->n != s->n_guests;
  s->n_guests = view->n;
  for (uint32_t i = 0; i < view->n; i++)
    changed |= see (s, &view->vms[i]);
  if (changed || (!s->is_passing && view->now_ns >= s->next_ns))
    begin_pass (s, view);
  if (s->is_passing)
    pass (s, c, view, ret_target_bytes);
  g_autofree struct vhm_fill *fill = g_new (struct vhm_fill, view->n);
  for (uint32_t i = 0; i < view->n; i++) {
    uint64_t held = view->vms[i].held_bytes, *target = &ret_target_bytes[i];
    if (!s->is_passing || distance (held, *target) <= c->tolerance_bytes)
      *target = held;
    fill[i].want = (double) *target;
  }
  vhm_fill_fit (fill, view, ret_target_bytes);
}

#define AT(field) offsetof (struct config, field)

static const struct vhm_param params[] = {
  { .key = "look",
    .type = VHM_PARAM_TIME,
    .offset = AT (look_ns),
    .fallback = "1 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two looks at guests during a pass",
    .source = "assumed: as often as guests report here" },
  { .key = "period",
    .type = VHM_PARAM_TIME,
    .offset = AT (period_ns),
    .fallback = "10 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time from the end of a pass to the beginning of the next",
    .source = "squeezed.conf: balance-check-interval" },
  { .key = "patience",
    .type = VHM_PARAM_TIME,
    .offset = AT (patience_ns),
    .fallback = "5 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "a guest that makes no way to its target for so long is inactive "
            "for the rest of the pass",
    .source = "squeezed, lib/squeeze.ml" },
  { .key = "slush",
    .type = VHM_PARAM_BYTES,
    .offset = AT (slush_bytes),
    .fallback = "9 MiB",
    .min = "0 B",
    .max = "1 TiB",
    .help = "host memory that is kept free",
    .source = "squeezed, doc/design" },
  { .key = "tolerance",
    .type = VHM_PARAM_BYTES,
    .offset = AT (tolerance_bytes),
    .fallback = "2 MiB",
    .min = "4 KiB",
    .max = "1 GiB",
    .help = "a guest no further from its target is at it",
    .source = "assumed: the unit in which memory is added here" },
};

static const struct vhm_balancer_ops ops = {
  .init = init, .period_ns = period_ns, .balance = balance, .by_size = true
};

const struct vhm_plugin vhm_balancer_squeezed = {
  .kind = VHM_PLUGIN_BALANCER,
  .name = "squeezed",
  .summary = "Xen's squeezed: all guests at the same part of their range from "
             "minimum to maximum",
  .config = { .name = "squeezed",
              .help = "Xen's squeezed",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
