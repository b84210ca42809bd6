/* The keys of `host`: the machine, its hypervisor, its disks. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>
#include <vhm/model/balancer.h>
#include <vhm/model/guest_os.h>

#include <glib.h>

#include "case_parts.h"

#define AT(field) offsetof (struct vhm_case_disk, field)
static const struct vhm_param disk_params[] = {
  { .key = "name",
    .type = VHM_PARAM_NAME,
    .offset = AT (name),
    .fallback = NULL,
    .help = "what guests call it" },
  { .key = "model",
    .type = VHM_PARAM_PLUGIN,
    .offset = AT (model),
    .fallback = "hdd",
    .help = "how it serves requests",
    .plugin_kind = VHM_PLUGIN_DISK },
};
static const struct vhm_schema disk_schema
    = { .name = "disk",
        .help = "a disk of the host",
        .size = sizeof (struct vhm_case_disk),
        .mark_offset = AT (mark),
        N (disk_params) };
#undef AT

#define AT(field) offsetof (struct vhm_balloon_config, field)
static const struct vhm_param balloon_params[] = {
  { .key = "latency",
    .type = VHM_PARAM_TIME,
    .offset = AT (latency_ns),
    .fallback = "100 ms",
    .min = "0 s",
    .max = "10 min",
    .help = "of a message between host and guest driver",
    .source = "assumed: a VMBus message and a wake-up of VMMS; additions are "
              "seen within seconds" },
  { .key = "rate",
    .type = VHM_PARAM_RATE,
    .offset = AT (rate_bytes_per_s),
    .fallback = "256 MiB/s",
    .min = "4 KiB/s",
    .max = "1 TiB/s",
    .help = "how fast the driver takes pages that are available",
    .source = "assumed: allocation and messages, not the limit in practice" },
  { .key = "step",
    .type = VHM_PARAM_TIME,
    .offset = AT (step_ns),
    .fallback = "1 s",
    .min = "1 ms",
    .max = "10 min",
    .help = "how often it works on an open request",
    .source
    = "assumed: the driver polls once a second (Waldspurger 2002, 3.2)" },
  { .key = "unit",
    .type = VHM_PARAM_BYTES,
    .offset = AT (unit_bytes),
    .fallback = "2 MiB",
    .min = "4 KiB",
    .max = "1 GiB",
    .help = "memory is hot-added in whole units of this size",
    .source = "assumed for Windows guests; the Linux driver uses 128 MiB" },
  { .key = "page_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (page_ns),
    .fallback = "300 ns",
    .min = "0 ns",
    .max = "1 s",
    .help = "processor time of the driver for one page",
    .source = "assumed: allocating a page and listing it" },
};
static const struct vhm_schema balloon_schema
    = { .name = "balloon",
        .help = "how memory travels between host and guests",
        .size = sizeof (struct vhm_balloon_config),
        N (balloon_params) };
#undef AT

static const char *const pagings[]
    = { "none", "native", "slat", "shadow", NULL };
static const char *const maps[] = { [VHM_CASE_MAPS_AT_START] = "at-start",
                                    [VHM_CASE_MAPS_AT_TOUCH] = "at-touch",
                                    NULL };
static const char *const larges[] = {
  [VHM_CASE_LARGE_OFF] = "off", [VHM_CASE_LARGE_AT_TOUCH] = "at-touch", NULL
};
static const char *const reclaims[] = { [VHM_CASE_BALLOON] = "balloon",
                                        [VHM_CASE_SWAP] = "swap",
                                        [VHM_CASE_COMPRESSION] = "compression",
                                        NULL };
/* By enum vhm_page_size. */
const char *const vhm_case_page_sizes[] = { "4 KiB", "2 MiB", "1 GiB", NULL };

static const char *const schedulers[] = {
  [VHM_SCHEDULER_FLUID] = "fluid", [VHM_SCHEDULER_QUANTUM] = "quantum", NULL
};
static const char *const reserve_rules[]
    = { [VHM_RESERVE_FLOOR] = "floor", [VHM_RESERVE_FIRST] = "first", NULL };

#define AT(field) offsetof (struct vhm_scheduler_speed, field)
static const struct vhm_param speed_params[] = {
  { .key = "busy",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_busy),
    .fallback = NULL,
    .min = "1",
    .max = "4096",
    .help = "busy logical processors" },
  { .key = "speed",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (ppm),
    .fallback = NULL,
    .min = "1 %",
    .max = "100 %",
    .help = "of each of them, of what a processor does at host.clock; between "
            "two lines, on the straight line" },
};
static const struct vhm_schema speed_schema
    = { .name = "speed",
        .help = "speed while so many processors are busy",
        .size = sizeof (struct vhm_scheduler_speed),
        N (speed_params) };
#undef AT

