/* Wires machine, processors, disks, guests and balancer from a case, and runs the
 * clock.
 *
 * Machine memory = root + overhead of running guests + held by guests +
 * available, at every instant.
 *
 * Cost: one event a report and one a sample beside what the models do.
 */
#include "host.h"

#include <vhm/base/error.h>
#include <vhm/base/require.h>

#include <stdarg.h>

char *
vhm_case_guest_name (const struct vhm_case_guest *guest, uint64_t k)
{
  if (guest->count == 1)
    return g_strdup (guest->name);
  return g_strdup_printf ("%s[%" G_GUINT64_FORMAT "]", guest->name, k + 1);
}

uint64_t
vhm_host_now_ns (const vhm_host *h)
{
  return vhm_cycles_to_ns (h->hz, vhm_engine_now (h->engine).raw);
}

vhm_event
vhm_host_after (vhm_host *h, uint64_t ns, int priority, vhm_engine_fn fn,
                void *context)
{
  vhm_cycles at
      = vhm_cycles_add (vhm_engine_now (h->engine),
                        vhm_cycles_make (vhm_ns_to_cycles (h->hz, ns)));
  return vhm_engine_schedule (h->engine, at, priority, fn, context);
}

void
vhm_host_incident (vhm_host *h, const char *who, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  struct vhm_incident *incident = g_new0 (struct vhm_incident, 1);
  incident->at_s = (double) vhm_host_now_ns (h) / (double) VHM_NS_PER_S;
  incident->who = g_strdup (who);
  incident->what = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (h->result->incidents, incident);
}

uint64_t
vhm_host_available_pages (const vhm_host *h)
{
  uint64_t free = vhm_machine_n_free (h->machine), taken = 0;
  for (uint32_t i = 0; i < h->n_vms; i++)
    taken += vhm_balloon_promised (h->vms[i].balloon)
             + vhm_smart_set_aside_pages (&h->vms[i]);
  return free - MIN (taken, free); /* a host that swaps may have used it */
}

/* --- wiring ------------------------------------------------------------------ */

static struct vhm_rng
stream (const vhm_host *h, const char *kind, const char *name)
{
  g_autofree char *full = g_strdup_printf ("%s/%s", kind, name);
  struct vhm_rng rng;
  vhm_rng_init (&rng, h->options.seed, full);
  return rng;
}

static void
add_disks (vhm_host *h)
{
  const struct vhm_case_disk *disks = h->config->host.disks.items;
  h->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vhm_disk_free);
  for (size_t i = 0; i < h->config->host.disks.n; i++) {
    struct vhm_rng rng = stream (h, "disk", disks[i].name);
    g_ptr_array_add (h->disks, vhm_disk_new (h->engine, h->hz, disks[i].name,
                                             &disks[i].model, &rng));
  }
  h->last_disk = g_new0 (struct vhm_disk_counts, h->disks->len);
}

static void
befell (void *host, const char *guest, const char *what)
{
  vhm_host_incident (host, guest, "%s", what);
}

static void
out_of_swap (void *host, vhm_guest *guest)
{
  vhm_host *h = host;
  vhm_host_incident (
      h, vhm_guest_name (guest),
      "its swap file is full with %u MiB: it keeps what it has, "
      "and waits for machine memory where it needs more",
      (unsigned) (vhm_pages_to_bytes (vhm_guest_swapped_pages (guest))
                  / VHM_MIB));
}

static void
make_scheduler (vhm_host *h)
{
  const struct vhm_case_host *c = &h->config->host;
  const struct vhm_scheduler_config config = {
    .kind = (enum vhm_scheduler_kind) c->scheduler,
    .n_cpus = (uint32_t) c->n_cpus,
    .reserve_rule = (enum vhm_reserve_rule) c->reserve_rule,
    .quantum_cyc = MAX (vhm_ns_to_cycles (h->hz, c->quantum_ns), 1),
    .switch_cyc = vhm_ns_to_cycles (h->hz, c->switch_ns),
    .speeds = c->speeds.items,
    .n_speeds = c->speeds.n,
  };
  h->scheduler = vhm_scheduler_new (h->engine, &config);
}

