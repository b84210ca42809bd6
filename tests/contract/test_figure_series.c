/* The counters that figure scripts ask for are counters that a run has: a
 * renamed one would silently draw nothing. */
#include "host_run.h"
#include "suite.h"

#include <vhm/sim/diagnosis.h>

static bool
has_key (const GPtrArray *series, const char *instance, const char *key)
{
  for (guint i = 0; i < series->len; i++) {
    const struct vhm_series *s = series->pdata[i];
    if (g_pattern_match_simple (instance, s->instance)
        && strcmp (s->counter->key, key) == 0)
      return true;
  }
  for (int c = 0; c < VHM_N_CLASSES; c++) /* come with the diagnosis */
    if (strcmp (instance, "host") == 0
        && strcmp (vhm_class_counters[c].key, key) == 0)
      return true;
  return false;
}

/* "# series: *.key" or "# maybe: disk.*.key" */
static void
check_line (const GPtrArray *series, const char *script, const char *line)
{
  if (!g_str_has_prefix (line, "# series: ")
      && !g_str_has_prefix (line, "# maybe: "))
    return;
  g_autofree char *instance = g_strdup (strchr (line, ':') + 2);
  char *dot = strrchr (instance, '.');
  ck_assert_msg (dot != NULL, "%s: %s", script, line);
  *dot = '\0';
  ck_assert_msg (has_key (series, instance, dot + 1), "%s: %s: no run has it",
                 script, line);
}

START_TEST (every_counter_of_a_figure_is_sampled)
{
  g_autoptr (vhm_scenario) s = host_scenario (
      "{duration: 1 min, host: {memory: 2 GiB, disks: [{name: d}]}, guests: "
      "[{name: g, memory: {startup: 512 MiB, maximum: 1 GiB}, workloads: "
      "[{kind: idle}]}]}");
  g_autoptr (GPtrArray) series = vhm_host_series (s->config);
  for (const struct vhm_embedded *e = vhm_embedded_figures; e->name; e++) {
    g_auto (GStrv) lines = g_strsplit (e->text, "\n", -1);
    for (char **line = lines; *line; line++)
      check_line (series, e->name, *line);
  }
}
END_TEST

SUITE ("figure series",
       tcase_add_test (tc, every_counter_of_a_figure_is_sampled);)
