/* ESX's memory scheduler, as far as the balloon carries it out.
 *
 * A guest of weight S, its shares, is entitled to memory between its minimum
 * (reservation) and its maximum (limit) such that all pay the same price a page,
 * idle pages being taxed (idle_tax.c). What is idle is estimated from samples
 * (activity.c). Targets aim at as much free memory as the state `high` wants
 * (memory_state.c).
 *
 * Every `period`, and when the state, the guests or the tax have changed, targets
 * are set anew. Those entitled to more than they hold are to get it. What they
 * are short of is taken where a page pays least, never below entitlement; from
 * the state `soft` on, also what is missing of the free memory aimed at. If
 * nobody is short of anything and the state is better than soft, nothing is
 * taken. No more than `balloon_cap` of a guest is ever ballooned. Every `look`
 * free memory beyond the aim is handed on to those below their targets.
 *
 * Swap is for what balloons are too slow for. In the states hard and low every look
 * also takes by it what free memory is short of a better state, again where a page
 * pays least, down to entitlement without regard to the cap; balloons go on towards
 * their own targets. Where there are no balloons all that is to be taken is swapped.
 *
 * Invariant: additions never take free memory below the aim. Cost: O(64 n) a
 * redistribution, and a look in the states hard and low.
 *
 * Where memory is given at touch, a guest takes what it has not touched yet by
 * itself: it is short of memory only as far as a balloon or swap keeps from it what
 * it is entitled to, and while nothing is to be taken it may exceed its target.
 *
 * In the state low guests that are being swapped out do not run before that is done. Large pages: in the
 * sliding scheme those that page sharing comes to are broken while less is free than
 * the line of high, and all from clear on; in the other, all from hard on. What is
 * broken is not given large again before memory is better.
 *
 * Left out: page sharing; the least activity of 1 % that ESX assumes; how fast ESX
 * breaks large pages is not published.
 * Source: Waldspurger 2002, 5 and 6; ESX resource management guides (settings);
 * yellow-bricks, "What happens at which vSphere memory state?" and VMware knowledge
 * base 1021095 (large pages).
 */
#include "activity.h"
#include "fill.h"
#include "idle_tax.h"
#include "memory_state.h"

#include <vhm/base/require.h>
#include <vhm/base/units.h>

#include <glib.h>

struct config {
  uint64_t look_ns, period_ns, sample_ns, n_samples, slow_ppm, fast_ppm;
  uint64_t tax_ppm, tax_from_ns, cap_ppm, margin_ppm, step_bytes;
  int scheme; /* enum vhm_memory_scheme */
};

struct guest {
  struct vhm_activity activity;
  uint64_t target_bytes, looked; /* number of the last look that saw it */
  uint64_t swap_to_bytes;        /* UINT64_MAX: it is not swapped */
  bool waits;
};

struct state {
  uint64_t n_looks, next_ns;
  enum vhm_memory_state memory;
  uint32_t n_guests;
  bool is_taxed;
  bool takes; /* by the last redistribution somebody has to give */
  bool has_balloons;
  enum vhm_large_pages large;
  struct guest guests[VHM_MOST_VMS]; /* by id */
};

static double
part_of (uint64_t ppm)
{
  return (double) ppm / (double) VHM_PPM;
}

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

static struct vhm_balance_sampling
sampling (const void *config)
{
  const struct config *c = config;
  return (struct vhm_balance_sampling){ c->sample_ns, (uint32_t) c->n_samples };
}

/* Takes note of a guest; true if it has just come, or begun to run. */
static bool
see (struct state *s, const struct config *c, const struct vhm_vm_view *vm)
{
  VHM_REQUIRE (vm->id < VHM_MOST_VMS);
  struct guest *g = &s->guests[vm->id];
  bool waits = vm->held_bytes == 0;
  bool is_new = g->looked + 1 != s->n_looks || g->waits != waits;
  const struct vhm_activity_gains gains
      = { part_of (c->slow_ppm), part_of (c->fast_ppm) };
  if (is_new)
    *g = (struct guest){ .waits = waits };
  g->looked = s->n_looks;
  if (vm->sampled_pages > 0)
    vhm_activity_take (&g->activity, &gains, vm->touched_pages,
                       vm->sampled_pages, vm->sampling_ended);
  return is_new;
}

