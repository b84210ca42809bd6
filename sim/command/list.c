/* vhm list: what can be named in a scenario. */
#include "command.h"

#include <vhm/base/error.h>
#include <vhm/base/require.h>
#include <vhm/host/host.h>
#include <vhm/host/registry.h>
#include <vhm/sim/diagnosis.h>
#include <vhm/sim/diagnostics.h>
#include <vhm/sim/embedded.h>
#include <vhm/sim/expect.h>
#include <vhm/sim/quantity.h>
#include <vhm/sim/suggest.h>

#include <stdio.h>
#include <string.h>

/* Rows of two or three cells, each column as wide as its widest: char *, N_CELLS
 * a row, NULL for an absent third. */
enum { N_CELLS = 3 };

static void
add_row (GPtrArray *rows, const char *a, const char *b, const char *c)
{
  g_ptr_array_add (rows, g_strdup (a));
  g_ptr_array_add (rows, g_strdup (b));
  g_ptr_array_add (rows, g_strdup (c));
}

static int
width (const GPtrArray *rows, guint column)
{
  size_t widest = 0;
  for (guint i = column; i < rows->len; i += N_CELLS)
    widest = MAX (widest, (size_t) g_utf8_strlen (rows->pdata[i], -1));
  return (int) widest;
}

/* printf pads bytes, people see characters. */
static void
print_padded (const char *text, int columns)
{
  int n = (int) g_utf8_strlen (text, -1);
  printf ("  %s%*s", text, columns > n ? columns - n : 0, "");
}

static void
print_rows (const GPtrArray *rows)
{
  int first = width (rows, 0), second = width (rows, 1);
  for (guint i = 0; i < rows->len; i += N_CELLS) {
    bool is_wide = rows->pdata[i + 2] != NULL;
    print_padded (rows->pdata[i], first);
    print_padded (rows->pdata[i + 1], is_wide ? second : 0);
    printf ("%s%s\n", is_wide ? "  " : "",
            is_wide ? (char *) rows->pdata[i + 2] : "");
  }
}

static void
list_plugins (GPtrArray *rows, enum vhm_plugin_kind kind)
{
  for (vhm_registry p = vhm_all_plugins; *p; p++)
    if ((*p)->kind == kind)
      add_row (rows, (*p)->name, (*p)->summary, NULL);
}

/* How the first line of a processor's preset begins. */
#define CPU_MARK "# CPU: "

static void
add_preset (GPtrArray *rows, const struct vhm_embedded *p)
{
  bool is_cpu = g_str_has_prefix (p->text, CPU_MARK);
  g_autofree char *name = g_strdup (p->name);
  char *dot = strrchr (name, '.');
  if (dot)
    *dot = '\0';
  /* the first comment line says what it is */
  const char *text = p->text + (is_cpu ? strlen (CPU_MARK) : strlen ("#"));
  const char *end = strchr (p->text, '\n');
  g_autofree char *comment = *p->text == '#' && end
                                 ? g_strndup (text, (size_t) (end - text))
                                 : g_strdup ("");
  add_row (rows, name, g_strstrip (comment), NULL);
}

static void
list_presets_of (GPtrArray *rows, bool of_cpus)
{
  for (const struct vhm_embedded *p = vhm_embedded_presets; p->name; p++)
    if (g_str_has_prefix (p->text, CPU_MARK) == of_cpus)
      add_preset (rows, p);
}

static void
list_presets (GPtrArray *rows)
{
  list_presets_of (rows, false);
}

static void
list_cpus (GPtrArray *rows)
{
  list_presets_of (rows, true);
}

/* One guest and one disk show every counter there is. */
static void
list_counters (GPtrArray *rows)
{
  const struct vhm_case_guest guest
      = { .name = "GUEST", .count = 1, .n_first_operations = 1 };
  const struct vhm_case_disk disk = { .name = "NAME" };
  const struct vhm_case c = {
    .guests = { (void *) &guest, 1 },
    .host.disks = { (void *) &disk, 1 },
  };
  g_autoptr (GPtrArray) all = vhm_host_series (&c);
  for (guint i = 0; i < all->len; i++) {
    const struct vhm_series *s = all->pdata[i];
    g_autofree char *name
        = g_strdup_printf ("%s.%s", s->instance, s->counter->key);
    enum vhm_unit unit = s->counter->unit;
    add_row (rows, name, unit == VHM_UNIT_NONE ? "-" : vhm_unit_name (unit),
             s->counter->help);
  }
}

