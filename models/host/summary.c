/* Summary: what each guest did in all its lives, as one number a row, and its
 * cycles, account by account.
 *
 * Rows are there for what the host does: translation where it is simulated,
 * backing where it swaps or gives at touch. Cost: O(lives + processes) a guest, once
 * at the end.
 */
#include "host.h"

#include <vhm/base/require.h>

static void
add_number (vhm_host *h, const char *who, const char *key, const char *help,
            enum vhm_unit unit, double value)
{
  struct vhm_summary_row *row = g_new0 (struct vhm_summary_row, 1);
  row->instance = g_strdup (who);
  row->key = g_strdup (key);
  row->help = g_strdup (help);
  row->unit = unit;
  row->value = value;
  g_ptr_array_add (h->result->summary, row);
}

static void
add_latency (vhm_host *h, const struct vm *vm,
             const struct vhm_histogram *latency, const char *key,
             const char *help, uint64_t ppm)
{
  double ns = (double) vhm_histogram_quantile (latency, ppm);
  add_number (h, vm->name, key, help, VHM_UNIT_SECONDS,
              ns / (double) VHM_NS_PER_S);
}

/* What a guest did in all its lives. */
struct deeds {
  uint64_t on_cyc, n_operations;
  uint64_t n_measurements, n_measured, n_broken, n_violations;
  uint64_t age_cyc;     /* of the oldest cost in use at its end */
  uint64_t n_imprecise; /* processes whose cost then was not known as asked */
  double references;
  struct vhm_histogram latency_ns;
  struct vhm_ledger ledger;
  struct vhm_backing_counts backing;
};

/* Of the last of its lives, which comes last. */
static void
add_last_costs (struct deeds *d, const vhm_guest *guest)
{
  uint64_t end = vhm_guest_last_cyc (guest);
  d->age_cyc = d->n_imprecise = 0;
  for (uint32_t i = 0; i < vhm_guest_n_processes (guest); i++) {
    const vhm_process *p = vhm_guest_process (guest, i);
    if (vhm_process_n_measurements (p) == 0)
      continue;
    d->age_cyc = MAX (d->age_cyc, end - vhm_process_measured_cyc (p));
    d->n_imprecise += !vhm_process_is_precise (p);
  }
}

/* What became of its memory in the hands of a host that swaps, or gives at touch:
 * each a mechanism of its own. */
static const struct {
  size_t at;
  const char *key, *help;
} backing_rows[] = {
#define ROW(field) offsetof (struct vhm_backing_counts, field)
  { ROW (first_touches), "first_touches",
    "pages that got machine memory at their first touch" },
  { ROW (block_touches), "first_touches_of_blocks",
    "2 MiB blocks that did, whole" },
  { ROW (unused), "large_unused",
    "pages of such blocks, in memory, that nobody has touched by the end" },
  { ROW (faults), "host_faults",
    "touches of its memory that waited for the hypervisor's swap file" },
  { ROW (guest_faults), "host_faults_in_guest",
    "of these, by the guest; the others by the hypervisor, for its disk" },
  { ROW (minor_faults), "host_minor_faults",
    "touches that found the page read ahead, or still being written" },
  { ROW (swapped_out), "host_swapped_out", "pages swapped out" },
  { ROW (swapped_in), "host_swapped_in", "pages read back, read ahead or not" },
  { ROW (silent_writes), "silent_writes",
    "pages swapped out that the guest had on its own disk, unchanged" },
  { ROW (kernel_out), "kernel_swapped_out", "pages of its kernel swapped out" },
  { ROW (free_out), "free_swapped_out",
    "pages swapped out that it did not use" },
  { ROW (kernel_faults), "kernel_faults",
    "times that its system waited for a page of its own" },
  { ROW (compressed_in), "host_compressed",
    "pages kept compressed in place of being swapped out" },
  { ROW (decompressed), "host_decompressed", "of these, touched again" },
  { ROW (compressed_evicted), "compressed_evicted",
    "of these, sent on to the swap file for others" },
  { ROW (compress_refused), "compress_refused",
    "pages that did not shrink enough, and were swapped out" },
  { ROW (stale_reads), "stale_reads",
    "pages read back only to be overwritten from its disk" },
  { ROW (false_reads), "false_reads",
    "pages read back only to be zeroed by the guest" },
  { ROW (double_paging), "double_paging",
    "pages read back because the guest was paging them out" },
#undef ROW
};

