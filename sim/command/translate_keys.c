/* Options of vhm translate become keys of a small scenario, so that units, ranges
 * and messages are those of every other key. */
#include "translate.h"

#include <string.h>

#define AT(field) offsetof (struct translate_config, field)
static const struct vhm_param params[] = {
  { .key = "cpu",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (cpu),
    .fallback = "{}",
    .help = "the processor",
    .child = &vhm_cpu_schema },
  { .key = "visits",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (visits),
    .fallback = "{}",
    .help = "the pattern of visits",
    .child = &vhm_footprint_schema },
  { .key = "guest_levels",
    .type = VHM_PARAM_COUNT,
    .offset = AT (guest_levels),
    .fallback = "4",
    .min = "4",
    .max = "5",
    .help = "of the guest's page tables, and of native and shadow ones" },
  { .key = "host_levels",
    .type = VHM_PARAM_COUNT,
    .offset = AT (host_levels),
    .fallback = "4",
    .min = "4",
    .max = "5",
    .help = "of the host's page tables" },
  { .key = "error",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (error_ppm),
    .fallback = "1 %",
    .min = "0.01 %",
    .max = "50 %",
    .help = "half width of the interval, relative to the mean" },
  { .key = "confidence",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (confidence_ppm),
    .fallback = "95 %",
    .min = "50 %",
    .max = "99.99 %",
    .help = "of the interval" },
  { .key = "most",
    .type = VHM_PARAM_COUNT,
    .offset = AT (most),
    .fallback = "100_000_000",
    .min = "1000",
    .max = "1_000_000_000_000",
    .help = "visits of a row, whatever the error" },
  { .key = "seed",
    .type = VHM_PARAM_COUNT,
    .offset = AT (seed),
    .fallback = "1",
    .help = "of all random numbers" },
};
#undef AT

static const struct vhm_schema schema
    = { .name = "study",
        .help = "one pattern of visits on one processor",
        .size = sizeof (struct translate_config),
        .params = params,
        .n_params = G_N_ELEMENTS (params) };

/* --- options --------------------------------------------------------------- */

const struct translate_key translate_keys[TRANSLATE_N_KEYS] = {
  { "pattern", "visits.pattern", "NAME",
    "uniform, zipf, hot-cold, scan or chase (default: uniform)", true },
  { "footprint", "visits.footprint", "SIZE",
    "Memory that is visited (default: \"64 GiB\")", true },
  { "exponent", "visits.exponent", "X", "Of zipf (default: 0.99)", true },
  { "hot", "visits.hot", "PERCENT", "Of hot-cold: share of hot pages", true },
  { "hot-weight", "visits.hot_weight", "PERCENT",
    "Of hot-cold: their share of visits", true },
  { "stride", "visits.stride", "SIZE", "Of scan: from visit to visit", true },
  { "cluster", "visits.cluster", "SIZE",
    "Equally popular pages lie together in runs of this size", true },
  { "layout", "visits.layout", "NAME",
    "Frames of guest pages: contiguous or scattered", true },
  { "writes", "visits.writes", "PERCENT", "Visits that write", true },
  { "instructions", "visits.instructions", "N",
    "Instructions a visit; they decide what overlaps (default: 100)", false },
  { "cycles", "visits.cycles", "N",
    "Cycles of computing a visit (default: those of the instructions)", false },
  { "guest-levels", "guest_levels", "4|5", "Levels of the guest's tables",
    false },
  { "host-levels", "host_levels", "4|5", "Levels of the host's tables", false },
  { "error", "error", "PERCENT",
    "Asked half width of the interval (default: \"1 %\")", false },
  { "confidence", "confidence", "PERCENT",
    "Of the interval (default: \"95 %\")", false },
  { "most", "most", "N", "Visits of a row, whatever the error", false },
  { "seed", "seed", "N", "Of all random numbers (default: 1)", false },
};

/* --- reading --------------------------------------------------------------- */

/* The keys above, and cpu.KEY=... of --set; names of the options of the former, a
 * NULL for each of the latter. */
static char **
overrides_of (char *const *values, char *const *given, GPtrArray *options)
{
  GPtrArray *all = g_ptr_array_new ();
  for (size_t i = 0; i < TRANSLATE_N_KEYS; i++)
    if (values[i]) {
      const struct translate_key *key = &translate_keys[i];
      g_ptr_array_add (all, g_strdup_printf ("%s=%s", key->key, values[i]));
      g_ptr_array_add (options, g_strconcat ("--", key->option, NULL));
    }
  for (char *const *set = given; set && *set; set++) {
    g_ptr_array_add (all, g_strconcat ("cpu.", *set, NULL));
    g_ptr_array_add (options, NULL);
  }
  g_ptr_array_add (all, NULL);
  return (char **) g_ptr_array_free (all, FALSE);
}

/* A preset's name, or a file. */
static char *
cpu_text (const char *cpu)
{
  bool is_file = strchr (cpu, '/') || g_str_has_suffix (cpu, ".yaml");
  g_autofree char *name = is_file && !strchr (cpu, '/')
                              ? g_strconcat ("./", cpu, NULL)
                              : g_strdup (cpu);
  g_autoptr (GString) text = g_string_new ("cpu: {preset: ");
  vhm_yaml_print_text (text, name);
  g_string_append (text, "}\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

struct vhm_scenario *
translate_read (const char *cpu, char *const values[TRANSLATE_N_KEYS],
                char *const *set, GError **error)
{
  g_autoptr (GPtrArray) options = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) overrides = overrides_of (values, set, options);
  const struct vhm_scenario_rules rules
      = { .schema = &schema,
          .presets = vhm_embedded_presets,
          .overrides = (const char *const *) overrides,
          .options = (const char *const *) options->pdata };
  g_autofree char *text = cpu_text (cpu ? cpu : TRANSLATE_DEFAULT_CPU);
  return vhm_scenario_read_text ("--cpu", text, strlen (text), &rules, error);
}
