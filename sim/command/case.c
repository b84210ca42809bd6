/* Reads a scenario into a case and checks what spans it: things that one part
 * of the file says about another. All mistakes are told at once. */
#include "command.h"

#include <string.h>

#include <vhm/base/units.h>
#include <vhm/host/host.h>
#include <vhm/host/registry.h>
#include <vhm/sim/embedded.h>
#include <vhm/sim/suggest.h>

const struct vhm_case *
command_case (const struct vhm_scenario *scenario)
{
  return scenario->config;
}

const struct vhm_yaml_node *
command_find (const struct vhm_scenario *scenario, const char *path)
{
  const struct vhm_yaml_node *node = scenario->tree;
  while (node && *path) {
    const struct vhm_yaml_entry *entry = vhm_yaml_step (node, &path);
    node = entry ? entry->value : NULL;
  }
  return node;
}

static bool
is_set (const char *text)
{
  return text && *text;
}

static void complain (struct vhm_scenario *s, struct vhm_mark mark,
                      const char *wrong, const char *right,
                      const char *path_format, ...) G_GNUC_PRINTF (5, 6);

static void
complain (struct vhm_scenario *s, struct vhm_mark mark, const char *wrong,
          const char *right, const char *path_format, ...)
{
  va_list args;
  va_start (args, path_format);
  g_autofree char *path = g_strdup_vprintf (path_format, args);
  va_end (args);
  mark.line = 0; /* the path finds the key itself, not just its mapping */
  vhm_scenario_complain (s, mark, path, wrong, right);
}

/* --- guests and disks ---------------------------------------------------------- */

static GPtrArray *
guest_names (const struct vhm_case *c)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const struct vhm_case_guest *guests = c->guests.items;
  for (size_t i = 0; i < c->guests.n; i++)
    for (uint64_t k = 0; k < guests[i].count; k++)
      g_ptr_array_add (names, vhm_case_guest_name (&guests[i], k));
  return names;
}

static bool
has_name (const GPtrArray *names, const char *name)
{
  for (guint i = 0; i < names->len; i++)
    if (strcmp (names->pdata[i], name) == 0)
      return true;
  return false;
}

/* A longer list helps nobody. */
enum { MAX_NAMES_SHOWN = 40 };

static void
unknown_name (struct vhm_scenario *s, struct vhm_mark mark, const char *kind,
              const char *name, const GPtrArray *known, const char *path)
{
  g_autofree char *wrong
      = g_strdup_printf ("there is no %s \"%s\"", kind, name);
  const char *near
      = vhm_suggest (name, (const char *const *) known->pdata, known->len);
  GString *right = g_string_new (NULL);
  if (near)
    g_string_append_printf (right, "did you mean \"%s\"? ", near);
  g_string_append (right, "known:");
  for (guint i = 0; i < known->len && i < MAX_NAMES_SHOWN; i++)
    g_string_append_printf (right, "%s %s", i ? "," : "",
                            (const char *) known->pdata[i]);
  if (known->len > MAX_NAMES_SHOWN)
    g_string_append (right, " ...");
  complain (s, mark, wrong, right->str, "%s", path);
  g_string_free (right, TRUE);
}

#define RESERVED_NAMES "balancer", "host", "disk"
#define DISK_PREFIX "disk." /* of the disks' counters */