static GArray *
affinity (const struct vhm_case_cpu *cpu)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  const struct vhm_case_processors *some = cpu->affinity.items;
  for (size_t i = 0; i < cpu->affinity.n; i++)
    for (uint64_t k = some[i].from; k <= some[i].to; k++)
      g_array_append_val (all, k);
  return all;
}

void
vhm_vm_make_guest (struct vm *vm)
{
  vhm_host *h = vm->host;
  const struct vhm_case_guest *c = vm->config;
  size_t n_workloads;
  const struct vhm_plugin_choice *workloads
      = vhm_vm_workloads (vm, &n_workloads);
  size_t swap_disk = vhm_case_disk_named (h->config, h->config->host.swap.disk);
  const struct vhm_guest_config config = {
    .name = vm->name,
    .n_vps = (uint32_t) c->n_vcpus,
    .weight = (uint32_t) c->cpu.weight,
    .cap_ppm = c->cpu.cap_ppm,
    .reserve_ppm = c->cpu.reserve_ppm,
    .startup_pages = (uint32_t) vhm_bytes_to_pages (c->memory.startup_bytes),
    .maximum_pages = (uint32_t) vhm_bytes_to_pages (c->memory.maximum_bytes),
    .os = c->os,
    .workloads = workloads,
    .n_workloads = n_workloads,
    .disk = h->disks->pdata[vhm_case_disk_of (h->config, c)],
    .disk_at_bytes = vm->page_file_at_bytes,
    .image_at_bytes = vm->page_file_at_bytes + vhm_case_image_behind_bytes (c),
    .first_vp = vm->first_vp,
    .affinity = (const uint64_t *) (void *) vm->affinity->data,
    .n_affinity = vm->affinity->len,
    .page_size = (enum vhm_page_size) c->page_size,
    .page_size_ppm = c->page_size_ppm,
    .every_reference = vhm_case_every_reference (h->config, c),
    .backed_at_touch = h->config->host.gives == VHM_CASE_GIVES_AT_TOUCH,
    .large_at_touch = vhm_case_gives_blocks (&h->config->host),
    .large_ns = h->config->host.large_ns,
    .swap = vhm_case_reclaims_by (&h->config->host, VHM_CASE_SWAP)
                ? &h->config->host.swap.model
                : NULL,
    .swap_disk = h->disks->pdata[swap_disk],
    .swap_at_bytes = vm->swap_at_bytes,
    .swap_bytes = vhm_case_swap_bytes (&h->config->host, c),
    .content = vm->content,
    .n_content = vhm_content_classes (&c->content, vm->content),
    .image = c->image_name,
    .share_salt = vhm_vm_salt (vm),
    .compression = vhm_case_reclaims_by (&h->config->host, VHM_CASE_COMPRESSION)
                       ? &h->compression
                       : NULL,
    .compressed_sizes = vhm_case_compressed_sizes (&h->config->host),
    .kernel = c->kernel,
    .overheads = &h->config->host.overheads,
    .is_enlightened = c->is_enlightened,
    .tick_hz = c->tick_hz,
  };
  const struct vhm_guest_surroundings around = {
    .engine = h->engine,
    .machine = h->machine,
    .scheduler = h->scheduler,
    .clock_hz = h->hz,
    .seed = h->options.seed,
    .processors = h->processors,
    .shared = h->shared,
    .reclaim = h->reclaim,
    .incident = befell,
    .out_of_swap = out_of_swap,
    .collected = vhm_host_collected,
    .host = h,
  };
  vm->guest = vhm_guest_new (&config, (uint16_t) vm->id, &around);
  vm->balloon = vhm_balloon_new (h->machine, &h->config->host.balloon,
                                 vm->guest, config.maximum_pages);
}

