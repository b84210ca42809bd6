/* A guest's clocks: how processor time becomes progress of its processes, and
 * which cycle is charged to which account.
 *
 * The scheduler gives every busy virtual processor (VP) the same service. With
 * S runnable threads on B = min (S, VPs) busy VPs, a stretch in which one VP
 * received s cycles gives each thread s B / S. Between two calls of
 * vhm_guest_end neither S nor B changes, so progress is linear there, and the
 * next thing that can happen is the smallest need of any process, turned into
 * service of one VP and given to the scheduler as an alarm.
 *
 * The host may block a guest: then no VP of it is busy, threads stand where they
 * are, and what of S could run (at most all VPs) waits for the host's swapping. What
 * needs no VP goes on: transfers under way, timers of the system. One that is
 * paused has no VP busy, either, and all of them count as paused (pause.c).
 *
 * Ledger of a stretch dt: B dt - s B is ready, but what the scheduler counts of it
 * as switches and slowness; of the VPs not busy, those stopped and
 * as many as there are threads waiting for frames that the host has taken are
 * blocked on hypervisor swap, as many as wait for pages on paging, and the rest idle;
 * of s B, what the clock's ticks cost under a hypervisor goes to its accounts
 * (overheads.c), what the processes owed the kernel goes to those accounts, what
 * translation exposed of the rest to its own, and all else is compute. All whole
 * numbers, so the accounts sum exactly.
 *
 * Cost: O(processes + threads) an event. Left out: priorities inside a guest.
 */
#include "guest.h"

#include <vhm/base/require.h>

#include <math.h>

static const char *const account_names[VHM_N_ACCOUNTS] = {
  [VHM_ACCOUNT_COMPUTE] = "compute",
  [VHM_ACCOUNT_L2_TLB] = "TLB: second-level hits",
  [VHM_ACCOUNT_GUEST_WALK] = "page walks: guest's table",
  [VHM_ACCOUNT_HOST_WALK] = "page walks: host's table",
  [VHM_ACCOUNT_GUEST_FAULT] = "guest fault handling",
  [VHM_ACCOUNT_HOST_FAULT] = "VM exits and host faults",
  [VHM_ACCOUNT_SHADOW] = "shadow-table upkeep",
  [VHM_ACCOUNT_VM_SWITCH] = "VM switch",
  [VHM_ACCOUNT_BALLOON_DRIVER] = "balloon driver",
  [VHM_ACCOUNT_SHARING] = "page sharing",
  [VHM_ACCOUNT_COW] = "copy-on-write breaks",
  [VHM_ACCOUNT_COMPRESSION] = "compression",
  [VHM_ACCOUNT_INTERCEPTS] = "intercepts",
  [VHM_ACCOUNT_INTERRUPTS] = "interrupt delivery",
  [VHM_ACCOUNT_HYPERCALLS] = "hypercalls",
  [VHM_ACCOUNT_ROOT_IO] = "I/O through the root",
  [VHM_ACCOUNT_SLOWED] = "slowed by other processors",
  [VHM_ACCOUNT_READY] = "ready (waiting for a processor)",
  [VHM_ACCOUNT_BLOCKED_PAGING] = "blocked on guest paging",
  [VHM_ACCOUNT_BLOCKED_SWAP] = "blocked on hypervisor swap",
  [VHM_ACCOUNT_PAUSED] = "paused",
  [VHM_ACCOUNT_IDLE] = "idle",
};

const char *
vhm_account_name (enum vhm_account account)
{
  return account_names[account];
}

bool
vhm_account_is_translation (enum vhm_account account)
{
  static const bool is[VHM_N_ACCOUNTS] = {
    [VHM_ACCOUNT_L2_TLB] = true,    [VHM_ACCOUNT_GUEST_WALK] = true,
    [VHM_ACCOUNT_HOST_WALK] = true, [VHM_ACCOUNT_HOST_FAULT] = true,
    [VHM_ACCOUNT_SHADOW] = true,    [VHM_ACCOUNT_VM_SWITCH] = true,
  };
  return is[account];
}

bool
vhm_account_is_overhead (enum vhm_account account)
{
  static const bool is[VHM_N_ACCOUNTS] = {
    [VHM_ACCOUNT_INTERCEPTS] = true,
    [VHM_ACCOUNT_INTERRUPTS] = true,
    [VHM_ACCOUNT_HYPERCALLS] = true,
    [VHM_ACCOUNT_ROOT_IO] = true,
  };
  return is[account];
}

