/* Counters of guests with an application that sizes a cache of its own by the memory
 * there is: how large it is and wants to be, what it hits, and what the system tells
 * it of memory.
 *
 * Hit ratio and misses are those of the time since the sample before; no look-ups, no
 * ratio. A guest that is off shows nothing. Several such applications of a guest are
 * shown together.
 */
#include "host.h"

#include <vhm/model/workload.h>

#include <math.h>

enum cache_counter { C_SIZE, C_TARGET, C_HITS, C_MISSES, C_STATE, N_COUNTERS };

static const struct vhm_counter counters[N_COUNTERS] = {
  [C_SIZE] = { "app_cache_bytes", "Application cache", NULL, VHM_UNIT_BYTES,
               "what its applications hold in caches of their own" },
  [C_TARGET] = { "app_cache_target_bytes", "Application cache target", NULL,
                 VHM_UNIT_BYTES, "what they let these grow to at present" },
  [C_HITS] = { "app_cache_hit_percent", "Application cache hit ratio", NULL,
               VHM_UNIT_PERCENT, "look-ups that found what they looked for" },
  [C_MISSES] = { "app_cache_misses_per_s", "Application cache misses/sec", NULL,
                 VHM_UNIT_PER_S, "look-ups that read the disk" },
  [C_STATE]
  = { "memory_notification", "Memory notification", NULL, VHM_UNIT_NONE,
      "what its system tells applications: 1 memory is high, -1 it is low, 0 "
      "neither (RESOURCE_MEMPHYSICAL_HIGH, _LOW, _STEADY)" },
};

static bool
has_cache (const struct vhm_case_guest *guest)
{
  const struct vhm_plugin_choice *all = guest->workloads.items;
  for (size_t i = 0; i < guest->workloads.n; i++) {
    const struct vhm_workload_ops *ops = all[i].plugin->ops;
    if (ops->cache)
      return true;
  }
  return false;
}

void
vhm_host_announce_cache (GPtrArray *all, const char *instance,
                         const struct vhm_case_guest *guest)
{
  if (has_cache (guest))
    vhm_host_announce (all, instance, counters, N_COUNTERS);
}

void
vhm_host_sample_cache (struct vm *vm, const struct vhm_guest_counters *now)
{
  double v[N_COUNTERS] = { NAN, NAN, NAN, NAN, NAN };
  if (!has_cache (vm->config))
    return;
  struct vhm_app_cache cache = { 0 };
  if (now) {
    cache = vhm_guest_app_cache (vm->guest);
    if (cache.n_lookups < vm->last_cache.n_lookups) /* started again */
      vm->last_cache = (struct vhm_app_cache){ 0 };
    double lookups = cache.n_lookups - vm->last_cache.n_lookups;
    double misses = (double) (cache.n_misses - vm->last_cache.n_misses);
    v[C_SIZE] = (double) vhm_pages_to_bytes (cache.held_pages);
    v[C_TARGET] = (double) vhm_pages_to_bytes (cache.target_pages);
    if (lookups > 0)
      v[C_HITS] = 100 * fmax (1 - misses / lookups, 0);
    v[C_MISSES]
        = vhm_host_rate (vm->host, cache.n_misses, vm->last_cache.n_misses);
    v[C_STATE] = now->high_memory - now->low_memory;
  }
  vm->last_cache = cache;
  vhm_host_put (vm->host, v, N_COUNTERS);
}