#define AT(field) offsetof (struct vhm_case_host, field)
static const struct vhm_param host_params[] = {
  { .key = "preset",
    .type = VHM_PARAM_NAME,
    .offset = AT (preset),
    .fallback = "",
    .help = "a named set of values for the other keys" },
  { .key = "memory",
    .type = VHM_PARAM_BYTES,
    .offset = AT (memory_bytes),
    .fallback = NULL,
    .min = "64 MiB",
    .max = "8 TiB",
    .help = "machine memory" },
  { .key = "root_reserve",
    .type = VHM_PARAM_BYTES,
    .offset = AT (root_reserve_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "1 TiB",
    .help = "memory of hypervisor and root partition; 0 B means root_base + "
            "root_per_gib x memory",
    .source = "Microsoft, root memory reserve" },
  { .key = "root_base",
    .type = VHM_PARAM_BYTES,
    .offset = AT (root_base_bytes),
    .fallback = "384 MiB",
    .min = "0 B",
    .max = "1 TiB",
    .help = "fixed part of the root reserve",
    .source = "Microsoft, root memory reserve: 384 MB + 30 MB per GB" },
  { .key = "root_per_gib",
    .type = VHM_PARAM_BYTES,
    .offset = AT (root_per_gib_bytes),
    .fallback = "30 MiB",
    .min = "0 B",
    .max = "1 GiB",
    .help = "root reserve for each GiB of machine memory",
    .source = "Microsoft, root memory reserve: 384 MB + 30 MB per GB" },
  { .key = "vm_overhead",
    .type = VHM_PARAM_BYTES,
    .offset = AT (vm_overhead_bytes),
    .fallback = "32 MiB",
    .min = "0 B",
    .max = "1 TiB",
    .help = "host memory that running a guest costs, up to its first GiB",
    .source = "about 32 MB for the first GB and 8 MB for each further one (low "
              "confidence)" },
  { .key = "vm_overhead_per_gib",
    .type = VHM_PARAM_BYTES,
    .offset = AT (vm_overhead_per_gib_bytes),
    .fallback = "8 MiB",
    .min = "0 B",
    .max = "1 GiB",
    .help = "and for each further GiB of its startup memory",
    .source = "about 32 MB for the first GB and 8 MB for each further one (low "
              "confidence)" },
  { .key = "cpus",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_cpus),
    .fallback = "4",
    .min = "1",
    .max = "4096",
    .help = "logical processors",
    .source = "Friedman's benchmark posts use a 4-way host" },
  { .key = "clock",
    .type = VHM_PARAM_HERTZ,
    .offset = AT (clock_hz),
    .fallback = "2 GHz",
    .min = "1 MHz",
    .max = "10 GHz",
    .help = "of the processors: a cycle is the unit of simulated time",
    .source = "assumed: a server of the time" },
  { .key = "report",
    .type = VHM_PARAM_TIME,
    .offset = AT (report_ns),
    .fallback = "1 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "how often guests report their committed memory",
    .source = "Linux hv_balloon: once a second" },
  { .key = "report_after",
    .type = VHM_PARAM_TIME,
    .offset = AT (report_after_ns),
    .fallback = "45 s",
    .min = "0 s",
    .max = "1 h",
    .help = "first report this long after a guest has started",
    .source = "Linux hv_balloon: pressure_report_delay 45 s" },
  { .key = "pressure_average",
    .type = VHM_PARAM_TIME,
    .offset = AT (average_ns),
    .fallback = "60 s",
    .min = "1 s",
    .max = "1 h",
    .help = "time constant of Average Pressure",
    .source = "assumed: how Hyper-V averages is not published" },
  { .key = "start_timeout",
    .type = VHM_PARAM_TIME,
    .offset = AT (start_timeout_ns),
    .fallback = "2 min",
    .min = "0 s",
    .max = "1 h",
    .help = "how long a start waits for memory to come back from other guests "
            "before it is refused",
    .source
    = "assumed: the wait is not published; the refusal is (0x8007000E)" },
  { .key = "shutdown_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (shutdown_ns),
    .fallback = "20 s",
    .min = "0 s",
    .max = "1 h",
    .help = "time from the order to shut a guest down until its memory is free",
    .source = "assumed: a Windows server shuts down in tens of seconds" },
  { .key = "balloon",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (balloon),
    .fallback = "{}",
    .help = "how memory travels between host and guests",
    .child = &balloon_schema },
  { .key = "balancer",
    .type = VHM_PARAM_PLUGIN,
    .offset = AT (balancer),
    .fallback = "hyperv",
    .help = "who decides how much each guest holds",
    .plugin_kind = VHM_PLUGIN_BALANCER },
  { .key = "disks",
    .type = VHM_PARAM_LIST,
    .offset = AT (disks),
    .fallback = NULL,
    .help = "disks that hold page files",
    .child = &disk_schema },
  { .key = "paging",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (paging),
    .fallback = "slat",
    .help
    = "how guest addresses are translated: by two tables in the processor "
      "(slat), by one the hypervisor keeps (shadow), as without a "
      "hypervisor (native); none: at no cost",
    .source = "Hyper-V on Windows Server 2012 R2 uses SLAT where there is one",
    .choices = pagings },
  { .key = "cpu",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (cpu),
    .fallback = "{}",
    .help = "its TLBs, caches and walkers; cycles are those of host.clock, "
            "whatever clock the processor has",
    .child = &vhm_cpu_schema },
  { .key = "backing",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (backing),
    .fallback = "2 MiB",
    .help = "largest page with which the host maps guest memory, where its "
            "blocks are whole",
    .source = "assumed: hypervisors map large where they can",
    .choices = vhm_case_page_sizes },
  { .key = "maps",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (maps),
    .fallback = "at-start",
    .help = "when the host's table gets entries for a guest's memory, under "
            "paging slat: with the memory, at start, hot-added or out of the "
            "balloon, at no cost (at-start), or when a page of it is first "
            "touched, for one SLAT violation (cpu.slat_violation_cycles) an "
            "entry, as large as what backs it (at-touch); native has no such "
            "table, and shadow pays when it synchronizes its own",
    .source = "Hyper-V backs and maps a guest's memory when it starts; ESX and "
              "KVM map it at first touch",
    .choices = maps },
  { .key = "gives",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (gives),
    .fallback = "at-start",
    .help
    = "when a guest gets machine memory for what it sees: when it starts, "
      "with what is hot-added and what comes out of the balloon "
      "(at-start), or page by page as it touches it (at-touch)",
    .source = "Hyper-V backs a guest's memory when it starts; ESX and KVM at "
              "first touch",
    .choices = maps },
  { .key = "large_pages",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (large),
    .fallback = "off",
    .help
    = "of a host that gives at touch: whether the first touch in an aligned "
      "2 MiB block that has nothing in it gets the whole block, if the machine "
      "has one that is free and the guest may have so much (at-touch), or one "
      "page (off); a host that gives at start gives whole blocks anyway",
    .source = "ESX: Mem.AllocGuestLargePage 1 with a hardware MMU; Linux: "
              "transparent huge pages; ESX 2: single pages",
    .choices = larges },
  { .key = "large_page_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (large_ns),
    .fallback = "455 us",
    .min = "0 ns",
    .max = "1 s",
    .help = "processor time of a first touch that gets a block: zeroing and "
            "mapping 2 MiB",
    .source = "HyperAlloc artefact (EuroSys 2025), virtio-balloon with 2 MiB: "
              "4.42 s for 19 GiB, 455 us a block" },
  { .key = "reclaim",
    .type = VHM_PARAM_CHOICES,
    .offset = AT (reclaim),
    .fallback = "[balloon]",
    .help = "how memory is taken back from guests: the guest gives it "
            "(balloon), it is taken without asking (swap). With both, swap is "
            "for what balloons do not bring in time; with neither, nothing is. "
            "What swap takes can stay in memory if it shrinks (compression)",
    .source = "assumed: every hypervisor modelled has a balloon",
    .choices = reclaims },
  { .key = "swap",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (swap),
    .fallback = "{}",
    .help = "how the hypervisor swaps, where reclaim says so",
    .child = &vhm_case_swap_schema },
  { .key = "sharing",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (sharing),
    .fallback = "{}",
    .help = "whether and how the host shares pages that hold the same",
    .child = &vhm_case_sharing_schema },
  { .key = "compression",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (compression),
    .fallback = "{}",
    .help = "how pages are kept compressed on their way to the swap file, "
            "where reclaim says so",
    .child = &vhm_case_compression_schema },
  { .key = "smart_paging",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (smart_paging),
    .fallback = "{}",
    .help = "how a guest restarts without its startup memory",
    .child = &vhm_case_smart_paging_schema },
  { .key = "migration",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (migration),
    .fallback = "{}",
    .help
    = "how guests are migrated to other hosts, where the timeline says so",
    .child = &vhm_case_migration_schema },
  { .key = "overheads",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (overheads),
    .fallback = "{}",
    .help = "what the hypervisor costs a guest beside translation",
    .child = &vhm_case_overheads_schema },
  { .key = "scheduler",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (scheduler),
    .fallback = "fluid",
    .help
    = "how virtual processors get processors: each its share all the time "
      "(fluid), or dispatched turn by turn, so that they wait (quantum); "
      "the shares are the same in the long run",
    .choices = schedulers },
  { .key = "quantum",
    .type = VHM_PARAM_TIME,
    .offset = AT (quantum_ns),
    .fallback = "10 ms",
    .min = "100 us",
    .max = "1 s",
    .help
    = "a turn: time that a virtual processor (for the cost of "
      "translation: a process) runs on a logical processor before another "
      "one that waits for it does, which finds TLBs and caches full of "
      "the other's",
    .source = "assumed: the order of magnitude of Hyper-V's and ESX's "
              "schedulers" },
  { .key = "switch_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (switch_ns),
    .fallback = "1 us",
    .min = "0 s",
    .max = "1 ms",
    .help
    = "of a processor that goes over to another guest, under scheduler "
      "quantum, beside what refilling TLBs and caches costs (paging, cpu)",
    .source = "assumed: an exit and an entry (1,300 cycles, measured on KVM) "
              "and saving and loading the rest of the state" },
  { .key = "reserve_rule",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (reserve_rule),
    .fallback = "floor",
    .help = "what guests.cpu.reserve is worth where processors are short: the "
            "share by weight, but at least that (floor), or that first, and a "
            "share by weight of what is left (first)",
    .source = "floor: ESX, a reservation is the least entitlement; first: "
              "Friedman's reservations on Hyper-V help guests whose share by "
              "weight is the reservation",
    .choices = reserve_rules },
  { .key = "speeds",
    .type = VHM_PARAM_LIST,
    .offset = AT (speeds),
    .fallback = "",
    .max = "64",
    .help = "speed of the processors by how many of them are busy: turbo, "
            "shared cores, caches and memory, under scheduler quantum; full "
            "speed if absent",
    .child = &speed_schema },
  { .key = "measure",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (measure),
    .fallback = "{}",
    .help = "how the cost of translation is measured between faults",
    .child = &vhm_case_measure_schema },
};