uint64_t
vhm_ledger_sum (const struct vhm_ledger *ledger)
{
  uint64_t sum = 0;
  for (int a = 0; a < VHM_N_ACCOUNTS; a++)
    sum += ledger->cyc[a];
  return sum;
}

vhm_guest *
vhm_guest_new (const struct vhm_guest_config *config, uint16_t number,
               const struct vhm_guest_surroundings *around)
{
  VHM_REQUIRE (config->startup_pages <= config->maximum_pages);
  VHM_REQUIRE (config->n_vps > 0);
  vhm_guest *g = g_new0 (vhm_guest, 1);
  g->config = *config;
  g->around = *around;
  g->owner = (uint16_t) (VHM_OWNER_FIRST_GUEST + number);
  g->os = config->os.plugin->ops;
  g->os_state = g_malloc0 (config->os.plugin->state_size);
  g->processes
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vhm_process_free);
  g->ballooned = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  vhm_guest_still_init (g);
  vhm_histogram_init (&g->latency_ns);
  g->sampling = vhm_guest_stream (g, "sampling");
  vhm_overheads_init (g);
  const struct vhm_scheduler_entity entity = {
    .name = config->name,
    .n_vps = config->n_vps,
    .weight = config->weight,
    .cap_ppm = config->cap_ppm,
    .reserve_ppm = config->reserve_ppm,
    .alarm = vhm_guest_alarm,
    .context = g,
    .first_cpu = config->first_vp,
    .affinity = config->affinity,
    .n_affinity = config->n_affinity,
  };
  g->entity = vhm_scheduler_add (around->scheduler, &entity);
  return g;
}

void
vhm_guest_free (vhm_guest *g)
{
  if (g->running)
    vhm_guest_stop (g);
  if (g->mfn)
    g->os->stop (g->os_state);
  g_ptr_array_unref (g->processes);
  g_free (g->os_state);
  g_free (g->mfn);
  vhm_backing_clear (g);
  vhm_share_clear (g);
  vhm_blocks_clear (&g->blocks);
  vhm_entries_clear (&g->entries);
  g_array_unref (g->ballooned);
  vhm_histogram_clear (&g->latency_ns);
  vhm_guest_still_clear (g);
  vhm_dirty_clear (g);
  g_free (g);
}

static uint64_t
now_cyc (const vhm_guest *g)
{
  return vhm_engine_now (g->around.engine).raw;
}

/* The host's table, if there is one that fills as it is used. */
static void
init_entries (vhm_guest *g)
{
  if (!g->around.processors)
    return;
  const struct vhm_processors_config *host
      = vhm_processors_config (g->around.processors);
  if (host->paging == VHM_PAGING_SLAT && host->maps_at_touch)
    vhm_entries_init (&g->entries, g->config.maximum_pages, host->backing);
}

/* The system has written to its own frames by the time it runs. */
static void
touch_kernel (vhm_guest *g)
{
  for (uint32_t gfn = 0; g->config.backed_at_touch && gfn < g->n_visible; gfn++)
    if (g->os->frame_use (g->os_state, gfn).kind == VHM_FRAME_KERNEL)
      vhm_backing_touch (g, gfn, NULL, true);
}

void
vhm_guest_boot (vhm_guest *g)
{
  VHM_REQUIRE (!g->running && !g->mfn);
  g->mfn = g_new (uint32_t, g->config.maximum_pages);
  vhm_blocks_init (&g->blocks, g->config.maximum_pages);
  vhm_backing_init (g);
  vhm_share_init (g);
  vhm_backing_add (g, 0, g->config.startup_pages);
  init_entries (g);
  g->n_visible = g->config.startup_pages;
  g->running = true;
  g->synced_cyc = g->booted_cyc = now_cyc (g);
  g->service_cyc = vhm_scheduler_service_cyc (g->around.scheduler, g->entity);
  vhm_global_join (g);
  vhm_guest_begin (g);
  g->os->boot (g->os_state, g->config.os.config, g, g->n_visible);
  touch_kernel (g);
  vhm_kernel_init (g);
  for (size_t i = 0; i < g->config.n_workloads; i++)
    g_ptr_array_add (g->processes, vhm_process_new (g, (uint32_t) i,
                                                    &g->config.workloads[i]));
  for (uint32_t i = 0; i < g->processes->len; i++)
    vhm_process_start (g->processes->pdata[i]);
  vhm_guest_end (g);
}

