/* What a balancer sees, and its answers, in one line each. */
#ifndef VHM_TESTS_VIEW_H
#define VHM_TESTS_VIEW_H

#include <check.h>
#include <string.h>

#include <vhm/base/units.h>
#include <vhm/host/registry.h>
#include <vhm/model/balancer.h>
#include <vhm/sim/scenario.h>

#define MB VHM_MIB

struct balancer {
  const struct vhm_balancer_ops *ops;
  struct vhm_scenario *scenario; /* owns the config */
  void *state;
};

/* The balancer with keys of `yaml`, defaults for the rest. */
static inline struct balancer
balancer_of (const struct vhm_plugin *plugin, const char *yaml)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_scenario_rules rules = { .schema = &plugin->config };
  g_autofree char *text = g_strdup_printf ("{%s}", yaml);
  struct balancer b = { .ops = plugin->ops };
  b.scenario = vhm_scenario_read_text (plugin->name, text, strlen (text),
                                       &rules, &error);
  ck_assert_msg (b.scenario != NULL, "%s", error ? error->message : "");
  b.state = g_malloc0 (MAX (plugin->state_size, 1));
  b.ops->init (b.state, b.scenario->config);
  return b;
}

static inline void
balancer_clear (struct balancer *b)
{
  vhm_scenario_free (b->scenario);
  g_free (b->state);
}

static inline struct balancer
named_balancer (const char *name, const char *yaml)
{
  return balancer_of (
      vhm_plugin_find (vhm_all_plugins, VHM_PLUGIN_BALANCER, name), yaml);
}

/* Guest `id`: demand and held in MiB; 64 MiB to 64 GiB, buffer 20 %. */
static inline struct vhm_vm_view
a_vm (uint32_t id, uint64_t demand_mib, uint64_t held_mib)
{
  return (struct vhm_vm_view){ .id = id,
                               .demand_bytes = demand_mib * MB,
                               .held_bytes = held_mib * MB,
                               .minimum_bytes = 64 * MB,
                               .maximum_bytes = 65536 * MB,
                               .buffer_ppm = 200000,
                               .weight = 5000 };
}

static inline void
decide (struct balancer *b, uint64_t now_s, uint64_t available_mib,
        const struct vhm_vm_view *vms, uint32_t n, uint64_t *ret_targets)
{
  struct vhm_balance_view view = { .now_ns = now_s * VHM_NS_PER_S,
                                   .available_bytes = available_mib * MB,
                                   .n = n,
                                   .vms = vms,
                                   .machine_bytes = available_mib * MB };
  for (uint32_t i = 0; i < n; i++)
    view.machine_bytes += vms[i].held_bytes;
  b->ops->balance (b->state, b->scenario->config, &view, ret_targets);
}

#endif
