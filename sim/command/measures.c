/* Which numbers of a run are compared. The first rule that fits decides; the last
 * of each kind fits all. */
#include "measures.h"

#include <glib.h>
#include <vhm/base/require.h>

static const struct {
  enum measure_kind kind;
  const char *key; /* "*" stands for anything */
  bool is_usual;
} rules[] = {
  { MEASURE_SUMMARY, "operations_per_s", true },
  { MEASURE_SUMMARY, "latency_*", true },
  { MEASURE_SUMMARY, "time_over_pressure", true },
  { MEASURE_SUMMARY, "*", false }, /* about measuring, and the rest */
  { MEASURE_MEAN, "throughput_per_s", false }, /* as operations_per_s */
  { MEASURE_MEAN, "*_per_s", true },           /* faults, input and output */
  { MEASURE_MEAN, "*", false },                /* levels */
  { MEASURE_LEDGER, "*", true },
};

bool
measure_is_usual (enum measure_kind kind, const char *key)
{
  for (size_t i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].kind == kind && g_pattern_match_simple (rules[i].key, key))
      return rules[i].is_usual;
  VHM_REQUIRE (false);
  return false;
}

const struct measure_chart measure_charts[MEASURE_N_CHARTS] = {
  { .chart = { .id = "compare-held",
               .title = "Machine memory held",
               .caption = "Machine memory that each guest holds.",
               .axis = "held",
               .unit = VHM_UNIT_BYTES },
    .keys = { "physical_memory" } },
  { .chart = { .id = "compare-pages-in",
               .title = "Pages read in",
               .caption = "Pages that each guest had to read before it could "
                          "go on.",
               .axis = "pages read in",
               .unit = VHM_UNIT_PER_S },
    .keys = { "pages_input_per_s" } },
  { .chart = { .id = "compare-work",
               .title = "Work done",
               .caption = "Operations that each guest finished, as a share of "
                          "its mean in the first version: at 50 % it is slowed "
                          "down by 2.",
               .axis = "work, share of first",
               .unit = VHM_UNIT_PERCENT,
               .is_relative = true },
    .keys = { "throughput_per_s" } },
};
