/* A garbage-collected heap: a live set that is used, and garbage that grows
 * until a collection drops it.
 *
 * One region, addressed from 0: live pages [0, live), then fresh and dead ones
 * [live, top). Threads reference the live part (hot/cold) and allocate at a pace
 * per reference; what they allocate is committed and written once. A collection
 * starts when garbage reaches `budget` x live, when a commit is refused, or when
 * the system signals low memory and there is at least `worth` x live to gain.
 * It visits every live page (a sweep of a helper thread; the others go on, as
 * with background collection), then everything above the live set that existed
 * when it began is dropped. So committed bytes draw a sawtooth between live and
 * (1 + budget) live, and a collection of a heap that is partly paged out reads
 * it all back.
 *
 * With `high_load` (.NET's GCHighMemPercent) garbage worth a collection is collected
 * without waiting for a signal or the budget, while the guest's memory load,
 *
 *   1 - available / visible memory,
 *
 * is at least that: so the heap shrinks to (1 + worth) live before the system runs
 * short, instead of after.
 *
 * The live set follows `steps`: at each step's time the program wants that much;
 * new allocations become live until it is reached. Shrinking is immediate.
 *
 * Invariant: live + garbage = top = what is committed for the heap.
 * Cost: one event a chunk. Left out: generations, compaction, stop-the-world.
 * Source: seeds (sawtooth of fig. 22); .NET: low-memory notification triggers a
 * collection; a load of 90 % of physical memory is high (90 to 97 % from 80 GB on),
 * GCHighMemPercent.
 */
#include "pace.h"

#include <vhm/base/require.h>

struct step {
  uint64_t after_ns, live_bytes;
};

struct config {
  struct pace pace;
  struct vhm_list steps; /* struct step */
  uint64_t heap_bytes, chunk_bytes, budget_ppm, worth_ppm;
  uint64_t hot_ppm, hot_weight_ppm, retry_ns, high_load_ppm;
  double mark_cycles, allocation, growth;
};

struct state {
  const struct config *config;
  uint32_t chunk, most; /* pages */
  uint32_t live, top;   /* pages */
  uint32_t collect_top; /* top when the running collection began */
  uint32_t step;
  double references_per_chunk;
  bool drop_later; /* the collection ended in the middle of an allocation */
};

enum { HEAP };

static const struct step *
step_at (const struct config *c, uint32_t i)
{
  return &((const struct step *) c->steps.items)[i];
}

static uint32_t
wanted (struct state *s, const vhm_process *p)
{
  const struct config *c = s->config;
  uint64_t now = vhm_process_now_ns (p);
  while (s->step + 1 < c->steps.n && step_at (c, s->step + 1)->after_ns <= now)
    s->step++;
  return (uint32_t) vhm_bytes_to_pages (step_at (c, s->step)->live_bytes);
}

static void
collect (struct state *s, vhm_process *p)
{
  if (vhm_process_is_sweeping (p) || s->drop_later || s->top == s->live)
    return;
  s->collect_top = s->top;
  vhm_process_sweep (p, HEAP, 0, s->live, s->config->mark_cycles, false);
}

/* Dead pages go. What was allocated during the collection lies above them; the
 * top of the heap is dropped in place of the dead part, so that addresses stay
 * dense. That exchanges which of them are in memory: if dead pages had been
 * paged out, slightly more RAM and less page file is freed than should be. */
static void
swept (struct state *s, vhm_process *p)
{
  s->drop_later = vhm_process_is_allocating (p);
  if (s->drop_later)
    return;
  uint32_t dead = s->collect_top - s->live;
  vhm_process_drop (p, HEAP, s->top - dead, dead);
  vhm_process_uncommit (p, dead);
  s->top -= dead;
}

static void
set_live (struct state *s, vhm_process *p, uint32_t live)
{
  s->live = live;
  vhm_process_set_active (p, HEAP, live);
}

