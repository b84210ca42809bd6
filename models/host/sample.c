/* Counters: the one table of what is sampled, under which name and unit, and the
 * code that fills a row of samples.
 *
 * Levels are those at the instant of the sample, rates are differences over the
 * interval before it (none at the first), pressures those of the last report.
 * A guest that is off shows no samples but for its memory, which is 0. What its own
 * system reports comes from its collector, if it has one (collect.c), and else is
 * read from outside like the rest.
 */
#include "host.h"

#include <vhm/base/require.h>

#include <math.h>

#define VM_OBJECT "Hyper-V Dynamic Memory VM"
#define BALANCER_OBJECT "Hyper-V Dynamic Memory Balancer"

enum guest_counter {
  G_PHYSICAL,
  G_VISIBLE,
  G_PRESSURE,
  G_AVERAGE_PRESSURE,
  G_DEMAND,
  G_ADDED,
  G_REMOVED,
  G_ADDS,
  G_REMOVES,
  G_BALLOON,
  G_COMMITTED,
  G_LIMIT,
  G_PAGE_FILE,
  G_NONPAGED,
  G_AVAILABLE,
  G_FREE,
  G_STANDBY,
  G_MODIFIED,
  G_WORKING_SET,
  G_PAGES_INPUT,
  G_PAGES_OUTPUT,
  G_PAGE_READS,
  G_FAULTS,
  G_TRANSITION,
  G_ZERO,
  G_THROUGHPUT,
  G_CPU,
  G_CONSUMED,
  G_SWAPPED,
  G_COMPRESSED,
  G_SWAP_IN,
  G_SWAP_OUT,
  G_HOST_FAULTS,
  G_REFUSED,
  G_TRANSLATION,
  G_LARGE,
  G_SMART,
  N_GUEST_COUNTERS
};

