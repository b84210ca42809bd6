/* Keys of measuring what translation costs, in next-fault mode. */
#include <vhm/host/case.h>

#include <glib.h>

#define AT(field) offsetof (struct vhm_case_measure, field)
static const struct vhm_param params[] = {
  { .key = "error",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (error_ppm),
    .fallback = "5 %",
    .min = "1000 ppm",
    .max = "50 %",
    .help = "half-width of the interval asked for, as a share of the cost (or "
            "of 1 % of computing, where that is more; 10 % for a process that "
            "issues less than 1/16 of the references of the busiest)",
    .source = "assumed: below the 3 to 25 % by which models of run time from "
              "TLB counters err" },
  { .key = "confidence",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (confidence_ppm),
    .fallback = "95 %",
    .min = "50 %",
    .max = "999900 ppm",
    .help = "with which the cost lies in the interval",
    .source = "assumed: custom of the field" },
  { .key = "most",
    .type = VHM_PARAM_COUNT,
    .offset = AT (most),
    .fallback = "200_000",
    .min = "10_000",
    .max = "1000000000",
    .help = "page references in one measurement, of all processes together and "
            "beside the warm-up, more where each needs a few batches; then the "
            "interval is what it is",
    .source = "assumed: a hundred times the entries of an L2 TLB" },
  { .key = "change",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (change_ppm),
    .fallback = "20 %",
    .min = "0 %",
    .max = "1000 %",
    .help = "change of a process's resident or active pages, or of its guest's "
            "large blocks, that calls for another measurement; more where "
            "little of the time goes into translation",
    .source = "assumed: the cost of a walk grows with the logarithm of the "
              "memory in use, so this moves it by a few percent" },
  { .key = "every",
    .type = VHM_PARAM_TIME,
    .offset = AT (every_ns),
    .fallback = "30 min",
    .min = "1 s",
    .max = "365 d",
    .help
    = "another measurement after this simulated time, or as soon as there "
      "are references for it",
    .source = "assumed: what moves without notice, such as drift, is slow" },
  { .key = "pause",
    .type = VHM_PARAM_TIME,
    .offset = AT (pause_ns),
    .fallback = "10 s",
    .min = "1 ms",
    .max = "1 h",
    .help = "simulated time between two looks at what has changed; shorter for "
            "a while after a guest has started",
    .source = "assumed: shorter than the interval between samples" },
  { .key = "references",
    .type = VHM_PARAM_COUNT,
    .offset = AT (base),
    .fallback = "2_000_000",
    .min = "0",
    .help
    = "page references that measuring may draw in any run, warm-up "
      "included, beside the comparison of pagings; a quarter at once, the "
      "rest as time passes, or before that for what has changed",
    .source = "assumed: a fraction of a second" },
  { .key = "references_per_event",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (per_event),
    .fallback = "0.05",
    .min = "0",
    .max = "1e9",
    .help
    = "and beside these for each event simulated, so that measuring takes "
      "a bounded part of a long run",
    .source
    = "assumed: an event takes about as long as ten references measured" },
};

const struct vhm_schema vhm_case_measure_schema
    = { .name = "measure",
        .help = "how the cost of translation is measured between faults",
        .size = sizeof (struct vhm_case_measure),
        .params = params,
        .n_params = G_N_ELEMENTS (params) };
#undef AT
