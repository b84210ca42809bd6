/* vhm import: turns recordings of other programs into traces of our own form,
 * and says what is in them. */
#include "command.h"

#include <vhm/base/error.h>
#include <vhm/base/units.h>
#include <vhm/sim/json.h>
#include <vhm/sim/lackey.h>
#include <vhm/sim/progress.h>
#include <vhm/sim/suggest.h>

#include <stdio.h>
#include <string.h>

struct options {
  char *out, *page_size;
  gboolean no_fetches, json, quiet;
};

/* One format a row: what `vhm import FORMAT` reads. */
static const struct {
  const char *name, *help;
  bool (*read) (vhm_source *source, vhm_trace_writer *writer,
                const struct vhm_lackey_options *options, GError **error);
} formats[] = {
  { "lackey", "valgrind --tool=lackey --trace-mem=yes --log-file=FILE PROGRAM",
    vhm_lackey_read },
};

static const struct {
  const char *name;
  unsigned shift;
} page_sizes[] = {
  { "4K", 12 }, { "16K", 14 }, { "64K", 16 }, { "2M", 21 }, { "1G", 30 }
};

static bool
find_page_size (const char *text, unsigned *ret_shift, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (page_sizes); i++) {
    if (strcmp (text, page_sizes[i].name) == 0) {
      *ret_shift = page_sizes[i].shift;
      return true;
    }
    g_string_append_printf (known, "%s%s", i ? ", " : "", page_sizes[i].name);
  }
  g_autofree char *shown = vhm_quote (text);
  g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
               "--page-size: %s is no size of a page; known: %s", shown,
               known->str);
  return false;
}

static bool
find_format (const char *text, size_t *ret_format, GError **error)
{
  const char *names[G_N_ELEMENTS (formats)];
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++) {
    names[i] = formats[i].name;
    if (strcmp (text, names[i]) == 0) {
      *ret_format = i;
      return true;
    }
  }
  g_autofree char *shown = vhm_quote (text);
  const char *near = vhm_suggest (text, names, G_N_ELEMENTS (names));
  g_autoptr (GString) known = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    g_string_append_printf (known, "%s%s", i ? ", " : "", names[i]);
  g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
               "import: unknown format %s; %s%s%sknown: %s", shown,
               near ? "did you mean \"" : "", near ? near : "",
               near ? "\"? " : "", known->str);
  return false;
}

/* --- the answer -------------------------------------------------------------*/

static void
print_table (const struct vhm_trace_totals *t, unsigned page_shift)
{
  const struct {
    const char *name;
    uint64_t value;
  } rows[] = { { "visits", t->n_visits },   { "accesses", t->n_accesses },
               { "loads", t->n_loads },     { "stores", t->n_stores },
               { "fetches", t->n_fetches }, { "pages", t->n_pages } };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    printf ("%-20s %15" G_GUINT64_FORMAT "\n", rows[i].name, rows[i].value);
  printf ("%-20s %15.2f\n", "accesses a visit",
          (double) t->n_accesses / (double) MAX (t->n_visits, 1));
  printf ("%-20s %15.2f MiB\n", "footprint",
          (double) t->n_pages * (double) (UINT64_C (1) << page_shift)
              / (double) VHM_MIB);
}

static void
print_json (const struct vhm_trace_totals *t, unsigned page_shift)
{
  uint64_t page_bytes = UINT64_C (1) << page_shift;
  struct vhm_json json;
  vhm_json_init (&json);
  vhm_json_begin_object (&json);
  const struct {
    const char *key;
    uint64_t value;
  } rows[] = { { "page_bytes", page_bytes },
               { "visits", t->n_visits },
               { "accesses", t->n_accesses },
               { "loads", t->n_loads },
               { "stores", t->n_stores },
               { "fetches", t->n_fetches },
               { "pages", t->n_pages },
               { "footprint_bytes", t->n_pages * page_bytes } };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    vhm_json_key (&json, rows[i].key);
    vhm_json_count (&json, rows[i].value);
  }
  vhm_json_end (&json);
  size_t size;
  g_autofree char *text = vhm_json_finish (&json, &size);
  fwrite (text, 1, size, stdout);
}

