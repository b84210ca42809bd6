/* vhm size: how much memory a guest needs. Runs the scenario with many sizes of it
 * and prints paging rate and slow-down of each, the knee, and the smallest size
 * within a bound. */
#include "size.h"

#include <stdio.h>
#include <string.h>

#include <vhm/base/error.h>
#include <vhm/base/units.h>
#include <vhm/host/host.h>
#include <vhm/sim/diagnostics.h>
#include <vhm/sim/suggest.h>

#define WARM_UP 10 /* a tenth of a guest's run is left out unless --from says */

struct options {
  char *values[SIZE_N_KEYS];
  char **set;
  char *guest, *out;
  gboolean alone, grid, no_figures, json, quiet;
};

/* --- what is asked ------------------------------------------------------------- */

static const struct vhm_case_guest *
guest_at (const struct vhm_case *c, size_t i)
{
  return (const struct vhm_case_guest *) c->guests.items + i;
}

/* "known: a, b, c" */
static char *
known_guests (const struct vhm_case *c, const char *wrong)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GString) out = g_string_new (NULL);
  for (size_t i = 0; i < c->guests.n; i++) {
    g_ptr_array_add (names, (gpointer) guest_at (c, i)->name);
    g_string_append_printf (out, "%s%s",
                            i > 0 ? ", " : "known: ", guest_at (c, i)->name);
  }
  const char *near = wrong ? vhm_suggest (
                         wrong, (const char *const *) names->pdata, names->len)
                           : NULL;
  return near ? g_strdup_printf ("did you mean \"%s\"? %s", near, out->str)
              : g_strdup (out->str);
}

/* The group that the name is one of, "web" of "web[3]"; NULL. */
static const char *
group_of (const struct vhm_case *c, const char *name)
{
  for (size_t i = 0; i < c->guests.n; i++)
    for (uint64_t k = 0; k < guest_at (c, i)->count; k++) {
      g_autofree char *one = vhm_case_guest_name (guest_at (c, i), k);
      if (strcmp (one, name) == 0)
        return guest_at (c, i)->name;
    }
  return NULL;
}

static bool
find_guest (const struct vhm_case *c, const char *name, size_t *ret_guest,
            GError **error)
{
  for (*ret_guest = 0; *ret_guest < c->guests.n; ++*ret_guest)
    if (name ? strcmp (guest_at (c, *ret_guest)->name, name) == 0
             : c->guests.n == 1)
      return true;
  g_autofree char *known = known_guests (c, name);
  g_autofree char *shown = name ? vhm_quote (name) : NULL;
  const char *group = name ? group_of (c, name) : NULL;
  if (!name)
    g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                 "--guest: which of them? %s", known);
  else if (group)
    g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                 "--guest: %s is one of a group; \"%s\" sizes all of it alike",
                 shown, group);
  else
    g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                 "--guest: there is no guest %s; %s", shown, known);
  return false;
}

/* Clock of day, as time since the start of the run. */
static uint64_t
since_start_ns (const struct vhm_case *c, uint64_t clock_ns)
{
  uint64_t day_ns = UINT64_C (24) * 60 * VHM_NS_PER_MIN;
  return (clock_ns + day_ns - c->start_ns % day_ns) % day_ns;
}

static bool
find_window (const struct options *o, struct size_question *q, GError **error)
{
  const struct vhm_case *c = q->c;
  uint64_t start_ns = MIN (guest_at (c, q->guest)->start_ns, c->duration_ns);
  q->from_ns = size_has_from (o->values)
                   ? since_start_ns (c, q->config->from_ns)
                   : start_ns + (c->duration_ns - start_ns) / WARM_UP;
  q->to_ns = size_has_to (o->values) ? since_start_ns (c, q->config->to_ns)
                                     : c->duration_ns;
  const char *wrong = NULL;
  if (q->from_ns >= c->duration_ns)
    wrong = "--from: not within the run";
  else if (q->to_ns > c->duration_ns)
    wrong = "--to: not within the run";
  else if (q->to_ns < q->from_ns + c->sample_ns)
    wrong = size_has_to (o->values)
                ? "--to: no later than --from by a sample"
                : "--from: less than a sample before the end of the run";
  if (!wrong)
    return true;
  g_autofree char *begin = command_clock (c, 0, true);
  g_autofree char *end = command_clock (
      c, (double) c->duration_ns / (double) VHM_NS_PER_S, true);
  g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE, "%s, from %s to %s", wrong,
               begin, end);
  return false;
}

static bool
check_range (const struct size_config *config, GError **error)
{
  if (config->most_bytes == 0 || config->least_bytes < config->most_bytes)
    return true;
  g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
               "--least: not below --most, the largest size");
  return false;
}

/* --- answer ---------------------------------------------------------------------- */

static void
print_answer (const struct vhm_sizing *s, const struct options *o)
{
  if (o->json) {
    size_t size;
    g_autofree char *json = vhm_sizing_json (s, &size);
    fputs (json, stdout);
    fflush (stdout);
    return;
  }
  g_autofree char *table = vhm_sizing_table (s);
  g_autofree char *words = vhm_sizing_words (s);
  g_autofree char *doubts = vhm_sizing_doubts (s);
  g_autofree char *method = vhm_sizing_method (s);
  printf ("%s\n%s%s\n%s", table, words, doubts, method);
  fflush (stdout);
}