/* A guest that waits wants all of what it needs to start. */
static struct vhm_claim
claim_of (const struct state *s, const struct config *c,
          const struct vhm_vm_view *vm, bool by_balloon)
{
  uint64_t floor = 0; /* what a balloon cannot reach */
  if (by_balloon)
    floor = vhm_pages_to_bytes (vhm_bytes_to_pages (
        vm->maximum_bytes - vhm_scale_ppm (vm->maximum_bytes, c->cap_ppm)));
  return (struct vhm_claim){
    .shares = MAX (vm->weight, 1),
    .active_bytes
    = vhm_activity_part (&s->guests[vm->id].activity) * (double) vm->held_bytes,
    .least_bytes = MAX (vm->minimum_bytes, MIN (vm->held_bytes, floor)),
    .most_bytes = vm->maximum_bytes,
  };
}

/* What must be taken, so that those below entitlement get it and, if that is
 * wanted, the aim is met. */
static uint64_t
need (const struct state *s, const struct vhm_balance_view *view,
      const uint64_t *entitled, uint64_t aim_bytes)
{
  uint64_t missing = 0;
  for (uint32_t i = 0; i < view->n; i++) {
    uint64_t has = view->vms[i].held_bytes + view->vms[i].untouched_bytes;
    missing += entitled[i] > has ? entitled[i] - has : 0;
  }
  if (missing == 0 && s->memory < VHM_MEMORY_SOFT)
    return 0;
  uint64_t wanted = missing + aim_bytes;
  return wanted > view->available_bytes ? wanted - view->available_bytes : 0;
}

/* What each is entitled to when so much is to stay free, and claims to give of what
 * is held, down to that. Returns what an idle page costs. */
static double
entitle (const struct state *s, const struct config *c,
         const struct vhm_balance_view *view, uint64_t aim_bytes,
         bool by_balloon, struct vhm_claim *ret_claims, uint64_t *ret_entitled)
{
  double idle_cost = vhm_tax_idle_cost (s->is_taxed ? part_of (c->tax_ppm) : 0);
  uint64_t total = vhm_balance_total (view);
  for (uint32_t i = 0; i < view->n; i++)
    ret_claims[i] = claim_of (s, c, &view->vms[i], by_balloon);
  vhm_tax_entitle (ret_claims, view->n, idle_cost,
                   total - MIN (aim_bytes, total), ret_entitled);
  for (uint32_t i = 0; i < view->n; i++) {
    ret_claims[i].most_bytes = view->vms[i].held_bytes;
    ret_claims[i].least_bytes = MIN (ret_entitled[i], ret_claims[i].most_bytes);
  }
  return idle_cost;
}

static void
redistribute (struct state *s, const struct config *c,
              const struct vhm_balance_view *view, uint64_t aim_bytes)
{
  g_autofree struct vhm_claim *claims = g_new (struct vhm_claim, view->n);
  g_autofree uint64_t *entitled = g_new (uint64_t, view->n);
  g_autofree uint64_t *left = g_new (uint64_t, view->n);
  double idle_cost
      = entitle (s, c, view, aim_bytes, s->has_balloons, claims, entitled);
  uint64_t needs = need (s, view, entitled, aim_bytes);
  s->takes = needs > 0;
  vhm_tax_revoke (claims, view->n, idle_cost, needs, left);
  for (uint32_t i = 0; i < view->n; i++) {
    uint64_t held = view->vms[i].held_bytes;
    uint64_t target = MAX (entitled[i], left[i]);
    uint64_t step = target > held ? target - held : held - target;
    s->guests[view->vms[i].id].target_bytes
        = step < c->step_bytes ? held : target;
  }
}

/* Who gives by swap what is missing of the free memory aimed at. */
static void
swap_out (struct state *s, const struct config *c,
          const struct vhm_balance_view *view, uint64_t aim_bytes)
{
  if (aim_bytes <= view->available_bytes)
    return;
  g_autofree struct vhm_claim *claims = g_new (struct vhm_claim, view->n);
  g_autofree uint64_t *entitled = g_new (uint64_t, view->n);
  g_autofree uint64_t *left = g_new (uint64_t, view->n);
  double idle_cost = entitle (s, c, view, aim_bytes, false, claims, entitled);
  vhm_tax_revoke (claims, view->n, idle_cost, aim_bytes - view->available_bytes,
                  left);
  for (uint32_t i = 0; i < view->n; i++)
    if (left[i] < view->vms[i].held_bytes)
      s->guests[view->vms[i].id].swap_to_bytes = left[i];
}

