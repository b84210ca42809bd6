/* How far each guest is from running alone, by running it alone.
 *
 *   contention       operations/s alone / operations/s here: what others cost
 *   under-provision  operations/s alone and unlimited / operations/s alone: what its
 *                    settings cost
 *
 * Alone: nobody else ever starts, and a host that could not give the guest its
 * maximum even so gets as much more memory as that takes. Unlimited: as much memory as the host can give,
 * as many virtual processors as it has, no cap, no limit. A guest whose startup
 * memory is its maximum (it sees all from the start) keeps them equal.
 *
 * Cycles an operation: accounts of the ledger over operations. They sum to virtual
 * processors x cycles on / operations, so for the same processors their sums are to
 * each other as the slow-down.
 *
 * Cost: two runs a guest that works.
 */
#include "diagnose.h"

#include <math.h>
#include <string.h>

#include <vhm/base/units.h>
#include <vhm/model/ledger.h>

/* The line of the scenario that a guest is of. */
const struct vhm_case_guest *
diagnose_line (const struct vhm_case *c, const char *name)
{
  const struct vhm_case_guest *guests = c->guests.items;
  for (size_t i = 0; i < c->guests.n; i++)
    for (uint64_t k = 0; k < guests[i].count; k++) {
      g_autofree char *own = vhm_case_guest_name (&guests[i], k);
      if (strcmp (own, name) == 0)
        return &guests[i];
    }
  return NULL;
}

uint64_t
diagnose_most_bytes (const struct vhm_case *c, const struct vhm_case_guest *g)
{
  uint64_t taken
      = vhm_case_root_bytes (&c->host) + vhm_case_overhead_bytes (&c->host, g);
  uint64_t most
      = c->host.memory_bytes > taken ? c->host.memory_bytes - taken : 0;
  return MAX (most / VHM_MIB * VHM_MIB, g->memory.maximum_bytes);
}

/* Adds the memory that a host needs to give a guest so much, if it has less. */
static void
set_host (GPtrArray *set, const struct vhm_case *c,
          const struct vhm_case_guest *g, uint64_t bytes)
{
  struct vhm_case_guest large = *g;
  if (g->memory.startup_bytes == g->memory.maximum_bytes)
    large.memory.startup_bytes = bytes;
  struct vhm_case_host host = c->host;
  uint64_t wanted = bytes + vhm_case_overhead_bytes (&c->host, &large);
  for (int round = 0; round < 2; round++) /* the root's part grows, too */
    host.memory_bytes
        = MAX (c->host.memory_bytes, wanted + vhm_case_root_bytes (&host));
  if (host.memory_bytes > c->host.memory_bytes)
    g_ptr_array_add (
        set, diagnose_set_bytes (NULL, "host.memory", host.memory_bytes));
}

char **
diagnose_alone (const struct vhm_case *c, const struct vhm_case_guest *g)
{
  GPtrArray *set = g_ptr_array_new ();
  set_host (set, c, g, g->memory.maximum_bytes);
  g_ptr_array_add (set, NULL);
  return (char **) g_ptr_array_free (set, FALSE);
}

char *
diagnose_set_bytes (const char *line, const char *key, uint64_t bytes)
{
  return g_strdup_printf ("%s%s%s=%" G_GUINT64_FORMAT " MiB",
                          line ? "guests." : "", line ? line : "", key,
                          (bytes + VHM_MIB - 1) / VHM_MIB);
}

void
diagnose_set_maximum (GPtrArray *set, const struct vhm_case_guest *g,
                      uint64_t bytes)
{
  g_ptr_array_add (set, diagnose_set_bytes (g->name, ".memory.maximum", bytes));
  if (g->memory.startup_bytes == g->memory.maximum_bytes)
    g_ptr_array_add (set,
                     diagnose_set_bytes (g->name, ".memory.startup", bytes));
}

char **
diagnose_less_host (const struct vhm_case *c, const struct vhm_rules *rules)
{
  uint64_t spare = rules->slowdown.spare_ppm;
  uint64_t bytes
      = c->host.memory_bytes - vhm_scale_ppm (c->host.memory_bytes, spare);
  uint64_t n_cpus = c->host.n_cpus - vhm_scale_ppm (c->host.n_cpus, spare);
  char **set = g_new0 (char *, 3);
  set[0] = diagnose_set_bytes (NULL, "host.memory", bytes);
  set[1] = g_strdup_printf ("host.cpus=%" G_GUINT64_FORMAT, n_cpus);
  return set;
}

