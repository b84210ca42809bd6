/* What the guests ask of the host, against what it has: memory, processors,
 * disks, time. What a run can show is a warning, since it may be the question
 * (a start that is refused); what no machine could be is an error. */
#include "command.h"

#include <vhm/base/units.h>
#include <vhm/host/host.h>

#include <stdarg.h>
#include <string.h>

static void tell (struct vhm_scenario *s, bool is_error, const char *wrong,
                  const char *right, const char *path_format, ...)
    G_GNUC_PRINTF (5, 6);

static void
tell (struct vhm_scenario *s, bool is_error, const char *wrong,
      const char *right, const char *path_format, ...)
{
  va_list args;
  va_start (args, path_format);
  g_autofree char *path = g_strdup_vprintf (path_format, args);
  va_end (args);
  const struct vhm_mark by_path = { 0 };
  if (is_error)
    vhm_scenario_complain (s, by_path, path, wrong, right);
  else
    vhm_scenario_warn (s, by_path, path, wrong, right);
}

/* What a guest asks of the host that it can never get. The run shows what
 * happens then, which may be the question: warnings. */
static void
warn_of_guest (struct vhm_scenario *s, const struct vhm_case *c, size_t i)
{
  const struct vhm_case_guest *g
      = (const struct vhm_case_guest *) c->guests.items + i;
  uint64_t left = c->host.memory_bytes - vhm_case_root_bytes (&c->host);
  uint64_t overhead = vhm_case_overhead_bytes (&c->host, g);
  g_autofree char *most
      = g_strdup_printf ("the host has %" G_GUINT64_FORMAT " MiB beside the "
                         "root's and this guest's overhead",
                         (left > overhead ? left - overhead : 0) / VHM_MIB);
  bool gives_at_touch = c->host.gives == VHM_CASE_GIVES_AT_TOUCH;
  if (!gives_at_touch && g->memory.startup_bytes + overhead > left)
    tell (s, false, "more than the host can ever give: the guest cannot start",
          most, "guests.%s.memory.startup", g->name);
  else if (!gives_at_touch && g->memory.maximum_bytes + overhead > left)
    tell (s, false, "more than the host can ever give", most,
          "guests.%s.memory.maximum", g->name);
  if (g->n_vcpus > c->host.n_cpus)
    tell (s, false, "more virtual processors than the host has logical ones",
          "at most host.cpus", "guests.%s.vcpus", g->name);
  if (g->start_ns > c->duration_ns)
    tell (s, false, "after the end of the run: the guest does not start",
          "a time within the run, or a longer duration", "guests.%s.start",
          g->name);
}

/* A reservation is a promise, whatever the guest touches. Where memory is given at
 * start, the guest does not start, and the run shows it. */
static void
check_reservation (struct vhm_scenario *s, const struct vhm_case *c, size_t i)
{
  const struct vhm_case_guest *g
      = (const struct vhm_case_guest *) c->guests.items + i;
  uint64_t left = c->host.memory_bytes - vhm_case_root_bytes (&c->host);
  uint64_t overhead = vhm_case_overhead_bytes (&c->host, g);
  if (c->host.gives != VHM_CASE_GIVES_AT_TOUCH
      || g->memory.minimum_bytes + overhead <= left)
    return;
  g_autofree char *most = g_strdup_printf (
      "at most %" G_GUINT64_FORMAT
      " MiB, what it has beside the root's and this guest's overhead",
      (left > overhead ? left - overhead : 0) / VHM_MIB);
  tell (s, true, "a reservation above the host's memory", most,
        "guests.%s.memory.minimum", g->name);
}

/* Interrupts of its clock must leave a processor time for something else. */
static void
check_tick (struct vhm_scenario *s, const struct vhm_case *c, size_t i)
{
  const struct vhm_case_guest *g
      = (const struct vhm_case_guest *) c->guests.items + i;
  const struct vhm_overheads_config *o = &c->host.overheads;
  uint64_t cyc
      = o->interrupt_cyc + (g->is_enlightened ? 0 : 2 * o->intercept_cyc);
  if (!o->enabled || cyc * g->tick_hz <= c->host.clock_hz / 2)
    return;
  tell (s, true,
        "interrupts of its clock take more than half of its processors' time",
        "a slower tick, or lower costs in host.overheads", "guests.%s.tick",
        g->name);
}

