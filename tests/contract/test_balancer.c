/* What every balancer promises (include/vhm/model/balancer.h), whichever it is:
 * loops over the registry. */
#include "suite.h"
#include "view.h"

#include <vhm/sim/rng.h>

#define MOST_VMS 12
#define N_VIEWS 1000

static const struct vhm_plugin *
balancer (int i)
{
  for (const struct vhm_plugin *const *p = vhm_all_plugins; *p; p++)
    if ((*p)->kind == VHM_PLUGIN_BALANCER && i-- == 0)
      return *p;
  return NULL;
}

static int
n_balancers (void)
{
  int n = 0;
  while (balancer (n))
    n++;
  return n;
}

/* Sizes of any magnitude, whole pages. */
static uint64_t
a_size (struct vhm_rng *rng)
{
  uint64_t shift = vhm_rng_below (rng, 22);
  return (1 + vhm_rng_below (rng, UINT64_C (1) << shift)) * VHM_PAGE_BYTES;
}

/* Guests that hold memory within their bounds; some have not reported, some wait
 * to start (hold nothing, below their minimum). */
static uint32_t
draw_view (struct vhm_rng *rng, struct vhm_vm_view *vms,
           uint64_t *ret_available)
{
  uint32_t n = 1 + (uint32_t) vhm_rng_below (rng, MOST_VMS);
  for (uint32_t i = 0; i < n; i++) {
    struct vhm_vm_view *vm = &vms[i];
    *vm = (struct vhm_vm_view){ .id = i, .minimum_bytes = a_size (rng) };
    vm->maximum_bytes = vm->minimum_bytes + a_size (rng);
    vm->held_bytes
        = vm->minimum_bytes
          + vhm_rng_below (
                rng,
                (vm->maximum_bytes - vm->minimum_bytes) / VHM_PAGE_BYTES + 1)
                * VHM_PAGE_BYTES;
    vm->demand_bytes = vhm_rng_chance (rng, .1) ? 0 : a_size (rng);
    vm->free_bytes
        = vhm_rng_below (rng, vm->held_bytes / VHM_PAGE_BYTES) * VHM_PAGE_BYTES;
    vm->cache_bytes = vhm_rng_below (rng, (vm->held_bytes - vm->free_bytes)
                                              / VHM_PAGE_BYTES)
                      * VHM_PAGE_BYTES;
    vm->buffer_ppm = 50000 + vhm_rng_below (rng, 20000000);
    vm->weight = (uint32_t) vhm_rng_below (rng, 10001);
    if (vhm_rng_chance (rng, .3))
      vm->pending_bytes = vhm_rng_below (rng, vm->held_bytes / VHM_PAGE_BYTES)
                          * VHM_PAGE_BYTES;
    if (vhm_rng_chance (rng, .8)) {
      vm->sampled_pages = 1 + (uint32_t) vhm_rng_below (rng, 100);
      vm->touched_pages = (uint32_t) vhm_rng_below (rng, vm->sampled_pages + 1);
      vm->sampling_ended = vhm_rng_chance (rng, .3);
    }
    if (vhm_rng_chance (rng, .1)) { /* waits to start */
      vm->held_bytes = vm->pending_bytes = 0;
      vm->free_bytes = vm->cache_bytes = 0;
      vm->demand_bytes = vm->maximum_bytes = vm->minimum_bytes;
    }
  }
  *ret_available = vhm_rng_chance (rng, .3) ? 0 : a_size (rng);
  return n;
}

static void
ask (struct balancer *b, uint64_t now_ns, uint64_t available,
     const struct vhm_vm_view *vms, uint32_t n, uint64_t *targets)
{
  struct vhm_balance_view view = { .now_ns = now_ns,
                                   .available_bytes = available,
                                   .n = n,
                                   .vms = vms,
                                   .machine_bytes = available };
  for (uint32_t i = 0; i < n; i++)
    view.machine_bytes += vms[i].held_bytes;
  b->ops->balance (b->state, b->scenario->config, &view, targets);
}

static void
assert_promise (const char *name, const struct vhm_vm_view *vms, uint32_t n,
                uint64_t available, const uint64_t *targets)
{
  uint64_t held = 0, sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    held += vms[i].held_bytes;
    sum += targets[i];
    ck_assert_msg (targets[i] <= vms[i].maximum_bytes, "%s exceeds a maximum",
                   name);
    ck_assert_msg (targets[i] >= vms[i].minimum_bytes
                       || vms[i].held_bytes < vms[i].minimum_bytes,
                   "%s goes below a minimum", name);
  }
  ck_assert_msg (sum <= held + available,
                 "%s hands out %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                 name, sum, held + available);
}