static const struct vhm_counter guest_counters[N_GUEST_COUNTERS] = {
  [G_PHYSICAL]
  = { "physical_memory", "Physical Memory", VM_OBJECT, VHM_UNIT_BYTES,
      "memory the guest has been given and still has: without its balloon and "
      "what the host has swapped or compressed; where the host gives at touch, "
      "machine memory comes behind it as it is touched (Memory Consumed)" },
  [G_VISIBLE]
  = { "visible_memory", "Guest Visible Physical Memory", VM_OBJECT,
      VHM_UNIT_BYTES, "memory the guest sees; never falls while it runs" },
  [G_PRESSURE] = { "pressure", "Current Pressure", VM_OBJECT, VHM_UNIT_PERCENT,
                   "100 x demand / physical memory, at the last report" },
  [G_AVERAGE_PRESSURE]
  = { "average_pressure", "Average Pressure", VM_OBJECT, VHM_UNIT_PERCENT,
      "Current Pressure, exponentially averaged" },
  [G_DEMAND] = { "memory_demand", "Memory Demand", VM_OBJECT, VHM_UNIT_BYTES,
                 "committed memory the guest reports, without the balloon" },
  [G_ADDED] = { "added_memory", "Added Memory", VM_OBJECT, VHM_UNIT_BYTES,
                "memory added since the guest started, cumulative" },
  [G_REMOVED] = { "removed_memory", "Removed Memory", VM_OBJECT, VHM_UNIT_BYTES,
                  "memory removed since the guest started, cumulative" },
  [G_ADDS] = { "add_operations", "Memory Add Operations", VM_OBJECT,
               VHM_UNIT_NONE, "operations that added memory, cumulative" },
  [G_REMOVES] = { "remove_operations", "Memory Remove Operations", VM_OBJECT,
                  VHM_UNIT_NONE, "operations that removed memory, cumulative" },
  [G_BALLOON] = { "balloon_bytes", "Ballooned Memory", NULL, VHM_UNIT_BYTES,
                  "memory in the balloon, as the host counts it" },
  [G_COMMITTED]
  = { "committed_bytes", "Committed Bytes", "Memory", VHM_UNIT_BYTES,
      "commit charge of the guest, balloon included" },
  [G_LIMIT] = { "commit_limit", "Commit Limit", "Memory", VHM_UNIT_BYTES,
                "visible memory + page file" },
  [G_PAGE_FILE] = { "page_file_bytes", "Paging File Size", NULL, VHM_UNIT_BYTES,
                    "size of the page file" },
  [G_NONPAGED]
  = { "pool_nonpaged_bytes", "Pool Nonpaged Bytes", "Memory", VHM_UNIT_BYTES,
      "nonpaged pool, as the guest counts it; the balloon is in it" },
  [G_AVAILABLE] = { "available_bytes", "Available Bytes", "Memory",
                    VHM_UNIT_BYTES, "zero, free and standby lists" },
  [G_FREE] = { "free_bytes", "Free & Zero Page List Bytes", "Memory",
               VHM_UNIT_BYTES, "free list" },
  [G_STANDBY] = { "standby_bytes", "Standby Cache Bytes", "Memory",
                  VHM_UNIT_BYTES, "standby lists" },
  [G_MODIFIED] = { "modified_bytes", "Modified Page List Bytes", "Memory",
                   VHM_UNIT_BYTES, "pages waiting to be written" },
  [G_WORKING_SET] = { "working_set_bytes", "Working Set", "Process",
                      VHM_UNIT_BYTES, "pages mapped by processes" },
  [G_PAGES_INPUT] = { "pages_input_per_s", "Pages Input/sec", "Memory",
                      VHM_UNIT_PER_S, "pages read from the page file" },
  [G_PAGES_OUTPUT] = { "pages_output_per_s", "Pages Output/sec", "Memory",
                       VHM_UNIT_PER_S, "pages written to the page file" },
  [G_PAGE_READS] = { "page_reads_per_s", "Page Reads/sec", "Memory",
                     VHM_UNIT_PER_S, "reads of the page file" },
  [G_FAULTS] = { "page_faults_per_s", "Page Faults/sec", "Memory",
                 VHM_UNIT_PER_S, "hard and soft faults" },
  [G_TRANSITION]
  = { "transition_faults_per_s", "Transition Faults/sec", "Memory",
      VHM_UNIT_PER_S, "faults served from standby and modified lists" },
  [G_ZERO] = { "demand_zero_faults_per_s", "Demand Zero Faults/sec", "Memory",
               VHM_UNIT_PER_S, "first touches" },
  [G_THROUGHPUT] = { "throughput_per_s", "Operations/sec", NULL, VHM_UNIT_PER_S,
                     "operations of the workloads finished" },
  [G_CPU] = { "cpu_percent", "% Total Run Time",
              "Hyper-V Hypervisor Virtual Processor", VHM_UNIT_PERCENT,
              "processor time used, 100 = all its virtual processors" },
  [G_CONSUMED] = { "consumed_bytes", "Memory Consumed", NULL, VHM_UNIT_BYTES,
                   "machine memory that backs the guest's, and that its "
                   "compressed pages take" },
  [G_COMPRESSED]
  = { "compressed_bytes", "Memory Compressed", NULL, VHM_UNIT_BYTES,
      "guest memory that the hypervisor keeps compressed, in half as many "
      "frames" },
  [G_SWAPPED]
  = { "host_swapped_bytes", "Swapped by the host", NULL, VHM_UNIT_BYTES,
      "guest memory whose contents lie in the hypervisor's swap file" },
  [G_SWAP_IN] = { "host_swap_in_per_s", "Host swap-in/sec", NULL,
                  VHM_UNIT_PER_S, "pages the hypervisor has read back" },
  [G_SWAP_OUT] = { "host_swap_out_per_s", "Host swap-out/sec", NULL,
                   VHM_UNIT_PER_S, "pages the hypervisor has swapped out" },
  [G_HOST_FAULTS]
  = { "host_faults_per_s", "Host faults/sec", NULL, VHM_UNIT_PER_S,
      "touches of guest memory that waited for the swap file" },
  [G_REFUSED]
  = { "refused_commits", "Commit requests refused", NULL, VHM_UNIT_NONE,
      "requests beyond the commit limit since the guest started, "
      "cumulative" },
  [G_TRANSLATION]
  = { "translation_per_reference", "Translation cycles/reference", NULL,
      VHM_UNIT_CYCLES,
      "TLB misses, walks, exits, shadow upkeep and VM switches, over the page "
      "references of the interval" },
  [G_LARGE] = { "large_backed_bytes", "Memory backed by large pages", NULL,
                VHM_UNIT_BYTES,
                "guest memory in 2 MiB blocks that the host can map with one "
                "page each" },
  [G_SMART]
  = { "smart_paging_working_set", "Smart Paging Working Set Size", VM_OBJECT,
      VHM_UNIT_BYTES, "guest memory that lies in a smart paging file" },
};

