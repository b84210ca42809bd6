/* Private records of the workload of jobs: jobs.c runs them, jobs_keys.c has its
 * keys and what is wrong with them. */
#ifndef MODELS_WORKLOAD_JOBS_H
#define MODELS_WORKLOAD_JOBS_H

#include <vhm/model/workload.h>

enum jobs_order { JOBS_IN_ORDER, JOBS_ZIPF, JOBS_N_ORDERS };

struct jobs_config {
  uint64_t n_threads, n_jobs, operation, begins_ns;
  uint64_t memory_bytes, spread_ppm, passes, work_ns, copy_ns;
  uint64_t input_bytes, reads_bytes, file_bytes, ahead;
  uint64_t output_bytes, writes_bytes;
  double exponent;
  int order; /* enum jobs_order */
};

#define JOBS_MOST_THREADS 64
#define JOBS_MOST_AHEAD 1024

enum jobs_phase {
  JOBS_IDLE,    /* nothing to do now */
  JOBS_REFUSED, /* the system would not commit its memory */
  JOBS_READS,   /* files */
  JOBS_STORES,  /* the reader: into a buffer what it has read */
  JOBS_LOOKS,   /* through the buffer */
  JOBS_WORKS,   /* in its memory: first touches, then passes */
  JOBS_WRITES,  /* its file */
};

/* A thread, and the job it is at. */
struct jobs_worker {
  enum jobs_phase phase;
  uint32_t n_pages, left;  /* of its memory; files, or passes, to come */
  uint32_t from, to;       /* pages of the input, or output, it is at */
  uint32_t slot;           /* its buffer */
  uint64_t since_ns;
};

struct jobs_state {
  const struct jobs_config *config;
  uint32_t n_threads, n_slots;
  uint32_t most, reads, file, input, writes, output; /* pages */
  uint64_t work_cyc;
  double copy_cyc;
  uint32_t input_at, output_at; /* pages, round and round */
  uint64_t n_begun, n_done, n_stored, n_taken;
  uint64_t operation_ns; /* when the operation began */
  bool has_begun;
  bool is_full[JOBS_MOST_AHEAD + JOBS_MOST_THREADS]; /* by slot */
  struct jobs_worker workers[JOBS_MOST_THREADS + 1]; /* the last: the reader */
};

extern const struct vhm_workload_ops jobs_ops;

#endif