/* Weights are shares of what there is. */
static void
check_weights (struct vhm_scenario *s, const struct vhm_case *c)
{
  const struct vhm_case_guest *guests = c->guests.items;
  for (size_t i = 0; i < c->guests.n; i++)
    if (guests[i].memory.weight > 0)
      return;
  if (c->guests.n > 0)
    tell (s, true, "0, like that of all others: nobody has any share",
          "more than 0 for one guest at least", "guests.%s.memory.weight",
          guests[0].name);
}

/* A limit is kept by swapping, and what is swapped needs a place. */
static void
check_swap (struct vhm_scenario *s, const struct vhm_case *c, size_t i)
{
  const struct vhm_case_guest *g
      = (const struct vhm_case_guest *) c->guests.items + i;
  uint64_t limit = g->memory.limit_bytes;
  if (limit == 0)
    return;
  if (!vhm_case_reclaims_by (&c->host, VHM_CASE_SWAP)) {
    tell (s, true, "nothing keeps it: host.reclaim has no swap",
          "host.reclaim: [swap], or no limit", "guests.%s.memory.limit",
          g->name);
    return;
  }
  uint64_t beyond
      = g->memory.maximum_bytes > limit ? g->memory.maximum_bytes - limit : 0;
  uint64_t size = vhm_case_swap_bytes (&c->host, g);
  if (beyond <= size)
    return;
  g_autofree char *wrong = g_strdup_printf (
      "smaller than what may have to go there: %s can have %" G_GUINT64_FORMAT
      " MiB beyond its limit",
      g->name, beyond / VHM_MIB);
  tell (s, false, wrong, "a larger size, or a higher memory.limit",
        "host.swap.size");
}

static void
check_swap_disk (struct vhm_scenario *s, const struct vhm_case *c)
{
  if (!vhm_case_reclaims_by (&c->host, VHM_CASE_SWAP))
    return;
  const struct vhm_case_guest *guests = c->guests.items;
  size_t disk = vhm_case_disk_named (c, c->host.swap.disk);
  if (disk == c->host.disks.n)
    return; /* has been said */
  const struct vhm_case_disk *d
      = (const struct vhm_case_disk *) c->host.disks.items + disk;
  uint64_t bytes = vhm_case_page_files (c, disk).bytes;
  for (size_t i = 0; i < c->guests.n; i++)
    bytes += guests[i].count * vhm_case_swap_bytes (&c->host, &guests[i]);
  if (bytes <= vhm_case_disk_bytes (d))
    return;
  g_autofree char *wrong = g_strdup_printf (
      "too small for page files and swap files, %" G_GUINT64_FORMAT " GiB",
      bytes / VHM_GIB);
  tell (s, true, wrong, "a larger capacity, or another host.swap.disk",
        "host.disks.%s", d->name);
}

static bool
restarts (const struct vhm_case *c, const struct vhm_case_guest *guest)
{
  const struct vhm_case_timeline *lines = c->timeline.items;
  for (size_t i = 0; i < c->timeline.n; i++)
    for (uint64_t k = 0; lines[i].who[VHM_CASE_RESTART] && k < guest->count;
         k++) {
      g_autofree char *name = vhm_case_guest_name (guest, k);
      if (strcmp (lines[i].who[VHM_CASE_RESTART], name) == 0)
        return true;
    }
  return false;
}