static void
arm (struct state *s, vhm_process *p)
{
  bool grows = s->live < wanted (s, p);
  vhm_process_set_references (p, s->references_per_chunk
                                     / (grows ? s->config->growth : 1));
}

static uint64_t
share (uint32_t pages, uint64_t ppm)
{
  return vhm_scale_ppm (pages, ppm);
}

static bool
is_highly_loaded (const struct state *s, const vhm_process *p)
{
  if (s->config->high_load_ppm == 0)
    return false;
  struct vhm_guest_counters c = vhm_process_memory (p);
  uint64_t visible = vhm_process_visible_pages (p);
  uint64_t left = VHM_PPM - s->config->high_load_ppm;
  return c.free_pages + c.standby_pages <= vhm_scale_ppm (visible, left);
}

static void
allocate (struct state *s, vhm_process *p)
{
  const struct config *c = s->config;
  uint64_t budget = is_highly_loaded (s, p) ? MIN (c->worth_ppm, c->budget_ppm)
                                            : c->budget_ppm;
  if (s->top - s->live >= share (s->live, budget))
    collect (s, p);
  if (s->top + s->chunk <= s->most && vhm_process_commit (p, s->chunk)) {
    uint32_t first = s->top;
    s->top += s->chunk;
    vhm_process_allocate (p, HEAP, first, s->chunk);
    return;
  }
  collect (s, p);
  vhm_process_set_timer (p, s->config->retry_ns);
}

static void
allocated (struct state *s, vhm_process *p)
{
  if (s->drop_later)
    swept (s, p);
  uint32_t want = wanted (s, p);
  if (want < s->live)
    set_live (s, p, want);
  else if (!vhm_process_is_sweeping (p) && s->live < want)
    set_live (s, p, MIN (s->top, want));
  arm (s, p);
}

static void
low_memory (struct state *s, vhm_process *p)
{
  if (s->top - s->live >= share (s->live, s->config->worth_ppm))
    collect (s, p);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  struct state *s = state;
  switch (what) {
  case VHM_NOTICE_REFERENCES:
  case VHM_NOTICE_TIMER:
    if (!vhm_process_is_allocating (p))
      allocate (s, p);
    return;
  case VHM_NOTICE_ALLOCATED:
    allocated (s, p);
    return;
  case VHM_NOTICE_SWEPT:
    swept (s, p);
    return;
  case VHM_NOTICE_LOW_MEMORY:
    low_memory (s, p);
    return;
  case VHM_NOTICE_HIGH_MEMORY:
  case VHM_N_NOTICES:
    return;
  }
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  s->chunk = (uint32_t) vhm_bytes_to_pages (c->chunk_bytes);
  s->most = (uint32_t) vhm_bytes_to_pages (c->heap_bytes);
  const struct vhm_region_spec spec = {
    .pattern = VHM_PATTERN_HOT_COLD,
    .n_pages = s->most,
    .n_active = 0,
    .share = 1,
    .write = pace_write (&c->pace),
    .hot = (double) c->hot_ppm / (double) VHM_PPM,
    .hot_weight = (double) c->hot_weight_ppm / (double) VHM_PPM,
  };
  vhm_process_add_region (p, &spec);
  const struct vhm_threads threads = pace_threads (&c->pace);
  vhm_process_run (p, &threads);
  s->references_per_chunk = (double) c->chunk_bytes / c->allocation;
  arm (s, p);
}

#define STEP_AT(field) offsetof (struct step, field)
#define AT(field) offsetof (struct config, field)

static const struct vhm_param step_params[] = {
  { .key = "after",
    .type = VHM_PARAM_TIME,
    .offset = STEP_AT (after_ns),
    .fallback = "0 s",
    .min = "0 s",
    .max = "365 d",
    .help = "simulated time from the start of the run" },
  { .key = "live",
    .type = VHM_PARAM_BYTES,
    .offset = STEP_AT (live_bytes),
    .fallback = NULL,
    .min = "1 MiB",
    .max = "1 TiB",
    .help = "live set the program wants from then on" },
};