/* Decides on swap, after the targets. */
static void
set_swap (struct state *s, const struct config *c,
          const struct vhm_balance_view *view,
          const struct vhm_memory_lines *lines, const uint64_t *target_bytes)
{
  bool instead = view->can_swap && !view->can_balloon && s->takes;
  for (uint32_t i = 0; i < view->n; i++)
    s->guests[view->vms[i].id].swap_to_bytes
        = instead ? target_bytes[i] : UINT64_MAX;
  if (view->can_swap && view->can_balloon && s->memory >= VHM_MEMORY_HARD)
    swap_out (s, c, view, lines->above[VHM_MEMORY_HARD]);
}

/* Targets, with additions only out of what is free beyond the aim. */
static void
hand_on (const struct state *s, const struct vhm_balance_view *view,
         uint64_t aim_bytes, uint64_t *ret_target_bytes)
{
  g_autofree struct vhm_fill *fill = g_new (struct vhm_fill, view->n);
  uint64_t total = view->available_bytes > aim_bytes
                       ? view->available_bytes - aim_bytes
                       : 0;
  for (uint32_t i = 0; i < view->n; i++) {
    const struct vhm_vm_view *vm = &view->vms[i];
    uint64_t target = s->guests[vm->id].target_bytes;
    if (!s->takes)
      target = MAX (target, vm->held_bytes);
    target = CLAMP (target, vm->minimum_bytes, vm->maximum_bytes);
    fill[i] = (struct vhm_fill){ .want = (double) target,
                                 .least_bytes = MIN (target, vm->held_bytes),
                                 .most_bytes = target };
    total += fill[i].least_bytes;
  }
  vhm_fill_to_level (fill, view->n, total, ret_target_bytes);
}

/* Sliding: from the line of `high` on as they are scanned, from `clear` on all.
 * Percent: when swapping starts. */
static enum vhm_large_pages
large_of (const struct config *c, const struct vhm_memory_lines *lines,
          enum vhm_memory_state memory, uint64_t free_bytes)
{
  if (c->scheme == VHM_MEMORY_PERCENT)
    return memory >= VHM_MEMORY_HARD ? VHM_LARGE_BROKEN : VHM_LARGE_STAY;
  if (memory >= VHM_MEMORY_CLEAR)
    return VHM_LARGE_BROKEN;
  return free_bytes < lines->high_bytes ? VHM_LARGE_BROKEN_AT_SCAN
                                        : VHM_LARGE_STAY;
}

static void
balance (void *state, const void *config, const struct vhm_balance_view *view,
         uint64_t *ret_target_bytes)
{
  struct state *s = state;
  const struct config *c = config;
  const struct vhm_memory_lines lines = vhm_memory_lines (
      (enum vhm_memory_scheme) c->scheme, view->machine_bytes, c->margin_ppm);
  enum vhm_memory_state memory
      = vhm_memory_next (&lines, s->memory, view->available_bytes);
  bool is_taxed = view->now_ns >= c->tax_from_ns;
  bool changed = memory != s->memory || is_taxed != s->is_taxed
                 || view->n != s->n_guests;
  s->memory = memory;
  s->large = large_of (c, &lines, memory, view->available_bytes);
  s->has_balloons = view->can_balloon || !view->can_swap;
  s->is_taxed = is_taxed;
  s->n_guests = view->n;
  s->n_looks++;
  for (uint32_t i = 0; i < view->n; i++)
    changed |= see (s, c, &view->vms[i]);
  if (changed || view->now_ns >= s->next_ns) {
    s->next_ns = view->now_ns + c->period_ns;
    /* out of `soft` free memory must exceed the line by the margin */
    redistribute (s, c, view,
                  memory < VHM_MEMORY_SOFT ? lines.goal_bytes
                                           : lines.above[VHM_MEMORY_SOFT]);
  }
  hand_on (s, view, lines.goal_bytes, ret_target_bytes);
  set_swap (s, c, view, &lines, ret_target_bytes);
}

static uint64_t
swap_to_bytes (const void *state, uint32_t id)
{
  return ((const struct state *) state)->guests[id].swap_to_bytes;
}

static bool
blocks (const void *state)
{
  return ((const struct state *) state)->memory == VHM_MEMORY_LOW;
}

static enum vhm_large_pages
large_pages (const void *state)
{
  return ((const struct state *) state)->large;
}

static uint64_t
balloon_cap_ppm (const void *config)
{
  return ((const struct config *) config)->cap_ppm;
}

#define AT(field) offsetof (struct config, field)

static const char *const schemes[] = { [VHM_MEMORY_PERCENT] = "percent",
                                       [VHM_MEMORY_SLIDING] = "sliding",
                                       [VHM_N_MEMORY_SCHEMES] = NULL };

