/* vhm list: what can be named in a scenario. */
#include "command.h"

#include <vhm/base/error.h>
#include <vhm/host/host.h>
#include <vhm/host/registry.h>
#include <vhm/sim/embedded.h>
#include <vhm/sim/expect.h>

#include <stdio.h>
#include <string.h>

static void
list_plugins (enum vhm_plugin_kind kind)
{
  for (vhm_registry p = vhm_all_plugins; *p; p++)
    if ((*p)->kind == kind)
      printf ("  %-14s %s\n", (*p)->name, (*p)->summary);
}

static void
list_presets (void)
{
  for (const struct vhm_embedded *p = vhm_embedded_presets; p->name; p++) {
    g_autofree char *name = g_strdup (p->name);
    char *dot = strrchr (name, '.');
    if (dot)
      *dot = '\0';
    /* the first comment line says what it is */
    const char *end = strchr (p->text, '\n');
    int n = *p->text == '#' && end ? (int) (end - p->text) - 1 : 0;
    printf ("  %-14s%.*s\n", name, n, p->text + 1);
  }
}

/* One guest and one disk show every counter there is. */
static void
list_counters (void)
{
  const struct vhm_case_guest guest = { .name = "GUEST", .count = 1 };
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
    printf ("  %-32s %-8s %s\n", name, vhm_unit_name (s->counter->unit),
            s->counter->help);
  }
}

static void
list_figures (void)
{
  g_auto (GStrv) ids = vhm_report_figure_ids ();
  for (char **id = ids; *id; id++)
    printf ("  %s\n", *id);
}

static void
list_units (void)
{
  printf ("  sizes      B KiB MiB GiB TiB, kB MB GB TB, pages\n"
          "  times      ns us ms s min h d\n"
          "  shares     %% ppm\n"
          "  rates      B/s KiB/s MiB/s GiB/s ...\n"
          "  clock      Hz kHz MHz GHz\n"
          "  of day     \"13:20\", \"13:20:05\"\n");
}

int
command_list (int argc, char **argv)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  int status;
  if (!command_options ("list", "[KIND]",
                        "Lists what a scenario can name: plug-ins by kind, "
                        "presets, counters, figures, units.",
                        entries, &argc, &argv, 0, 1, &status))
    return status;
  const char *only = argc > 1 ? argv[1] : NULL;
  bool found = false;
  for (int kind = 0; kind < VHM_N_PLUGIN_KINDS; kind++) {
    const char *name = vhm_plugin_kind_name ((enum vhm_plugin_kind) kind);
    if (only ? strcmp (only, name) != 0 : kind == VHM_PLUGIN_SCHEDULER)
      continue;
    printf ("%s:\n", name);
    list_plugins ((enum vhm_plugin_kind) kind);
    found = true;
  }
  static const struct {
    const char *name;
    void (*list) (void);
  } others[] = { { "presets", list_presets },
                 { "counters", list_counters },
                 { "figures", list_figures },
                 { "units", list_units } };
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    if (!only || strcmp (only, others[i].name) == 0) {
      printf ("%s:\n", others[i].name);
      others[i].list ();
      found = true;
    }
  if (found)
    return EXIT_FINE;
  fprintf (stderr, "vhm list: unknown kind; one of a kind of plug-in "
                   "(workload, guest_os, balancer, disk), presets, counters, "
                   "figures, units\n");
  return EXIT_USAGE;
}