static void
check_guests (struct vhm_scenario *s, const struct vhm_case *c)
{
  const struct vhm_case_guest *guests = c->guests.items;
  const struct vhm_case_disk *disks = c->host.disks.items;
  static const char *const reserved[] = { RESERVED_NAMES, NULL };
  g_autoptr (GPtrArray) seen = g_ptr_array_new ();
  g_autoptr (GPtrArray) disk_names = g_ptr_array_new ();
  for (size_t i = 0; i < c->host.disks.n; i++) {
    if (has_name (disk_names, disks[i].name))
      complain (s, disks[i].mark, "a second disk of this name", "another name",
                "host.disks.%zu.name", i);
    g_ptr_array_add (disk_names, (gpointer) disks[i].name);
  }
  const struct vhm_mark nowhere = { 0 };
  if (is_set (c->host.swap.disk) && !has_name (disk_names, c->host.swap.disk))
    unknown_name (s, nowhere, "disk", c->host.swap.disk, disk_names,
                  "host.swap.disk");
  if (is_set (c->host.smart_paging.disk)
      && !has_name (disk_names, c->host.smart_paging.disk))
    unknown_name (s, nowhere, "disk", c->host.smart_paging.disk, disk_names,
                  "host.smart_paging.disk");
  for (size_t i = 0; i < c->guests.n; i++) {
    if (has_name (seen, guests[i].name))
      complain (s, guests[i].mark, "a second guest of this name",
                "another name, or `count` for a group", "guests.%zu.name", i);
    g_ptr_array_add (seen, (gpointer) guests[i].name);
    if (g_strv_contains (reserved, guests[i].name)
        || g_str_has_prefix (guests[i].name, DISK_PREFIX))
      complain (s, guests[i].mark,
                "the name is taken by the host's own counters", "another name",
                "guests.%zu.name", i);
    if (is_set (guests[i].disk) && !has_name (disk_names, guests[i].disk)) {
      g_autofree char *path = g_strdup_printf ("guests.%zu.disk", i);
      unknown_name (s, guests[i].mark, "disk", guests[i].disk, disk_names,
                    path);
    }
  }
}

static void warn (struct vhm_scenario *s, const char *wrong, const char *right,
                  const char *path_format, ...) G_GNUC_PRINTF (4, 5);

static void
check_timeline (struct vhm_scenario *s, const struct vhm_case *c)
{
  const struct vhm_case_timeline *lines = c->timeline.items;
  g_autoptr (GPtrArray) names = guest_names (c);
  uint64_t day_ns = UINT64_C (86400) * 1000000000;
  for (size_t i = 0; i < c->timeline.n; i++) {
    const char *who;
    enum vhm_case_order order = vhm_case_order_of (&lines[i], &who);
    if (!has_name (names, who)) {
      g_autofree char *path
          = g_strdup_printf ("timeline.%zu.%s", i, vhm_case_order_name (order));
      unknown_name (s, lines[i].mark, "guest", who, names, path);
    }
    if ((lines[i].at_ns + day_ns - c->start_ns % day_ns) % day_ns
        > c->duration_ns)
      vhm_scenario_warn (s, lines[i].mark, "timeline",
                         "after the end of the run: it will not happen",
                         "a time within the run, or a longer duration");
  }
}

/* --- the rest ---------------------------------------------------------------------- */

static void
check_assumed (struct vhm_scenario *s, const struct vhm_case *c)
{
  const struct vhm_case_assumed *assumed = c->assumed.items;
  for (size_t i = 0; i < c->assumed.n; i++) {
    if (!command_find (s, assumed[i].key))
      complain (s, assumed[i].mark, "no such key in this scenario",
                "the path of a key that stands in it, as in --set",
                "assumed.%zu.key", i);
  }
}

static double
since_start_s (const struct vhm_case *c, uint64_t clock_ns)
{
  uint64_t day_ns = UINT64_C (86400) * VHM_NS_PER_S;
  return (double) ((clock_ns + day_ns - c->start_ns) % day_ns) / 1e9;
}

static bool
has_key (const struct vhm_scenario *s, size_t figure, const char *key)
{
  g_autofree char *path = g_strdup_printf ("figures.%zu.%s", figure, key);
  return command_find (s, path) != NULL;
}

void
command_figure_window (const struct vhm_scenario *s, size_t i,
                       double *ret_from_s, double *ret_to_s)
{
  const struct vhm_case *c = command_case (s);
  const struct vhm_case_figure *figure
      = (const struct vhm_case_figure *) c->figures.items + i;
  /* midnight is a time, too: only the key tells whether one was given */
  *ret_from_s = has_key (s, i, "from") ? since_start_s (c, figure->from_ns) : 0;
  *ret_to_s = has_key (s, i, "to") ? since_start_s (c, figure->to_ns) : 0;
}

static void
check_window (struct vhm_scenario *s, const struct vhm_case *c, size_t i)
{
  double from_s, to_s, end_s = (double) c->duration_ns / 1e9;
  command_figure_window (s, i, &from_s, &to_s);
  const struct vhm_case_figure *figure
      = (const struct vhm_case_figure *) c->figures.items + i;
  if (from_s >= end_s)
    complain (s, figure->mark, "not within the run",
              "a clock of day between start and start + duration",
              "figures.%zu.from", i);
  else if (has_key (s, i, "to") && to_s <= from_s)
    complain (s, figure->mark, "no later than the figure's beginning",
              "a clock of day after `from`", "figures.%zu.to", i);
}

