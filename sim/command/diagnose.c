/* What a run is diagnosed with: rules, guests' settings, kind of host. */
#include "diagnose.h"

#include <math.h>

#include <vhm/base/require.h>
#include <vhm/host/host.h>

struct vhm_diagnosed *
diagnose_what (const struct vhm_case *c)
{
  struct vhm_diagnosed *what = vhm_diagnosed_new ();
  const struct vhm_case_guest *guests = c->guests.items;
  const struct vhm_case_disk *disks = c->host.disks.items;
  what->swaps = vhm_case_reclaims_by (&c->host, VHM_CASE_SWAP);
  for (size_t i = 0; i < c->guests.n; i++)
    for (uint64_t k = 0; k < guests[i].count; k++) {
      struct vhm_diagnosed_guest guest = {
        .name = vhm_case_guest_name (&guests[i], k),
        .disk = g_strdup (disks[vhm_case_disk_of (c, &guests[i])].name),
        .maximum_bytes = (double) guests[i].memory.maximum_bytes,
        .minimum_bytes = (double) guests[i].memory.minimum_bytes,
        .n_vcpus = (double) guests[i].n_vcpus,
      };
      g_array_append_val (what->guests, guest);
    }
  return what;
}

bool
diagnose_check (const struct vhm_rules *rules, const struct vhm_case *c,
                GError **error)
{
  double nothing = NAN;
  g_autoptr (GPtrArray) series = vhm_host_series (c);
  for (guint i = 0; i < series->len; i++)
    ((struct vhm_series *) series->pdata[i])->values = &nothing;
  const struct vhm_result one = { .series = series,
                                  .n_samples = 1,
                                  .interval_s = (double) c->sample_ns / 1e9,
                                  .duration_s = (double) c->duration_ns / 1e9 };
  g_autoptr (vhm_diagnosed) what = diagnose_what (c);
  g_autoptr (vhm_diagnosis) d = vhm_diagnosis_new (rules, what, &one, error);
  return d != NULL;
}

bool
command_diagnose (const struct vhm_rules *rules, const struct vhm_case *c,
                  struct vhm_result *result, GError **error)
{
  g_autoptr (vhm_diagnosed) what = diagnose_what (c);
  VHM_REQUIRE (result->diagnosis == NULL);
  result->diagnosis = vhm_diagnosis_new (rules, what, result, error);
  if (result->diagnosis)
    vhm_diagnosis_add_series (result->diagnosis, result);
  return result->diagnosis != NULL;
}

bool
diagnose_by_own_rules (const struct vhm_case *c, struct vhm_result *result,
                       GError **error)
{
  g_autoptr (vhm_scenario) rules = vhm_rules_read (NULL, error);
  return rules && command_diagnose (rules->config, c, result, error);
}

bool
diagnose_again (const struct again_scene *scene, const struct vhm_rules *rules,
                struct vhm_result *result, GError **error)
{
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) runs
      = diagnose_alone_runs (scene, result, guests, error);
  if (!runs || !again_run (scene, runs, error))
    return false;
  diagnose_take_alone (result->diagnosis, result, runs, guests);
  return diagnose_remedies (scene, rules, result, error);
}
