/* A stream of jobs, each the life of a process: a compiler run, a block that is
 * compressed. T threads do one job each at a time,
 *
 *   read files | touch fresh memory, in order | go through it `passes` times |
 *   write a file | end: the memory is free in the guest
 *
 * and begin the next. Fresh memory is zeroed by the guest's system and what is
 * written overwrites whole pages, so a frame that a hypervisor has swapped out is
 * read back for nothing (a false read); what is read comes by the disk into frames
 * of the page cache (a stale read). Which frames these are is the system's choice.
 *
 * Files are the next part of one long file, in order; or whole files of a set,
 * file k of n with the chance
 *
 *   F(k + 1) - F(k),   F(x) = (x^(1 - s) - 1) / ((n + 1)^(1 - s) - 1),  k = 1 ...
 *
 * (s = 1: ln x / ln (n + 1)), which is Zipf's law made continuous. With `ahead` a
 * reader of its own reads that many jobs' input in advance, into buffers, and no
 * job begins before its buffer is full. A file read is unmapped again: it stays in
 * the page cache and nowhere else. A file is written where an old one lay, which is
 * removed first.
 *
 * Memory of a job is uniform in memory x (1 -+ spread). Its work is spread evenly
 * over the visits of its pages. In steady state the jobs' memory follows Little's
 * law: mean in use = jobs finished a second x mean of (pages x time they are held).
 *
 * Invariant: what is committed is the memory of the jobs at work and the buffers
 * in use. Cost: an event per fault, up to 16 that need not wait together. Left out:
 * fork and exec, page tables, programs' text, several files open at a time.
 */
#include "jobs.h"

#include <math.h>

/* Pages, 64 KiB: a copy or a zeroing loop takes some microseconds for them. */
#define FAULTS_AT_A_TIME 16
#define RETRY_NS VHM_NS_PER_S

enum { INPUT, OUTPUT, BUFFERS, MEMORY }; /* regions; MEMORY + its thread */

static void advance (struct jobs_state *s, vhm_process *p, uint32_t i);

static bool
is_reader (const struct jobs_state *s, uint32_t i)
{
  return i == s->n_threads;
}

static void
walk (vhm_process *p, uint32_t i, uint32_t region, uint32_t from, uint32_t to,
      double cycles, bool write)
{
  const struct vhm_walk w = {
    .region = region,
    .from = from,
    .to = to,
    .cycles_per_page = fmax (cycles, 1),
    .write = write,
    .overwrites = region == OUTPUT,
    .batch = FAULTS_AT_A_TIME,
  };
  vhm_process_walk (p, i, &w);
}

/* --- files --------------------------------------------------------------------- */

static uint32_t
draw_file (struct jobs_state *s, vhm_process *p)
{
  double n = s->input / s->file, u = vhm_rng_uniform (vhm_process_rng (p));
  double flat = 1 - s->config->exponent;
  double x = fabs (flat) < 1e-9
                 ? pow (n + 1, u)
                 : pow (1 + u * (pow (n + 1, flat) - 1), 1 / flat);
  return (uint32_t) fmin (x, n) - 1;
}

static void
read_file (struct jobs_state *s, vhm_process *p, uint32_t i)
{
  struct jobs_worker *w = &s->workers[i];
  w->phase = JOBS_READS;
  w->left--;
  if (s->config->order == JOBS_ZIPF) {
    w->from = draw_file (s, p) * s->file;
    w->to = w->from + s->file;
  } else {
    w->from = s->input_at;
    w->to = MIN (w->from + s->reads, s->input);
    s->input_at = w->to < s->input ? w->to : 0;
  }
  walk (p, i, INPUT, w->from, w->to, s->copy_cyc, false);
}

static uint32_t
files_of_a_job (const struct jobs_state *s)
{
  if (s->reads == 0)
    return 0;
  return s->config->order == JOBS_ZIPF ? MAX (s->reads / s->file, 1) : 1;
}

static void
write_file (struct jobs_state *s, vhm_process *p, uint32_t i)
{
  struct jobs_worker *w = &s->workers[i];
  w->phase = JOBS_WRITES;
  if (s->output_at + s->writes > s->output)
    s->output_at = 0;
  w->from = s->output_at;
  w->to = s->output_at += s->writes;
  vhm_process_truncate (p, OUTPUT, w->from, s->writes);
  walk (p, i, OUTPUT, w->from, w->to, s->copy_cyc, true);
}

/* --- the reader ---------------------------------------------------------------- */