static void
check_processors (const struct vhm_case_host *h, vhm_schema_complain complain,
                  void *reader)
{
  const struct vhm_scheduler_speed *speeds = h->speeds.items;
  if (h->speeds.n > 0 && h->scheduler != VHM_SCHEDULER_QUANTUM)
    complain (reader, "speeds", "set, and the scheduler is fluid",
              "scheduler: quantum");
  for (size_t i = 0; i < h->speeds.n; i++) {
    if (i > 0 && speeds[i].n_busy <= speeds[i - 1].n_busy)
      complain (reader, "speeds", "not in order of `busy`",
                "more busy processors last");
    if (speeds[i].n_busy > h->n_cpus)
      complain (reader, "speeds", "for more processors than there are",
                "at most host.cpus");
  }
}

static void
check_host (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_host *h = config;
  check_processors (h, complain, reader);
  if (vhm_case_root_bytes (h) >= h->memory_bytes)
    complain (reader, "memory", "no larger than what the root keeps",
              "more memory, or a smaller root_reserve");
  if (h->disks.n == 0)
    complain (reader, "disks", "empty", "at least one disk");
  if (vhm_case_reclaims_by (h, VHM_CASE_COMPRESSION)
      && !vhm_case_reclaims_by (h, VHM_CASE_SWAP))
    complain (reader, "reclaim",
              "compression without swap: only pages on their way to the swap "
              "file are compressed",
              "[swap, compression], with balloon or without");
  if (h->backing == VHM_PAGE_1G && vhm_case_gives_blocks (h))
    complain (reader, "backing",
              "1 GiB, but memory is given in blocks of 2 MiB (large_pages)",
              "2 MiB, or large_pages: off");
  if (h->backing == VHM_PAGE_1G && !h->cpu.has_1g)
    complain (reader, "backing", "the processor has no 1 GiB pages",
              "4 KiB or 2 MiB, or another cpu");
}

const struct vhm_schema vhm_case_host_schema
    = { .name = "host",
        .help = "the machine and its hypervisor",
        .size = sizeof (struct vhm_case_host),
        .check = check_host,
        N (host_params) };
#undef AT

bool
vhm_case_gives_blocks (const struct vhm_case_host *h)
{
  return h->gives == VHM_CASE_GIVES_AT_TOUCH
         && h->large == VHM_CASE_LARGE_AT_TOUCH;
}

uint64_t
vhm_case_root_bytes (const struct vhm_case_host *h)
{
  if (h->root_reserve_bytes > 0)
    return h->root_reserve_bytes;
  return h->root_base_bytes + h->memory_bytes / VHM_GIB * h->root_per_gib_bytes;
}

uint64_t
vhm_case_overhead_bytes (const struct vhm_case_host *h,
                         const struct vhm_case_guest *g)
{
  uint64_t startup = g->memory.startup_bytes;
  uint64_t further
      = startup > VHM_GIB ? (startup - 1) / VHM_GIB : 0; /* begun GiBs */
  return h->vm_overhead_bytes + further * h->vm_overhead_per_gib_bytes;
}