void
vhm_guest_stop (vhm_guest *g)
{
  VHM_REQUIRE (g->running);
  vhm_guest_sync (g);
  g->on_cyc = now_cyc (g) - g->booted_cyc;
  for (uint32_t i = 0; i < g->processes->len; i++)
    vhm_process_stop (g->processes->pdata[i]);
  vhm_scheduler_disarm (g->around.scheduler, g->entity);
  vhm_scheduler_set_demand (g->around.scheduler, g->entity, 0);
  vhm_backing_stop (g);
  vhm_share_stop (g);
  g->n_visible = 0;
  g_array_set_size (g->ballooned, 0);
  g->running = g->is_blocked = false;
  vhm_guest_still_drop (g);
  vhm_dirty_clear (g);
  vhm_global_leave (g);
}

bool
vhm_guest_is_running (const vhm_guest *g)
{
  return g->running;
}

/* --- clocks ---------------------------------------------------------------- */

static void
deal_out (vhm_guest *g, uint64_t ran_cyc)
{
  uint64_t pot = ran_cyc + g->spare_cyc, dealt = 0;
  for (uint32_t i = 0; i < g->processes->len; i++) {
    vhm_process *p = g->processes->pdata[i];
    uint64_t each = pot / g->n_runnable;
    uint64_t threads
        = (uint64_t) ((unsigned __int128) pot * p->n_running / g->n_runnable);
    uint64_t sweep = each * (vhm_process_n_runnable (p) - p->n_running);
    vhm_process_advance (p, threads, sweep, &g->ledger);
    dealt += threads + sweep;
  }
  VHM_ASSERT (dealt <= pot);
  g->spare_cyc = pot - dealt;
}

/* Of busy VPs' time in which nothing was done, `idle_cyc`. Counts are rounded
 * down, each for itself: a cycle may be charged a stretch later. */
static void
charge_waits (vhm_guest *g, uint64_t idle_cyc)
{
  struct vhm_scheduler_counts c
      = vhm_scheduler_counts (g->around.scheduler, g->entity);
  uint64_t switched = MIN (c.switch_cyc - g->switch_cyc, idle_cyc);
  uint64_t slowed = MIN (c.slowed_cyc - g->slowed_cyc, idle_cyc - switched);
  g->switch_cyc += switched;
  g->slowed_cyc += slowed;
  g->ledger.cyc[VHM_ACCOUNT_VM_SWITCH] += switched;
  g->ledger.cyc[VHM_ACCOUNT_SLOWED] += slowed;
  g->ledger.cyc[VHM_ACCOUNT_READY] += idle_cyc - switched - slowed;
}

void
vhm_guest_sync (vhm_guest *g)
{
  uint64_t now = now_cyc (g), dt = now - g->synced_cyc;
  if (!g->running || dt == 0)
    return;
  g->synced_cyc = now;
  uint64_t service = vhm_scheduler_service_cyc (g->around.scheduler, g->entity);
  uint64_t ran = (service - g->service_cyc) * g->n_busy;
  g->service_cyc = service;
  VHM_ASSERT (ran <= dt * g->n_busy);
  uint32_t n_blocked = 0, n_swapped = 0;
  for (uint32_t i = 0; i < g->processes->len; i++) {
    n_blocked += vhm_process_n_blocked (g->processes->pdata[i]);
    n_swapped += vhm_process_n_swapped (g->processes->pdata[i]);
  }
  uint64_t not_busy = g->config.n_vps - g->n_busy;
  uint64_t blocked = MIN (not_busy, n_blocked + g->n_stopped);
  uint64_t swapped = MIN (blocked, n_swapped + g->n_stopped);
  uint64_t *account = g->ledger.cyc;
  if (g->is_paused) {
    account[VHM_ACCOUNT_PAUSED] += g->config.n_vps * dt;
    return;
  }
  charge_waits (g, dt * g->n_busy - ran);
  account[VHM_ACCOUNT_BLOCKED_SWAP] += swapped * dt;
  account[VHM_ACCOUNT_BLOCKED_PAGING] += (blocked - swapped) * dt;
  account[VHM_ACCOUNT_IDLE] += (not_busy - blocked) * dt;
  /* compute is what remains when the processes have paid their debts */
  account[VHM_ACCOUNT_COMPUTE] += ran;
  if (ran > 0)
    deal_out (g, ran - vhm_overheads_tick (g, ran));
  /* with nobody to compare with nobody asks */
  for (uint32_t i = 0; g->processes->len > 1 && i < g->processes->len; i++)
    vhm_process_note_time (g->processes->pdata[i]);
}

uint32_t
vhm_guest_large_blocks (const vhm_guest *g)
{
  return g->running ? g->blocks.n_large : 0;
}

