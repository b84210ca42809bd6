/* Reads a published experiment and measures what its rows ask for.
 *
 * Each place ("slat 4K+2M": kind of paging, page sizes of guest and host) is a
 * study of its own, measured once however many rows ask.
 */
#include "experiment.h"

#include <math.h>
#include <string.h>

#define PPM 1e6
#define N(table) .params = table, .n_params = G_N_ELEMENTS (table)
#define COUNT_SIMULATED "100_000_000"

/* --- keys ------------------------------------------------------------------- */

static bool
parse_place (const char *on, enum vhm_paging *ret_paging,
             enum vhm_page_size *ret_guest, enum vhm_page_size *ret_host)
{
  g_auto (GStrv) words = g_strsplit (on, " ", 2);
  return words[0] && words[1] && command_parse_paging (words[0], ret_paging)
         && command_parse_pages (words[1], ret_guest, ret_host);
}

static bool
is_place (const char *on)
{
  enum vhm_paging paging;
  enum vhm_page_size guest = VHM_PAGE_4K, host = VHM_PAGE_4K;
  return parse_place (on, &paging, &guest, &host);
}

static void
check_place (const char *on, const char *key, vhm_schema_complain complain,
             void *reader)
{
  if (experiment_has (on) && !is_place (on))
    complain (reader, key, "is no place",
              "native, slat or shadow and page sizes: \"slat 4K+2M\"");
}

static const char *const quantities[]
    = { "total", "exposed", "walker", "walk",    "references",
        "steps", "leaves",  "step",   "l2_miss", NULL };

#define AT(field) offsetof (struct experiment_row, field)
static const struct vhm_param row_params[] = {
  { .key = "name",
    .type = VHM_PARAM_TEXT,
    .offset = AT (name),
    .help = "what was measured" },
  { .key = "on",
    .type = VHM_PARAM_TEXT,
    .offset = AT (on),
    .help = "paging and page sizes: \"slat 4K+2M\"" },
  { .key = "over",
    .type = VHM_PARAM_TEXT,
    .offset = AT (over),
    .fallback = "",
    .help = "the same there, to divide by" },
  { .key = "quantity",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (quantity),
    .choices = quantities,
    .help = "total, exposed, walker: cycles a visit; walk, steps, step: cycles "
            "a walk; references: a walk; leaves: % of steps; l2_miss: % of "
            "visits" },
  { .key = "guest_level",
    .type = VHM_PARAM_COUNT,
    .offset = AT (guest_level),
    .fallback = "0",
    .max = "5",
    .help = "of step; 0 is the data page" },
  { .key = "host_level",
    .type = VHM_PARAM_COUNT,
    .offset = AT (host_level),
    .fallback = "0",
    .max = "5",
    .help = "of step; 0 is the guest's entry" },
  { .key = "published",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (published),
    .min = "1e-9",
    .help = "the number in the source" },
  { .key = "tolerance",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (tolerance_ppm),
    .fallback = "25 %",
    .max = "1000 %",
    .help = "error that passes" },
  { .key = "fitted",
    .type = VHM_PARAM_BOOL,
    .offset = AT (is_fitted),
    .fallback = "false",
    .help = "the parameters were fitted on it; else it is predicted" },
  { .key = "confidence",
    .type = VHM_PARAM_TEXT,
    .offset = AT (confidence),
    .fallback = "high",
    .help = "how sure the published number is" },
  { .key = "known_miss",
    .type = VHM_PARAM_TEXT,
    .offset = AT (known_miss),
    .fallback = "",
    .help = "why it misses; shown as a miss, does not fail" },
};
#undef AT

static void
check_row (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct experiment_row *row = config;
  check_place (row->on, "on", complain, reader);
  check_place (row->over, "over", complain, reader);
}

static const struct vhm_schema row_schema
    = { .name = "row",
        .help = "a published number",
        .size = sizeof (struct experiment_row),
        .check = check_row,
        N (row_params) };

#define AT(field) offsetof (struct experiment_fit, field)
static const struct vhm_param fit_params[] = {
  { .key = "key",
    .type = VHM_PARAM_TEXT,
    .offset = AT (key),
    .help = "that is searched for: cpu.dram" },
  { .key = "unit",
    .type = VHM_PARAM_TEXT,
    .offset = AT (unit),
    .fallback = "",
    .help = "that the key's values are written in" },
  { .key = "low",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (low),
    .help = "least plausible value" },
  { .key = "high",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (high),
    .help = "largest plausible value" },
  { .key = "step",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (step),
    .min = "1e-6",
    .help = "values are multiples of it" },
  { .key = "why",
    .type = VHM_PARAM_TEXT,
    .offset = AT (why),
    .help = "why it is not known, and why this range" },
};
#undef AT

