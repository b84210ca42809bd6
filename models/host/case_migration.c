/* Keys of migrating guests to another host. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>

#include <glib.h>

static const char *const pays[]
    = { [VHM_CASE_HOST_PAYS] = "host", [VHM_CASE_GUEST_PAYS] = "guest", NULL };
static const char *const otherwise[]
    = { [VHM_CASE_MIGRATION_STOPS] = "stop",
        [VHM_CASE_MIGRATION_GIVES_UP] = "give-up",
        NULL };

#define AT(field) offsetof (struct vhm_case_migration, field)
static const struct vhm_param params[] = {
  { .key = "bandwidth",
    .type = VHM_PARAM_RATE,
    .offset = AT (bytes_per_s),
    .fallback = "117 MB/s",
    .min = "1 MiB/s",
    .max = "1 TiB/s",
    .help = "of the link to the other hosts; migrations at the same time share "
            "it",
    .source = "assumed: 1 Gbit/s Ethernet less 6 % for headers" },
  { .key = "stop_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (stop_ns),
    .fallback = "300 ms",
    .min = "0 ns",
    .max = "1 h",
    .help = "the guest is stopped when what is left to send takes no longer "
            "than that",
    .source = "QEMU: downtime-limit; from memory, unchecked" },
  { .key = "rounds",
    .type = VHM_PARAM_COUNT,
    .offset = AT (most_rounds),
    .fallback = "30",
    .min = "1",
    .max = "1000",
    .help = "most rounds of sending while it runs",
    .source = "assumed; Xen: 29 iterations after the first, from memory, "
              "unchecked" },
  { .key = "otherwise",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (otherwise),
    .fallback = "stop",
    .help = "when what is left does not become small enough: stop the guest "
            "and send the rest all the same, or give up, and it stays",
    .choices = otherwise },
  { .key = "page_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (page_ns),
    .fallback = "3 us",
    .min = "0 ns",
    .max = "1 ms",
    .help = "processor time that sending a page takes",
    .source = "assumed: a core fills 10 Gbit/s, which is what vSphere is said "
              "to need (from memory, unchecked)" },
  { .key = "pays",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (pays),
    .fallback = "host",
    .help
    = "whose that is: a thread of the host, which comes before guests, or "
      "the guest's own processors",
    .choices = pays },
  { .key = "write_fault",
    .type = VHM_PARAM_TIME,
    .offset = AT (fault_ns),
    .fallback = "1270 ns",
    .min = "0 ns",
    .max = "1 ms",
    .help = "processor time of the guest at its first write to a page in a "
            "round, which the host must know of",
    .source = "assumed to be that of a violation of the host's page table, see "
              "host.cpu.slat_violation_cycles" },
};
#undef AT

const struct vhm_schema vhm_case_migration_schema
    = { .name = "migration",
        .help = "how guests are migrated to other hosts",
        .size = sizeof (struct vhm_case_migration),
        .params = params,
        .n_params = G_N_ELEMENTS (params) };