static void
add_guests (vhm_host *h)
{
  const struct vhm_case_guest *guests = h->config->guests.items;
  for (size_t i = 0; i < h->config->guests.n; i++)
    h->n_vms += (uint32_t) guests[i].count;
  h->vms = g_new0 (struct vm, h->n_vms);
  uint32_t id = 0, n_vps = 0;
  for (size_t i = 0; i < h->config->guests.n; i++)
    for (uint64_t k = 0; k < guests[i].count; k++, id++) {
      struct vm *vm = &h->vms[id];
      vm->host = h;
      vm->config = &guests[i];
      vm->name = vhm_case_guest_name (&guests[i], k);
      vm->id = id;
      vm->first_vp = n_vps;
      vm->affinity = affinity (&guests[i].cpu);
      n_vps += (uint32_t) guests[i].n_vcpus;
      vm->shutdown = VHM_NO_EVENT;
      vm->past
          = g_ptr_array_new_with_free_func ((GDestroyNotify) vhm_guest_free);
      vm->overhead_pages = vhm_bytes_to_pages (
          vhm_case_overhead_bytes (&h->config->host, vm->config));
      vm->page_file_at_bytes = vhm_case_page_file_at (h->config, i, k);
      vm->swap_at_bytes = vhm_case_swap_at (h->config, i, k);
      vm->smart_at_bytes = vhm_case_smart_paging_at (h->config, i, k);
      vhm_vm_make_guest (vm);
    }
}

vhm_host *
vhm_host_new (const struct vhm_case *c, const struct vhm_host_options *options)
{
  vhm_host *h = g_new0 (vhm_host, 1);
  h->config = c;
  h->options = *options;
  h->hz = c->host.clock_hz;
  h->compression = vhm_case_compression_config (&c->host);
  h->engine = vhm_engine_new ();
  uint64_t n_frames = c->host.memory_bytes >> VHM_PAGE_SHIFT;
  h->machine = vhm_machine_new ((uint32_t) n_frames);
  h->root_pages = vhm_bytes_to_pages (vhm_case_root_bytes (&c->host));
  vhm_machine_take (h->machine, VHM_OWNER_ROOT, 0, (uint32_t) h->root_pages,
                    NULL);
  make_scheduler (h);
  vhm_host_make_processors (h);
  vhm_host_make_sharing (h);
  if (vhm_case_reclaims_by (&c->host, VHM_CASE_SWAP)
      && c->host.swap.from == VHM_CASE_SWAPS_FROM_ALL)
    h->reclaim = vhm_global_reclaim_new (h->engine, h->machine);
  add_disks (h);
  add_guests (h);
  const struct vhm_plugin *balancer = c->host.balancer.plugin;
  const struct vhm_balancer_ops *ops = balancer->ops;
  h->balancer_state = g_malloc0 (MAX (balancer->state_size, 1));
  ops->init (h->balancer_state, c->host.balancer.config);
  vhm_host_control_scanner (h);
  h->next_balance_ns = ops->period_ns (c->host.balancer.config);
  return h;
}

void
vhm_host_free (vhm_host *h)
{
  for (uint32_t i = 0; i < h->n_vms; i++) {
    vhm_balloon_free (h->vms[i].balloon);
    vhm_guest_free (h->vms[i].guest);
    g_ptr_array_unref (h->vms[i].past);
    vhm_migration_clear (&h->vms[i]);
    g_array_unref (h->vms[i].affinity);
    g_free (h->vms[i].name);
    g_free (h->vms[i].workloads);
  }
  g_free (h->vms);
  vhm_host_free_sharing (h);
  g_clear_pointer (&h->reclaim, vhm_global_reclaim_free);
  g_ptr_array_unref (h->disks);
  g_free (h->last_disk);
  g_clear_pointer (&h->orders, g_ptr_array_unref);
  vhm_scheduler_free (h->scheduler);
  vhm_machine_free (h->machine);
  g_clear_pointer (&h->processors, vhm_processors_free);
  for (int i = 0; i < VHM_N_PAGINGS; i++)
    g_clear_pointer (&h->like[i], vhm_processors_free);
  g_clear_pointer (&h->compared, g_array_unref);
  vhm_engine_free (h->engine);
  g_free (h->balancer_state);
  g_free (h->wrong);
  g_free (h);
}

/* --- running ------------------------------------------------------------------ */