static int
deliver (const struct vhm_sizing *s, const struct options *o,
         struct staging *staging)
{
  g_autoptr (GError) error = NULL, figures = NULL;
  bool fine
      = !o->out || vhm_sizing_write (s, staging->part, o->no_figures, &figures);
  /* the figure apart, everything is there */
  bool complete = fine || g_error_matches (figures, VHM_ERROR, VHM_ERROR_TOOL);
  if (!complete)
    return command_failed (figures);
  if (o->out && !command_staging_commit (staging, &error))
    return command_failed (error);
  print_answer (s, o);
  int status = fine ? EXIT_FINE : command_failed (figures);
  return s->answer.has_answer ? status : EXIT_EXPECTATION;
}

static int
run (const char *path, const struct size_question *q, const struct options *o,
     struct staging *staging)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_sizing) sizing = vhm_sizing_new ();
  sizing->scenario = g_path_get_basename (path);
  sizing->question = g_strdup (q->c->question);
  sizing->version = VHM_VERSION;
  if (size_find (q, sizing, &error))
    return deliver (sizing, o, staging);
  return command_caught_signal () ? EXIT_IO : command_failed (error);
}

static int
size (const char *path, const struct options *o)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) config = size_read (o->values, &error);
  g_autoptr (vhm_scenario) s
      = config ? command_read_case (path, (const char *const *) o->set, &error)
               : NULL;
  if (!s)
    return command_failed (error);
  struct size_question q = { .c = command_case (s),
                             .config = config->config,
                             .is_alone = o->alone,
                             .looks_at_all = o->grid,
                             .is_quiet = o->quiet };
  if (!find_guest (q.c, o->guest, &q.guest, &error)
      || !find_window (o, &q, &error) || !check_range (q.config, &error))
    return command_failed (error);
  struct staging staging = { 0 };
  /* whether it can be written is better known before the runs */
  if (o->out && !command_staging_open (&staging, o->out, "size.json", &error))
    return command_failed (error);
  command_catch_signals ();
  int status = run (path, &q, o, &staging);
  command_staging_close (&staging);
  if (!command_caught_signal ())
    return status;
  fprintf (stderr, "vhm: stopped by a signal; nothing was written\n");
  return EXIT_SIGNAL + command_caught_signal ();
}

static void
free_options (struct options *o)
{
  for (size_t i = 0; i < G_N_ELEMENTS (o->values); i++)
    g_free (o->values[i]);
  g_strfreev (o->set);
  g_free (o->guest);
  g_free (o->out);
}

static const char summary[]
    = "Runs a scenario with many sizes of one guest's memory, fixed at each: "
      "how\n"
      "much it pages, how much longer its work takes than with ample memory, "
      "the\n"
      "smallest size within a bound, with what the runs leave open, and the "
      "knee\n"
      "of the paging curve: where it lies furthest below the straight line "
      "between\n"
      "its ends (Satopaa et al., 2011), from the size on with which work takes "
      "at\n"
      "most twice the time.\n\n"
      "Coarse sizes first, then halves where it matters; runs of a seed share\n"
      "their random numbers. Where the host has too little memory for a size "
      "and\n"
      "the maximum of the other guests, it gets more.\n\n"
      "Example: vhm size scenarios/five-guest-12gb.yaml --guest guest5 --out "
      "sizes\n\n"
      "Exit status: 0 fine, 1 no size is within the bound, 2 usage, 3 bad\n"
      "scenario, 4 input/output, 128 + n stopped by signal n.";

enum { N_OWN = 8, N_ENTRIES = SIZE_N_KEYS + N_OWN + 1 };

static void
fill_entries (struct options *o, GOptionEntry entries[N_ENTRIES])
{
  const GOptionEntry own[N_OWN] = {
    { "guest", 'g', 0, G_OPTION_ARG_FILENAME, &o->guest,
      "Whose memory (default: the only one's)", "NAME" },
    { "alone", 0, 0, G_OPTION_ARG_NONE, &o->alone, "Without the other guests",
      NULL },
    { "grid", 0, 0, G_OPTION_ARG_NONE, &o->grid,
      "Look at every size of the range: slow, and leaves nothing open", NULL },
    { "set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &o->set,
      "Override a key of the scenario; may be repeated", "PATH=VALUE" },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &o->out,
      "Folder for report.html, the figure and the numbers as JSON and CSV",
      "DIR" },
    { "no-figures", 0, 0, G_OPTION_ARG_NONE, &o->no_figures,
      "Write numbers and report without the figure", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o->json,
      "Print size.json instead of the table", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet,
      "No progress, no messages but errors", NULL }
  };
  memcpy (entries, own, sizeof own);
  for (int i = 0; i < SIZE_N_KEYS; i++) {
    const struct size_option *option = &size_options[i];
    entries[N_OWN + i] = (GOptionEntry){ option->name + strlen ("--"),
                                         0,
                                         0,
                                         G_OPTION_ARG_FILENAME,
                                         &o->values[i],
                                         option->help,
                                         option->argument };
  }
  entries[N_ENTRIES - 1] = (GOptionEntry) G_OPTION_ENTRY_NULL;
}

int
command_size (int argc, char **argv)
{
  struct options o = { 0 };
  GOptionEntry entries[N_ENTRIES];
  fill_entries (&o, entries);
  int status;
  if (command_options ("size", "SCENARIO --guest NAME", summary, entries, &argc,
                       &argv, 1, 1, &status))
    status = size (argv[1], &o);
  free_options (&o);
  return status;
}