static void
check_figures (struct vhm_scenario *s, const struct vhm_case *c)
{
  const struct vhm_case_figure *figures = c->figures.items;
  g_autoptr (GPtrArray) names = guest_names (c);
  char **list = vhm_report_figure_ids ();
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  for (char **id = list; *id; id++)
    g_ptr_array_add (ids, *id);
  g_free (list);
  for (size_t i = 0; i < c->figures.n; i++) {
    g_autofree char *path = g_strdup_printf ("figures.%zu.id", i);
    check_window (s, c, i);
    if (!has_name (ids, figures[i].id))
      unknown_name (s, figures[i].mark, "figure", figures[i].id, ids, path);
    g_auto (GStrv) guests = g_strsplit (
        is_set (figures[i].guests) ? figures[i].guests : "", " ", -1);
    for (char **g = guests; *g; g++) {
      g_autofree char *where = g_strdup_printf ("figures.%zu.guests", i);
      if (**g && !has_name (names, *g))
        unknown_name (s, figures[i].mark, "guest", *g, names, where);
    }
  }
}

/* --- reading ------------------------------------------------------------------------ */

/* Runs of one number are compared: they share what chance does. */
static void
check_seed (struct vhm_scenario *s, const struct vhm_case *c,
            const struct vhm_case *base)
{
  if (base && c->seed != base->seed)
    complain (s, (struct vhm_mark){ 0 },
              "versions that are compared share their seeds",
              "leave it out, or --set seed=N for all", "seed");
}

struct vhm_scenario *
command_read_version (const char *path, const struct command_version *v,
                      GError **error)
{
  const struct vhm_scenario_rules rules = {
    .schema = &vhm_case_schema,
    .registry = vhm_all_plugins,
    .presets = vhm_embedded_presets,
    .overrides = v->overrides,
    .variant = v->variant,
    .varied = v->varied,
    .n_varied = v->n_varied,
  };
  g_autoptr (vhm_scenario) s
      = v->file ? vhm_scenario_read_text (v->file->name, v->file->text,
                                          v->file->size, &rules, error)
                : vhm_scenario_read (path, &rules, error);
  if (!s)
    return NULL;
  const struct vhm_case *c = command_case (s);
  check_guests (s, c);
  command_check_limits (s, c);
  command_check_traces (s, c);
  check_timeline (s, c);
  check_seed (s, c, v->base);
  if (!v->base) { /* of its versions nobody reads these, and what they are about
                     may have been replaced, say a balancer by another */
    command_check_expectations (s, c, NULL);
    check_assumed (s, c);
    check_figures (s, c);
  } else if (v->variant && v->n_varied == 0)
    command_check_expectations (s, c, v->variant);
  if (!vhm_scenario_check (s, error))
    return NULL;
  return g_steal_pointer (&s);
}

void
command_add_error (GError **all, const GError *one)
{
  if (!one)
    return;
  if (!*all) {
    *all = g_error_copy (one);
    return;
  }
  if (strstr ((*all)->message, one->message))
    return;
  char *both = g_strconcat ((*all)->message, "\n", one->message, NULL);
  g_free ((*all)->message);
  (*all)->message = both;
}

struct vhm_scenario *
command_read_case (const char *path, const char *const *overrides,
                   GError **error)
{
  struct command_version v = { .overrides = overrides };
  g_autoptr (vhm_scenario) s = command_read_version (path, &v, error);
  if (!s)
    return NULL;
  v.base = command_case (s);
  const struct vhm_case_variant *variants = v.base->variants.items;
  g_autoptr (GError) mistakes = NULL;
  for (size_t i = 0; i < v.base->variants.n; i++) {
    g_autoptr (GError) wrong = NULL;
    v.variant = variants[i].name;
    g_autoptr (vhm_scenario) version = command_read_version (path, &v, &wrong);
    command_add_error (&mistakes, wrong);
  }
  if (!mistakes)
    return g_steal_pointer (&s);
  g_propagate_error (error, g_steal_pointer (&mistakes));
  return NULL;
}
