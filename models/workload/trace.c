/* A program that somebody recorded: the visits of a trace to pages, in order, by
 * one thread, through one region (models/reference/replay.c).
 *
 * All pages of the trace are committed first; a refused commit is tried again,
 * the thread waits. A visit costs the compute time of its mean number of
 * accesses, so a pass through the trace takes
 *
 *   accesses x cycles_per_access  cycles,
 *
 * beside faults. Without `repeat` the program ends after one pass and gives its
 * memory back.
 *
 * Every reference of such a process is simulated one by one, whatever mode the
 * guest runs in. Cost: that of a reference, see replay.c. Left out: the single
 * visit's own number of accesses; several threads (lackey runs one at a time).
 */
#include <vhm/model/workload.h>
#include <vhm/sim/trace.h>

/* The end of the last visit is known to a few cycles: clocks are whole. */
#define AFTER_LAST_CYC 8.0

struct config {
  const struct vhm_trace *trace;
  bool repeat;
  double cycles_per_access;
  uint64_t n_references, retry_ns;
};

struct state {
  const struct config *config;
  uint32_t n_pages;
};

static double
cycles_per_visit (const struct config *c)
{
  const struct vhm_trace_totals *t = &c->trace->totals;
  return c->cycles_per_access * (double) t->n_accesses / (double) t->n_visits;
}

static void
begin (struct state *s, vhm_process *p)
{
  const struct config *c = s->config;
  if (!vhm_process_commit (p, s->n_pages)) {
    vhm_process_set_timer (p, c->retry_ns);
    return;
  }
  if (!c->repeat)
    vhm_process_set_references (p, (double) c->trace->totals.n_visits + 1
                                       + AFTER_LAST_CYC / cycles_per_visit (c));
  vhm_process_release (p);
}

static void
end (struct state *s, vhm_process *p)
{
  vhm_process_hold (p);
  vhm_process_drop (p, 0, 0, s->n_pages);
  vhm_process_uncommit (p, s->n_pages);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  if (what == VHM_NOTICE_TIMER)
    begin (state, p);
  else if (what == VHM_NOTICE_REFERENCES)
    end (state, p);
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  const struct vhm_trace_totals *t = &c->trace->totals;
  s->n_pages = t->n_pages;
  const struct vhm_region_spec spec = {
    .pattern = VHM_PATTERN_REPLAY,
    .n_pages = t->n_pages,
    .n_active = t->n_pages,
    .share = 1,
    .cyclic = c->repeat,
    .replay = c->trace->visits,
    .n_replay = t->n_visits,
  };
  vhm_process_add_region (p, &spec);
  const struct vhm_threads threads = {
    .n_threads = 1,
    .cycles_per_reference = cycles_per_visit (c),
    .references
    = (double) (c->n_references > 0 ? c->n_references : t->n_visits),
    .held = true,
  };
  vhm_process_run (p, &threads);
  begin (s, p);
}

#define AT(field) offsetof (struct config, field)

static const struct vhm_param params[] = {
  { .key = "file",
    .type = VHM_PARAM_TRACE,
    .offset = AT (trace),
    .fallback = NULL,
    .help = "recorded trace, as `vhm import` writes it; a path relative to the "
            "scenario" },
  { .key = "repeat",
    .type = VHM_PARAM_BOOL,
    .offset = AT (repeat),
    .fallback = "false",
    .help = "begin again at its end; otherwise the program ends there and "
            "gives its memory back" },
  { .key = "cycles_per_access",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (cycles_per_access),
    .fallback = "1",
    .min = "0.01",
    .max = "1e6",
    .help = "processor cycles an access, faults apart",
    .source = "assumed: about one instruction a cycle, and most accesses of a "
              "recording are their fetches" },
  { .key = "references",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_references),
    .fallback = "0",
    .min = "0",
    .max = "1000000000",
    .help = "page references of one operation; 0: a whole pass" },
  { .key = "retry",
    .type = VHM_PARAM_TIME,
    .offset = AT (retry_ns),
    .fallback = "1 s",
    .min = "1 ms",
    .max = "1 h",
    .help = "wait before asking again for memory that was refused",
    .source = "assumed: somebody starts the program again" },
};

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct config *c = config;
  if (c->trace->page_shift != VHM_PAGE_SHIFT)
    complain (reader, "file", "recorded with pages that are not of 4 KiB",
              "import it again with --page-size 4K");
  if (c->trace->totals.n_visits == 0)
    complain (reader, "file", "a trace without a visit", "one with some");
}

static const struct vhm_workload_ops ops = { .start = start, .notice = notice };

const struct vhm_plugin vhm_workload_trace = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "trace",
  .summary = "a recorded program, replayed page by page",
  .config = { .name = "trace",
              .help = "a recorded program",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
