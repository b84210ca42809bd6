/* A heap that goes through all of its memory before it collects, whatever memory
 * there is: a Java virtual machine of fixed heap size.
 *
 *   [0, live)        objects that are used, hot/cold
 *   [live, heap)     allocation, in order, page after page; at the end a full
 *                    collection visits every live page, then it begins again
 *
 * Of the references a share `allocation` goes to the page that is being filled next.
 * All of the heap is committed at the start and never given back, and the program
 * does not listen to notifications. So what it touches between two collections is
 * the whole heap, once each in the same order: with any less memory than that the
 * least recently used page is the one that is needed next. In memory M < heap, LRU
 * keeps none of it,
 *
 *   faults a lap = pages of [live, heap)   for M < heap,   0   for M >= heap
 *
 * (the hot part of the live set apart), and each of them is read back for nothing,
 * to be overwritten. Taking a little memory costs as much as taking a lot.
 *
 * A collection stops the threads. Cost: two events a lap, and faults. Left out:
 * generations (a young part that is collected often would stay in memory), moving of
 * objects: live ones are where they are.
 * Source: a Java working set larger than the allocation is pathological for LRU under
 * ballooning and swapping (VSwapper, ASPLOS 2014, 5.1).
 */
#include "pace.h"

struct config {
  struct pace pace;
  uint64_t heap_bytes, live_bytes, allocation_ppm, hot_ppm, hot_weight_ppm;
  uint64_t retry_ns;
  double mark_cycles;
};

struct state {
  const struct config *config;
  uint32_t live, rest; /* pages */
};

enum { LIVE, REST };

static double
fraction (uint64_t ppm)
{
  return (double) ppm / (double) VHM_PPM;
}

/* The allocator goes once through the rest. */
static void
begin_lap (struct state *s, vhm_process *p)
{
  vhm_process_set_references (p,
                              s->rest / fraction (s->config->allocation_ppm));
}

static void
open_heap (struct state *s, vhm_process *p)
{
  if (!vhm_process_commit (p, s->live + s->rest)) {
    vhm_process_set_timer (p, s->config->retry_ns);
    return;
  }
  vhm_process_set_active (p, LIVE, s->live);
  vhm_process_set_active (p, REST, s->rest);
  vhm_process_release (p);
  begin_lap (s, p);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  struct state *s = state;
  if (what == VHM_NOTICE_TIMER)
    open_heap (s, p);
  else if (what == VHM_NOTICE_REFERENCES) {
    vhm_process_hold (p);
    vhm_process_sweep (p, LIVE, 0, s->live, s->config->mark_cycles, false);
  } else if (what == VHM_NOTICE_SWEPT) {
    vhm_process_release (p);
    begin_lap (s, p);
  }
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  double allocation = fraction (c->allocation_ppm);
  s->live = (uint32_t) vhm_bytes_to_pages (c->live_bytes);
  s->rest = (uint32_t) vhm_bytes_to_pages (c->heap_bytes) - s->live;
  const struct vhm_region_spec live = {
    .pattern = VHM_PATTERN_HOT_COLD,
    .n_pages = s->live,
    .share = 1 - allocation,
    .write = pace_write (&c->pace),
    .hot = fraction (c->hot_ppm),
    .hot_weight = fraction (c->hot_weight_ppm),
  };
  const struct vhm_region_spec rest = {
    .pattern = VHM_PATTERN_SCAN,
    .n_pages = s->rest,
    .share = allocation,
    .write = 1,
    .cyclic = true,
  };
  vhm_process_add_region (p, &live);
  vhm_process_add_region (p, &rest);
  struct vhm_threads threads = pace_threads (&c->pace);
  threads.held = true;
  vhm_process_run (p, &threads);
  open_heap (s, p);
}

#define AT(field) offsetof (struct config, field)

static const struct vhm_param params[] = {
  { .key = "heap",
    .type = VHM_PARAM_BYTES,
    .offset = AT (heap_bytes),
    .fallback = NULL,
    .min = "2 MiB",
    .max = "256 GiB",
    .help = "size of the heap (-Xms and -Xmx), committed at the start" },
  { .key = "live",
    .type = VHM_PARAM_BYTES,
    .offset = AT (live_bytes),
    .fallback = NULL,
    .min = "1 MiB",
    .max = "256 GiB",
    .help = "objects that are in use, less than the heap" },
  { .key = "allocation",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (allocation_ppm),
    .fallback = "10 %",
    .min = "0.0001 %",
    .max = "90 %",
    .help
    = "share of the references that fill a page of the heap next in order",
    .source = "assumed: with 2000 cycles a reference at 2 GHz, 400 MB/s a "
              "thread" },
  { .key = "hot",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_ppm),
    .fallback = "20 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share of the live set that is hot",
    .source = "assumed: the rule of 80 and 20" },
  { .key = "hot_weight",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_weight_ppm),
    .fallback = "80 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share of the references to the live set that go to the hot part",
    .source = "assumed: the rule of 80 and 20" },
  { .key = "mark_cycles",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (mark_cycles),
    .fallback = "8000",
    .min = "1",
    .max = "1e9",
    .help = "cycles to mark one page of live objects",
    .source = "assumed: some hundred objects a page; 1 GB/s at 2 GHz" },
  { .key = "retry",
    .type = VHM_PARAM_TIME,
    .offset = AT (retry_ns),
    .fallback = "1 s",
    .min = "1 ms",
    .max = "1 h",
    .help = "wait before asking again for the heap, if it was refused",
    .source = "assumed: somebody starts the program again" },
  PACE_ROWS (config, "4", "1000", "0 s", "30 %"),
};

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct config *c = config;
  if (vhm_bytes_to_pages (c->live_bytes) >= vhm_bytes_to_pages (c->heap_bytes))
    complain (reader, "live", "leaves nothing to allocate in",
              "less than `heap`");
}

static const struct vhm_workload_ops ops = { .start = start, .notice = notice };

const struct vhm_plugin vhm_workload_java_heap = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "java_heap",
  .summary = "a Java heap of fixed size, gone through to its end and collected",
  .config = { .name = "java_heap",
              .help = "a Java heap of fixed size",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
