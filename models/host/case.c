/* The parameter tables of a scenario: every key there is, outside plug-ins. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>
#include <vhm/model/balancer.h>
#include <vhm/model/guest_os.h>

#include <glib.h>

#define N(table) .params = table, .n_params = G_N_ELEMENTS (table)

/* --- host ------------------------------------------------------------------ */

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
static const char *const page_sizes[] = { "4 KiB", "2 MiB", "1 GiB", NULL };

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
    .choices = page_sizes },
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
  { .key = "quantum",
    .type = VHM_PARAM_TIME,
    .offset = AT (quantum_ns),
    .fallback = "10 ms",
    .min = "100 us",
    .max = "1 s",
    .help = "time that a process runs on a logical processor before another "
            "one that shares it does, so that it finds TLBs and caches full of "
            "the other's; how time is shared does not depend on it",
    .source = "assumed: the order of magnitude of Hyper-V's and ESX's "
              "schedulers" },
  { .key = "measure",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (measure),
    .fallback = "{}",
    .help = "how the cost of translation is measured between faults",
    .child = &vhm_case_measure_schema },
};

static void
check_host (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_host *h = config;
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

static const struct vhm_schema host_schema
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

/* --- guests ------------------------------------------------------------------ */

#define AT(field) offsetof (struct vhm_case_memory, field)
static const struct vhm_param memory_params[] = {
  { .key = "startup",
    .type = VHM_PARAM_BYTES,
    .offset = AT (startup_bytes),
    .fallback = NULL,
    .min = "32 MiB",
    .max = "12 TiB",
    .help = "memory at power-on (Startup RAM)" },
  { .key = "minimum",
    .type = VHM_PARAM_BYTES,
    .offset = AT (minimum_bytes),
    .fallback = "512 MiB",
    .min = "32 MiB",
    .max = "12 TiB",
    .help = "never taken below this (Minimum RAM)",
    .source = "Hyper-V Manager's default" },
  { .key = "maximum",
    .type = VHM_PARAM_BYTES,
    .offset = AT (maximum_bytes),
    .fallback = NULL,
    .min = "32 MiB",
    .max = "12 TiB",
    .help = "never given more than this (Maximum RAM)" },
  { .key = "buffer",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (buffer_ppm),
    .fallback = "20 %",
    .min = "5 %",
    .max = "2000 %",
    .help = "held memory aims at demand x (1 + buffer)",
    .source = "Microsoft, Hyper-V Dynamic Memory overview" },
  { .key = "weight",
    .type = VHM_PARAM_COUNT,
    .offset = AT (weight),
    .fallback = "5000",
    .min = "0",
    .max = "10000",
    .help = "memory weight, when the host cannot give all guests theirs",
    .source = "Msvm_MemorySettingData Weight (default: low confidence)" },
  { .key = "limit",
    .type = VHM_PARAM_BYTES,
    .offset = AT (limit_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "12 TiB",
    .help
    = "machine memory that the host lets it have at most, by swapping out "
      "what is beyond; 0 B: no limit. The guest knows nothing of it",
    .source = "ESX: memory limit; KVM: the guest's cgroup" },
};

/* What is on its way in and out must find room. */
#define LEAST_LIMIT (16 * VHM_MIB)

static void
check_memory (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_memory *m = config;
  if (m->minimum_bytes > m->maximum_bytes)
    complain (reader, "minimum", "above maximum", "at most maximum");
  if (m->startup_bytes < m->minimum_bytes)
    complain (reader, "startup", "below minimum", "at least minimum");
  if (m->startup_bytes > m->maximum_bytes)
    complain (reader, "startup", "above maximum", "at most maximum");
  if (m->limit_bytes > 0 && m->limit_bytes < LEAST_LIMIT)
    complain (reader, "limit", "too little for any guest to run in",
              "at least 16 MiB, or 0 B for no limit");
}

static const struct vhm_schema memory_schema
    = { .name = "memory",
        .help = "Dynamic Memory settings of a guest",
        .size = sizeof (struct vhm_case_memory),
        .check = check_memory,
        .mark_offset = AT (mark),
        N (memory_params) };
#undef AT

#define AT(field) offsetof (struct vhm_case_cpu, field)
static const struct vhm_param cpu_params[] = {
  { .key = "weight",
    .type = VHM_PARAM_COUNT,
    .offset = AT (weight),
    .fallback = "100",
    .min = "1",
    .max = "10000",
    .help = "relative weight under contention",
    .source = "Hyper-V's default" },
  { .key = "cap",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (cap_ppm),
    .fallback = "100 %",
    .min = "1 %",
    .max = "100 %",
    .help = "most it gets of its virtual processors" },
  { .key = "reserve",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (reserve_ppm),
    .fallback = "0 %",
    .min = "0 %",
    .max = "100 %",
    .help = "least it gets of them when it wants to run" },
};

static void
check_cpu (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_cpu *c = config;
  if (c->reserve_ppm > c->cap_ppm)
    complain (reader, "reserve", "above cap", "at most cap");
}

static const struct vhm_schema cpu_schema
    = { .name = "cpu",
        .help = "processor settings of a guest",
        .size = sizeof (struct vhm_case_cpu),
        .check = check_cpu,
        N (cpu_params) };
#undef AT

static const char *const guest_references[]
    = { [VHM_CASE_AS_SCENARIO] = "as-scenario",
        [VHM_CASE_GUEST_NEXT_FAULT] = "next-fault",
        [VHM_CASE_GUEST_EVERY] = "every",
        NULL };

bool
vhm_case_every_reference (const struct vhm_case *c,
                          const struct vhm_case_guest *guest)
{
  if (guest->reference == VHM_CASE_AS_SCENARIO)
    return c->reference == VHM_CASE_EVERY;
  return guest->reference == VHM_CASE_GUEST_EVERY;
}

#define AT(field) offsetof (struct vhm_case_guest, field)
static const struct vhm_param guest_params[] = {
  { .key = "name",
    .type = VHM_PARAM_NAME,
    .offset = AT (name),
    .fallback = NULL,
    .help = "of the guest; with a count its guests are name[1], name[2] ..." },
  { .key = "count",
    .type = VHM_PARAM_COUNT,
    .offset = AT (count),
    .fallback = "1",
    .min = "1",
    .max = "1000",
    .help = "how many guests like this" },
  { .key = "vcpus",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_vcpus),
    .fallback = "1",
    .min = "1",
    .max = "1024",
    .help = "virtual processors" },
  { .key = "start",
    .type = VHM_PARAM_TIME,
    .offset = AT (start_ns),
    .fallback = "0 s",
    .min = "0 s",
    .max = "365 d",
    .help = "simulated time of power-on" },
  { .key = "memory",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (memory),
    .fallback = NULL,
    .help = "Dynamic Memory settings",
    .child = &memory_schema },
  { .key = "cpu",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (cpu),
    .fallback = "{}",
    .help = "processor settings",
    .child = &cpu_schema },
  { .key = "os",
    .type = VHM_PARAM_PLUGIN,
    .offset = AT (os),
    .fallback = "windows",
    .help = "its operating system",
    .plugin_kind = VHM_PLUGIN_GUEST_OS },
  { .key = "kernel",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (kernel),
    .fallback = "{}",
    .help = "how its system uses pages of its own",
    .child = &vhm_case_kernel_schema },
  { .key = "disk",
    .type = VHM_PARAM_NAME,
    .offset = AT (disk),
    .fallback = "",
    .help
    = "disk of the host that holds its page file; the first one if absent" },
  { .key = "image",
    .type = VHM_PARAM_BYTES,
    .offset = AT (image_bytes),
    .fallback = "20 GiB",
    .min = "1 MiB",
    .max = "64 TiB",
    .help = "size of its virtual disk, on the same disk behind its page file; "
            "it is there if a workload has a file",
    .source = "VSwapper (ASPLOS 2014): raw images of 20 GB" },
  { .key = "first_operations",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_first_operations),
    .fallback = "0",
    .min = "0",
    .max = "16",
    .help = "the first so many operations to finish get a counter each, "
            "operation_1 and so on: what they took; and counters of what "
            "hypervisor swap did meanwhile" },
  { .key = "reference",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (reference),
    .fallback = "as-scenario",
    .help = "how its references are simulated, if not like the others'",
    .choices = guest_references },
  { .key = "workloads",
    .type = VHM_PARAM_PLUGINS,
    .offset = AT (workloads),
    .fallback = NULL,
    .help = "what runs in it, one process each",
    .plugin_kind = VHM_PLUGIN_WORKLOAD },
  { .key = "page_size",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (page_size),
    .fallback = "4 KiB",
    .help = "of the guest's own mappings of its processes' memory",
    .source = "Windows maps private memory with 4 KiB pages unless a program "
              "asks for large ones",
    .choices = page_sizes },
  { .key = "page_size_share",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (page_size_ppm),
    .fallback = "100 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share of that memory so mapped, the rest with 4 KiB pages",
    .source = "assumed: all of it, if page_size is set at all" },
  { .key = "content",
    .type = VHM_PARAM_LIST,
    .offset = AT (content),
    .fallback = "",
    .help = "what pages of its kernel hold, and those of workloads that do not "
            "say, when they have been filled; what is left over is unique",
    .child = &vhm_content_schema },
  { .key = "image_name",
    .type = VHM_PARAM_NAME,
    .offset = AT (image_name),
    .fallback = "",
    .help = "its virtual disk is a copy of this one, as of other guests that "
            "name it; its own if absent" },
};