uint32_t
vhm_guest_broken_blocks (const vhm_guest *g)
{
  return g->blocks.n_broken;
}

uint64_t
vhm_guest_violations (const vhm_guest *g)
{
  return g->entries.n_violations;
}

void
vhm_guest_begin (vhm_guest *g)
{
  if (g->depth++ == 0)
    vhm_guest_sync (g);
}

static double
least_need (vhm_guest *g)
{
  double least = INFINITY;
  for (uint32_t i = 0; i < g->processes->len; i++) {
    vhm_process *p = g->processes->pdata[i];
    if (p->n_running > 0)
      least = fmin (least, vhm_process_threads_need_cyc (p) / p->n_running);
    least = fmin (least, vhm_process_sweep_need_cyc (p));
  }
  return least * g->n_runnable / g->n_busy * g->overheads.stretch;
}

void
vhm_guest_end (vhm_guest *g)
{
  VHM_ASSERT (g->depth > 0);
  if (g->depth == 1 && g->running) {
    vhm_share_broken_blocks (g);
    vhm_backing_serve (g);
  }
  if (--g->depth > 0 || !g->running)
    return;
  for (uint32_t i = 0; i < g->processes->len; i++)
    vhm_translation_charge (g->processes->pdata[i]);
  uint32_t n_runnable = 0;
  for (uint32_t i = 0; i < g->processes->len; i++)
    n_runnable += vhm_process_n_runnable (g->processes->pdata[i]);
  g->n_runnable = n_runnable;
  uint32_t n_still = vhm_backing_n_stopped (g, &g->n_stopped);
  uint32_t n_busy = MIN (n_runnable, g->config.n_vps - n_still);
  if (g->is_blocked) {
    g->n_stopped = MIN (n_runnable, g->config.n_vps);
    n_busy = 0;
  }
  if (g->is_paused)
    n_busy = 0;
  vhm_overheads_charge (g, n_busy);
  if (n_busy != g->n_busy) {
    g->n_busy = n_busy;
    vhm_scheduler_set_demand (g->around.scheduler, g->entity, n_busy);
  }
  double need = n_busy > 0 ? least_need (g) : INFINITY;
  if (isinf (need) || need > 0x1p62)
    vhm_scheduler_disarm (g->around.scheduler, g->entity);
  else
    vhm_scheduler_arm (g->around.scheduler, g->entity,
                       g->service_cyc + (uint64_t) ceil (fmax (need, 1.0)));
}

void
vhm_guest_block (vhm_guest *g, bool blocks)
{
  if (!g->running || g->is_blocked == blocks)
    return;
  vhm_guest_begin (g); /* up to now it was as before */
  g->is_blocked = blocks;
  vhm_guest_end (g);
}

bool
vhm_guest_is_blocked (const vhm_guest *g)
{
  return g->is_blocked;
}

void
vhm_guest_alarm (void *context)
{
  vhm_guest *g = context;
  vhm_guest_begin (g);
  for (uint32_t i = 0; i < g->processes->len && g->running; i++)
    vhm_process_run_due (g->processes->pdata[i]);
  vhm_guest_end (g);
}

const char *
vhm_guest_audit (const vhm_guest *g)
{
  if (!g->running)
    return vhm_machine_n_owned (g->around.machine, g->owner) == 0
               ? NULL
               : "a guest that is off holds machine frames";
  const char *wrong = vhm_guest_audit_frames (g);
  if (!wrong)
    wrong = vhm_backing_audit (g);
  if (!wrong)
    wrong = g->os->audit (g->os_state);
  if (!wrong)
    wrong = vhm_guest_audit_uses (g);
  if (!wrong)
    wrong = vhm_dirty_audit (g);
  for (uint32_t i = 0; !wrong && i < g->processes->len; i++)
    if (!vhm_refs_is_valid (vhm_process_refs (g->processes->pdata[i])))
      wrong = "a process's reference tables contradict each other";
  for (uint32_t i = 0; !wrong && i < g->processes->len; i++)
    wrong = vhm_translation_audit (g->processes->pdata[i]);
  for (uint32_t i = 0; !wrong && i < g->processes->len; i++)
    wrong = vhm_lock_audit (g->processes->pdata[i]);
  uint64_t due = (g->synced_cyc - g->booted_cyc) * g->config.n_vps;
  if (!wrong && vhm_ledger_sum (&g->ledger) != due)
    wrong = "the cycle ledger does not sum to processors x elapsed cycles";
  return wrong;
}