/* --- the work ---------------------------------------------------------------*/

static bool
go_on (void *context, double done)
{
  vhm_progress_update (context, done, NULL);
  return command_caught_signal () == 0;
}

/* False, perhaps without an error, when a signal came. */
static bool
convert (const char *path, size_t format, unsigned page_shift,
         const struct options *o, struct vhm_trace_totals *ret, GError **error)
{
  g_autoptr (vhm_source) source = vhm_source_open (path, error);
  if (!source)
    return false;
  g_autoptr (vhm_sink) sink = o->out ? vhm_sink_open (o->out, error) : NULL;
  if (o->out && !sink)
    return false;
  const struct vhm_progress_options how = {
    .mode = o->quiet ? VHM_PROGRESS_OFF : VHM_PROGRESS_AUTO,
  };
  g_autoptr (vhm_progress) progress = vhm_progress_new ("importing", &how);
  const struct vhm_lackey_options options = {
    .page_shift = page_shift,
    .kinds
    = o->no_fetches ? VHM_TRACE_LOAD | VHM_TRACE_STORE : VHM_TRACE_ALL_KINDS,
    .go_on = go_on,
    .context = progress,
  };
  g_autoptr (vhm_trace_writer) writer
      = vhm_trace_writer_new (sink, page_shift, options.kinds);
  bool fine = formats[format].read (source, writer, &options, error)
              && command_caught_signal () == 0
              && (!sink || vhm_sink_commit (sink, error));
  *ret = vhm_trace_written (writer);
  return fine;
}

static int
import (const char *format_name, const char *path, const struct options *o)
{
  g_autoptr (GError) error = NULL;
  struct vhm_trace_totals totals;
  unsigned page_shift;
  size_t format;
  if (!find_format (format_name, &format, &error)
      || !find_page_size (o->page_size ? o->page_size : page_sizes[0].name,
                          &page_shift, &error))
    return command_failed (error);
  command_catch_signals ();
  bool fine = convert (path, format, page_shift, o, &totals, &error);
  if (!fine && command_caught_signal ()) {
    fprintf (stderr, "vhm: stopped by a signal; nothing was written\n");
    return EXIT_SIGNAL + command_caught_signal ();
  }
  if (!fine)
    return command_failed (error);
  if (o->json)
    print_json (&totals, page_shift);
  else
    print_table (&totals, page_shift);
  return EXIT_FINE;
}

static char *
help_text (void)
{
  GString *text = g_string_new (
      "Turns a recording of memory accesses into a trace that the workload\n"
      "`trace` replays, and tells what is in it. Without --out it only tells.\n"
      "FILE may be - for standard input; names that end in .zst are\n"
      "compressed.\n\nFormats:\n");
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++)
    g_string_append_printf (text, "  %-8s %s\n", formats[i].name,
                            formats[i].help);
  g_string_append (text, "\nExit status: 0 fine, 2 usage, 3 bad data, "
                         "4 input/output, 128 + n stopped by\nsignal n.");
  return g_string_free (text, FALSE);
}

int
command_import (int argc, char **argv)
{
  struct options o = { 0 };
  const GOptionEntry entries[]
      = { { "out", 'o', 0, G_OPTION_ARG_FILENAME, &o.out,
            "Write the trace here; compressed if it ends in .zst", "TRACE" },
          { "page-size", 'p', 0, G_OPTION_ARG_FILENAME, &o.page_size,
            "4K (default; what a guest replays), 16K, 64K, 2M, 1G", "SIZE" },
          { "no-fetches", 0, 0, G_OPTION_ARG_NONE, &o.no_fetches,
            "Leave out instruction fetches", NULL },
          { "json", 0, 0, G_OPTION_ARG_NONE, &o.json,
            "Print the summary as JSON", NULL },
          { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "No progress", NULL },
          G_OPTION_ENTRY_NULL };
  g_autofree char *help = help_text ();
  int status;
  if (command_options ("import", "FORMAT FILE", help, entries, &argc, &argv, 2,
                       2, &status))
    status = import (argv[1], argv[2], &o);
  g_free (o.out);
  g_free (o.page_size);
  return status;
}