/* PCIDs have 12 bits, and one is the kernel's (Intel SDM vol. 3, 4.10.1). */
#define MOST_WORKLOADS 4095

static void
check_guest (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_guest *g = config;
  vhm_content_check_keys (&g->content, "content", complain, reader);
  if (g->workloads.n == 0)
    complain (reader, "workloads", "empty", "at least one, say {kind: idle}");
  if (g->workloads.n > MOST_WORKLOADS)
    complain (reader, "workloads", "more processes than a guest has PCIDs",
              "at most 4095");
  uint64_t files = vhm_case_file_bytes (g);
  if (files > g->image_bytes)
    complain (reader, "image", "smaller than the files of the workloads",
              "at least their sizes together");
  if (g->page_size == VHM_PAGE_1G && g->memory.maximum_bytes < VHM_GIB)
    complain (reader, "page_size", "larger than the guest's maximum memory",
              "2 MiB, or 1 GiB of memory at least");
}

static const struct vhm_schema guest_schema
    = { .name = "guest",
        .help = "a guest, or a group of like guests",
        .size = sizeof (struct vhm_case_guest),
        .check = check_guest,
        .mark_offset = AT (mark),
        N (guest_params) };
#undef AT

/* --- the rest ----------------------------------------------------------------- */

#define AT(field) offsetof (struct vhm_case_timeline, field)
static const struct vhm_param timeline_params[] = {
  { .key = "at",
    .type = VHM_PARAM_CLOCK,
    .offset = AT (at_ns),
    .fallback = NULL,
    .help = "clock of day" },
  { .key = "shutdown",
    .type = VHM_PARAM_TEXT,
    .offset = AT (shutdown),
    .fallback = "",
    .help = "guest to shut down" },
  { .key = "start",
    .type = VHM_PARAM_TEXT,
    .offset = AT (start),
    .fallback = "",
    .help = "guest to start again" },
  { .key = "restart",
    .type = VHM_PARAM_TEXT,
    .offset = AT (restart),
    .fallback = "",
    .help = "guest to shut down and boot again at once, with its startup "
            "memory" },
};
static void
check_timeline (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_timeline *t = config;
  const char *const orders[] = { t->shutdown, t->start, t->restart };
  int n = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (orders); i++)
    n += orders[i] && *orders[i];
  if (n != 1)
    complain (reader, "at", "nothing or several things to do",
              "one of shutdown, start and restart");
}
static const struct vhm_schema timeline_schema
    = { .name = "timeline",
        .help = "what somebody does to the host, when",
        .size = sizeof (struct vhm_case_timeline),
        .check = check_timeline,
        .mark_offset = AT (mark),
        N (timeline_params) };
