/* Recorded traces against the guests that replay them: do the pages fit, and is
 * the guest's mode of references one that can replay? */
#include "command.h"

#include <vhm/base/units.h>
#include <vhm/sim/trace.h>

/* The trace that a workload replays, and the key that names it; NULL: none. */
static const struct vhm_trace *
trace_of (const struct vhm_plugin_choice *workload, const char **ret_key)
{
  const struct vhm_schema *schema = &workload->plugin->config;
  for (size_t i = 0; i < schema->n_params; i++) {
    const struct vhm_param *param = &schema->params[i];
    if (param->type != VHM_PARAM_TRACE)
      continue;
    const void *field = (const char *) workload->config + param->offset;
    *ret_key = param->key;
    return *(const struct vhm_trace *const *) field;
  }
  return NULL;
}

static void
check_pages (struct vhm_scenario *s, const struct vhm_case_guest *g,
             const struct vhm_trace *trace, const char *path)
{
  const struct vhm_mark by_path = { 0 };
  uint64_t page_file = vhm_case_page_file_bytes (g);
  if (page_file == 0)
    return; /* its system pages without bound */
  uint64_t most = vhm_bytes_to_pages (g->memory.maximum_bytes)
                  + vhm_bytes_to_pages (page_file);
  if (trace->totals.n_pages <= most)
    return;
  g_autofree char *wrong = g_strdup_printf (
      "the trace touches %u pages; the guest can have %" G_GUINT64_FORMAT
      " (memory and page file)",
      trace->totals.n_pages, most);
  vhm_scenario_complain (s, by_path, path, wrong,
                         "a larger memory.maximum or page file, or a part of "
                         "the trace");
}

static void
check_mode (struct vhm_scenario *s, const struct vhm_case_guest *g)
{
  const struct vhm_mark by_path = { 0 };
  g_autofree char *path = g_strdup_printf ("guests.%s.reference", g->name);
  if (g->reference == VHM_CASE_GUEST_NEXT_FAULT)
    vhm_scenario_complain (
        s, by_path, path,
        "next-fault, for a guest that replays a recorded trace",
        "every, or leave the key out: the trace is replayed reference by "
        "reference");
}

void
command_check_traces (struct vhm_scenario *s, const struct vhm_case *c)
{
  const struct vhm_case_guest *guests = c->guests.items;
  for (size_t i = 0; i < c->guests.n; i++) {
    const struct vhm_plugin_choice *workloads = guests[i].workloads.items;
    bool replays = false;
    for (size_t k = 0; k < guests[i].workloads.n; k++) {
      const char *key;
      const struct vhm_trace *trace = trace_of (&workloads[k], &key);
      if (!trace)
        continue;
      g_autofree char *path = g_strdup_printf ("guests.%s.workloads.%zu.%s",
                                               guests[i].name, k, key);
      check_pages (s, &guests[i], trace, path);
      replays = true;
    }
    if (replays)
      check_mode (s, &guests[i]);
  }
}

void
command_add_traces (const struct vhm_case *c, struct vhm_result *result)
{
  const struct vhm_case_guest *guests = c->guests.items;
  for (size_t i = 0; i < c->guests.n; i++) {
    const struct vhm_plugin_choice *workloads = guests[i].workloads.items;
    for (size_t k = 0; k < guests[i].workloads.n; k++) {
      const char *key;
      const struct vhm_trace *trace = trace_of (&workloads[k], &key);
      if (!trace)
        continue;
      struct vhm_assumption *a = g_new0 (struct vhm_assumption, 1);
      a->key = g_strdup_printf ("guests.%s.workloads.%zu.%s", guests[i].name, k,
                                key);
      a->value = g_strdup_printf (
          "%s: %" G_GUINT64_FORMAT " visits to %u pages", trace->path,
          trace->totals.n_visits, trace->totals.n_pages);
      a->why = g_strdup ("recorded: every reference of this process is "
                         "simulated");
      g_ptr_array_add (result->assumptions, a);
    }
  }
}