/* Those that the guest's own system reports. */
static const bool is_own[N_GUEST_COUNTERS] = {
  [G_COMMITTED] = true,   [G_LIMIT] = true,        [G_PAGE_FILE] = true,
  [G_NONPAGED] = true,    [G_AVAILABLE] = true,    [G_FREE] = true,
  [G_STANDBY] = true,     [G_MODIFIED] = true,     [G_WORKING_SET] = true,
  [G_PAGES_INPUT] = true, [G_PAGES_OUTPUT] = true, [G_PAGE_READS] = true,
  [G_FAULTS] = true,      [G_TRANSITION] = true,   [G_ZERO] = true,
  [G_REFUSED] = true,
};

/* Of a host that gives whole blocks at first touch. */
static const struct vhm_counter unused_counter = {
  "large_unused_bytes", "Memory given unused", NULL, VHM_UNIT_BYTES,
  "machine memory that came with a first touch in its 2 MiB block and that "
  "the guest has not touched itself"
};

enum balancer_counter {
  B_AVAILABLE,
  B_PRESSURE,
  B_ADDED,
  B_REMOVED,
  B_ADDS,
  B_REMOVES,
  N_BALANCER_COUNTERS
};

static const struct vhm_counter balancer_counters[N_BALANCER_COUNTERS] = {
  [B_AVAILABLE] = { "available_memory", "Available Memory", BALANCER_OBJECT,
                    VHM_UNIT_BYTES, "machine memory left for guests" },
  [B_PRESSURE]
  = { "average_pressure", "Average Pressure", BALANCER_OBJECT, VHM_UNIT_PERCENT,
      "100 x demand / held, over all balanced guests" },
  [B_ADDED] = { "added_memory", "Added Memory", BALANCER_OBJECT, VHM_UNIT_BYTES,
                "by all guests, cumulative" },
  [B_REMOVED] = { "removed_memory", "Removed Memory", BALANCER_OBJECT,
                  VHM_UNIT_BYTES, "by all guests, cumulative" },
  [B_ADDS] = { "add_operations", "Memory Add Operations", BALANCER_OBJECT,
               VHM_UNIT_NONE, "by all guests, cumulative" },
  [B_REMOVES] = { "remove_operations", "Memory Remove Operations",
                  BALANCER_OBJECT, VHM_UNIT_NONE, "by all guests, cumulative" },
};

enum host_counter { H_ROOT, H_SUM, H_CPU, N_HOST_COUNTERS };

static const struct vhm_counter host_counters[N_HOST_COUNTERS] = {
  [H_ROOT] = { "root_memory", "Root Memory", NULL, VHM_UNIT_BYTES,
               "hypervisor, root partition and overhead of running guests" },
  [H_SUM]
  = { "sum_of_memory", "Machine Memory accounted for", NULL, VHM_UNIT_BYTES,
      "memory consumed by all guests + root + available + on its way to a "
      "guest, and shared frames" },
  [H_CPU]
  = { "cpu_percent", "% Total Run Time", "Hyper-V Hypervisor Logical Processor",
      VHM_UNIT_PERCENT, "processor time used, 100 = all logical processors" },
};

