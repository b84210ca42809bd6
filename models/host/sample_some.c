/* Counters that only some guests have: the lists of a system that keeps them,
 * under the names of /proc/meminfo and /proc/vmstat; standby pages by priority and
 * what goes with them, under the names of Windows; and what the first
 * operations took and hypervisor swap did meanwhile, for guests that ask for it.
 *
 * They follow the counters all guests have. A guest that is off shows none. An
 * operation that has not finished has no value yet; those of an earlier life
 * are not shown.
 */
#include "host.h"

#include <vhm/model/guest_os.h>

#include <math.h>

#define MEMINFO "/proc/meminfo"
#define VMSTAT "/proc/vmstat"

enum list_counter {
  L_ACTIVE_ANON,
  L_INACTIVE_ANON,
  L_ACTIVE_FILE,
  L_INACTIVE_FILE,
  L_SWAP_USED,
  L_MAJOR_FAULTS,
  L_SWAPPED_IN,
  L_SWAPPED_OUT,
  L_SCANNED,
  L_STOLEN,
  L_STALLS,
  L_REFAULT_ANON,
  L_REFAULT_FILE,
  L_KILLS,
  N_LIST_COUNTERS
};

static const struct vhm_counter list_counters[N_LIST_COUNTERS] = {
  [L_ACTIVE_ANON] = { "active_anon_bytes", "Active(anon)", MEMINFO,
                      VHM_UNIT_BYTES, "anonymous pages on the active list" },
  [L_INACTIVE_ANON]
  = { "inactive_anon_bytes", "Inactive(anon)", MEMINFO, VHM_UNIT_BYTES,
      "anonymous pages on the inactive list" },
  [L_ACTIVE_FILE] = { "active_file_bytes", "Active(file)", MEMINFO,
                      VHM_UNIT_BYTES, "pages of files on the active list" },
  [L_INACTIVE_FILE] = { "inactive_file_bytes", "Inactive(file)", MEMINFO,
                        VHM_UNIT_BYTES, "pages of files on the inactive list" },
  [L_SWAP_USED] = { "swap_used_bytes", "SwapTotal - SwapFree", MEMINFO,
                    VHM_UNIT_BYTES, "swap space in use" },
  [L_MAJOR_FAULTS] = { "pgmajfault_per_s", "pgmajfault", VMSTAT, VHM_UNIT_PER_S,
                       "faults that read swap space or a file" },
  [L_SWAPPED_IN] = { "pswpin_per_s", "pswpin", VMSTAT, VHM_UNIT_PER_S,
                     "pages read from swap space" },
  [L_SWAPPED_OUT] = { "pswpout_per_s", "pswpout", VMSTAT, VHM_UNIT_PER_S,
                      "pages written to swap space" },
  [L_SCANNED] = { "pgscan_per_s", "pgscan", VMSTAT, VHM_UNIT_PER_S,
                  "pages looked at on inactive lists" },
  [L_STOLEN] = { "pgsteal_per_s", "pgsteal", VMSTAT, VHM_UNIT_PER_S,
                 "pages reclaimed: their frames are free" },
  [L_STALLS] = { "allocstall_per_s", "allocstall", VMSTAT, VHM_UNIT_PER_S,
                 "allocations that had to reclaim themselves" },
  [L_REFAULT_ANON]
  = { "workingset_refault_anon_per_s", "workingset_refault_anon", VMSTAT,
      VHM_UNIT_PER_S, "anonymous pages that came back" },
  [L_REFAULT_FILE]
  = { "workingset_refault_file_per_s", "workingset_refault_file", VMSTAT,
      VHM_UNIT_PER_S, "pages of files that came back" },
  [L_KILLS]
  = { "oom_kills", "oom_kill", VMSTAT, VHM_UNIT_NONE,
      "processes killed for want of memory since it started, cumulative" },
};

enum priority_counter {
  P_RESERVE,
  P_NORMAL,
  P_CORE,
  P_LIFETIME,
  P_REPURPOSED,
  P_CACHE_FAULTS,
  P_IN_USE,
  P_USAGE,
  P_PEAK,
  P_CONDITION,
  P_MEMORY,
  N_PRIORITY_COUNTERS
};