static void
begin_reading (struct jobs_state *s, vhm_process *p)
{
  struct jobs_worker *w = &s->workers[s->n_threads];
  uint64_t most = s->config->n_jobs;
  w->slot = (uint32_t) (s->n_stored % MAX (s->n_slots, 1));
  if (w->phase != JOBS_IDLE || s->config->ahead == 0 || s->is_full[w->slot]
      || s->n_stored - s->n_taken >= s->config->ahead
      || (most > 0 && s->n_stored == most))
    return;
  w->left = files_of_a_job (s);
  read_file (s, p, s->n_threads);
}

/* What it has read: the slot is full when that has been stored. */
static void
store (struct jobs_state *s, vhm_process *p)
{
  struct jobs_worker *w = &s->workers[s->n_threads];
  if (!vhm_process_commit (p, s->reads)) {
    w->phase = JOBS_REFUSED;
    vhm_process_set_timer (p, RETRY_NS);
    return;
  }
  w->phase = JOBS_STORES;
  uint32_t at = w->slot * s->reads;
  walk (p, s->n_threads, BUFFERS, at, at + s->reads, s->copy_cyc, true);
}

/* --- jobs ---------------------------------------------------------------------- */

static uint32_t
draw_memory (struct jobs_state *s, vhm_process *p)
{
  double u = 2 * vhm_rng_uniform (vhm_process_rng (p)) - 1;
  double spread = (double) s->config->spread_ppm / (double) VHM_PPM;
  double n = (double) vhm_bytes_to_pages (s->config->memory_bytes);
  return CLAMP ((uint32_t) lround (n * (1 + u * spread)), 1, s->most);
}

static void
work (struct jobs_state *s, vhm_process *p, uint32_t i)
{
  struct jobs_worker *w = &s->workers[i];
  double visits = (double) w->n_pages * (1 + (double) s->config->passes);
  w->phase = JOBS_WORKS;
  walk (p, i, MEMORY + i, 0, w->n_pages, (double) s->work_cyc / visits, true);
}

/* Its first touches come next. */
static void
take_memory (struct jobs_state *s, vhm_process *p, uint32_t i)
{
  struct jobs_worker *w = &s->workers[i];
  if (!vhm_process_commit (p, w->n_pages)) {
    w->phase = JOBS_REFUSED;
    vhm_process_set_timer (p, RETRY_NS);
    return;
  }
  w->left = (uint32_t) s->config->passes;
  work (s, p, i);
}

static void
begin_job (struct jobs_state *s, vhm_process *p, uint32_t i)
{
  struct jobs_worker *w = &s->workers[i];
  uint64_t most = s->config->n_jobs;
  bool reads_ahead = s->config->ahead > 0;
  if (w->phase != JOBS_IDLE || (most > 0 && s->n_begun == most)
      || (reads_ahead && s->n_taken == s->n_stored))
    return;
  w->since_ns = vhm_process_now_ns (p);
  w->n_pages = draw_memory (s, p);
  s->n_begun++;
  if (reads_ahead) {
    w->slot = (uint32_t) (s->n_taken++ % s->n_slots);
    w->phase = JOBS_LOOKS;
    uint32_t at = w->slot * s->reads;
    walk (p, i, BUFFERS, at, at + s->reads, s->copy_cyc, false);
    begin_reading (s, p);
    return;
  }
  w->left = files_of_a_job (s);
  if (w->left > 0)
    read_file (s, p, i);
  else
    take_memory (s, p, i);
}

static void
end_job (struct jobs_state *s, vhm_process *p, uint32_t i)
{
  struct jobs_worker *w = &s->workers[i];
  vhm_process_drop (p, MEMORY + i, 0, w->n_pages);
  vhm_process_uncommit (p, w->n_pages);
  if (s->config->ahead > 0) {
    vhm_process_drop (p, BUFFERS, w->slot * s->reads, s->reads);
    vhm_process_uncommit (p, s->reads);
    s->is_full[w->slot] = false;
  }
  w->phase = JOBS_IDLE;
  if (++s->n_done % s->config->operation == 0) {
    bool is_alone = s->config->operation == 1;
    vhm_process_end_operation (p, is_alone ? w->since_ns : s->operation_ns);
    s->operation_ns = vhm_process_now_ns (p);
  }
  begin_reading (s, p);
  begin_job (s, p, i);
}

/* --- one phase after the other --------------------------------------------------- */

static void
has_read (struct jobs_state *s, vhm_process *p, uint32_t i)
{
  struct jobs_worker *w = &s->workers[i];
  vhm_process_drop (p, INPUT, w->from, w->to - w->from);
  if (w->left > 0)
    read_file (s, p, i);
  else if (is_reader (s, i))
    store (s, p);
  else
    take_memory (s, p, i);
}

static void
has_stored (struct jobs_state *s, vhm_process *p)
{
  struct jobs_worker *w = &s->workers[s->n_threads];
  w->phase = JOBS_IDLE;
  s->is_full[w->slot] = true;
  s->n_stored++;
  for (uint32_t i = 0; i < s->n_threads; i++)
    begin_job (s, p, i);
  begin_reading (s, p);
}