enum disk_counter {
  D_UTILIZATION,
  D_QUEUE,
  D_READS,
  D_WRITES,
  D_READ_BYTES,
  N_DISK_COUNTERS
};

static const struct vhm_counter disk_counters[N_DISK_COUNTERS] = {
  [D_UTILIZATION]
  = { "utilization_percent", "% Disk Time", "PhysicalDisk", VHM_UNIT_PERCENT,
      "share of the interval in which it was busy" },
  [D_QUEUE] = { "queue_length", "Current Disk Queue Length", "PhysicalDisk",
                VHM_UNIT_NONE, "requests waiting or in service" },
  [D_READS] = { "reads_per_s", "Disk Reads/sec", "PhysicalDisk", VHM_UNIT_PER_S,
                "reads finished" },
  [D_WRITES] = { "writes_per_s", "Disk Writes/sec", "PhysicalDisk",
                 VHM_UNIT_PER_S, "writes finished" },
  [D_READ_BYTES] = { "read_bytes_per_s", "Disk Read Bytes/sec", "PhysicalDisk",
                     VHM_UNIT_PER_S, "bytes read" },
};

/* --- which series there are ---------------------------------------------------- */

static void
free_series (gpointer data)
{
  struct vhm_series *s = data;
  g_free (s->instance);
  g_free (s);
}

void
vhm_host_announce (GPtrArray *all, const char *instance,
                   const struct vhm_counter *counters, int n)
{
  for (int i = 0; i < n; i++) {
    struct vhm_series *s = g_new0 (struct vhm_series, 1);
    s->instance = g_strdup (instance);
    s->counter = &counters[i];
    g_ptr_array_add (all, s);
  }
}

GPtrArray *
vhm_host_series (const struct vhm_case *c)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (free_series);
  const struct vhm_case_guest *guests = c->guests.items;
  for (size_t i = 0; i < c->guests.n; i++)
    for (uint64_t k = 0; k < guests[i].count; k++) {
      g_autofree char *name = vhm_case_guest_name (&guests[i], k);
      vhm_host_announce (all, name, guest_counters, N_GUEST_COUNTERS);
      vhm_host_announce_processors (all, name);
      vhm_host_announce_some (all, name, &guests[i]);
      vhm_host_announce_cache (all, name, &guests[i]);
      vhm_host_announce_sharing (all, name, c);
      if (vhm_case_gives_blocks (&c->host))
        vhm_host_announce (all, name, &unused_counter, 1);
    }
  vhm_host_announce (all, "balancer", balancer_counters, N_BALANCER_COUNTERS);
  vhm_host_announce (all, "host", host_counters, N_HOST_COUNTERS);
  vhm_host_announce_sharing (all, NULL, c);
  const struct vhm_case_disk *disks = c->host.disks.items;
  for (size_t i = 0; i < c->host.disks.n; i++) {
    g_autofree char *name = g_strdup_printf ("disk.%s", disks[i].name);
    vhm_host_announce (all, name, disk_counters, N_DISK_COUNTERS);
  }
  return all;
}

/* --- filling a row --------------------------------------------------------------- */

void
vhm_host_put (vhm_host *h, const double *values, int n)
{
  for (int i = 0; i < n; i++) {
    struct vhm_series *s = h->result->series->pdata[h->next_series++];
    s->values[h->next_sample] = values[i];
  }
}

static double
bytes (uint64_t pages)
{
  return (double) vhm_pages_to_bytes (pages);
}

uint64_t
vhm_host_translation_cyc (const struct vhm_ledger *ledger)
{
  uint64_t sum = 0;
  for (int a = 0; a < VHM_N_ACCOUNTS; a++)
    if (vhm_account_is_translation ((enum vhm_account) a))
      sum += ledger->cyc[a];
  return sum;
}