static const struct vhm_counter priority_counters[N_PRIORITY_COUNTERS] = {
  [P_RESERVE]
  = { "standby_reserve_bytes", "Standby Cache Reserve Bytes", "Memory",
      VHM_UNIT_BYTES, "standby pages of priorities 0 to 3" },
  [P_NORMAL]
  = { "standby_normal_bytes", "Standby Cache Normal Priority Bytes", "Memory",
      VHM_UNIT_BYTES, "standby pages of priorities 4 and 5" },
  [P_CORE] = { "standby_core_bytes", "Standby Cache Core Bytes", "Memory",
               VHM_UNIT_BYTES, "standby pages of priorities 6 and 7" },
  [P_LIFETIME]
  = { "standby_lifetime", "Long-Term Average Standby Cache Lifetime (s)",
      "Memory", VHM_UNIT_SECONDS,
      "standby pages over those repurposed a second" },
  [P_REPURPOSED]
  = { "repurposed_per_s", "Transition Pages RePurposed/sec", "Memory",
      VHM_UNIT_PER_S, "standby pages whose frames were given to others" },
  [P_CACHE_FAULTS] = { "cache_faults_per_s", "Cache Faults/sec", "Memory",
                       VHM_UNIT_PER_S, "faults on pages of files" },
  [P_IN_USE] = { "committed_percent", "% Committed Bytes In Use", "Memory",
                 VHM_UNIT_PERCENT, "100 x committed bytes / commit limit" },
  [P_USAGE] = { "page_file_usage", "% Usage", "Paging File", VHM_UNIT_PERCENT,
                "share of the page file that is in use" },
  [P_PEAK]
  = { "page_file_peak", "% Usage Peak", "Paging File", VHM_UNIT_PERCENT,
      "most of it that was in use since the guest started" },
  [P_CONDITION]
  = { "commit_condition", "Commit condition", "KernelObjects", VHM_UNIT_NONE,
      "0: LowCommitCondition holds, 1: none, 2: HighCommitCondition, 3: "
      "MaximumCommitCondition, the page file cannot grow" },
  [P_MEMORY]
  = { "memory_condition", "Memory condition", "KernelObjects", VHM_UNIT_NONE,
      "0: LowMemoryCondition holds, 1: none, 2: HighMemoryCondition" },
};

#define OPERATION(k)                                          \
  {                                                           \
    "operation_" #k, "Operation " #k, NULL, VHM_UNIT_SECONDS, \
        "what operation " #k " took, in order of their ends"  \
  }

static const struct vhm_counter operations[VHM_FIRST_OPERATIONS] = {
  OPERATION (1),  OPERATION (2),  OPERATION (3),  OPERATION (4),
  OPERATION (5),  OPERATION (6),  OPERATION (7),  OPERATION (8),
  OPERATION (9),  OPERATION (10), OPERATION (11), OPERATION (12),
  OPERATION (13), OPERATION (14), OPERATION (15), OPERATION (16),
};

#define SWAP(k)                                                                \
  { "operation_" #k "_host_faults", "Operation " #k, NULL, VHM_UNIT_NONE,      \
    "host faults from the end of the operation before, or the start of this "  \
    "one if it is the first, to its end" },                                    \
      { "operation_" #k "_host_swap_in", "Operation " #k, NULL, VHM_UNIT_NONE, \
        "pages read from the hypervisor's swap file" },                        \
  {                                                                            \
    "operation_" #k "_host_swap_out", "Operation " #k, NULL, VHM_UNIT_NONE,    \
        "pages written there"                                                  \
  }
#define N_SWAP 3 /* counters an operation */

static const struct vhm_counter operation_swap[] = {
  SWAP (1),  SWAP (2),  SWAP (3),  SWAP (4),  SWAP (5),  SWAP (6),
  SWAP (7),  SWAP (8),  SWAP (9),  SWAP (10), SWAP (11), SWAP (12),
  SWAP (13), SWAP (14), SWAP (15), SWAP (16),
};

/* A guest without a system stands for any. */
static bool
has_lists (const struct vhm_case_guest *guest)
{
  const struct vhm_guest_os_ops *os
      = guest->os.plugin ? guest->os.plugin->ops : NULL;
  return !os || os->has_lists;
}

static bool
has_priorities (const struct vhm_case_guest *guest)
{
  const struct vhm_guest_os_ops *os
      = guest->os.plugin ? guest->os.plugin->ops : NULL;
  return !os || os->has_priorities;
}

void
vhm_host_announce_some (GPtrArray *all, const char *instance,
                        const struct vhm_case_guest *guest)
{
  if (has_lists (guest))
    vhm_host_announce (all, instance, list_counters, N_LIST_COUNTERS);
  if (has_priorities (guest))
    vhm_host_announce (all, instance, priority_counters, N_PRIORITY_COUNTERS);
  vhm_host_announce (all, instance, operations,
                     (int) guest->n_first_operations);
  vhm_host_announce (all, instance, operation_swap,
                     N_SWAP * (int) guest->n_first_operations);
}

static double
bytes (uint64_t pages)
{
  return (double) vhm_pages_to_bytes (pages);
}

