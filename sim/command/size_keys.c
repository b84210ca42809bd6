/* Options of vhm size that are keys of a small scenario: ranges and messages are
 * theirs. */
#include "size.h"

#define AT(field) offsetof (struct size_config, field)
enum {
  RUNS,
  JOBS,
  CONFIDENCE,
  SLOWDOWN,
  RESOLUTION,
  LEAST,
  MOST,
  FROM,
  TO,
  WORK
};

static const char *const works[] = { [SIZE_WORK_REFERENCES] = "references",
                                     [SIZE_WORK_OPERATIONS] = "operations",
                                     NULL };

static const struct vhm_param params[SIZE_N_KEYS] = {
  [RUNS] = { .key = "runs",
             .type = VHM_PARAM_COUNT,
             .offset = AT (n_runs),
             .fallback = "3",
             .min = "1",
             .max = "1000",
             .help = "of each size near the answer" },
  [JOBS] = { .key = "jobs",
             .type = VHM_PARAM_COUNT,
             .offset = AT (n_jobs),
             .fallback = "",
             .min = "1",
             .max = "1024",
             .help = "runs at the same time; a processor each if absent" },
  [CONFIDENCE] = { .key = "confidence",
                   .type = VHM_PARAM_FRACTION,
                   .offset = AT (confidence_ppm),
                   .fallback = "95 %",
                   .min = "50 %",
                   .max = "99.99 %",
                   .help = "of intervals" },
  [SLOWDOWN] = { .key = "slowdown",
                 .type = VHM_PARAM_FRACTION,
                 .offset = AT (slowdown_ppm),
                 .fallback = "5 %",
                 .min = "0.01 %",
                 .max = "10000 %",
                 .help = "more time for the same work than with ample memory" },
  [RESOLUTION] = { .key = "resolution",
                   .type = VHM_PARAM_BYTES,
                   .offset = AT (step_bytes),
                   .fallback = "64 MiB",
                   .min = "1 MiB",
                   .max = "1 TiB",
                   .help = "sizes are multiples of it" },
  [LEAST] = { .key = "least",
              .type = VHM_PARAM_BYTES,
              .offset = AT (least_bytes),
              .fallback = "",
              .min = "32 MiB",
              .max = "6 TiB",
              .help = "smallest size to look at" },
  [MOST] = { .key = "most",
             .type = VHM_PARAM_BYTES,
             .offset = AT (most_bytes),
             .fallback = "",
             .min = "32 MiB",
             .max = "6 TiB",
             .help = "largest size to look at" },
  [FROM] = { .key = "from",
             .type = VHM_PARAM_CLOCK,
             .offset = AT (from_ns),
             .fallback = "",
             .help = "clock of day from which it is judged" },
  [TO] = { .key = "to",
           .type = VHM_PARAM_CLOCK,
           .offset = AT (to_ns),
           .fallback = "",
           .help = "clock of day until which it is judged" },
  [WORK] = { .key = "work",
             .type = VHM_PARAM_CHOICE,
             .offset = AT (work),
             .fallback = "references",
             .choices = works,
             .help = "what is counted as work" },
};
#undef AT

const struct size_option size_options[SIZE_N_KEYS] = {
  [RUNS] = { "--runs", "N",
             "Runs of a size, with the seeds seed, seed + 1 ... (default: 3)" },
  [JOBS]
  = { "--jobs", "N", "Runs at the same time (default: a processor each)" },
  [CONFIDENCE]
  = { "--confidence", "PERCENT", "Of intervals (default: \"95 %\")" },
  [SLOWDOWN] = { "--slowdown", "PERCENT",
                 "More time for the same work than with ample memory (default: "
                 "\"5 %\")" },
  [RESOLUTION] = { "--resolution", "SIZE",
                   "Sizes are multiples of it (default: \"64 MiB\")" },
  [LEAST]
  = { "--least", "SIZE",
      "Smallest size (default: the guest's minimum, or an eighth of the "
      "largest if that is less)" },
  [MOST] = { "--most", "SIZE",
             "Largest size (default: ample memory, the guest's maximum doubled "
             "until more changes nothing)" },
  [FROM] = { "--from", "CLOCK",
             "Judged from then on (default: after a tenth of its run)" },
  [TO] = { "--to", "CLOCK",
           "Judged until then, and simulated no further (default: the end)" },
  [WORK] = { "--work", "WHAT",
             "references, which weigh all programs alike, or operations "
             "(default: references)" },
};

static const struct vhm_schema schema
    = { .name = "sizing",
        .help = "how much memory a guest needs",
        .size = sizeof (struct size_config),
        .params = params,
        .n_params = SIZE_N_KEYS };

struct vhm_scenario *
size_read (char *const values[SIZE_N_KEYS], GError **error)
{
  const char *names[SIZE_N_KEYS];
  for (int i = 0; i < SIZE_N_KEYS; i++)
    names[i] = size_options[i].name;
  return command_read_keys (&schema, values, names, error);
}

bool
size_has_from (char *const values[SIZE_N_KEYS])
{
  return values[FROM] != NULL;
}

bool
size_has_to (char *const values[SIZE_N_KEYS])
{
  return values[TO] != NULL;
}