static uint64_t
overhead_cyc (const struct vhm_ledger *ledger)
{
  uint64_t sum = 0;
  for (int a = 0; a < VHM_N_ACCOUNTS; a++)
    if (vhm_account_is_overhead ((enum vhm_account) a))
      sum += ledger->cyc[a];
  return sum;
}

static uint64_t
ran_cyc (const struct vm *vm)
{
  struct vhm_ledger l = vhm_guest_ledger (vm->guest);
  return l.cyc[VHM_ACCOUNT_COMPUTE] + l.cyc[VHM_ACCOUNT_GUEST_FAULT]
         + l.cyc[VHM_ACCOUNT_BALLOON_DRIVER] + l.cyc[VHM_ACCOUNT_SHARING]
         + l.cyc[VHM_ACCOUNT_COW] + l.cyc[VHM_ACCOUNT_SLOWED]
         + vhm_host_translation_cyc (&l) + overhead_cyc (&l);
}

double
vhm_host_row_s (const vhm_host *h)
{
  return h->next_sample == 0 ? NAN : h->result->interval_s;
}

double
vhm_host_rate (const vhm_host *h, uint64_t now, uint64_t before)
{
  return (double) (now - before) / vhm_host_row_s (h);
}

void
vhm_host_put_late (vhm_host *h, size_t series, double value)
{
  struct vhm_series *s = h->result->series->pdata[series];
  s->values[h->next_sample - 1] = value;
}

/* As the guest's own system counts. */
static void
own_rates (const struct vhm_guest_counters *c,
           const struct vhm_guest_counters *b, double seconds, double *v)
{
  v[G_PAGES_INPUT] = (double) (c->pages_input - b->pages_input) / seconds;
  v[G_PAGES_OUTPUT] = (double) (c->pages_output - b->pages_output) / seconds;
  v[G_PAGE_READS] = (double) (c->page_reads - b->page_reads) / seconds;
  v[G_FAULTS] = (double) (c->page_faults - b->page_faults) / seconds;
  v[G_TRANSITION]
      = (double) (c->transition_faults - b->transition_faults) / seconds;
  v[G_ZERO]
      = (double) (c->demand_zero_faults - b->demand_zero_faults) / seconds;
}

static void
levels (const struct vm *vm, const struct vhm_guest_counters *c, double *v)
{
  uint32_t ballooned = vhm_guest_ballooned_pages (vm->guest);
  v[G_VISIBLE] = bytes (vhm_guest_visible_pages (vm->guest));
  v[G_PRESSURE] = vhm_vm_pressure (vm);
  v[G_AVERAGE_PRESSURE] = vm->has_report ? vm->average_pressure : NAN;
  v[G_DEMAND] = vm->has_report ? (double) vm->demand_bytes : NAN;
  v[G_BALLOON] = bytes (ballooned);
  v[G_COMMITTED] = bytes (c->committed_pages);
  v[G_LIMIT] = bytes (c->commit_limit_pages);
  v[G_PAGE_FILE] = bytes (c->page_file_pages);
  v[G_NONPAGED] = bytes (c->pool_nonpaged_pages);
  v[G_AVAILABLE] = bytes (c->free_pages + c->standby_pages);
  v[G_FREE] = bytes (c->free_pages);
  v[G_STANDBY] = bytes (c->standby_pages);
  v[G_MODIFIED] = bytes (c->modified_pages);
  v[G_WORKING_SET] = bytes (c->working_set_pages);
  v[G_REFUSED] = (double) c->refused_commits;
  v[G_LARGE] = (double) vhm_guest_large_blocks (vm->guest)
               * (double) (VHM_BLOCK_PAGES << VHM_PAGE_SHIFT);
  v[G_CONSUMED] = bytes ((uint64_t) vhm_guest_backed_pages (vm->guest)
                         + vhm_guest_compressed_frames (vm->guest));
  v[G_COMPRESSED] = bytes (vhm_guest_backing (vm->guest).compressed);
  v[G_SWAPPED] = bytes (vhm_guest_swapped_pages (vm->guest));
  v[G_SMART] = vm->smart.phase == VHM_SMART_OFF ? 0 : v[G_SWAPPED];
}

