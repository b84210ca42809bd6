/* The keys of `guests`: memory, processors, system, programs. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>
#include <vhm/model/balancer.h>
#include <vhm/model/guest_os.h>

#include <glib.h>

#include "case_parts.h"

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

#define AT(field) offsetof (struct vhm_case_processors, field)
static const struct vhm_param processors_params[] = {
  { .key = "from",
    .type = VHM_PARAM_COUNT,
    .offset = AT (from),
    .fallback = NULL,
    .max = "4095",
    .help = "the first one, from 0" },
  { .key = "to",
    .type = VHM_PARAM_COUNT,
    .offset = AT (to),
    .fallback = NULL,
    .max = "4095",
    .help = "the last one" },
};
static const struct vhm_schema processors_schema
    = { .name = "processors",
        .help = "logical processors in a row",
        .size = sizeof (struct vhm_case_processors),
        .mark_offset = AT (mark),
        N (processors_params) };
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
    .help = "least it gets of them when it wants to run; host.reserve_rule" },
  { .key = "affinity",
    .type = VHM_PARAM_LIST,
    .offset = AT (affinity),
    .fallback = "",
    .max = "64",
    .help = "logical processors that its virtual ones may run on, under "
            "host.scheduler quantum; all if absent",
    .source = "ESX and KVM have it; Hyper-V does not",
    .child = &processors_schema },
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
  { .key = "enlightened",
    .type = VHM_PARAM_BOOL,
    .offset = AT (is_enlightened),
    .fallback = "true",
    .help = "whether its system knows that it runs under a hypervisor and asks "
            "it for what it wants (true), or does to its virtual hardware what "
            "it would do to real hardware; of no account without "
            "host.overheads",
    .source = "Windows since Vista and Server 2008 under Hyper-V; Linux with "
              "the drivers of its hypervisor" },
  { .key = "tick",
    .type = VHM_PARAM_HERTZ,
    .offset = AT (tick_hz),
    .fallback = "64 Hz",
    .min = "0 Hz",
    .max = "10 kHz",
    .help = "of its system's clock, which interrupts each virtual processor "
            "that runs; of no account without host.overheads",
    .source = "Windows: every 15.625 ms (from memory, unchecked)" },
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
  { .key = "collector",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (collector),
    .fallback = "{}",
    .help = "who collects its own counters",
    .child = &vhm_case_collector_schema },
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
            "it is there if a workload has a file or the system reads programs",
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
    .choices = vhm_case_page_sizes },
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
    complain (reader, "image",
              "smaller than the files of the workloads and "
              "what the system reads of it",
              "at least their sizes together");
  if (g->page_size == VHM_PAGE_1G && g->memory.maximum_bytes < VHM_GIB)
    complain (reader, "page_size", "larger than the guest's maximum memory",
              "2 MiB, or 1 GiB of memory at least");
}

const struct vhm_schema vhm_case_guest_schema
    = { .name = "guest",
        .help = "a guest, or a group of like guests",
        .size = sizeof (struct vhm_case_guest),
        .check = check_guest,
        .mark_offset = AT (mark),
        N (guest_params) };
#undef AT
