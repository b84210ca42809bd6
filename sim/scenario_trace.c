/* Recorded traces that a scenario names: each read once, however many guests
 * replay it, and kept as long as the scenario.
 *
 * What could not be read is remembered, too, so that a file is not read again
 * for each guest of a hundred. All traces of a scenario together are bounded
 * like one (VHM_TRACE_MAX_LOADED).
 */
#include <vhm/base/error.h>
#include <vhm/sim/trace.h>

#include "scenario_part.h"

struct entry {
  struct vhm_trace *trace; /* NULL: `error` says why */
  GError *error;
};

static void
free_entry (gpointer data)
{
  struct entry *entry = data;
  vhm_trace_free (entry->trace);
  g_clear_error (&entry->error);
  g_free (entry);
}

static uint64_t
n_visits (GHashTable *traces)
{
  uint64_t n = 0;
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, traces);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const struct entry *entry = value;
    n += entry->trace ? entry->trace->totals.n_visits : 0;
  }
  return n;
}

static struct entry *
read_entry (struct vhm_scenario *scenario, const char *written)
{
  struct entry *entry = g_new0 (struct entry, 1);
  g_autofree char *folder = g_path_get_dirname (scenario->path);
  const char *rest = written + (g_str_has_prefix (written, "./") ? 2 : 0);
  bool stays = g_path_is_absolute (written) || g_str_equal (folder, ".");
  g_autofree char *path
      = stays ? g_strdup (rest) : g_build_filename (folder, rest, NULL);
  g_autoptr (vhm_source) source = g_str_equal (written, "-")
                                      ? NULL
                                      : vhm_source_open (path, &entry->error);
  if (source)
    entry->trace = vhm_trace_load (source, &entry->error);
  if (!entry->trace && !entry->error)
    g_set_error_literal (&entry->error, VHM_ERROR, VHM_ERROR_SCENARIO,
                         "standard input is no trace to replay; a file");
  if (!entry->trace)
    return entry;
  entry->trace->path = g_strdup (written);
  if (n_visits (scenario->traces) + entry->trace->totals.n_visits
      > VHM_TRACE_MAX_LOADED) {
    g_clear_pointer (&entry->trace, vhm_trace_free);
    g_set_error (&entry->error, VHM_ERROR, VHM_ERROR_SCENARIO,
                 "with this one the traces have more visits than can be held "
                 "in memory; at most %" G_GUINT64_FORMAT,
                 VHM_TRACE_MAX_LOADED);
  }
  return entry;
}

const struct vhm_trace *
vhm_scenario_trace (struct vhm_scenario *scenario, const char *written,
                    GError **error)
{
  if (!scenario->traces)
    scenario->traces
        = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_entry);
  struct entry *entry = g_hash_table_lookup (scenario->traces, written);
  if (!entry) {
    entry = read_entry (scenario, written);
    g_hash_table_insert (scenario->traces, g_strdup (written), entry);
  }
  if (entry->error && error)
    *error = g_error_copy (entry->error);
  return entry->trace;
}
