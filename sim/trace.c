/* Loads a recorded trace into memory: 4 bytes a visit, 8 a page. Of a visit
 * only the page is kept and whether it wrote. */
#include <vhm/sim/trace.h>

#include <vhm/base/error.h>
#include <vhm/base/require.h>

#define FIRST_CAPACITY VHM_FIRST_CAPACITY (65536)

static bool
add_visits (struct vhm_trace *trace, uint64_t *capacity, uint64_t n_before,
            const struct vhm_trace_visit *visits, size_t n)
{
  if (n_before + n > VHM_TRACE_MAX_LOADED)
    return false;
  if (n_before + n > *capacity) {
    *capacity = MAX (2 * *capacity, n_before + n);
    trace->visits = g_renew (struct vhm_reference, trace->visits, *capacity);
  }
  struct vhm_reference *out = trace->visits + n_before;
  for (size_t i = 0; i < n; i++)
    out[i] = (struct vhm_reference){
      .page = visits[i].page & VHM_TRACE_MAX_PAGES,
      .write = (visits[i].kinds & VHM_TRACE_STORE) != 0,
    };
  return true;
}

static bool
fail_too_large (const vhm_source *source, const char *what, uint64_t most,
                GError **error)
{
  g_set_error (error, VHM_ERROR, VHM_ERROR_SCENARIO,
               "%s: more %s than can be held in memory; at "
               "most %" G_GUINT64_FORMAT,
               vhm_source_name (source), what, most);
  return false;
}

static bool
load (struct vhm_trace *trace, vhm_trace_reader *reader,
      const vhm_source *source, GError **error)
{
  uint64_t capacity = FIRST_CAPACITY, n_visits = 0;
  trace->visits = g_new (struct vhm_reference, capacity);
  g_autoptr (GArray) names = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  for (;;) {
    const struct vhm_trace_visit *visits;
    size_t n, n_new;
    if (!vhm_trace_read (reader, &visits, &n, error))
      return false;
    if (n == 0)
      break;
    if (!add_visits (trace, &capacity, n_visits, visits, n))
      return fail_too_large (source, "visits", VHM_TRACE_MAX_LOADED, error);
    n_visits += n;
    const uint64_t *new = vhm_trace_new_pages (reader, &n_new);
    if (names->len + n_new > VHM_TRACE_MAX_LOADED_PAGES)
      return fail_too_large (source, "pages", VHM_TRACE_MAX_LOADED_PAGES,
                             error);
    g_array_append_vals (names, new, (guint) n_new);
  }
  trace->totals = vhm_trace_totals (reader);
  trace->original = (uint64_t *) (void *) g_array_steal (names, NULL);
  return true;
}

struct vhm_trace *
vhm_trace_load (vhm_source *source, GError **error)
{
  g_autoptr (vhm_trace_reader) reader = vhm_trace_reader_new (source, error);
  if (!reader)
    return NULL;
  g_autoptr (vhm_trace) trace = g_new0 (struct vhm_trace, 1);
  trace->page_shift = vhm_trace_page_shift (reader);
  trace->kinds = vhm_trace_kinds (reader);
  return load (trace, reader, source, error) ? g_steal_pointer (&trace) : NULL;
}

void
vhm_trace_free (struct vhm_trace *trace)
{
  if (!trace)
    return;
  g_free (trace->path);
  g_free (trace->visits);
  g_free (trace->original);
  g_free (trace);
}