const char *
vhm_host_audit (vhm_host *h)
{
  g_clear_pointer (&h->wrong, g_free);
  const char *wrong = vhm_machine_audit (h->machine);
  const char *who = "machine memory";
  uint64_t owned = vhm_machine_n_free (h->machine)
                   + vhm_machine_n_owned (h->machine, VHM_OWNER_ROOT)
                   + vhm_machine_n_owned (h->machine, VHM_OWNER_SHARED);
  uint64_t compressed = 0;
  uint64_t root = h->root_pages;
  for (uint32_t i = 0; i < h->n_vms && !wrong; i++) {
    struct vm *vm = &h->vms[i];
    vhm_guest_sync (vm->guest);
    wrong = vhm_guest_audit (vm->guest);
    who = vm->name;
    owned += vhm_guest_backed_pages (vm->guest);
    compressed += vhm_guest_compressed_frames (vm->guest);
    root += vhm_guest_is_running (vm->guest) ? vm->overhead_pages : 0;
  }
  if (!wrong && h->shared) {
    wrong = vhm_shared_memory_audit (h->shared);
    who = "page sharing";
  }
  if (!wrong
      && compressed != vhm_machine_n_owned (h->machine, VHM_OWNER_COMPRESSED)) {
    who = "host";
    wrong = "compressed pages lie in other frames than the guests' caches hold";
  }
  owned += compressed;
  if (!wrong && owned != vhm_machine_n_frames (h->machine)) {
    who = "host";
    wrong = "root, guests and available do not add up to machine memory";
  }
  if (!wrong && root != vhm_machine_n_owned (h->machine, VHM_OWNER_ROOT)) {
    who = "host";
    wrong = "the root does not hold its reserve and the guests' overhead";
  }
  if (!wrong && !vhm_engine_is_valid (h->engine)) {
    who = "engine";
    wrong = "the event queue is out of order";
  }
  if (wrong)
    h->wrong = g_strdup_printf ("%s: %s", who, wrong);
  return h->wrong;
}

static void
sample (void *context)
{
  vhm_host *h = context;
  vhm_host_sample (h);
  vhm_host_look (h);
  if (h->options.progress)
    h->options.progress (h->options.progress_context,
                         (double) h->next_sample
                             / (double) h->result->n_samples);
  h->is_stopped = h->options.wants_stop
                  && h->options.wants_stop (h->options.stop_context);
  if (h->is_stopped || (h->options.audit && vhm_host_audit (h))) {
    vhm_engine_stop (h->engine);
    return;
  }
  if (h->next_sample < h->result->n_samples)
    vhm_host_after (h, h->config->sample_ns, VHM_PRIORITY_OBSERVER, sample, h);
}

bool
vhm_host_run (vhm_host *h, struct vhm_result *result, GError **error)
{
  VHM_REQUIRE (!h->result);
  const struct vhm_case *c = h->config;
  h->result = result;
  result->seed = h->options.seed;
  result->clock_hz = h->hz;
  result->start_s = (double) c->start_ns / (double) VHM_NS_PER_S;
  result->interval_s = (double) c->sample_ns / (double) VHM_NS_PER_S;
  result->duration_s = (double) c->duration_ns / (double) VHM_NS_PER_S;
  result->n_samples = (size_t) (c->duration_ns / c->sample_ns) + 1;
  GPtrArray *series = vhm_host_series (c);
  for (guint i = 0; i < series->len; i++) {
    const struct vhm_series *s = series->pdata[i];
    vhm_result_add_series (result, s->instance, s->counter);
  }
  g_ptr_array_unref (series);
  vhm_host_schedule_orders (h);
  vhm_host_after (h, 0, VHM_PRIORITY_OBSERVER, sample, h);
  vhm_host_after (h, c->host.report_ns, VHM_PRIORITY_POLICY, vhm_host_report,
                  h);
  vhm_engine_run (h->engine,
                  vhm_cycles_make (vhm_ns_to_cycles (h->hz, c->duration_ns)));
  vhm_host_end_watch (h);
  vhm_host_compare_pagings (h, NULL);
  vhm_host_summarize (h);
  if (h->is_stopped)
    g_set_error (error, VHM_ERROR, VHM_ERROR_IO,
                 "stopped before the end of the run");
  else if (h->wrong)
    g_set_error (error, VHM_ERROR, VHM_ERROR_TOOL,
                 "audit at %.1f s: %s; this is a defect of vhm",
                 (double) vhm_host_now_ns (h) / (double) VHM_NS_PER_S,
                 h->wrong);
  return !h->is_stopped && !h->wrong;
}
