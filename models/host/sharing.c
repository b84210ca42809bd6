/* Page sharing as a case wants it: the shared memory of the host, its scanner,
 * and what is told of them.
 *
 *   esx   stable_scans 0, the last page keeps its frame, shares before swap, shares
 *         nothing in large blocks
 *   ksm   stable_scans 1, the last page gets a copy, does not, breaks the block of
 *         a page that it shares (mm/ksm.c, split_huge_page); a balancer that
 *         controls it has the say on how fast
 *
 * Counters of sharing are there where a host shares. Source: sharing.h,
 * scan_rate.h.
 */
#include "host.h"

#include <math.h>

static struct vhm_scanner_config
scanner_config (const struct vhm_case_host *host)
{
  const struct vhm_case_sharing *c = &host->sharing;
  uint64_t hz = host->clock_hz * host->n_cpus;
  uint64_t by_clock = vhm_scan_host_pages_per_s (c->bytes_per_s_per_ghz, hz);
  return (struct vhm_scanner_config){
    .is_ksm = c->kind == VHM_CASE_SHARES_AS_KSM,
    .limits = { .pass_ns = c->pass_ns,
                .guest_pages_per_s = c->guest_pages_per_s,
                .host_pages_per_s
                = c->host_pages_per_s > 0 ? c->host_pages_per_s : by_clock },
    .batch = { .pages_to_scan = (uint32_t) c->pages_to_scan,
               .sleep_ns = c->sleep_ns,
               .page_ns = c->hash_ns },
    .step_ns = c->step_ns,
  };
}

void
vhm_host_make_sharing (vhm_host *h)
{
  const struct vhm_case_sharing *c = &h->config->host.sharing;
  if (c->kind == VHM_CASE_SHARES_NOTHING)
    return;
  bool is_ksm = c->kind == VHM_CASE_SHARES_AS_KSM;
  const struct vhm_shared_memory_config config = {
    .sharing
    = { .stable_scans = is_ksm ? 1 : 0,
        .last = is_ksm ? VHM_SHARING_LAST_COPIES : VHM_SHARING_LAST_KEEPS,
        .hash_ns = c->hash_ns,
        .compare_ns = c->compare_ns,
        .copy_ns = c->copy_ns },
    .fault_ns = c->fault_ns,
    .before_swap = !is_ksm,
    .splits_blocks = is_ksm,
  };
  h->shared = vhm_shared_memory_new (&config, h->machine);
  const struct vhm_scanner_config scanner = scanner_config (&h->config->host);
  h->scanner = vhm_scanner_new (h->engine, h->hz, &scanner);
}

static bool
is_controlled (const vhm_host *h)
{
  const struct vhm_balancer_ops *ops = h->config->host.balancer.plugin->ops;
  return ops->scan && h->config->host.sharing.kind == VHM_CASE_SHARES_AS_KSM;
}

uint64_t
vhm_host_scannable_bytes (const vhm_host *h)
{
  uint64_t pages = 0;
  for (uint32_t i = 0; is_controlled (h) && i < h->n_vms; i++)
    pages += (uint64_t) vhm_guest_backed_pages (h->vms[i].guest)
             + vhm_guest_shared_pages (h->vms[i].guest);
  return vhm_pages_to_bytes (pages);
}

void
vhm_host_control_scanner (vhm_host *h)
{
  if (!is_controlled (h))
    return;
  const struct vhm_balancer_ops *ops = h->config->host.balancer.plugin->ops;
  const struct vhm_balance_scan wish = ops->scan (h->balancer_state);
  const struct vhm_scan_batch batch
      = { .pages_to_scan = wish.pages_to_scan,
          .sleep_ns = wish.sleep_ns,
          .page_ns = h->config->host.sharing.hash_ns };
  vhm_scanner_set_batch (h->scanner, &batch);
}

void
vhm_host_free_sharing (vhm_host *h)
{
  g_clear_pointer (&h->scanner, vhm_scanner_free);
  g_clear_pointer (&h->shared, vhm_shared_memory_free);
}

uint64_t
vhm_vm_salt (const struct vm *vm)
{
  const struct vhm_case *c = vm->host->config;
  switch ((enum vhm_case_salting) c->host.sharing.salting) {
  case VHM_CASE_SALT_NONE:
    break;
  case VHM_CASE_SALT_GROUP:
    return 1
           + (uint64_t) (vm->config
                         - (const struct vhm_case_guest *) c->guests.items);
  case VHM_CASE_SALT_GUEST:
    return 1 + vm->id;
  }
  return 0;
}

