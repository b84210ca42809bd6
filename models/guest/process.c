/* A process in a closed loop: threads issue references, fault, wait, think. Here:
 * its birth, end, clocks, and what others ask of it.
 *
 * The rest of it lies beside this file: advance.c (time passes), faults.c,
 * operations.c (its threads), sweep.c, mappings.c (what the operating system
 * tells of its pages), regions.c (its memory).
 *
 * A debt is kernel time that a fault cost: it is served before references go on,
 * and the ledger is told which account it belongs to.
 */
#include "process.h"

#include <vhm/base/require.h>

#include <math.h>
#include <string.h>

vhm_process *
vhm_process_new (vhm_guest *guest, uint32_t number,
                 const struct vhm_plugin_choice *workload)
{
  vhm_process *p = g_new0 (vhm_process, 1);
  p->guest = guest;
  p->plugin = workload->plugin;
  p->config = workload->config;
  p->state = g_malloc0 (workload->plugin->state_size);
  p->number = number;
  g_autofree char *name
      = g_strdup_printf ("%u/%s", number, workload->plugin->name);
  p->rng = vhm_guest_stream (guest, name);
  g_autofree char *refs_name = g_strdup_printf ("%s/references", name);
  struct vhm_rng refs_rng = vhm_guest_stream (guest, refs_name);
  p->refs = guest->config.every_reference ? vhm_refs_new_every (&refs_rng)
                                          : vhm_refs_new (&refs_rng);
  p->regions = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  p->active = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  p->files = g_array_new (FALSE, FALSE, sizeof (struct file));
  p->unbacked = g_array_new (FALSE, FALSE, sizeof (struct unbacked));
  p->translation = vhm_translation_new (p);
  p->trap_left = p->alarm_left = INFINITY;
  p->trap_stale = true;
  vhm_sweeps_init (p, 1);
  p->allocation.thread = VHM_NO_PAGE;
  return p;
}

static const struct vhm_workload_ops *
ops_of (const vhm_process *p)
{
  return p->plugin->ops;
}

void
vhm_process_free (vhm_process *p)
{
  if (ops_of (p)->end)
    ops_of (p)->end (p->state);
  vhm_loads_clear (p);
  vhm_refs_free (p->refs);
  vhm_translation_free (p->translation);
  g_array_unref (p->regions);
  g_array_unref (p->active);
  g_array_unref (p->files);
  g_array_unref (p->unbacked);
  vhm_share_clear_process (p);
  g_free (p->threads);
  vhm_lock_clear (&p->lock);
  g_free (p->sweeps);
  g_free (p->state);
  g_free (p);
}

/* Numbers its pages after those of the processes started before it. */
void
vhm_process_start (vhm_process *p)
{
  for (uint32_t i = 0; i < p->number; i++)
    p->first_page += vhm_refs_n_pages (vhm_guest_process (p->guest, i)->refs);
  ops_of (p)->start (p->state, p->config, p);
}

void
vhm_process_stop (vhm_process *p)
{
  vhm_guest_timer_cancel (&p->timer);
  for (uint32_t i = 0; p->threads && i < p->how.n_threads; i++)
    vhm_guest_timer_cancel (&p->threads[i].wake);
  p->n_running = 0;
  p->allocation.active = false;
  vhm_sweeps_stop (p);
  vhm_translation_stop (p);
}

void
vhm_process_kill (vhm_process *p)
{
  vhm_guest_begin (p->guest);
  vhm_process_stop (p);
  p->killed = true;
  vhm_process_uncommit (p, (uint32_t) p->n_committed);
  p->alarm_left = INFINITY;
  p->allocation.thread = VHM_NO_PAGE;
  memset (p->debt_cyc, 0, sizeof p->debt_cyc);
  p->debt_total_cyc = 0;
  for (uint32_t i = 0; i < p->how.n_threads; i++)
    p->threads[i].state = THREAD_DEAD;
  const struct vhm_guest_surroundings *around = &p->guest->around;
  g_autofree char *what
      = g_strdup_printf ("out of memory: its process %u, %s, was killed",
                         p->number, p->plugin->name);
  if (around->incident)
    around->incident (around->host, p->guest->config.name, what);
  vhm_guest_end (p->guest);
}

void
vhm_process_notify (vhm_process *p, enum vhm_notice notice)
{
  if (!p->killed && ops_of (p)->notice)
    ops_of (p)->notice (p->state, p, notice);
}

uint32_t
vhm_process_n_runnable (const vhm_process *p)
{
  return p->n_running + vhm_sweeps_n_walking (p);
}

uint32_t
vhm_process_n_blocked (const vhm_process *p)
{
  uint32_t n = vhm_sweeps_n_waiting (p, false);
  for (uint32_t i = 0; p->threads && i < p->how.n_threads; i++)
    n += p->threads[i].state == THREAD_FAULTED
         || p->threads[i].state == THREAD_STALLED
         || p->threads[i].state == THREAD_SWAPPED;
  return n;
}

uint32_t
vhm_process_n_swapped (const vhm_process *p)
{
  uint32_t n = vhm_sweeps_n_waiting (p, true);
  for (uint32_t i = 0; p->threads && i < p->how.n_threads; i++)
    n += p->threads[i].state == THREAD_SWAPPED;
  return n;
}

void
vhm_process_charge (vhm_process *p, enum vhm_account account, uint64_t cyc)
{
  p->debt_cyc[account] += cyc;
  p->debt_total_cyc += cyc;
}

void
vhm_process_note_time (vhm_process *p)
{
  vhm_history_add (&p->history, vhm_refs_clock (p->refs),
                   (double) vhm_engine_now (p->guest->around.engine).raw);
}

double
vhm_process_time_of (const vhm_process *p, double clock)
{
  if (p->guest->processes->len == 1)
    return clock; /* nothing to compare with */
  return vhm_history_time (&p->history, clock);
}

static void
ring (void *context)
{
  vhm_process *p = context;
  vhm_guest_begin (p->guest);
  vhm_process_notify (p, VHM_NOTICE_TIMER);
  vhm_guest_end (p->guest);
}

void
vhm_process_set_timer (vhm_process *p, uint64_t ns)
{
  uint64_t wait = vhm_ns_to_cycles (p->guest->around.clock_hz, ns);
  vhm_guest_timer_set (&p->timer, p->guest, wait, ring, p);
}

void
vhm_process_set_references (vhm_process *p, double references)
{
  vhm_guest_begin (p->guest);
  p->alarm_left = references;
  vhm_guest_end (p->guest);
}

vhm_refs *
vhm_process_refs (const vhm_process *p)
{
  return p->refs;
}

double
vhm_process_clock (const vhm_process *p)
{
  return vhm_refs_clock (p->refs);
}

uint32_t
vhm_process_number (const vhm_process *p)
{
  return p->number;
}

uint32_t
vhm_process_first_page (const vhm_process *p)
{
  return p->first_page;
}

double
vhm_process_cycles_per_reference (const vhm_process *p)
{
  return p->how.cycles_per_reference;
}

vhm_guest *
vhm_process_guest (const vhm_process *p)
{
  return p->guest;
}

const char *
vhm_process_kind (const vhm_process *p)
{
  return p->plugin->name;
}

struct vhm_rng *
vhm_process_rng (vhm_process *p)
{
  return &p->rng;
}

uint64_t
vhm_process_now_ns (const vhm_process *p)
{
  return vhm_cycles_to_ns (p->guest->around.clock_hz,
                           vhm_guest_now_cyc (p->guest));
}