static uint64_t *
count_at (struct vhm_backing_counts *counts, size_t at)
{
  return (uint64_t *) (void *) ((char *) counts + at);
}

static void
add_backing (struct deeds *d, const vhm_guest *guest)
{
  struct vhm_backing_counts c = vhm_guest_backing (guest);
  for (size_t i = 0; i < G_N_ELEMENTS (backing_rows); i++)
    *count_at (&d->backing, backing_rows[i].at)
        += *count_at (&c, backing_rows[i].at);
}

static void
tell_backing (vhm_host *h, const struct vm *vm, struct deeds *d)
{
  const struct vhm_case_host *host = &h->config->host;
  if (!vhm_case_reclaims_by (host, VHM_CASE_SWAP)
      && host->gives != VHM_CASE_GIVES_AT_TOUCH
      && vm->smart.most_ever_pages == 0)
    return;
  for (size_t i = 0; i < G_N_ELEMENTS (backing_rows); i++)
    add_number (h, vm->name, backing_rows[i].key, backing_rows[i].help,
                VHM_UNIT_NONE,
                (double) *count_at (&d->backing, backing_rows[i].at));
}

static void
add_life (struct deeds *d, vhm_guest *guest)
{
  add_backing (d, guest);
  vhm_guest_sync (guest);
  d->on_cyc += vhm_guest_booted_cyc (guest);
  d->n_operations += vhm_guest_operations (guest);
  d->references += vhm_guest_references (guest);
  d->n_broken += vhm_guest_broken_blocks (guest);
  d->n_violations += vhm_guest_violations (guest);
  for (uint32_t i = 0; i < vhm_guest_n_processes (guest); i++) {
    const vhm_process *p = vhm_guest_process (guest, i);
    d->n_measurements += vhm_process_n_measurements (p);
    d->n_measured += vhm_process_n_measured (p);
  }
  add_last_costs (d, guest);
  vhm_histogram_merge (&d->latency_ns, vhm_guest_latency_ns (guest));
  struct vhm_ledger ledger = vhm_guest_ledger (guest);
  for (int a = 0; a < VHM_N_ACCOUNTS; a++)
    d->ledger.cyc[a] += ledger.cyc[a];
}

/* Of what this host does not do, or nobody has ordered. */
static bool
is_left_out (const vhm_host *h, enum vhm_account account)
{
  if (account == VHM_ACCOUNT_PAUSED)
    return true;
  if (account == VHM_ACCOUNT_SHARING || account == VHM_ACCOUNT_COW)
    return !h->shared;
  if (vhm_account_is_overhead (account))
    return !h->config->host.overheads.enabled;
  return !h->processors && vhm_account_is_translation (account);
}

static void
add_ledger (vhm_host *h, const struct vm *vm, const struct vhm_ledger *ledger)
{
  for (int a = 0; a < VHM_N_ACCOUNTS; a++) {
    if (ledger->cyc[a] == 0 && is_left_out (h, (enum vhm_account) a))
      continue; /* nobody has looked */
    struct vhm_ledger_row *row = g_new0 (struct vhm_ledger_row, 1);
    row->guest = g_strdup (vm->name);
    row->account = vhm_account_name ((enum vhm_account) a);
    row->cycles = ledger->cyc[a];
    g_ptr_array_add (h->result->ledger, row);
  }
}