static void
list_figures (GPtrArray *rows)
{
  g_auto (GStrv) ids = vhm_report_figure_ids ();
  for (char **id = ids; *id; id++) {
    g_autofree char *title = vhm_report_figure_title (*id);
    add_row (rows, *id, title ? title : "", NULL);
  }
}

/* Every type of key that is a quantity: its units, and how it looks. */
static void
list_units (GPtrArray *rows)
{
  for (int i = 0; i < VHM_N_PARAM_TYPES; i++) {
    enum vhm_param_type type = (enum vhm_param_type) i;
    g_autofree char *units = vhm_quantity_units (type);
    if (units || type == VHM_PARAM_CLOCK)
      add_row (rows, vhm_quantity_what (type), units ? units : "-",
               vhm_quantity_forms (type));
  }
}

/* Of vhm's own rules. */
static void
list_signals (GPtrArray *rows)
{
  g_autoptr (vhm_scenario) s = vhm_rules_read (NULL, NULL);
  VHM_REQUIRE (s != NULL); /* a file of the program */
  const struct vhm_rules *rules = s->config;
  const struct vhm_rule_signal *signals = rules->signals.items;
  for (size_t i = 0; i < rules->signals.n; i++) {
    const char *is = signals[i].is == VHM_RULE_ABOVE ? "above" : "below";
    g_autofree char *when = g_strdup_printf ("%s %s", is, signals[i].threshold);
    g_autofree char *what
        = g_strdup_printf ("%s (%s)", signals[i].counter, signals[i].source);
    add_row (rows, signals[i].name, when, what);
  }
}

static const struct {
  const char *name;
  void (*list) (GPtrArray *rows);
} others[] = { { "presets", list_presets },   { "cpus", list_cpus },
               { "counters", list_counters }, { "signals", list_signals },
               { "figures", list_figures },   { "units", list_units } };

/* Schedulers are not for scenarios to choose. */
static bool
is_listed (int kind)
{
  return kind != VHM_PLUGIN_SCHEDULER;
}

static int
refuse_kind (const char *wrong)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (int kind = 0; kind < VHM_N_PLUGIN_KINDS; kind++)
    if (is_listed (kind))
      g_ptr_array_add (
          names, (gpointer) vhm_plugin_kind_name ((enum vhm_plugin_kind) kind));
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    g_ptr_array_add (names, (gpointer) others[i].name);
  const char *near
      = vhm_suggest (wrong, (const char *const *) names->pdata, names->len);
  g_autofree char *shown = vhm_quote (wrong);
  fprintf (stderr, "vhm list: unknown kind %s; ", shown);
  if (near)
    fprintf (stderr, "did you mean \"%s\"? ", near);
  fprintf (stderr, "known:");
  for (guint i = 0; i < names->len; i++)
    fprintf (stderr, "%s %s", i ? "," : "", (char *) names->pdata[i]);
  fprintf (stderr, "\n");
  return EXIT_USAGE;
}

static void
print_section (const char *name, const GPtrArray *rows, bool *is_first)
{
  printf ("%s%s:\n", *is_first ? "" : "\n", name);
  print_rows (rows);
  *is_first = false;
}

int
command_list (int argc, char **argv)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  int status;
  if (!command_options ("list", "[KIND]",
                        "Lists what a scenario can name: plug-ins by kind, "
                        "presets, processors, counters, signals of\nthe "
                        "diagnosis, figures, units.",
                        entries, &argc, &argv, 0, 1, &status))
    return status;
  const char *only = argc > 1 ? argv[1] : NULL;
  bool is_first = true;
  for (int kind = 0; kind < VHM_N_PLUGIN_KINDS; kind++) {
    const char *name = vhm_plugin_kind_name ((enum vhm_plugin_kind) kind);
    if (!is_listed (kind) || (only && strcmp (only, name) != 0))
      continue;
    g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_free);
    list_plugins (rows, (enum vhm_plugin_kind) kind);
    print_section (name, rows, &is_first);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++) {
    if (only && strcmp (only, others[i].name) != 0)
      continue;
    g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_free);
    others[i].list (rows);
    print_section (others[i].name, rows, &is_first);
  }
  return is_first ? refuse_kind (only) : EXIT_FINE;
}
