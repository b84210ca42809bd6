/* Smart paging: a guest that restarts boots with the machine memory there is, at
 * least its minimum, and keeps the rest of its startup memory in a file.
 *
 *   bridging   it sees its startup memory S and is granted L < S of the machine's;
 *              what the balancer gives it raises L; once its driver is up its
 *              balloon is to take S - L, that is, until it holds no more than L
 *   returning  no limit any more; what is left in the file is read back
 *   over       nothing lies in the file, which is deleted; from now on memory is
 *              given with what it sees, as to others
 *
 * What it is granted and has not touched is set aside. Counts as held: min (L, what
 * it sees without its balloon).
 *
 * Invariant: machine frames of the guest <= L while bridging; frames set aside
 * are not available to others. Cost: O(1) a look; O(visible frames) while returning.
 * Left out: what Hyper-V writes there first. Not published, and assumed: victims,
 * clusters and fault times are those of host.swap; the file is read back.
 * Source: Microsoft, Hyper-V Dynamic Memory overview.
 */
#include "host.h"

#include <vhm/base/require.h>
#include <vhm/model/short_start.h>

/* Microsoft expects it to be over by then. */
#define EXPECTED_NS (10 * VHM_NS_PER_MIN)

static uint32_t
mib (uint64_t pages)
{
  return (uint32_t) (vhm_pages_to_bytes (pages) / VHM_MIB);
}

bool
vhm_smart_is_bridging (const struct vm *vm)
{
  return vm->smart.phase == VHM_SMART_BRIDGING;
}

uint64_t
vhm_smart_held_pages (const struct vm *vm)
{
  uint64_t sees = vhm_guest_held_pages (vm->guest);
  return vhm_smart_is_bridging (vm) ? MIN (sees, vm->smart.granted_pages)
                                    : sees;
}

uint64_t
vhm_smart_set_aside_pages (const struct vm *vm)
{
  if (vm->smart.phase == VHM_SMART_OFF)
    return 0;
  uint64_t has = (uint64_t) vhm_guest_backed_pages (vm->guest)
                 + vhm_guest_compressed_frames (vm->guest);
  uint64_t held = vhm_smart_held_pages (vm);
  return held - MIN (held, has);
}

void
vhm_smart_begin (struct vm *vm, uint64_t pages)
{
  vhm_host *h = vm->host;
  const struct vhm_case_host *c = &h->config->host;
  size_t disk = vhm_case_disk_named (h->config, c->smart_paging.disk);
  const struct vhm_short_start how = {
    .swap = &c->swap.model,
    .disk = h->disks->pdata[disk],
    .at_bytes = vm->smart_at_bytes,
    .size_bytes = vhm_case_smart_paging_bytes (c, vm->config),
    .limit_pages = (uint32_t) pages,
  };
  vhm_guest_start_short (vm->guest, &how);
  vm->smart.phase = VHM_SMART_BRIDGING;
  vm->smart.granted_pages = pages;
  vm->smart.since_ns = vhm_host_now_ns (h);
  vm->smart.most_pages = 0;
  vm->smart.was_long = false;
  uint64_t startup = vhm_bytes_to_pages (vm->config->memory.startup_bytes);
  vhm_host_incident (h, vm->name,
                     "smart paging begins: it restarts with %u of %u MiB of "
                     "startup memory, and other guests give nothing back",
                     mib (pages), mib (startup));
}

void
vhm_smart_raise (struct vm *vm, uint64_t pages)
{
  vm->smart.granted_pages += pages;
  vhm_vm_set_limit (vm, UINT64_MAX);
}

uint64_t
vhm_smart_wants_pages (const struct vm *vm)
{
  uint64_t sees = vhm_guest_held_pages (vm->guest);
  return sees - vhm_smart_held_pages (vm);
}

static void
count (struct vm *vm)
{
  uint64_t now = vhm_guest_swapped_pages (vm->guest);
  vm->smart.most_pages = MAX (vm->smart.most_pages, now);
  vm->smart.most_ever_pages = MAX (vm->smart.most_ever_pages, now);
}

static void
end (struct vm *vm, const char *how)
{
  uint64_t ns = vhm_host_now_ns (vm->host) - vm->smart.since_ns;
  vm->smart.phase = VHM_SMART_OFF;
  vm->smart.past_ns += ns;
  vhm_host_incident (vm->host, vm->name,
                     "smart paging ends after %" G_GUINT64_FORMAT
                     " s%s; its file of at most %u MiB is deleted",
                     ns / VHM_NS_PER_S, how, mib (vm->smart.most_pages));
}

void
vhm_smart_stop (struct vm *vm)
{
  if (vm->smart.phase != VHM_SMART_OFF)
    end (vm, ", as the guest shuts down");
}

uint64_t
vhm_smart_total_ns (const struct vm *vm)
{
  return vm->smart.past_ns
         + (vm->smart.phase == VHM_SMART_OFF
                ? 0
                : vhm_host_now_ns (vm->host) - vm->smart.since_ns);
}

static void
warn_if_long (struct vm *vm)
{
  uint64_t ns = vhm_host_now_ns (vm->host) - vm->smart.since_ns;
  if (vm->smart.was_long || ns < EXPECTED_NS)
    return;
  vm->smart.was_long = true;
  vhm_host_incident (vm->host, vm->name,
                     "smart paging has lasted for the 10 minutes in which "
                     "Hyper-V expects it to be over; %u MiB lie in its file",
                     mib (vhm_guest_swapped_pages (vm->guest)));
}

void
vhm_smart_look (struct vm *vm)
{
  if (vm->smart.phase == VHM_SMART_OFF)
    return;
  count (vm);
  const struct vhm_case_host *c = &vm->host->config->host;
  if (vhm_smart_is_bridging (vm) && vhm_smart_wants_pages (vm) == 0) {
    vm->smart.phase = VHM_SMART_RETURNING;
    vhm_vm_set_limit (vm, UINT64_MAX);
  }
  if (vm->smart.phase == VHM_SMART_RETURNING) {
    uint64_t bytes
        = (uint64_t) ((unsigned __int128) c->smart_paging.read_back_bytes_per_s
                      * c->report_ns / VHM_NS_PER_S);
    uint64_t n = MAX (vhm_bytes_to_pages (bytes), 1);
    vhm_guest_read_back (vm->guest, (uint32_t) MIN (n, UINT32_MAX));
    if (vhm_guest_back_all (vm->guest)) {
      end (vm, "");
      return;
    }
  }
  warn_if_long (vm);
}
