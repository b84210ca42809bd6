/* How threads of a workload run: the settings all workloads have, their keys
 * once. A config embeds `struct pace pace` and its table the rows of
 * PACE_ROWS, with defaults of its own. */
#ifndef MODELS_WORKLOAD_PACE_H
#define MODELS_WORKLOAD_PACE_H

#include <vhm/model/workload.h>

struct pace {
  uint64_t n_threads, references, think_ns, write_ppm;
  double cycles_per_reference;
};

struct vhm_threads pace_threads (const struct pace *pace);
/* Chance that a reference writes. */
double pace_write (const struct pace *pace);

#define PACE_AT(config, field) \
  (offsetof (struct config, pace) + offsetof (struct pace, field))

#define PACE_ROWS(config, threads, operation, thinking, writing)              \
  { .key = "threads",                                                         \
    .type = VHM_PARAM_COUNT,                                                  \
    .offset = PACE_AT (config, n_threads),                                    \
    .fallback = threads,                                                      \
    .min = "1",                                                               \
    .max = "256",                                                             \
    .help = "threads that work" },                                            \
      { .key = "references",                                                  \
        .type = VHM_PARAM_COUNT,                                              \
        .offset = PACE_AT (config, references),                               \
        .fallback = operation,                                                \
        .min = "1",                                                           \
        .max = "1000000000",                                                  \
        .help = "page references of one operation of a thread",               \
        .source = "assumed: sets what an operation is, not how much is done" }, \
      { .key = "think",                                                       \
        .type = VHM_PARAM_TIME,                                               \
        .offset = PACE_AT (config, think_ns),                                 \
        .fallback = thinking,                                                 \
        .min = "0 s",                                                         \
        .max = "1 h",                                                         \
        .help = "mean time between operations of a thread, exponential",      \
        .source = "assumed: how busy the workload is" },                      \
      { .key = "writes",                                                      \
        .type = VHM_PARAM_FRACTION,                                           \
        .offset = PACE_AT (config, write_ppm),                                \
        .fallback = writing,                                                  \
        .min = "0 %",                                                         \
        .max = "100 %",                                                       \
        .help = "share of references that write",                             \
        .source = "assumed: about one store to two or four loads" },          \
  {                                                                           \
    .key = "cycles_per_reference", .type = VHM_PARAM_NUMBER,                  \
    .offset = PACE_AT (config, cycles_per_reference), .fallback = "2000",     \
    .min = "1", .max = "1e9",                                                 \
    .help = "processor cycles between page references",                       \
    .source = "assumed: about a thousand instructions a page visit"           \
  }

#endif