/* --- counters ------------------------------------------------------------------ */

enum { G_SHARED, G_ZERO, G_SCANNED, G_BREAKS, N_GUEST };

static const struct vhm_counter guest_counters[N_GUEST] = {
  [G_SHARED] = { "shared_bytes", "Memory Shared", NULL, VHM_UNIT_BYTES,
                 "guest memory that lies in shared frames" },
  [G_ZERO] = { "shared_zero_bytes", "Memory Shared, Zero", NULL, VHM_UNIT_BYTES,
               "of that, pages of zeros" },
  [G_SCANNED]
  = { "pages_scanned_per_s", "Pages scanned/sec", NULL, VHM_UNIT_PER_S,
      "pages that the host looked at to share them" },
  [G_BREAKS] = { "cow_breaks_per_s", "Copy-on-write breaks/sec", NULL,
                 VHM_UNIT_PER_S, "writes to shared pages" },
};

enum { H_SHARED, H_COMMON, H_SAVED, H_ZERO, H_SCANNED, H_BREAKS, N_HOST };

static const struct vhm_counter host_counters[N_HOST] = {
  [H_SHARED] = { "shared_bytes", "PSHARE shared", NULL, VHM_UNIT_BYTES,
                 "memory of all guests that lies in shared frames" },
  [H_COMMON] = { "shared_common_bytes", "PSHARE common", NULL, VHM_UNIT_BYTES,
                 "machine memory of the shared frames" },
  [H_SAVED] = { "shared_saving_bytes", "PSHARE saving", NULL, VHM_UNIT_BYTES,
                "what sharing has given back: shared - common" },
  [H_ZERO] = { "shared_zero_bytes", "PSHARE zero", NULL, VHM_UNIT_BYTES,
               "of shared, pages of zeros" },
  [H_SCANNED] = { "pages_scanned_per_s", "Pages scanned/sec", NULL,
                  VHM_UNIT_PER_S, "of all guests" },
  [H_BREAKS] = { "cow_breaks_per_s", "Copy-on-write breaks/sec", NULL,
                 VHM_UNIT_PER_S, "of all guests" },
};

static bool
shares (const struct vhm_case *c)
{
  return c->host.sharing.kind != VHM_CASE_SHARES_NOTHING;
}

void
vhm_host_announce_sharing (GPtrArray *all, const char *guest,
                           const struct vhm_case *c)
{
  if (!shares (c))
    return;
  if (guest)
    vhm_host_announce (all, guest, guest_counters, N_GUEST);
  else
    vhm_host_announce (all, "host", host_counters, N_HOST);
}

static double
bytes (uint64_t pages)
{
  return (double) vhm_pages_to_bytes (pages);
}

static void
fill_in (struct vm *vm, double *v)
{
  struct vhm_guest_sharing now = vhm_guest_sharing (vm->guest);
  const struct vhm_guest_sharing *before = &vm->last_sharing;
  v[G_SHARED] = bytes (now.n_shared);
  v[G_ZERO] = bytes (now.n_zero);
  v[G_SCANNED] = vhm_host_rate (vm->host, now.n_scanned, before->n_scanned);
  v[G_BREAKS] = vhm_host_rate (vm->host, now.n_breaks, before->n_breaks);
  vm->last_sharing = now;
}

void
vhm_host_sample_guest_sharing (struct vm *vm)
{
  double v[N_GUEST] = { NAN, NAN, NAN, NAN };
  if (!shares (vm->host->config))
    return;
  if (vhm_guest_is_running (vm->guest))
    fill_in (vm, v);
  vhm_host_put (vm->host, v, N_GUEST);
}

void
vhm_host_sample_sharing (vhm_host *h)
{
  double v[N_HOST];
  if (!shares (h->config))
    return;
  struct vhm_sharing_counts now = vhm_shared_memory_counts (h->shared);
  const struct vhm_sharing_counts *before = &h->last_sharing;
  v[H_SHARED] = bytes (now.n_shared);
  v[H_COMMON] = bytes (now.n_frames);
  v[H_SAVED] = bytes (now.n_reclaimed);
  v[H_ZERO] = bytes (now.n_zero);
  v[H_SCANNED] = vhm_host_rate (h, now.n_scanned + now.n_noted,
                                before->n_scanned + before->n_noted);
  v[H_BREAKS] = vhm_host_rate (h, now.n_breaks, before->n_breaks);
  h->last_sharing = now;
  vhm_host_put (h, v, N_HOST);
}