static void
check_fit (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct experiment_fit *fit = config;
  if (fit->low >= fit->high)
    complain (reader, "low", "is not below high", "low < high");
}

static const struct vhm_schema fit_schema
    = { .name = "fit",
        .help = "a parameter that nobody published",
        .size = sizeof (struct experiment_fit),
        .check = check_fit,
        N (fit_params) };

#define AT(field) offsetof (struct experiment_line, field)
static const struct vhm_param line_params[] = {
  { .key = "on",
    .type = VHM_PARAM_TEXT,
    .offset = AT (on),
    .help = "paging and page sizes" },
  { .key = "guest_level",
    .type = VHM_PARAM_COUNT,
    .offset = AT (guest_level),
    .max = "5",
    .help = "0 is the data page" },
  { .key = "cycles",
    .type = VHM_PARAM_TEXT,
    .offset = AT (cycles),
    .help = "by host level from the top, the guest's entry last; - for none" },
};
#undef AT

static void
check_line (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct experiment_line *line = config;
  check_place (line->on, "on", complain, reader);
}

static const struct vhm_schema line_schema
    = { .name = "line",
        .help = "a line of a published matrix of steps",
        .size = sizeof (struct experiment_line),
        .check = check_line,
        N (line_params) };

#define AT(field) offsetof (struct experiment, field)
static const struct vhm_param params[] = {
  { .key = "title",
    .type = VHM_PARAM_TEXT,
    .offset = AT (title),
    .help = "what was measured" },
  { .key = "source",
    .type = VHM_PARAM_TEXT,
    .offset = AT (source),
    .help = "where it is published" },
  { .key = "reading",
    .type = VHM_PARAM_TEXT,
    .offset = AT (reading),
    .fallback = "",
    .help = "what the source leaves open, and how it is taken here" },
  { .key = "cpu",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (cpu),
    .help = "the processor",
    .child = &vhm_cpu_schema },
  { .key = "visits",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (visits),
    .help = "the pattern of visits",
    .child = &vhm_footprint_schema },
  { .key = "guest_levels",
    .type = VHM_PARAM_COUNT,
    .offset = AT (guest_levels),
    .fallback = "4",
    .min = "4",
    .max = "5",
    .help = "of the guest's page tables" },
  { .key = "host_levels",
    .type = VHM_PARAM_COUNT,
    .offset = AT (host_levels),
    .fallback = "4",
    .min = "4",
    .max = "5",
    .help = "of the host's" },
  { .key = "error",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (error_ppm),
    .fallback = "1 %",
    .min = "0.01 %",
    .max = "50 %",
    .help = "asked relative half width of the interval" },
  { .key = "most",
    .type = VHM_PARAM_COUNT,
    .offset = AT (most),
    .fallback = COUNT_SIMULATED,
    .min = "1000",
    .help = "visits of a study" },
  { .key = "seed",
    .type = VHM_PARAM_COUNT,
    .offset = AT (seed),
    .fallback = "1",
    .help = "of all random numbers" },
  { .key = "fit",
    .type = VHM_PARAM_LIST,
    .offset = AT (fit),
    .fallback = "",
    .max = "8",
    .help = "what nobody published",
    .child = &fit_schema },
  { .key = "rows",
    .type = VHM_PARAM_LIST,
    .offset = AT (rows),
    .min = "1",
    .help = "published numbers",
    .child = &row_schema },
  { .key = "matrix",
    .type = VHM_PARAM_LIST,
    .offset = AT (matrix),
    .fallback = "",
    .help = "published walks by step",
    .child = &line_schema },
};
#undef AT

const struct vhm_schema experiment_schema
    = { .name = "experiment",
        .help = "a published measurement and the study that repeats it",
        .size = sizeof (struct experiment),
        N (params) };

struct vhm_scenario *
experiment_read (const struct vhm_embedded *file, const char *const *overrides,
                 GError **error)
{
  const struct vhm_scenario_rules rules = { .schema = &experiment_schema,
                                            .presets = vhm_embedded_presets,
                                            .overrides = overrides };
  return vhm_scenario_read_text (file->name, file->text, file->size, &rules,
                                 error);
}

/* --- measuring -------------------------------------------------------------- */

struct experiment_runs {
  const struct experiment *experiment;
  GPtrArray *places; /* char * */
  GPtrArray *rows;   /* struct vhm_walks_row * */
};