static void
rates (struct vm *vm, const struct vhm_guest_counters *c, double *v)
{
  const vhm_host *h = vm->host;
  own_rates (c, &vm->last, vhm_host_row_s (h), v);
  struct vhm_backing_counts now = vhm_guest_backing (vm->guest);
  const struct vhm_backing_counts *then = &vm->last_backing;
  v[G_SWAP_IN] = vhm_host_rate (h, now.swapped_in, then->swapped_in);
  v[G_SWAP_OUT] = vhm_host_rate (h, now.swapped_out, then->swapped_out);
  v[G_HOST_FAULTS] = vhm_host_rate (h, now.faults, then->faults);
  vm->last_backing = now;
  uint64_t operations = vhm_guest_operations (vm->guest);
  v[G_THROUGHPUT] = vhm_host_rate (h, operations, vm->last_operations);
  uint64_t ran = ran_cyc (vm);
  v[G_CPU] = 100 * vhm_host_rate (h, ran, vm->last_ran_cyc) / (double) h->hz
             / vhm_guest_n_vps (vm->guest);
  struct vhm_ledger ledger = vhm_guest_ledger (vm->guest);
  uint64_t translating = vhm_host_translation_cyc (&ledger);
  double references = vhm_guest_references (vm->guest);
  if (h->processors && h->next_sample > 0 && references > vm->last_references)
    v[G_TRANSLATION] = (double) (translating - vm->last_translation_cyc)
                       / (references - vm->last_references);
  vm->last_translation_cyc = translating;
  vm->last_references = references;
  vm->last = *c;
  vm->last_operations = operations;
  vm->last_ran_cyc = ran;
}

/* The guest's collector tells later. */
static void
leave_out (double *v)
{
  for (int i = 0; i < N_GUEST_COUNTERS; i++)
    v[i] = is_own[i] ? NAN : v[i];
}

void
vhm_vm_fill_late (struct vm *vm, const struct vhm_guest_counters *now,
                  const struct vhm_guest_counters *before, double seconds)
{
  double v[N_GUEST_COUNTERS];
  size_t first = vm->collection.first_series;
  levels (vm, now, v);
  own_rates (now, before, seconds, v);
  for (int i = 0; i < N_GUEST_COUNTERS; i++)
    if (is_own[i])
      vhm_host_put_late (vm->host, first + (size_t) i, v[i]);
  vhm_vm_fill_lists_late (vm, now, before, seconds);
}

/* Returns the share of its virtual processors used, in percent; NAN. */
static double
sample_guest (struct vm *vm)
{
  double v[N_GUEST_COUNTERS];
  struct vhm_guest_counters c, before = vm->last;
  bool is_on = vhm_guest_is_running (vm->guest);
  bool is_seen = is_on && !vhm_vm_has_collector (vm);
  vhm_vm_begin_row (vm, is_on);
  for (int i = 0; i < N_GUEST_COUNTERS; i++)
    v[i] = NAN;
  vhm_guest_sync (vm->guest);
  struct vhm_balloon_counts moved = vhm_balloon_counts (vm->balloon);
  v[G_PHYSICAL] = bytes (vhm_vm_physical_pages (vm));
  v[G_ADDED] = bytes (moved.added_pages);
  v[G_REMOVED] = bytes (moved.removed_pages);
  v[G_ADDS] = (double) moved.n_adds;
  v[G_REMOVES] = (double) moved.n_removes;
  if (is_on) {
    c = vhm_guest_counters (vm->guest);
    levels (vm, &c, v);
    rates (vm, &c, v);
  }
  if (!is_seen)
    leave_out (v);
  vhm_host_put (vm->host, v, N_GUEST_COUNTERS);
  vhm_host_sample_processors (vm);
  vm->collection.first_list = vm->host->next_series;
  vhm_host_sample_some (vm, is_seen ? &c : NULL, &before);
  vhm_host_sample_cache (vm, is_seen ? &c : NULL);
  vhm_host_sample_guest_sharing (vm);
  double unused = is_on ? bytes (vhm_guest_backing (vm->guest).unused) : NAN;
  if (vhm_case_gives_blocks (&vm->host->config->host))
    vhm_host_put (vm->host, &unused, 1);
  return v[G_CPU];
}