static const struct vhm_schema step_schema = {
  .name = "step",
  .help = "how large the live set wants to be, from when",
  .size = sizeof (struct step),
  .params = step_params,
  .n_params = G_N_ELEMENTS (step_params),
};

static const struct vhm_param params[] = {
  { .key = "steps",
    .type = VHM_PARAM_LIST,
    .offset = AT (steps),
    .fallback = NULL,
    .help = "the live set over time",
    .child = &step_schema },
  { .key = "heap",
    .type = VHM_PARAM_BYTES,
    .offset = AT (heap_bytes),
    .fallback = "16 GiB",
    .min = "16 MiB",
    .max = "256 GiB",
    .help = "address space of the heap: it never commits more",
    .source = "assumed: 64-bit heaps are bounded by commit, not by addresses" },
  { .key = "chunk",
    .type = VHM_PARAM_BYTES,
    .offset = AT (chunk_bytes),
    .fallback = "1 MiB",
    .min = "4 KiB",
    .max = "1 GiB",
    .help = "memory committed and touched at a time",
    .source = "assumed: several allocation contexts together" },
  { .key = "budget",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (budget_ppm),
    .fallback = "50 %",
    .min = "1 %",
    .max = "1000 %",
    .help = "garbage, as a share of the live set, that starts a collection",
    .source
    = "assumed: fitted to the sawtooth of a case (8 to 10 GB in fig. 22)" },
  { .key = "worth",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (worth_ppm),
    .fallback = "10 %",
    .min = "0 %",
    .max = "1000 %",
    .help = "least garbage for which a low-memory signal starts a collection",
    .source
    = "assumed: a collector does not repeat a collection that gains nothing" },
  { .key = "high_load",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (high_load_ppm),
    .fallback = "0 %",
    .min = "0 %",
    .max = "100 %",
    .help = "memory load of the guest from which on garbage worth a collection "
            "is collected without a signal; .NET has 90 %; 0 %: no such rule",
    .source = "assumed: that a scenario asks for it; .NET: GCHighMemPercent 90 "
              "%, 90 to 97 % on machines of 80 GB or more" },
  { .key = "allocation",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (allocation),
    .fallback = "1.5",
    .min = "0.001",
    .max = "1e6",
    .help = "bytes allocated per page reference",
    .source = "assumed: fitted to a case" },
  { .key = "growth",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (growth),
    .fallback = "1",
    .min = "0.001",
    .max = "1e6",
    .help = "how many times as fast it allocates while the live set is smaller "
            "than wanted",
    .source = "assumed: a program that loads data does little else" },
  { .key = "hot",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_ppm),
    .fallback = "20 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share of the live set that is hot",
    .source = "assumed" },
  { .key = "hot_weight",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_weight_ppm),
    .fallback = "80 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share of references that go to the hot part",
    .source = "assumed" },
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
    .help = "wait before allocating again after a refused commit",
    .source = "assumed: an application's retry loop" },
  PACE_ROWS (config, "2", "1000", "0 s", "30 %"),
};

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct config *c = config;
  if (c->steps.n == 0)
    complain (reader, "steps", "empty", "at least one step");
  for (uint32_t i = 0; i < c->steps.n; i++) {
    if (i > 0 && step_at (c, i)->after_ns <= step_at (c, i - 1)->after_ns)
      complain (reader, "steps", "not in order of `after`", "later steps last");
    if (step_at (c, i)->live_bytes > c->heap_bytes)
      complain (reader, "steps", "a live set larger than the heap",
                "at most `heap`");
  }
  if (c->chunk_bytes > c->heap_bytes)
    complain (reader, "chunk", "larger than the heap", "at most `heap`");
}

static const struct vhm_workload_ops ops = { .start = start, .notice = notice };

const struct vhm_plugin vhm_workload_gc_heap = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "gc_heap",
  .summary = "a garbage-collected heap: a live set, and a sawtooth of garbage",
  .config = { .name = "gc_heap",
              .help = "a garbage-collected heap",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
