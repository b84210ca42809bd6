/* vhm translate: what address translation costs, for one pattern of visits on
 * one processor, side by side for kinds of paging and page sizes.
 */
#include "translate.h"
#include "command.h"

#include <vhm/base/error.h>
#include <vhm/sim/diagnostics.h>
#include <vhm/sim/progress.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PPM 1e6

struct options {
  char *values[TRANSLATE_N_KEYS];
  char *cpu, *paging, *pages, *trace, *out;
  char **set;
  gboolean json, quiet, no_figures;
};

/* --- which rows ------------------------------------------------------------- */

static void
add_row (GArray *rows, const struct translate_config *c, enum vhm_paging paging,
         enum vhm_page_size guest, enum vhm_page_size host)
{
  const struct vhm_study study = {
    .cpu = &c->cpu,
    .visits = &c->visits,
    .paging = paging,
    .guest_size = guest,
    .host_size = host,
    .guest_levels = (uint8_t) c->guest_levels,
    .host_levels = (uint8_t) c->host_levels,
    .seed = c->seed,
    .measure = { .relative_error = (double) c->error_ppm / PPM,
                 .confidence = (double) c->confidence_ppm / PPM,
                 .most = c->most },
  };
  if (paging != VHM_PAGING_NATIVE || guest == host)
    g_array_append_val (rows, study);
}

static void
add_default_pages (GArray *rows, const struct translate_config *c,
                   enum vhm_paging paging)
{
  for (int i = 0; i < VHM_N_PAGE_SIZES; i++) {
    enum vhm_page_size size = (enum vhm_page_size) i;
    if (size == VHM_PAGE_1G && !c->cpu.has_1g)
      continue;
    add_row (rows, c, paging, size, size);
    if (size == VHM_PAGE_4K && paging == VHM_PAGING_SLAT) {
      add_row (rows, c, paging, VHM_PAGE_4K, VHM_PAGE_2M);
      add_row (rows, c, paging, VHM_PAGE_2M, VHM_PAGE_4K);
    }
  }
}

static bool
add_pages (GArray *rows, const struct translate_config *c,
           enum vhm_paging paging, const char *pages, GError **error)
{
  if (!pages) {
    add_default_pages (rows, c, paging);
    return true;
  }
  g_auto (GStrv) list = g_strsplit (pages, ",", -1);
  for (char **item = list; *item; item++) {
    enum vhm_page_size guest = VHM_PAGE_4K, host = VHM_PAGE_4K;
    if (command_parse_pages (g_strstrip (*item), &guest, &host)) {
      add_row (rows, c, paging, guest, host);
      continue;
    }
    g_autofree char *shown = vhm_quote (*item);
    g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                 "--pages: %s is no page size; 4K, 2M, 1G, or guest's and "
                 "host's such as 4K+2M, separated by commas",
                 shown);
    return false;
  }
  return true;
}

static bool
add_pagings (GArray *rows, const struct translate_config *c,
             const struct options *o, GError **error)
{
  g_auto (GStrv) list
      = g_strsplit (o->paging ? o->paging : "native,slat,shadow", ",", -1);
  for (char **item = list; *item; item++) {
    enum vhm_paging paging = VHM_PAGING_NATIVE;
    if (!command_parse_paging (g_strstrip (*item), &paging)) {
      g_autofree char *shown = vhm_quote (*item);
      g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                   "--paging: %s is no kind of paging; native, slat, shadow, "
                   "separated by commas",
                   shown);
      return false;
    }
    if (!add_pages (rows, c, paging, o->pages, error))
      return false;
  }
  return true;
}

static bool
check_rows (const GArray *rows, GError **error)
{
  for (guint i = 0; i < rows->len; i++) {
    const struct vhm_study *study = &g_array_index (rows, struct vhm_study, i);
    g_autofree char *why = vhm_study_refuse (study);
    if (!why)
      continue;
    g_autofree char *pages = command_pages_text (study);
    g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE, "%s %s: %s",
                 vhm_paging_name (study->paging), pages, why);
    return false;
  }
  if (rows->len == 0)
    g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                 "nothing to measure: native paging has one page size, such as "
                 "4K");
  return rows->len > 0;
}

/* --- measuring -------------------------------------------------------------- */