static void
free_row (void *item)
{
  struct vhm_walks_row *row = item;
  g_free (row->pages);
  g_free (row);
}

experiment_runs *
experiment_runs_new (const struct experiment *experiment)
{
  experiment_runs *runs = g_new0 (experiment_runs, 1);
  runs->experiment = experiment;
  runs->places = g_ptr_array_new_with_free_func (g_free);
  runs->rows = g_ptr_array_new_with_free_func (free_row);
  return runs;
}

void
experiment_runs_free (experiment_runs *runs)
{
  if (!runs)
    return;
  g_ptr_array_unref (runs->places);
  g_ptr_array_unref (runs->rows);
  g_free (runs);
}

static struct vhm_walks_row *
measure (const struct experiment *e, const char *on)
{
  struct vhm_study study = {
    .cpu = &e->cpu,
    .visits = &e->visits,
    .guest_levels = (uint8_t) e->guest_levels,
    .host_levels = (uint8_t) e->host_levels,
    .seed = e->seed,
    .measure = { .relative_error = (double) e->error_ppm / PPM,
                 .confidence = 0.95,
                 .most = e->most },
  };
  struct vhm_measured measured;
  struct vhm_walks_row *row = g_new0 (struct vhm_walks_row, 1);
  parse_place (on, &study.paging, &study.guest_size, &study.host_size);
  vhm_study_run (&study, &measured);
  command_walks_row (&study, &measured, row);
  return row;
}

const struct vhm_walks_row *
experiment_run (experiment_runs *runs, const char *on)
{
  for (guint i = 0; i < runs->places->len; i++)
    if (strcmp (runs->places->pdata[i], on) == 0)
      return runs->rows->pdata[i];
  struct vhm_walks_row *row = measure (runs->experiment, on);
  g_ptr_array_add (runs->places, g_strdup (on));
  g_ptr_array_add (runs->rows, row);
  return row;
}

/* --- what a row asks for ---------------------------------------------------- */

static double
all_steps (const struct vhm_walks_row *row)
{
  double sum = 0;
  for (int g = 0; g < VHM_REPORT_WALK_LEVELS; g++)
    for (int h = 0; h < VHM_REPORT_WALK_LEVELS; h++)
      sum += row->step_cyc[g][h];
  return sum;
}

/* The guest's leaf entry and the host's of the data page: the lowest levels
 * that are read at all. */
static double
leaf_steps (const struct vhm_walks_row *row)
{
  double guest = 0, host = 0;
  for (int level = VHM_REPORT_WALK_LEVELS - 1; level >= 1; level--) {
    if (row->step_references[level][0] > 0)
      guest = row->step_cyc[level][0];
    if (row->step_references[0][level] > 0)
      host = row->step_cyc[0][level];
  }
  return guest + host;
}

static double
value_of (const struct vhm_walks_row *row, const struct experiment_row *asked)
{
  switch ((enum quantity) asked->quantity) {
  case QUANTITY_TOTAL:
    return row->total_cyc;
  case QUANTITY_EXPOSED:
    return row->exposed_cyc;
  case QUANTITY_WALKER:
    return row->l2_miss > 0 ? row->walk_cyc * row->l2_miss : 0;
  case QUANTITY_WALK:
    return row->walk_cyc;
  case QUANTITY_REFERENCES:
    return row->references;
  case QUANTITY_STEPS:
    return all_steps (row);
  case QUANTITY_LEAVES:
    return 100 * leaf_steps (row) / all_steps (row);
  case QUANTITY_STEP:
    return row->step_cyc[asked->guest_level][asked->host_level];
  case QUANTITY_L2_MISS:
    return 100 * row->l2_miss;
  }
  return NAN;
}

static double
half_of (const struct vhm_walks_row *row, const struct experiment_row *asked)
{
  if (asked->quantity == QUANTITY_TOTAL)
    return row->total_half_cyc;
  return asked->quantity == QUANTITY_EXPOSED ? row->exposed_half_cyc : NAN;
}

double
experiment_value (experiment_runs *runs, const struct experiment_row *row,
                  double *ret_half)
{
  const struct vhm_walks_row *above = experiment_run (runs, row->on);
  *ret_half = half_of (above, row);
  double value = value_of (above, row);
  if (!experiment_has (row->over))
    return value;
  const struct vhm_walks_row *below = experiment_run (runs, row->over);
  double divisor = value_of (below, row);
  double a = *ret_half / value, b = half_of (below, row) / divisor;
  *ret_half = value / divisor * sqrt (a * a + b * b);
  return value / divisor;
}