static void
has_worked (struct jobs_state *s, vhm_process *p, uint32_t i)
{
  struct jobs_worker *w = &s->workers[i];
  if (w->left > 0) {
    w->left--;
    work (s, p, i);
  } else if (s->writes > 0)
    write_file (s, p, i);
  else
    end_job (s, p, i);
}

static void
advance (struct jobs_state *s, vhm_process *p, uint32_t i)
{
  struct jobs_worker *w = &s->workers[i];
  switch (w->phase) {
  case JOBS_READS:
    has_read (s, p, i);
    return;
  case JOBS_STORES:
    has_stored (s, p);
    return;
  case JOBS_LOOKS:
    take_memory (s, p, i);
    return;
  case JOBS_WORKS:
    has_worked (s, p, i);
    return;
  case JOBS_WRITES:
    vhm_process_drop (p, OUTPUT, w->from, w->to - w->from);
    end_job (s, p, i);
    return;
  case JOBS_REFUSED:
    if (is_reader (s, i))
      store (s, p);
    else
      take_memory (s, p, i);
    return;
  case JOBS_IDLE:
    return;
  }
}

/* The first time: all begin. Later: whoever was refused tries again. */
static void
ring (struct jobs_state *s, vhm_process *p)
{
  if (!s->has_begun) {
    s->has_begun = true;
    s->operation_ns = vhm_process_now_ns (p);
    begin_reading (s, p);
    for (uint32_t i = 0; i < s->n_threads; i++)
      begin_job (s, p, i);
    return;
  }
  for (uint32_t i = 0; i <= s->n_threads; i++)
    if (s->workers[i].phase == JOBS_REFUSED)
      advance (s, p, i);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  struct jobs_state *s = state;
  if (what == VHM_NOTICE_TIMER)
    ring (s, p);
  else if (what == VHM_NOTICE_SWEPT)
    advance (s, p, vhm_process_swept (p));
}

/* --- start --------------------------------------------------------------------- */

static void
measure (struct jobs_state *s, const struct jobs_config *c, uint64_t hz)
{
  s->n_threads = (uint32_t) c->n_threads;
  s->n_slots = c->ahead > 0 ? (uint32_t) (c->ahead + c->n_threads) : 0;
  uint64_t most
      = c->memory_bytes + vhm_scale_ppm (c->memory_bytes, c->spread_ppm);
  s->most = (uint32_t) vhm_bytes_to_pages (most);
  s->reads = (uint32_t) vhm_bytes_to_pages (c->reads_bytes);
  s->file = (uint32_t) vhm_bytes_to_pages (c->file_bytes);
  s->input = (uint32_t) vhm_bytes_to_pages (c->input_bytes);
  s->writes = (uint32_t) vhm_bytes_to_pages (c->writes_bytes);
  s->output = (uint32_t) vhm_bytes_to_pages (c->output_bytes);
  s->work_cyc = vhm_ns_to_cycles (hz, c->work_ns);
  s->copy_cyc = (double) vhm_ns_to_cycles (hz, c->copy_ns);
}

static void
add_region (vhm_process *p, uint32_t n, bool is_file)
{
  const struct vhm_region_spec spec = {
    .pattern = VHM_PATTERN_UNIFORM,
    .n_pages = MAX (n, 1),
    .share = 1,
    .is_file = is_file && n > 0,
    .file_at = is_file && n > 0 ? vhm_process_new_file (p, n) : 0,
  };
  vhm_process_add_region (p, &spec);
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct jobs_state *s = state;
  const struct jobs_config *c = s->config = config;
  measure (s, c, vhm_guest_clock_hz (vhm_process_guest (p)));
  add_region (p, s->input, true);
  add_region (p, s->output, true);
  add_region (p, s->n_slots * s->reads, false);
  for (uint32_t i = 0; i < s->n_threads; i++)
    add_region (p, s->most, false);
  double visits = (double) vhm_bytes_to_pages (c->memory_bytes)
                  * (1 + (double) c->passes);
  const struct vhm_threads threads = {
    .n_threads = 1, /* it never runs: sweepers do the work */
    .cycles_per_reference = fmax ((double) s->work_cyc / visits, 1),
    .references = 1,
    .held = true,
    .n_sweepers = s->n_threads + 1,
  };
  vhm_process_run (p, &threads);
  vhm_process_set_timer (p, c->begins_ns);
}

static uint64_t
file_bytes (const void *config)
{
  const struct jobs_config *c = config;
  return c->input_bytes + c->output_bytes;
}

const struct vhm_workload_ops jobs_ops
    = { .start = start, .notice = notice, .file_bytes = file_bytes };