static void
lists (const struct vhm_guest_counters *c, const struct vhm_guest_counters *b,
       double seconds, double *v)
{
  const struct {
    enum list_counter at;
    uint64_t now, before;
  } rates[] = {
    { L_MAJOR_FAULTS, c->major_faults, b->major_faults },
    { L_SWAPPED_IN, c->swapped_in, b->swapped_in },
    { L_SWAPPED_OUT, c->swapped_out, b->swapped_out },
    { L_SCANNED, c->pages_scanned, b->pages_scanned },
    { L_STOLEN, c->pages_stolen, b->pages_stolen },
    { L_STALLS, c->allocation_stalls, b->allocation_stalls },
    { L_REFAULT_ANON, c->refaults[0], b->refaults[0] },
    { L_REFAULT_FILE, c->refaults[1], b->refaults[1] },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rates); i++)
    v[rates[i].at] = (double) (rates[i].now - rates[i].before) / seconds;
  v[L_ACTIVE_ANON] = bytes (c->active_anon_pages);
  v[L_INACTIVE_ANON] = bytes (c->inactive_anon_pages);
  v[L_ACTIVE_FILE] = bytes (c->active_file_pages);
  v[L_INACTIVE_FILE] = bytes (c->inactive_file_pages);
  v[L_SWAP_USED] = bytes (c->swap_used_pages);
  v[L_KILLS] = (double) c->oom_kills;
}

void
vhm_vm_fill_lists_late (struct vm *vm, const struct vhm_guest_counters *now,
                        const struct vhm_guest_counters *before, double seconds)
{
  double v[N_LIST_COUNTERS];
  if (!has_lists (vm->config))
    return;
  lists (now, before, seconds, v);
  for (size_t i = 0; i < N_LIST_COUNTERS; i++)
    vhm_host_put_late (vm->host, vm->collection.first_list + i, v[i]);
}

static double
percent (uint64_t part, uint64_t whole)
{
  return whole > 0 ? 100 * (double) part / (double) whole : 0;
}

static void
put_priorities (vhm_host *h, const struct vhm_guest_counters *c,
                const struct vhm_guest_counters *b)
{
  const double v[N_PRIORITY_COUNTERS] = {
    [P_RESERVE] = bytes (c->standby_reserve_pages),
    [P_NORMAL] = bytes (c->standby_normal_pages),
    [P_CORE] = bytes (c->standby_core_pages),
    [P_LIFETIME] = (double) c->standby_lifetime_ns / (double) VHM_NS_PER_S,
    [P_REPURPOSED]
    = vhm_host_rate (h, c->repurposed_pages, b->repurposed_pages),
    [P_CACHE_FAULTS] = vhm_host_rate (h, c->cache_faults, b->cache_faults),
    [P_IN_USE] = percent (c->committed_pages, c->commit_limit_pages),
    [P_USAGE] = percent (c->page_file_used_pages, c->page_file_pages),
    [P_PEAK] = percent (c->page_file_peak_pages, c->page_file_pages),
    [P_CONDITION] = c->commit_condition,
    [P_MEMORY] = c->low_memory    ? 0
                 : c->high_memory ? 2
                                  : 1,
  };
  vhm_host_put (h, v, N_PRIORITY_COUNTERS);
}

static void
put_nothing (vhm_host *h, int n)
{
  double v = NAN;
  for (int i = 0; i < n; i++)
    vhm_host_put (h, &v, 1);
}

static void
put_operation_swap (struct vm *vm, uint32_t k)
{
  struct vhm_operation_swap s = vhm_guest_operation_swap (vm->guest, k);
  const double v[N_SWAP]
      = { (double) s.faults, (double) s.swapped_in, (double) s.swapped_out };
  if (vhm_guest_operation_ns (vm->guest, k) > 0)
    vhm_host_put (vm->host, v, N_SWAP);
  else
    put_nothing (vm->host, N_SWAP);
}

void
vhm_host_sample_some (struct vm *vm, const struct vhm_guest_counters *now,
                      const struct vhm_guest_counters *before)
{
  vhm_host *h = vm->host;
  double v[N_LIST_COUNTERS];
  if (has_lists (vm->config) && now) {
    lists (now, before, vhm_host_row_s (h), v);
    vhm_host_put (h, v, N_LIST_COUNTERS);
  } else if (has_lists (vm->config))
    put_nothing (h, N_LIST_COUNTERS);
  if (has_priorities (vm->config) && now)
    put_priorities (h, now, before);
  else if (has_priorities (vm->config))
    put_nothing (h, N_PRIORITY_COUNTERS);
  for (uint32_t k = 0; k < vm->config->n_first_operations; k++) {
    uint64_t ns = vhm_guest_operation_ns (vm->guest, k);
    double took = ns > 0 ? (double) ns / (double) VHM_NS_PER_S : NAN;
    vhm_host_put (h, &took, 1);
  }
  for (uint32_t k = 0; k < vm->config->n_first_operations; k++)
    put_operation_swap (vm, k);
}
