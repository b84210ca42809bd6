/* Keys of the program that collects a guest's own counters. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>

#include <glib.h>

#define AT(field) offsetof (struct vhm_collector, field)
static const struct vhm_param params[] = {
  { .key = "enabled",
    .type = VHM_PARAM_BOOL,
    .offset = AT (enabled),
    .fallback = "false",
    .help = "whether the guest's own counters are collected by a program that "
            "runs in it, so that samples come late or not at all when it does "
            "not get its processor or its pages; otherwise they are taken from "
            "outside, at once and for nothing",
    .source = "Friedman, case study, fig. 20: gaps in what is measured inside "
              "the guest" },
  { .key = "working_set",
    .type = VHM_PARAM_BYTES,
    .offset = AT (working_set_bytes),
    .fallback = "4 MiB",
    .min = "4 KiB",
    .max = "1 GiB",
    .help = "memory that it goes through for a sample, and commits: its code "
            "and data, the libraries of the counters, what they read of the "
            "system",
    .source = "assumed: part of the 6 to 10 MB that a counter log's service "
              "holds (from memory, unchecked)" },
  { .key = "buffers",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (buffers_ppm),
    .fallback = "25 %",
    .min = "0 %",
    .max = "100 %",
    .help
    = "of that, what it allocates for a sample, writes and frees with it: "
      "each of these pages needs a frame anew",
    .source = "assumed: a buffer for each class of counters; the rest is code "
              "and tables" },
  { .key = "time",
    .type = VHM_PARAM_TIME,
    .offset = AT (sample_ns),
    .fallback = "10 ms",
    .min = "10 us",
    .max = "1 h",
    .help = "processor time of a sample",
    .source = "assumed: some hundred counters at tens of microseconds" },
};
#undef AT

const struct vhm_schema vhm_case_collector_schema
    = { .name = "collector",
        .help = "how the guest's own counters are collected, every `sample`",
        .size = sizeof (struct vhm_collector),
        .params = params,
        .n_params = G_N_ELEMENTS (params) };
