/* Orders of the timeline: when they come, whether they can be carried out, and
 * who does. What comes of each in which state is a table, order_rule.c.
 *
 * Cost: one event an order.
 */
#include "host.h"
#include "order_rule.h"

#include <vhm/base/require.h>

/* At most one order for each line of the timeline, and a first start a guest. */
struct order {
  struct vm *vm;
  enum vhm_case_order what;
};

enum vhm_vm_state
vhm_vm_state (const struct vm *vm)
{
  if (vm->waits)
    return VHM_VM_WAITS;
  if (vm->migration.is_on)
    return VHM_VM_MIGRATING;
  if (vm->migration.is_moved)
    return VHM_VM_MOVED;
  if (vhm_guest_is_paused (vm->guest))
    return VHM_VM_PAUSED;
  if (!vhm_guest_is_running (vm->guest))
    return VHM_VM_OFF;
  return vhm_engine_is_pending (vm->host->engine, vm->shutdown)
             ? VHM_VM_STOPPING
             : VHM_VM_ON;
}

static void
pause_guest (struct vm *vm)
{
  vhm_guest_pause (vm->guest);
  vhm_host_incident (vm->host, vm->name, "paused");
}

static void
resume_guest (struct vm *vm)
{
  vhm_guest_resume (vm->guest);
  vhm_host_incident (vm->host, vm->name, "goes on after its pause");
}

static void
carry_out (void *context)
{
  const struct order *o = context;
  static void (*const begin[VHM_N_CASE_ORDERS]) (struct vm *) = {
    [VHM_CASE_START] = vhm_vm_start,
    [VHM_CASE_SHUTDOWN] = vhm_vm_shut_down,
    [VHM_CASE_RESTART] = vhm_vm_restart,
    [VHM_CASE_PAUSE] = pause_guest,
    [VHM_CASE_RESUME] = resume_guest,
    [VHM_CASE_MIGRATE_OUT] = vhm_vm_migrate_out,
  };
  static const char *const verbs[VHM_N_CASE_ORDERS] = {
    [VHM_CASE_START] = "start",     [VHM_CASE_SHUTDOWN] = "shut down",
    [VHM_CASE_RESTART] = "restart", [VHM_CASE_PAUSE] = "pause",
    [VHM_CASE_RESUME] = "resume",   [VHM_CASE_MIGRATE_OUT] = "migrate",
  };
  const char *why;
  switch (vhm_order_decide (vhm_vm_state (o->vm), o->what, &why)) {
  case VHM_ORDER_DONE:
    begin[o->what](o->vm);
    break;
  case VHM_ORDER_WITHDRAWS:
    o->vm->waits = false;
    vhm_host_incident (o->vm->host, o->vm->name,
                       "told to %s, but %s: it does not start", verbs[o->what],
                       why);
    break;
  case VHM_ORDER_REFUSED:
  case VHM_N_ORDER_ANSWERS:
    vhm_host_incident (o->vm->host, o->vm->name, "told to %s, but %s",
                       verbs[o->what], why);
  }
}

/* --- when --------------------------------------------------------------------- */

static struct vm *
find_vm (vhm_host *h, const char *name)
{
  for (uint32_t i = 0; i < h->n_vms; i++)
    if (g_str_equal (h->vms[i].name, name))
      return &h->vms[i];
  VHM_REQUIRE (!"the timeline names guests of the case");
  return NULL;
}

/* Time of the day after the start of the run, next day if it has passed. */
static uint64_t
since_start (const struct vhm_case *c, uint64_t clock_ns)
{
  uint64_t day_ns = UINT64_C (24) * 60 * VHM_NS_PER_MIN;
  return (clock_ns + day_ns - c->start_ns % day_ns) % day_ns;
}

static void
schedule (vhm_host *h, uint64_t ns, struct vm *vm, enum vhm_case_order what)
{
  struct order *o = g_new (struct order, 1);
  *o = (struct order){ vm, what };
  g_ptr_array_add (h->orders, o);
  vhm_host_after (h, ns, VHM_PRIORITY_NORMAL, carry_out, o);
}

void
vhm_host_schedule_orders (vhm_host *h)
{
  h->orders = g_ptr_array_new_with_free_func (g_free);
  for (uint32_t i = 0; i < h->n_vms; i++)
    schedule (h, h->vms[i].config->start_ns, &h->vms[i], VHM_CASE_START);
  const struct vhm_case_timeline *lines = h->config->timeline.items;
  for (size_t i = 0; i < h->config->timeline.n; i++) {
    const char *who;
    enum vhm_case_order what = vhm_case_order_of (&lines[i], &who);
    schedule (h, since_start (h->config, lines[i].at_ns), find_vm (h, who),
              what);
  }
}