static const struct vhm_param params[] = {
  { .key = "look",
    .type = VHM_PARAM_TIME,
    .offset = AT (look_ns),
    .fallback = "1 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two looks at free memory; what is free beyond the "
            "aim goes to guests below their targets",
    .source = "the balloon driver asks for its target once a second "
              "(Waldspurger 2002, 3.2)" },
  { .key = "period",
    .type = VHM_PARAM_TIME,
    .offset = AT (period_ns),
    .fallback = "15 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two redistributions among guests; also one whenever "
            "the memory state, the guests or the tax have changed",
    .source = "Mem.BalancePeriod (ESX 2, ESX 4.0)" },
  { .key = "tax",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (tax_ppm),
    .fallback = "75 %",
    .min = "0 %",
    .max = "99 %",
    .help = "tax on idle memory: an idle page costs 1 / (1 - tax) times the "
            "shares of an active one",
    .source = "Mem.IdleTax (ESX 2, ESX 4.0); Waldspurger 2002, 5.2" },
  { .key = "tax_from",
    .type = VHM_PARAM_TIME,
    .offset = AT (tax_from_ns),
    .fallback = "0 s",
    .min = "0 s",
    .max = "365 d",
    .help = "simulated time before which idle memory is not taxed",
    .source = "assumed: taxed from the start" },
  { .key = "sample_period",
    .type = VHM_PARAM_TIME,
    .offset = AT (sample_ns),
    .fallback = "60 s",
    .min = "1 s",
    .max = "1 h",
    .help = "time for which the sampled pages of a guest are watched",
    .source = "Mem.SamplePeriod (ESX 4.0); 30 s in ESX 2" },
  { .key = "samples",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_samples),
    .fallback = "100",
    .min = "1",
    .max = "1000000",
    .help = "pages sampled of each guest",
    .source = "Waldspurger 2002, 5.3" },
  { .key = "slow",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (slow_ppm),
    .fallback = "20 %",
    .min = "0 %",
    .max = "100 %",
    .help = "weight of the newest sampling period in the slow moving average",
    .source = "assumed: there are a slow and a fast one; weights are not "
              "published" },
  { .key = "fast",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (fast_ppm),
    .fallback = "80 %",
    .min = "0 %",
    .max = "100 %",
    .help = "and in the fast one; the greatest average counts",
    .source = "assumed: there are a slow and a fast one; weights are not "
              "published" },
  { .key = "balloon_cap",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (cap_ppm),
    .fallback = "65 %",
    .min = "0 %",
    .max = "100 %",
    .help = "most of a guest's maximum memory that its balloon may take",
    .source = "Mem.CtlMaxPercent (ESX 4.0)" },
  { .key = "states",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (scheme),
    .fallback = "sliding",
    .help = "lines of free memory between memory states high, (clear,) soft, "
            "hard, low: 6, 4, 2, 1 % of machine memory (percent), or 400, "
            "100, 64, 32, 16 % of a minFree that is 6 % of the first 4 GiB, "
            "4 % up to 12 GiB, 2 % up to 28 GiB, 1 % of the rest (sliding)",
    .source = "percent: ESX up to 4.0 (Waldspurger 2002, 6.3); sliding: ESXi 6",
    .choices = schemes },
  { .key = "margin",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (margin_ppm),
    .fallback = "10 %",
    .min = "0 %",
    .max = "100 %",
    .help = "free memory must exceed the line of a better state by this part "
            "of it before the state improves",
    .source = "assumed: \"significantly\" (Waldspurger 2002, 6.3)" },
  { .key = "step",
    .type = VHM_PARAM_BYTES,
    .offset = AT (step_bytes),
    .fallback = "1 MiB",
    .min = "4 KiB",
    .max = "1 GiB",
    .help = "differences smaller than this are left alone",
    .source = "assumed: no smaller than what sampling can tell" },
};

static const struct vhm_balancer_ops ops = {
  .init = init,
  .period_ns = period_ns,
  .balance = balance,
  .sampling = sampling,
  .swap_to_bytes = swap_to_bytes,
  .blocks = blocks,
  .large_pages = large_pages,
  .balloon_cap_ppm = balloon_cap_ppm,
};

const struct vhm_plugin vhm_balancer_esx = {
  .kind = VHM_PLUGIN_BALANCER,
  .name = "esx",
  .summary = "ESX: shares, reservation, limit, a tax on idle memory, balloons",
  .config = { .name = "esx",
              .help = "ESX's memory scheduler; shares are a guest's weight",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