#undef AT

#define AT(field) offsetof (struct vhm_case_expect, field)
static const struct vhm_param expect_params[] = {
  { .key = "name",
    .type = VHM_PARAM_TEXT,
    .offset = AT (name),
    .fallback = NULL,
    .help = "short name, for the table" },
  { .key = "that",
    .type = VHM_PARAM_TEXT,
    .offset = AT (that),
    .fallback = NULL,
    .help = "expression over the counters, say mean(guest5.pressure) from "
            "13:20 to 16:30" },
  { .key = "at_least",
    .type = VHM_PARAM_TEXT,
    .offset = AT (low),
    .fallback = "",
    .help = "lower bound of the accepted range, with its unit" },
  { .key = "at_most",
    .type = VHM_PARAM_TEXT,
    .offset = AT (high),
    .fallback = "",
    .help = "upper bound of the accepted range, with its unit" },
  { .key = "published",
    .type = VHM_PARAM_TEXT,
    .offset = AT (published),
    .fallback = "",
    .help = "the value as printed in the source" },
  { .key = "value",
    .type = VHM_PARAM_TEXT,
    .offset = AT (value),
    .fallback = "",
    .help = "the published value as a number with its unit, for vhm validate" },
  { .key = "tolerance",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (tolerance_ppm),
    .fallback = "",
    .min = "0.01 %",
    .max = "1000 %",
    .help = "of value; stands for at_least and at_most" },
  { .key = "over",
    .type = VHM_PARAM_NAME,
    .offset = AT (over),
    .fallback = "",
    .help = "of an expectation of a variant: the variant by whose value of the "
            "same expression this one is divided" },
  { .key = "series",
    .type = VHM_PARAM_TEXT,
    .offset = AT (series),
    .fallback = "",
    .help = "line in the figure of vhm validate that this is a point of" },
  { .key = "x",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (x),
    .fallback = "",
    .help = "where the point stands, see axis" },
  { .key = "fitted",
    .type = VHM_PARAM_BOOL,
    .offset = AT (is_fitted),
    .fallback = "false",
    .help = "inputs were fitted on it; else it is a prediction" },
  { .key = "source",
    .type = VHM_PARAM_TEXT,
    .offset = AT (source),
    .fallback = "",
    .help = "where it is printed" },
  { .key = "figure",
    .type = VHM_PARAM_TEXT,
    .offset = AT (figure),
    .fallback = "",
    .help = "figure of this run that shows it" },
  { .key = "known_miss",
    .type = VHM_PARAM_TEXT,
    .offset = AT (known_miss),
    .fallback = "",
    .help = "why this expectation fails and should; shown as a miss, does not "
            "fail the run" },
};
static void
check_expect (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_expect *e = config;
  bool has_value = e->value && *e->value;
  bool is_bounded = (e->low && *e->low) || (e->high && *e->high);
  if (!is_bounded && !(has_value && e->tolerance_ppm > 0))
    complain (reader, "that", "no bound",
              "at_least, at_most or both, or value and tolerance");
  if (is_bounded && e->tolerance_ppm > 0)
    complain (reader, "tolerance", "bounds are given already",
              "either tolerance or at_least and at_most");
  else if (e->tolerance_ppm > 0 && !has_value)
    complain (reader, "tolerance", "of nothing",
              "the published value as value");
}
static const struct vhm_schema expect_schema
    = { .name = "expectation",
        .help = "what should come out",
        .size = sizeof (struct vhm_case_expect),
        .check = check_expect,
        .mark_offset = AT (mark),
        N (expect_params) };
