/* Keys of page sharing. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>

#include <glib.h>

static const char *const kinds[] = { [VHM_CASE_SHARES_NOTHING] = "none",
                                     [VHM_CASE_SHARES_AS_ESX] = "esx",
                                     [VHM_CASE_SHARES_AS_KSM] = "ksm",
                                     NULL };
static const char *const saltings[] = { [VHM_CASE_SALT_NONE] = "none",
                                        [VHM_CASE_SALT_GROUP] = "group",
                                        [VHM_CASE_SALT_GUEST] = "guest",
                                        NULL };

#define AT(field) offsetof (struct vhm_case_sharing, field)
static const struct vhm_param params[] = {
  { .key = "kind",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (kind),
    .fallback = "none",
    .help = "none; esx: each guest at a rate of its own, in random order, with "
            "hints, and before a page is swapped out; ksm: all guests in turn, "
            "a page when it has not changed since it was scanned last",
    .source = "Hyper-V shares no pages; ESX from Waldspurger 2002, 4; KSM from "
              "Linux mm/ksm.c",
    .choices = kinds },
  { .key = "salting",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (salting),
    .fallback = "none",
    .help = "who shares with whom: all guests (none), those of one line of "
            "`guests` (group), each only with itself (guest)",
    .source = "ESXi 6: Mem.ShareForceSalting 2 is guest; before, and KSM: none",
    .choices = saltings },
  { .key = "pass",
    .type = VHM_PARAM_TIME,
    .offset = AT (pass_ns),
    .fallback = "60 min",
    .min = "0 s",
    .max = "7 d",
    .help
    = "esx: each guest is scanned once in so long; 0 s: as fast as it may "
      "be",
    .source = "ESX 4.0: Mem.ShareScanTime" },
  { .key = "guest_pages",
    .type = VHM_PARAM_COUNT,
    .offset = AT (guest_pages_per_s),
    .fallback = "1024",
    .min = "0",
    .max = "100_000_000",
    .help = "esx: pages a second of one guest, at most; 0: no such bound",
    .source = "ESXi: Mem.ShareRateMax (ESX 2: ShareScanVM 50)" },
  { .key = "rate_per_ghz",
    .type = VHM_PARAM_RATE,
    .offset = AT (bytes_per_s_per_ghz),
    .fallback = "4 MiB/s",
    .min = "1 KiB/s",
    .max = "1 TiB/s",
    .help = "esx: memory a second of all guests for each GHz of the host's "
            "processors, at most",
    .source = "ESX 4.0: Mem.ShareScanGHz" },
  { .key = "host_pages",
    .type = VHM_PARAM_COUNT,
    .offset = AT (host_pages_per_s),
    .fallback = "0",
    .min = "0",
    .max = "100_000_000",
    .help = "esx: pages a second of all guests in place of rate_per_ghz; 0: by "
            "that",
    .source = "ESX 2: ShareScanTotal 200" },
  { .key = "pages_to_scan",
    .type = VHM_PARAM_COUNT,
    .offset = AT (pages_to_scan),
    .fallback = "100",
    .min = "1",
    .max = "1_000_000",
    .help = "ksm: pages scanned between two sleeps, unless the balancer says "
            "otherwise",
    .source = "Linux admin guide, ksm" },
  { .key = "sleep",
    .type = VHM_PARAM_TIME,
    .offset = AT (sleep_ns),
    .fallback = "20 ms",
    .min = "1 ms",
    .max = "1 h",
    .help = "ksm: between two batches, likewise",
    .source = "Linux admin guide, ksm (some systems ship 200 ms)" },
  { .key = "step",
    .type = VHM_PARAM_TIME,
    .offset = AT (step_ns),
    .fallback = "1 s",
    .min = "1 ms",
    .max = "10 min",
    .help = "what is due is scanned so often; how much that is does not depend "
            "on it",
    .source = "assumed: finer than anybody looks" },
  { .key = "hash_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (hash_ns),
    .fallback = "700 ns",
    .min = "0 ns",
    .max = "1 s",
    .help = "processor time to read and hash a page, charged to its guest",
    .source = "assumed: 4 KiB from memory at 4 to 10 GB/s; not published" },
  { .key = "compare_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (compare_ns),
    .fallback = "1 us",
    .min = "0 ns",
    .max = "1 s",
    .help = "and to compare it with another before they are shared",
    .source = "assumed: two pages read; not published" },
  { .key = "copy_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (copy_ns),
    .fallback = "1 us",
    .min = "0 ns",
    .max = "1 s",
    .help = "to copy a page at a write to a shared one, charged to the guest "
            "that writes",
    .source = "assumed: a page read and one written; not published" },
  { .key = "fault_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (fault_ns),
    .fallback = "1500 ns",
    .min = "0 ns",
    .max = "1 s",
    .help = "of the exit and the change of the host's table beside the copy",
    .source = "assumed: as host.swap.minor_time" },
};
#undef AT

const struct vhm_schema vhm_case_sharing_schema
    = { .name = "sharing",
        .help = "whether and how the host shares pages that hold the same",
        .size = sizeof (struct vhm_case_sharing),
        .params = params,
        .n_params = G_N_ELEMENTS (params) };