static void
sample_balancer (vhm_host *h)
{
  double v[N_BALANCER_COUNTERS] = { 0 };
  v[B_AVAILABLE] = bytes (vhm_host_available_pages (h));
  v[B_PRESSURE] = h->average_pressure > 0 ? h->average_pressure : NAN;
  for (uint32_t i = 0; i < h->n_vms; i++) {
    struct vhm_balloon_counts moved = vhm_balloon_counts (h->vms[i].balloon);
    const struct vhm_balloon_counts *past = &h->vms[i].past_moved;
    v[B_ADDED] += bytes (moved.added_pages + past->added_pages);
    v[B_REMOVED] += bytes (moved.removed_pages + past->removed_pages);
    v[B_ADDS] += (double) (moved.n_adds + past->n_adds);
    v[B_REMOVES] += (double) (moved.n_removes + past->n_removes);
  }
  vhm_host_put (h, v, N_BALANCER_COUNTERS);
}

static void
sample_host (vhm_host *h, double guests_cpu)
{
  double v[N_HOST_COUNTERS];
  uint64_t root = vhm_machine_n_owned (h->machine, VHM_OWNER_ROOT);
  uint64_t sum = root + vhm_host_available_pages (h)
                 + vhm_machine_n_owned (h->machine, VHM_OWNER_SHARED);
  for (uint32_t i = 0; i < h->n_vms; i++)
    sum += vhm_guest_backed_pages (h->vms[i].guest)
           + vhm_guest_compressed_frames (h->vms[i].guest)
           + vhm_smart_set_aside_pages (&h->vms[i])
           + vhm_balloon_promised (h->vms[i].balloon);
  v[H_ROOT] = bytes (root);
  v[H_SUM] = bytes (sum);
  v[H_CPU] = guests_cpu / (double) h->config->host.n_cpus;
  vhm_host_put (h, v, N_HOST_COUNTERS);
  vhm_host_sample_sharing (h);
}

static void
sample_disk (vhm_host *h, guint i)
{
  struct vhm_disk_counts c = vhm_disk_counts (h->disks->pdata[i]);
  const struct vhm_disk_counts *b = &h->last_disk[i];
  double v[N_DISK_COUNTERS];
  v[D_UTILIZATION]
      = 100 * vhm_host_rate (h, c.busy_cyc, b->busy_cyc) / (double) h->hz;
  v[D_QUEUE] = (double) c.queue_length;
  v[D_READS] = vhm_host_rate (h, c.n_reads, b->n_reads);
  v[D_WRITES] = vhm_host_rate (h, c.n_writes, b->n_writes);
  v[D_READ_BYTES] = vhm_host_rate (h, c.read_bytes, b->read_bytes);
  vhm_host_put (h, v, N_DISK_COUNTERS);
  h->last_disk[i] = c;
}

void
vhm_host_sample (vhm_host *h)
{
  h->next_series = 0;
  double cpu = 0;
  for (uint32_t i = 0; i < h->n_vms; i++) {
    double used = sample_guest (&h->vms[i]);
    if (used > 0)
      cpu += used * (double) h->vms[i].config->n_vcpus;
  }
  sample_balancer (h);
  sample_host (h, cpu);
  for (guint i = 0; i < h->disks->len; i++)
    sample_disk (h, i);
  VHM_ASSERT (h->next_series == h->result->series->len);
  h->next_sample++;
}