#undef AT

#define AT(field) offsetof (struct vhm_case_assumed, field)
static const struct vhm_param assumed_params[] = {
  { .key = "key",
    .type = VHM_PARAM_TEXT,
    .offset = AT (key),
    .fallback = NULL,
    .help = "path of the key, as in --set" },
  { .key = "why",
    .type = VHM_PARAM_TEXT,
    .offset = AT (why),
    .fallback = NULL,
    .help = "why it has the value it has" },
};
static const struct vhm_schema assumed_schema
    = { .name = "assumption",
        .help = "an input that the source does not give",
        .size = sizeof (struct vhm_case_assumed),
        .mark_offset = AT (mark),
        N (assumed_params) };
#undef AT

#define AT(field) offsetof (struct vhm_case_figure, field)
static const struct vhm_param figure_params[] = {
  { .key = "id",
    .type = VHM_PARAM_NAME,
    .offset = AT (id),
    .fallback = NULL,
    .help = "figure to draw, see vhm list figures" },
  { .key = "title",
    .type = VHM_PARAM_TEXT,
    .offset = AT (title),
    .fallback = "",
    .help = "instead of the figure's own" },
  { .key = "from",
    .type = VHM_PARAM_CLOCK,
    .offset = AT (from_ns),
    .fallback = "",
    .help = "clock of day at which the figure begins" },
  { .key = "to",
    .type = VHM_PARAM_CLOCK,
    .offset = AT (to_ns),
    .fallback = "",
    .help = "clock of day at which it ends" },
  { .key = "guests",
    .type = VHM_PARAM_TEXT,
    .offset = AT (guests),
    .fallback = "",
    .help = "guests to show, separated by spaces; all if absent" },
};
static const struct vhm_schema figure_schema
    = { .name = "figure",
        .help = "a figure of the report",
        .size = sizeof (struct vhm_case_figure),
        .mark_offset = AT (mark),
        N (figure_params) };