/* --- reading --------------------------------------------------------------- */

const char *
vhm_guest_name (const vhm_guest *g)
{
  return g->config.name;
}

uint32_t
vhm_guest_number (const vhm_guest *g)
{
  return g->owner - VHM_OWNER_FIRST_GUEST;
}

void
vhm_guest_collected (vhm_guest *g, uint64_t since_ns)
{
  if (g->around.collected)
    g->around.collected (g->around.host, g, since_ns);
}

uint32_t
vhm_guest_visible_pages (const vhm_guest *g)
{
  return g->n_visible;
}

uint32_t
vhm_guest_ballooned_pages (const vhm_guest *g)
{
  return g->ballooned->len;
}

uint32_t
vhm_guest_held_pages (const vhm_guest *g)
{
  return g->n_visible - g->ballooned->len;
}

struct vhm_guest_counters
vhm_guest_counters (const vhm_guest *g)
{
  struct vhm_guest_counters counters = { 0 };
  if (g->running)
    g->os->counters (g->os_state, &counters);
  return counters;
}

struct vhm_ledger
vhm_guest_ledger (const vhm_guest *g)
{
  struct vhm_ledger ledger = g->ledger;
  for (uint32_t i = 0; i < g->processes->len; i++) {
    const vhm_process *p = g->processes->pdata[i];
    for (int w = 0; p->translation && w < VHM_N_WALKERS; w++) {
      struct vhm_walker_cost cost = p->translation->cost[w];
      vhm_translation_split_all (&cost, &ledger);
    }
  }
  return ledger;
}

uint64_t
vhm_guest_last_cyc (const vhm_guest *g)
{
  return g->running ? vhm_engine_now (g->around.engine).raw
                    : g->booted_cyc + g->on_cyc;
}

uint64_t
vhm_guest_booted_cyc (const vhm_guest *g)
{
  return g->running ? g->synced_cyc - g->booted_cyc : g->on_cyc;
}

uint32_t
vhm_guest_n_vps (const vhm_guest *g)
{
  return g->config.n_vps;
}

uint32_t
vhm_guest_n_queued (const vhm_guest *g)
{
  return g->n_runnable - MIN (g->n_runnable, g->config.n_vps);
}

struct vhm_scheduler_counts
vhm_guest_dispatching (const vhm_guest *g)
{
  return vhm_scheduler_counts (g->around.scheduler, g->entity);
}

double
vhm_guest_references (const vhm_guest *g)
{
  double sum = 0;
  for (uint32_t i = 0; i < g->processes->len; i++)
    sum += ((const vhm_process *) g->processes->pdata[i])->n_references;
  return sum;
}

uint64_t
vhm_guest_operations (const vhm_guest *g)
{
  uint64_t sum = 0;
  for (uint32_t i = 0; i < g->processes->len; i++)
    sum += ((const vhm_process *) g->processes->pdata[i])->n_operations;
  return sum;
}

uint64_t
vhm_guest_operation_ns (const vhm_guest *g, uint32_t k)
{
  return k < g->n_first ? g->first_ns[k] : 0;
}

struct vhm_operation_swap
vhm_guest_operation_swap (const vhm_guest *g, uint32_t k)
{
  return k < g->n_first ? g->first_swap[k] : (struct vhm_operation_swap){ 0 };
}

const struct vhm_histogram *
vhm_guest_latency_ns (const vhm_guest *g)
{
  return &g->latency_ns;
}

uint64_t
vhm_guest_clock_hz (const vhm_guest *g)
{
  return g->around.clock_hz;
}

struct vhm_rng
vhm_guest_stream (const vhm_guest *g, const char *name)
{
  g_autofree char *full = g_strdup_printf ("guest/%s/%s", g->config.name, name);
  struct vhm_rng rng;
  vhm_rng_init (&rng, g->around.seed, full);
  return rng;
}

uint32_t
vhm_guest_n_processes (const vhm_guest *g)
{
  return g->processes->len;
}

vhm_process *
vhm_guest_process (const vhm_guest *g, uint32_t i)
{
  return g->processes->pdata[i];
}

uint64_t
vhm_guest_state_bytes (const vhm_guest *g)
{
  uint64_t bytes = g->running ? g->os->bytes (g->os_state) : 0;
  for (uint32_t i = 0; i < g->processes->len; i++)
    bytes += vhm_refs_bytes (vhm_process_refs (g->processes->pdata[i]));
  return bytes + (uint64_t) g->n_visible * sizeof *g->mfn
         + vhm_backing_bytes (g);
}