START_TEST (keeps_its_promise_on_random_views)
{
  const struct vhm_plugin *plugin = balancer (_i);
  struct balancer b = balancer_of (plugin, "");
  struct vhm_rng rng;
  vhm_rng_init (&rng, 11, "views");
  for (uint64_t k = 0; k < N_VIEWS; k++) {
    struct vhm_vm_view vms[MOST_VMS];
    uint64_t targets[MOST_VMS], available;
    uint32_t n = draw_view (&rng, vms, &available);
    ask (&b, k * 7 * VHM_NS_PER_S, available, vms, n, targets);
    assert_promise (plugin->name, vms, n, available, targets);
  }
  balancer_clear (&b);
}
END_TEST

START_TEST (the_same_history_gives_the_same_answers)
{
  uint64_t digest[2] = { 0, 0 };
  for (int r = 0; r < 2; r++) {
    struct balancer b = balancer_of (balancer (_i), "");
    struct vhm_rng rng;
    vhm_rng_init (&rng, 12, "views");
    for (uint64_t k = 0; k < N_VIEWS; k++) {
      struct vhm_vm_view vms[MOST_VMS];
      uint64_t targets[MOST_VMS], available;
      uint32_t n = draw_view (&rng, vms, &available);
      ask (&b, k * 7 * VHM_NS_PER_S, available, vms, n, targets);
      for (uint32_t i = 0; i < n; i++)
        digest[r] = digest[r] * 31 + targets[i];
    }
    balancer_clear (&b);
  }
  ck_assert_uint_eq (digest[0], digest[1]);
}
END_TEST

START_TEST (the_order_of_guests_does_not_matter)
{
  struct balancer a = balancer_of (balancer (_i), ""),
                  b = balancer_of (balancer (_i), "");
  struct vhm_rng rng;
  vhm_rng_init (&rng, 13, "views");
  for (uint64_t k = 0; k < N_VIEWS; k++) {
    struct vhm_vm_view vms[MOST_VMS], mixed[MOST_VMS];
    uint64_t targets[MOST_VMS], again[MOST_VMS], available;
    uint32_t n = draw_view (&rng, vms, &available);
    memcpy (mixed, vms, sizeof mixed);
    for (uint32_t i = n; i > 1; i--) {
      uint32_t j = (uint32_t) vhm_rng_below (&rng, i);
      struct vhm_vm_view x = mixed[i - 1];
      mixed[i - 1] = mixed[j];
      mixed[j] = x;
    }
    ask (&a, k * 7 * VHM_NS_PER_S, available, vms, n, targets);
    ask (&b, k * 7 * VHM_NS_PER_S, available, mixed, n, again);
    for (uint32_t i = 0; i < n; i++)
      ck_assert_uint_eq (again[i], targets[mixed[i].id]);
  }
  balancer_clear (&a);
  balancer_clear (&b);
}
END_TEST

START_TEST (stands_one_guest_without_demand)
{
  uint64_t target;
  struct balancer b = balancer_of (balancer (_i), "");
  struct vhm_vm_view vm = a_vm (0, 0, 500);
  for (uint64_t now = 0; now < 1000; now += 100) {
    decide (&b, now, 0, &vm, 1, &target);
    assert_promise (balancer (_i)->name, &vm, 1, 0, &target);
  }
  balancer_clear (&b);
}
END_TEST

START_TEST (describes_itself)
{
  const struct vhm_plugin *plugin = balancer (_i);
  struct balancer b = balancer_of (plugin, "");
  ck_assert (plugin->summary && plugin->config.help);
  ck_assert_uint_gt (b.ops->period_ns (b.scenario->config), 0);
  balancer_clear (&b);
}
END_TEST

SUITE ("every balancer", int n = n_balancers ();
       tcase_add_loop_test (tc, keeps_its_promise_on_random_views, 0, n);
       tcase_add_loop_test (tc, the_same_history_gives_the_same_answers, 0, n);
       tcase_add_loop_test (tc, the_order_of_guests_does_not_matter, 0, n);
       tcase_add_loop_test (tc, stands_one_guest_without_demand, 0, n);
       tcase_add_loop_test (tc, describes_itself, 0, n);)