static void
tell_translation (vhm_host *h, const struct vm *vm, const struct deeds *d)
{
  uint64_t cyc = vhm_host_translation_cyc (&d->ledger);
  uint64_t worked = cyc + d->ledger.cyc[VHM_ACCOUNT_COMPUTE];
  const struct {
    const char *key, *help;
    enum vhm_unit unit;
    double value;
  } rows[] = {
    { "translation_percent",
      "of computing and translating together, what translating took",
      VHM_UNIT_PERCENT, worked ? 100 * (double) cyc / (double) worked : 0 },
    { "measurements",
      "times that the cost of translation was measured, of all its processes",
      VHM_UNIT_NONE, (double) d->n_measurements },
    { "measured_references", "references drawn for that", VHM_UNIT_NONE,
      (double) d->n_measured },
    { "measurement_age",
      "at the end of its run, since the oldest cost in use was measured",
      VHM_UNIT_SECONDS, (double) d->age_cyc / (double) h->hz },
    { "measurements_imprecise",
      "processes whose cost in use does not meet host.measure.error",
      VHM_UNIT_NONE, (double) d->n_imprecise },
    { "broken_blocks", "2 MiB blocks whose large page the host has broken",
      VHM_UNIT_NONE, (double) d->n_broken },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    add_number (h, vm->name, rows[i].key, rows[i].help, rows[i].unit,
                rows[i].value);
  if (h->config->host.maps == VHM_CASE_MAPS_AT_TOUCH)
    add_number (h, vm->name, "slat_violations",
                "touches of memory that the host's table did not map yet",
                VHM_UNIT_NONE, (double) d->n_violations);
}

static void
tell_smart_paging (vhm_host *h, const struct vm *vm)
{
  add_number (h, vm->name, "smart_paging_time",
              "time that restarts of it were bridged by smart paging",
              VHM_UNIT_SECONDS,
              (double) vhm_smart_total_ns (vm) / (double) VHM_NS_PER_S);
  add_number (h, vm->name, "smart_paging_most",
              "most of its memory in a smart paging file, at the host's looks",
              VHM_UNIT_BYTES,
              (double) vhm_pages_to_bytes (vm->smart.most_ever_pages));
}

static void
tell_rounds (vhm_host *h, const struct vm *vm)
{
  const GArray *rounds = vm->migration.rounds;
  for (guint i = 0; i < rounds->len; i++) {
    g_autofree char *key = g_strdup_printf ("migration_round_%u", i + 1);
    double pages = (double) g_array_index (rounds, uint64_t, i);
    bool is_last = vm->migration.is_moved && i + 1 == rounds->len;
    add_number (h, vm->name, key,
                is_last ? "sent while it was stopped" : "sent in this round",
                VHM_UNIT_BYTES, pages * VHM_PAGE_BYTES);
  }
}

/* Of the last one that has ended. */
static void
tell_migration (vhm_host *h, const struct vm *vm)
{
  const struct migration *m = &vm->migration;
  if (!m->rounds || m->is_on)
    return;
  double sent = (double) vhm_migration_sent_pages (vm);
  const struct {
    const char *key, *help;
    enum vhm_unit unit;
    double value;
  } rows[] = {
    { "migration_moved", "1: it has been migrated; 0: that was given up",
      VHM_UNIT_NONE, m->is_moved },
    { "migration_rounds", "rounds of sending, with that while it was stopped",
      VHM_UNIT_NONE, m->rounds->len },
    { "migration_time", "from the order to the end", VHM_UNIT_SECONDS,
      (double) m->took_ns / (double) VHM_NS_PER_S },
    { "migration_stop_time", "of that, stopped", VHM_UNIT_SECONDS,
      (double) m->stood_ns / (double) VHM_NS_PER_S },
    { "migration_sent", "memory sent, some of it more than once",
      VHM_UNIT_BYTES, sent * VHM_PAGE_BYTES },
    { "migration_sent_over_memory",
      "the same over what it had in memory at the beginning", VHM_UNIT_NONE,
      sent / (double) MAX (g_array_index (m->rounds, uint64_t, 0), 1) },
    { "migration_write_faults",
      "first writes to pages in a round, of which the host had to know",
      VHM_UNIT_NONE, (double) m->n_faults },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    add_number (h, vm->name, rows[i].key, rows[i].help, rows[i].unit,
                rows[i].value);
  tell_rounds (h, vm);
}

static void
tell_collection (vhm_host *h, const struct vm *vm)
{
  const struct collection *k = &vm->collection;
  double taken = (double) MAX (k->n_taken, 1);
  add_number (h, vm->name, "samples_missed",
              "rows of its own counters without a sample while it was on",
              VHM_UNIT_NONE, (double) k->n_missed);
  add_number (h, vm->name, "sample_gap_longest",
              "longest time that it was on without a sample of them",
              VHM_UNIT_SECONDS, (double) k->longest_ns / (double) VHM_NS_PER_S);
  add_number (h, vm->name, "sample_delay_mean",
              "mean time that collecting a sample took", VHM_UNIT_SECONDS,
              (double) k->delay_ns / taken / (double) VHM_NS_PER_S);
}

static void
tell (vhm_host *h, const struct vm *vm, struct deeds *d)
{
  double on_s = (double) d->on_cyc / (double) h->hz;
  add_number (h, vm->name, "time_on", "time it was running", VHM_UNIT_SECONDS,
              on_s);
  if (on_s <= 0)
    return;
  add_number (h, vm->name, "time_over_pressure",
              "time its pressure, 100 x demand / physical memory, was above "
              "100",
              VHM_UNIT_SECONDS,
              (double) vm->over_pressure_ns / (double) VHM_NS_PER_S);
  add_number (h, vm->name, "operations_per_s",
              "operations finished a second while it was on", VHM_UNIT_PER_S,
              (double) d->n_operations / on_s);
  add_number (h, vm->name, "latency_mean", "mean time of an operation",
              VHM_UNIT_SECONDS,
              vhm_histogram_mean (&d->latency_ns) / (double) VHM_NS_PER_S);
  add_latency (h, vm, &d->latency_ns, "latency_p50",
               "half of the operations took at most this", 500000);
  add_latency (h, vm, &d->latency_ns, "latency_p95", "95 % took at most this",
               950000);
  add_latency (h, vm, &d->latency_ns, "latency_p99", "99 % took at most this",
               990000);
  if (vhm_vm_has_collector (vm))
    tell_collection (h, vm);
  if (h->config->host.smart_paging.enabled)
    tell_smart_paging (h, vm);
  tell_migration (h, vm);
  if (h->processors)
    tell_translation (h, vm, d);
  tell_backing (h, vm, d);
  add_ledger (h, vm, &d->ledger);
}

/* Returns its references. */
static double
summarize_guest (vhm_host *h, struct vm *vm)
{
  struct deeds d = { 0 };
  vhm_histogram_init (&d.latency_ns);
  for (guint i = 0; i < vm->past->len; i++)
    add_life (&d, vm->past->pdata[i]);
  add_life (&d, vm->guest);
  tell (h, vm, &d);
  vhm_histogram_clear (&d.latency_ns);
  return d.references;
}

void
vhm_host_summarize (vhm_host *h)
{
  double references = 0;
  for (uint32_t i = 0; i < h->n_vms; i++) {
    struct vm *vm = &h->vms[i];
    vhm_vm_end_collection (vm);
    references += summarize_guest (h, vm);
    h->result->n_faults += vm->past_faults;
    h->result->n_faults += vhm_guest_is_running (vm->guest)
                               ? vhm_guest_counters (vm->guest).page_faults
                               : vm->last.page_faults;
  }
  h->result->n_measured = h->watch.n_measured;
  h->result->n_references = (uint64_t) references;
  h->result->n_events = vhm_engine_n_events (h->engine);
}