/* Total cycles of the native row of the guest's page size. */
static double
native_cyc (const struct vhm_walks *walks, const GArray *studies,
            enum vhm_page_size size)
{
  for (guint i = 0; i < walks->rows->len; i++) {
    const struct vhm_study *s = &g_array_index (studies, struct vhm_study, i);
    if (s->paging == VHM_PAGING_NATIVE && s->guest_size == size)
      return g_array_index (walks->rows, struct vhm_walks_row, i).total_cyc;
  }
  return NAN;
}

static bool
measure (struct vhm_walks *walks, const GArray *studies, bool quiet)
{
  const struct vhm_progress_options options
      = { .mode = quiet ? VHM_PROGRESS_OFF : VHM_PROGRESS_AUTO };
  g_autoptr (vhm_progress) progress = vhm_progress_new ("measuring", &options);
  for (guint i = 0; i < studies->len && !command_caught_signal (); i++) {
    const struct vhm_study *study
        = &g_array_index (studies, struct vhm_study, i);
    struct vhm_measured measured;
    struct vhm_walks_row row;
    vhm_study_run (study, &measured);
    command_walks_row (study, &measured, &row);
    g_array_append_val (walks->rows, row);
    vhm_progress_update (progress, (double) (i + 1) / (double) studies->len,
                         row.paging);
  }
  for (guint i = 0; i < walks->rows->len; i++) {
    struct vhm_walks_row *row
        = &g_array_index (walks->rows, struct vhm_walks_row, i);
    enum vhm_page_size size
        = g_array_index (studies, struct vhm_study, i).guest_size;
    row->ratio = row->total_cyc / native_cyc (walks, studies, size);
  }
  return !command_caught_signal ();
}

static void
warn (const struct vhm_walks *walks, const struct options *o)
{
  for (guint i = 0; i < walks->rows->len && !o->quiet; i++) {
    const struct vhm_walks_row *row
        = &g_array_index (walks->rows, struct vhm_walks_row, i);
    if (!row->is_warm)
      fprintf (stderr,
               "vhm: %s %s: not warmed up; allow more visits with --most\n",
               row->paging, row->pages);
    else if (!row->is_precise)
      fprintf (stderr,
               "vhm: %s %s: +- %.2g cycles is wider than asked; allow more "
               "visits with --most\n",
               row->paging, row->pages, row->exposed_half_cyc);
  }
}

/* --- answer ----------------------------------------------------------------- */

static void
print_answer (const struct vhm_walks *walks, const struct options *o)
{
  if (o->json) {
    size_t size;
    g_autofree char *json = vhm_walks_json (walks, &size);
    fputs (json, stdout);
    fflush (stdout);
    return;
  }
  g_autofree char *table = vhm_walks_table (walks);
  g_autofree char *steps = vhm_walks_steps_table (walks);
  printf ("%s\n%s\n\n%s", walks->cpu, walks->visits, table);
  printf ("\nVISIT: all cycles between visits, those of TRANSLATION with them "
          "(what perfect\ntranslation would save), +- at %g %% confidence. "
          "WALK: latency, before overlap.\n",
          100 * walks->confidence);
  if (*steps)
    printf ("\n%s", steps);
  fflush (stdout);
}

static int
deliver (const struct vhm_walks *walks, const struct options *o)
{
  if (!o->out) {
    print_answer (walks, o);
    return EXIT_FINE;
  }
  g_autoptr (GError) error = NULL, figures = NULL;
  struct staging staging = { 0 };
  if (!command_staging_open (&staging, o->out, "translate.json", &error))
    return command_failed (error);
  bool fine = vhm_walks_write (walks, staging.part, o->no_figures, &figures);
  bool complete = fine || g_error_matches (figures, VHM_ERROR, VHM_ERROR_TOOL);
  int status = EXIT_FINE;
  if (!complete)
    status = command_failed (figures);
  else if (!command_staging_commit (&staging, &error))
    status = command_failed (error);
  else {
    print_answer (walks, o);
    status = fine ? EXIT_FINE : command_failed (figures);
  }
  command_staging_close (&staging);
  return status;
}

/* A trace brings pages and writes along. */
static bool
check_no_pattern (const struct options *o, GError **error)
{
  for (size_t i = 0; i < TRANSLATE_N_KEYS; i++)
    if (o->values[i] && translate_keys[i].is_of_pattern) {
      g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                   "--trace and --%s: visits come from a trace or from a "
                   "pattern",
                   translate_keys[i].option);
      return false;
    }
  return true;
}