#undef AT

#define AT(field) offsetof (struct vhm_case_variant, field)
static const struct vhm_param variant_params[] = {
  { .key = "name",
    .type = VHM_PARAM_NAME,
    .offset = AT (name),
    .fallback = NULL,
    .help = "of the variant, in tables" },
  { .key = "set",
    .type = VHM_PARAM_TREE,
    .offset = AT (set),
    .fallback = "",
    .help = "PATH: VALUE, as many as differ from the scenario, paths as in "
            "--set; nothing if absent" },
  { .key = "expect",
    .type = VHM_PARAM_LIST,
    .offset = AT (expect),
    .fallback = "",
    .help = "what should come out of this variant, for vhm validate",
    .child = &expect_schema },
};
static const struct vhm_schema variant_schema
    = { .name = "variant",
        .help = "a version of the scenario, for vhm compare and vhm validate",
        .size = sizeof (struct vhm_case_variant),
        .mark_offset = AT (mark),
        N (variant_params) };
#undef AT

/* Each is compared with the first: a longer table nobody reads. */
#define MOST_VARIANTS "64"

static const char *const references[] = {
  [VHM_CASE_NEXT_FAULT] = "next-fault", [VHM_CASE_EVERY] = "every", NULL
};

#define AT(field) offsetof (struct vhm_case, field)
static const struct vhm_param case_params[] = {
  { .key = "question",
    .type = VHM_PARAM_TEXT,
    .offset = AT (question),
    .fallback = "",
    .help = "what the run should answer" },
  { .key = "source",
    .type = VHM_PARAM_TEXT,
    .offset = AT (source),
    .fallback = "",
    .help = "where the case is published" },
  { .key = "reading",
    .type = VHM_PARAM_TEXT,
    .offset = AT (reading),
    .fallback = "",
    .help = "which reading of contradictory sources the run follows" },
  { .key = "axis",
    .type = VHM_PARAM_TEXT,
    .offset = AT (axis),
    .fallback = "",
    .help = "what x of expectations is, with its unit: guest memory, MB" },
  { .key = "start",
    .type = VHM_PARAM_CLOCK,
    .offset = AT (start_ns),
    .fallback = "00:00",
    .help = "clock of day at the beginning of the run" },
  { .key = "duration",
    .type = VHM_PARAM_TIME,
    .offset = AT (duration_ns),
    .fallback = NULL,
    .min = "1 s",
    .max = "365 d",
    .help = "simulated time" },
  { .key = "sample",
    .type = VHM_PARAM_TIME,
    .offset = AT (sample_ns),
    .fallback = "10 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two samples" },
  { .key = "seed",
    .type = VHM_PARAM_COUNT,
    .offset = AT (seed),
    .fallback = "1",
    .min = "0",
    .help = "of all random numbers" },
  { .key = "reference",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (reference),
    .fallback = "next-fault",
    .help = "next-fault: only what somebody sees is simulated, whatever "
            "happens between two faults is drawn; every: each page reference "
            "is drawn, the same in distribution and for short runs",
    .choices = references },
  { .key = "host",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (host),
    .fallback = NULL,
    .help = "the machine and its hypervisor",
    .child = &host_schema },
  { .key = "guests",
    .type = VHM_PARAM_LIST,
    .offset = AT (guests),
    .fallback = NULL,
    .help = "the guests, in the order in which they start",
    .child = &guest_schema },
  { .key = "timeline",
    .type = VHM_PARAM_LIST,
    .offset = AT (timeline),
    .fallback = "",
    .help = "what somebody does to the host, when",
    .child = &timeline_schema },
  { .key = "expect",
    .type = VHM_PARAM_LIST,
    .offset = AT (expect),
    .fallback = "",
    .help = "what should come out",
    .child = &expect_schema },
  { .key = "assumed",
    .type = VHM_PARAM_LIST,
    .offset = AT (assumed),
    .fallback = "",
    .help = "inputs that the source does not give",
    .child = &assumed_schema },
  { .key = "figures",
    .type = VHM_PARAM_LIST,
    .offset = AT (figures),
    .fallback = "",
    .help = "figures of the report; every figure over the whole run if absent",
    .child = &figure_schema },
  { .key = "variants",
    .type = VHM_PARAM_LIST,
    .offset = AT (variants),
    .fallback = "",
    .max = MOST_VARIANTS,
    .help = "versions that vhm compare runs side by side, the first one being "
            "what the others are compared with",
    .child = &variant_schema },
};

/* A billion samples is a typing error. */
#define MOST_SAMPLES UINT64_C (1000000)

static void
check_case (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case *c = config;
  if (c->duration_ns / c->sample_ns > MOST_SAMPLES)
    complain (reader, "sample", "more than a million samples in the run",
              "a longer time between samples");
  if (c->guests.n == 0)
    complain (reader, "guests", "empty", "at least one guest");
  const struct vhm_case_guest *guests = c->guests.items;
  uint64_t n = 0;
  for (size_t i = 0; i < c->guests.n; i++)
    n += guests[i].count;
  if (n > VHM_MOST_VMS)
    complain (reader, "guests", "more than 1024 guests",
              "at most 1024, as on a Hyper-V host");
  for (size_t i = 0; i < c->guests.n; i++)
    if (guests[i].page_size == VHM_PAGE_1G && !c->host.cpu.has_1g)
      complain (reader, "guests",
                "page_size 1 GiB, which host.cpu does not have",
                "4 KiB or 2 MiB, or another host.cpu");
}

const struct vhm_schema vhm_case_schema
    = { .name = "scenario",
        .help = "one question to the simulator",
        .size = sizeof (struct vhm_case),
        .check = check_case,
        N (case_params) };
#undef AT