/* Guests that restart and can never be bridged. */
static void
warn_of_restarts (struct vhm_scenario *s, const struct vhm_case *c)
{
  const struct vhm_case_guest *guests = c->guests.items;
  for (size_t i = 0; i < c->guests.n; i++) {
    const struct vhm_case_memory *m = &guests[i].memory;
    if (m->minimum_bytes < m->startup_bytes || !restarts (c, &guests[i]))
      continue;
    tell (s, false,
          "not below its startup memory: when it restarts smart paging has "
          "nothing to bridge",
          "a lower minimum, or host.smart_paging.enabled: false",
          "guests.%s.memory.minimum", guests[i].name);
  }
}

static void
check_smart_paging (struct vhm_scenario *s, const struct vhm_case *c)
{
  if (!c->host.smart_paging.enabled)
    return;
  const struct vhm_case_guest *guests = c->guests.items;
  size_t disk = vhm_case_disk_named (c, c->host.smart_paging.disk);
  if (disk == c->host.disks.n)
    return; /* has been said */
  const struct vhm_case_disk *d
      = (const struct vhm_case_disk *) c->host.disks.items + disk;
  uint64_t bytes = vhm_case_page_files (c, disk).bytes;
  bool is_used = false;
  for (size_t i = 0; i < c->guests.n; i++) {
    bytes
        += guests[i].count * vhm_case_smart_paging_bytes (&c->host, &guests[i]);
    is_used = is_used || restarts (c, &guests[i]);
  }
  warn_of_restarts (s, c);
  if (!is_used || bytes <= vhm_case_disk_bytes (d))
    return;
  g_autofree char *wrong = g_strdup_printf (
      "too small for page files and smart paging files, %" G_GUINT64_FORMAT
      " GiB",
      bytes / VHM_GIB);
  tell (s, true, wrong, "a larger capacity, or another host.smart_paging.disk",
        "host.disks.%s", d->name);
}

static void
check_disks (struct vhm_scenario *s, const struct vhm_case *c)
{
  const struct vhm_case_disk *disks = c->host.disks.items;
  for (size_t i = 0; i < c->host.disks.n; i++) {
    struct vhm_page_files files = vhm_case_page_files (c, i);
    uint64_t capacity = vhm_case_disk_bytes (&disks[i]);
    if (files.bytes <= capacity)
      continue;
    bool has_images = files.image_bytes > 0;
    g_autofree char *wrong
        = g_strdup_printf ("too small: %" G_GUINT64_FORMAT
                           " page files %scan grow to %" G_GUINT64_FORMAT
                           " GiB, it holds %" G_GUINT64_FORMAT " GiB",
                           files.n, has_images ? "and virtual disks " : "",
                           files.bytes / VHM_GIB, capacity / VHM_GIB);
    tell (s, true, wrong,
          has_images ? "a larger capacity, smaller image, or another disk"
                     : "a larger capacity, smaller page_file_maximum, or "
                       "another disk",
          "host.disks.%s", disks[i].name);
  }
}

/* A reserve is a promise: all together cannot exceed the processors. */
static void
check_reserves (struct vhm_scenario *s, const struct vhm_case *c)
{
  const struct vhm_case_guest *guests = c->guests.items;
  uint64_t reserved_ppm = 0;
  for (size_t i = 0; i < c->guests.n; i++)
    reserved_ppm
        += guests[i].count * guests[i].n_vcpus * guests[i].cpu.reserve_ppm;
  if (reserved_ppm > c->host.n_cpus * VHM_PPM)
    tell (s, false,
          "the guests' processor reserves add up to more than the host has",
          "less than host.cpus x 100 % in all", "guests");
}

void
command_check_limits (struct vhm_scenario *s, const struct vhm_case *c)
{
  for (size_t i = 0; i < c->guests.n; i++)
    warn_of_guest (s, c, i);
  for (size_t i = 0; i < c->guests.n; i++)
    check_reservation (s, c, i);
  check_weights (s, c);
  for (size_t i = 0; i < c->guests.n; i++)
    check_swap (s, c, i);
  for (size_t i = 0; i < c->guests.n; i++)
    check_tick (s, c, i);
  check_swap_disk (s, c);
  check_smart_paging (s, c);
  check_disks (s, c);
  check_reserves (s, c);
}