static struct vhm_trace *
read_trace (const char *path, GError **error)
{
  g_autoptr (vhm_source) source = vhm_source_open (path, error);
  struct vhm_trace *trace = source ? vhm_trace_load (source, error) : NULL;
  if (trace)
    trace->path = g_strdup (path);
  return trace;
}

static int
study (const struct options *o)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s
      = translate_read (o->cpu, o->values, o->set, &error);
  if (!s)
    return command_failed (error);
  const struct translate_config *c = s->config;
  g_autoptr (vhm_trace) trace = NULL;
  if (o->trace && !check_no_pattern (o, &error))
    return command_failed (error);
  if (o->trace && !(trace = read_trace (o->trace, &error)))
    return command_failed (error);
  g_autoptr (GArray) studies
      = g_array_new (FALSE, FALSE, sizeof (struct vhm_study));
  if (!add_pagings (studies, c, o, &error))
    return command_failed (error);
  for (guint i = 0; i < studies->len; i++)
    g_array_index (studies, struct vhm_study, i).trace = trace;
  if (!check_rows (studies, &error))
    return command_failed (error);
  g_autoptr (vhm_walks) walks = vhm_walks_new ();
  walks->cpu = g_strdup (c->cpu.title ? c->cpu.title : "processor");
  walks->visits = command_visits_text (&c->visits, trace);
  walks->inputs = vhm_scenario_resolved_yaml (s);
  walks->version = VHM_VERSION;
  walks->seed = c->seed;
  walks->confidence = (double) c->confidence_ppm / PPM;
  command_catch_signals ();
  if (!measure (walks, studies, o->quiet)) {
    fprintf (stderr, "vhm: stopped by a signal; nothing was written\n");
    return EXIT_SIGNAL + command_caught_signal ();
  }
  int status = deliver (walks, o);
  warn (walks, o);
  return status;
}

static void
free_options (struct options *o)
{
  for (size_t i = 0; i < TRANSLATE_N_KEYS; i++)
    g_free (o->values[i]);
  g_free (o->cpu);
  g_free (o->paging);
  g_free (o->pages);
  g_free (o->trace);
  g_free (o->out);
  g_strfreev (o->set);
}

int
command_translate (int argc, char **argv)
{
  struct options o = { 0 };
  const GOptionEntry own[]
      = { { "cpu", 'c', 0, G_OPTION_ARG_FILENAME, &o.cpu,
            "Processor, see vhm list cpus (default: " TRANSLATE_DEFAULT_CPU ")",
            "NAME|FILE.yaml" },
          { "set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &o.set,
            "Override a key of the processor; may be repeated", "KEY=VALUE" },
          { "paging", 0, 0, G_OPTION_ARG_FILENAME, &o.paging,
            "Some of native,slat,shadow (default: all)", "LIST" },
          { "pages", 0, 0, G_OPTION_ARG_FILENAME, &o.pages,
            "Page sizes 4K,2M,1G, guest's and host's as 4K+2M", "LIST" },
          { "trace", 0, 0, G_OPTION_ARG_FILENAME, &o.trace,
            "Visits of a recorded trace in place of a pattern, see vhm import",
            "FILE" },
          { "out", 'o', 0, G_OPTION_ARG_FILENAME, &o.out,
            "Folder for translate.json, tables and figures", "DIR" },
          { "no-figures", 0, 0, G_OPTION_ARG_NONE, &o.no_figures,
            "Write no figures", NULL },
          { "json", 0, 0, G_OPTION_ARG_NONE, &o.json,
            "Print translate.json instead of tables", NULL },
          { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet,
            "No progress, no messages but errors", NULL } };
  GOptionEntry entries[G_N_ELEMENTS (own) + TRANSLATE_N_KEYS + 1] = { 0 };
  memcpy (entries, own, sizeof own);
  for (size_t i = 0; i < TRANSLATE_N_KEYS; i++)
    entries[G_N_ELEMENTS (own) + i]
        = (GOptionEntry){ translate_keys[i].option,
                          0,
                          0,
                          G_OPTION_ARG_FILENAME,
                          &o.values[i],
                          translate_keys[i].help,
                          translate_keys[i].argument };
  int status;
  if (command_options (
          "translate", "",
          "Measures what address translation costs on a processor: native, "
          "SLAT and\nshadow paging, page sizes of guest and host, and walks "
          "step by step.",
          entries, &argc, &argv, 0, 0, &status))
    status = study (&o);
  free_options (&o);
  return status;
}