char **
diagnose_unlimited (const struct vhm_case *c, const struct vhm_case_guest *g)
{
  GPtrArray *set = g_ptr_array_new ();
  diagnose_set_maximum (set, g, diagnose_most_bytes (c, g));
  set_host (set, c, g, diagnose_most_bytes (c, g));
  if (g->n_vcpus < c->host.n_cpus)
    g_ptr_array_add (set, g_strdup_printf ("guests.%s.vcpus=%" G_GUINT64_FORMAT,
                                           g->name, c->host.n_cpus));
  g_ptr_array_add (set, g_strdup_printf ("guests.%s.cpu.cap=100 %%", g->name));
  if (g->memory.limit_bytes > 0)
    g_ptr_array_add (set,
                     g_strdup_printf ("guests.%s.memory.limit=0 B", g->name));
  g_ptr_array_add (set, NULL);
  return (char **) g_ptr_array_free (set, FALSE);
}

/* --- the ledger ------------------------------------------------------------------ */

static double
summary_of (const struct vhm_result *r, const char *guest, const char *key)
{
  for (guint i = 0; i < r->summary->len; i++) {
    const struct vhm_summary_row *row = r->summary->pdata[i];
    if (strcmp (row->instance, guest) == 0 && strcmp (row->key, key) == 0)
      return row->value;
  }
  return NAN;
}

static double
cycles_of (const struct vhm_result *r, const char *guest, const char *account)
{
  double n = again_operations (r, guest) * summary_of (r, guest, "time_on");
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    if (strcmp (row->guest, guest) == 0 && strcmp (row->account, account) == 0)
      return (double) row->cycles / n;
  }
  return 0;
}

static void
add_accounts (struct vhm_alone *a, const struct vhm_result *here,
              const struct vhm_result *alone, const struct vhm_result *most)
{
  for (int k = 0; k < VHM_N_ACCOUNTS; k++) {
    const char *name = vhm_account_name ((enum vhm_account) k);
    const struct vhm_account_cost cost
        = { name, cycles_of (here, a->guest, name),
            cycles_of (alone, a->guest, name),
            cycles_of (most, a->guest, name) };
    if (cost.here_cyc > 0 || cost.alone_cyc > 0 || cost.unlimited_cyc > 0)
      g_array_append_val (a->accounts, cost);
  }
}

/* --- alone ------------------------------------------------------------------------- */

static void
add_alone (struct vhm_diagnosis *d, const char *guest,
           const struct vhm_result *here, const struct vhm_result *alone,
           const struct vhm_result *most)
{
  struct vhm_alone a = { .guest = g_strdup (guest),
                         .here_per_s = again_operations (here, guest),
                         .alone_per_s = again_operations (alone, guest),
                         .unlimited_per_s = again_operations (most, guest),
                         .accounts = g_array_new (
                             FALSE, FALSE, sizeof (struct vhm_account_cost)) };
  a.contention = a.alone_per_s / a.here_per_s;
  a.under_provision = a.unlimited_per_s / a.alone_per_s;
  add_accounts (&a, here, alone, most);
  g_array_append_val (d->alone, a);
}

/* Two runs a guest that works here: alone, and unlimited. */
GPtrArray *
diagnose_alone_runs (const struct again_scene *scene,
                     const struct vhm_result *here, GPtrArray *guests,
                     GError **error)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (again_free);
  g_autoptr (GPtrArray) names = again_guests (scene->base);
  for (guint i = 0; i < names->len; i++) {
    const char *name = names->pdata[i];
    if (isnan (again_operations (here, name)))
      continue;
    g_auto (GStrv) set
        = diagnose_unlimited (scene->base, diagnose_line (scene->base, name));
    g_auto (GStrv) own
        = diagnose_alone (scene->base, diagnose_line (scene->base, name));
    struct again *alone = again_new (scene, own, NULL, name, error);
    g_ptr_array_add (runs, alone);
    struct again *most
        = alone ? again_new (scene, set, NULL, name, error) : NULL;
    g_ptr_array_add (runs, most);
    if (!most)
      return NULL;
    g_ptr_array_add (guests, g_strdup (name));
  }
  return g_steal_pointer (&runs);
}

void
diagnose_take_alone (struct vhm_diagnosis *d, const struct vhm_result *here,
                     const GPtrArray *runs, const GPtrArray *guests)
{
  for (guint i = 0; i < guests->len; i++) {
    const struct again *alone = runs->pdata[2 * i];
    const struct again *most = runs->pdata[2 * i + 1];
    add_alone (d, guests->pdata[i], here, alone->result, most->result);
  }
  d->n_runs += runs->len;
}
