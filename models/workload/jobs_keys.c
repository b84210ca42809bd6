/* The keys of the workload of jobs: names, ranges, defaults and where they come
 * from; what contradicts what.
 */
#include "jobs.h"

#define AT(field) offsetof (struct jobs_config, field)

static const char *const orders[] = {
  [JOBS_IN_ORDER] = "in-order", [JOBS_ZIPF] = "zipf", [JOBS_N_ORDERS] = NULL
};

static const struct vhm_param params[] = {
  { .key = "threads",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_threads),
    .fallback = "1",
    .min = "1",
    .max = "64",
    .help = "jobs at a time" },
  { .key = "jobs",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_jobs),
    .fallback = "0",
    .min = "0",
    .max = "1000000000",
    .help = "jobs in all; 0: without end" },
  { .key = "operation",
    .type = VHM_PARAM_COUNT,
    .offset = AT (operation),
    .fallback = "1",
    .min = "1",
    .max = "1000000000",
    .help = "jobs of one operation" },
  { .key = "begins",
    .type = VHM_PARAM_TIME,
    .offset = AT (begins_ns),
    .fallback = "0 s",
    .min = "0 s",
    .max = "1000 h",
    .help = "when the first jobs begin, counted from its start" },
  { .key = "memory",
    .type = VHM_PARAM_BYTES,
    .offset = AT (memory_bytes),
    .fallback = "16 MiB",
    .min = "4 KiB",
    .max = "64 GiB",
    .help = "mean of the memory of a job, which is fresh and freed at its end",
    .source = "assumed: a compiler at work on a file of some thousand lines" },
  { .key = "spread",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (spread_ppm),
    .fallback = "0 %",
    .min = "0 %",
    .max = "100 %",
    .help = "the memory of a job is uniform in memory x (1 - spread) to memory "
            "x (1 + spread)" },
  { .key = "passes",
    .type = VHM_PARAM_COUNT,
    .offset = AT (passes),
    .fallback = "3",
    .min = "0",
    .max = "1000000",
    .help = "how often a job goes through its memory after the first touches",
    .source = "assumed" },
  { .key = "work",
    .type = VHM_PARAM_TIME,
    .offset = AT (work_ns),
    .fallback = "1 s",
    .min = "1 us",
    .max = "1000 h",
    .help = "processor time of a job, without what the system takes",
    .source = "assumed" },
  { .key = "page_copy",
    .type = VHM_PARAM_TIME,
    .offset = AT (copy_ns),
    .fallback = "1 us",
    .min = "1 ns",
    .max = "1 s",
    .help = "processor time to read or write one page of a file or a buffer",
    .source = "assumed: a copy of 4 KiB at 4 GB/s" },
  { .key = "input",
    .type = VHM_PARAM_BYTES,
    .offset = AT (input_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "256 GiB",
    .help = "files that jobs read, which the guest's system caches and must "
            "know; 0 B: none" },
  { .key = "reads",
    .type = VHM_PARAM_BYTES,
    .offset = AT (reads_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "64 GiB",
    .help = "read by a job, before it begins to work" },
  { .key = "order",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (order),
    .fallback = "in-order",
    .help
    = "in-order: the next part of the input, round and round; zipf: files "
      "of it, by popularity",
    .choices = orders },
  { .key = "file",
    .type = VHM_PARAM_BYTES,
    .offset = AT (file_bytes),
    .fallback = "16 KiB",
    .min = "4 KiB",
    .max = "64 GiB",
    .help = "zipf: size of one file of the input",
    .source = "assumed: sources and headers of C programs" },
  { .key = "exponent",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (exponent),
    .fallback = "0.8",
    .min = "0",
    .max = "4",
    .help = "zipf: file i of 1, 2 ... is read in proportion to i^-exponent",
    .source = "as for workload pattern" },
  { .key = "ahead",
    .type = VHM_PARAM_COUNT,
    .offset = AT (ahead),
    .fallback = "0",
    .min = "0",
    .max = "1024",
    .help = "jobs whose input a reader of its own has in memory before they "
            "begin; 0: each job reads for itself" },
  { .key = "output",
    .type = VHM_PARAM_BYTES,
    .offset = AT (output_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "256 GiB",
    .help = "room for files that jobs write, round and round; 0 B: none" },
  { .key = "writes",
    .type = VHM_PARAM_BYTES,
    .offset = AT (writes_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "64 GiB",
    .help = "written by a job at its end, whole pages" },
};

/* Pages of the buffers that a reader fills must have numbers. */
#define MOST_BUFFERS (64 * VHM_GIB)

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct jobs_config *c = config;
  if (c->reads_bytes > c->input_bytes)
    complain (reader, "reads", "more than there is", "at most input");
  if (c->input_bytes > 0 && c->reads_bytes == 0)
    complain (reader, "input", "nobody reads it", "reads, or no input");
  if (c->writes_bytes > c->output_bytes)
    complain (reader, "writes", "more than there is room for",
              "at most output");
  if (c->output_bytes > 0 && c->writes_bytes == 0)
    complain (reader, "output", "nobody writes there", "writes, or no output");
  if (c->order == JOBS_ZIPF && c->file_bytes > c->reads_bytes)
    complain (reader, "file", "a job does not read a whole file",
              "at most reads");
  if (c->ahead > 0 && c->reads_bytes == 0)
    complain (reader, "ahead", "there is nothing to read", "reads and input");
  else if (c->ahead > 0
           && c->reads_bytes > MOST_BUFFERS / (c->ahead + c->n_threads))
    complain (reader, "ahead", "the buffers are larger than 64 GiB",
              "fewer, or smaller reads");
}

const struct vhm_plugin vhm_workload_jobs = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "jobs",
  .summary = "short-lived processes that read files, work in fresh memory, "
             "write files and end",
  .config = { .name = "jobs",
              .help = "a stream of jobs",
              .size = sizeof (struct jobs_config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct jobs_state),
  .ops = &jobs_ops,
};
