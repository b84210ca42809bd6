/* Migrates a guest to another host while it runs (pre-copy).
 *
 *   first round   all its pages in machine memory, alike or not, compressed or not
 *   next rounds   those written, or come into memory, in the round before
 *   stop          the guest stands still; transfers under way end; the rest is sent,
 *                 with what these have read
 *   over          it runs elsewhere: its memory and overhead are free here
 *
 * When which comes is a table, migration_rule.c. Pages go in slices: one is done
 * when the link has carried it (slices of several guests take turns) and the thread
 * that sends it has had its processor time.
 *
 * Storage is shared: virtual disks stay where they are, and so does what lies in
 * the host's swap file until it is read back.
 *
 * Invariant: the guest's memory is counted as its own until it is over. Cost: one
 * event a slice, two where the host pays; that of the log of writes (dirty.c).
 * Left out: leaving out pages of zeros, compression of what is sent, slowing the
 * guest down, copying after the switch; the time the other host takes to let it run;
 * what the migration does to the other host.
 * Source: Clark et al., Live migration of virtual machines, NSDI 2005.
 */
#include "host.h"
#include "migration_rule.h"

#include <vhm/base/require.h>

#define NS_PER_MS (VHM_NS_PER_S / 1000)
/* Short against any stop time asked for, long against sending a page. */
#define SLICE_NS (10 * NS_PER_MS)
/* How often it is looked whether transfers of a stopped guest have ended. */
#define LOOK_NS NS_PER_MS
/* The host's own work comes before that of guests. */
#define MOST_WEIGHT 10000

static const struct vhm_case_migration *
config_of (const struct vm *vm)
{
  return &vm->host->config->host.migration;
}

static uint64_t
link_ns (const struct vm *vm, uint64_t pages)
{
  uint64_t bw = config_of (vm)->bytes_per_s;
  unsigned __int128 bytes = vhm_pages_to_bytes (pages);
  return (uint64_t) ((bytes * VHM_NS_PER_S + bw - 1) / bw);
}

static void round_over (struct vm *vm);

/* --- slices ------------------------------------------------------------------- */

static void send_slice (struct vm *vm);

/* By the link, or by who sends. */
static void
part_done (struct vm *vm)
{
  struct migration *m = &vm->migration;
  if (--m->n_parts > 0)
    return;
  m->left_pages -= m->slice_pages;
  m->sent_pages += m->slice_pages;
  if (m->left_pages > 0)
    send_slice (vm);
  else
    round_over (vm);
}

static void
carried (void *vm)
{
  part_done (vm);
}

/* An alarm of the scheduler. */
static void
worked (void *context)
{
  struct vm *vm = context;
  vhm_scheduler_disarm (vm->host->scheduler, vm->migration.sender);
  vhm_scheduler_set_demand (vm->host->scheduler, vm->migration.sender, 0);
  part_done (vm);
}

static void
work (struct vm *vm)
{
  struct migration *m = &vm->migration;
  vhm_host *h = vm->host;
  uint64_t cyc
      = vhm_ns_to_cycles (h->hz, config_of (vm)->page_ns * m->slice_pages);
  if (cyc == 0)
    return;
  if (config_of (vm)->pays == VHM_CASE_GUEST_PAYS) {
    if (!vhm_guest_is_paused (vm->guest))
      vhm_guest_charge_exits (vm->guest, cyc);
    return;
  }
  m->n_parts++;
  vhm_scheduler_set_demand (h->scheduler, m->sender, 1);
  vhm_scheduler_arm (h->scheduler, m->sender,
                     vhm_scheduler_service_cyc (h->scheduler, m->sender) + cyc);
}

static void
send_slice (struct vm *vm)
{
  struct migration *m = &vm->migration;
  vhm_host *h = vm->host;
  uint64_t bytes = (uint64_t) ((unsigned __int128) config_of (vm)->bytes_per_s
                               * SLICE_NS / VHM_NS_PER_S);
  m->slice_pages = MIN (m->left_pages, MAX (bytes >> VHM_PAGE_SHIFT, 1));
  uint64_t now = vhm_host_now_ns (h);
  h->link_free_ns = MAX (h->link_free_ns, now) + link_ns (vm, m->slice_pages);
  m->n_parts = 1;
  vhm_host_after (h, h->link_free_ns - now, VHM_PRIORITY_NORMAL, carried, vm);
  work (vm);
}

static void
begin_round (struct vm *vm, uint64_t pages)
{
  vm->migration.left_pages = pages;
  vm->migration.sent_pages = 0;
  if (pages > 0)
    send_slice (vm);
  else
    round_over (vm);
}

/* --- rounds ------------------------------------------------------------------- */

static void
end (struct vm *vm)
{
  struct migration *m = &vm->migration;
  uint64_t now = vhm_host_now_ns (vm->host);
  m->is_on = false;
  m->took_ns = now - m->began_ns;
  m->n_faults = vhm_guest_dirty_faults (vm->guest);
}

static void
move (struct vm *vm)
{
  struct migration *m = &vm->migration;
  end (vm);
  m->is_moved = true;
  m->stood_ns = vhm_host_now_ns (vm->host) - m->stopped_ns;
  vhm_host_incident (
      vm->host, vm->name,
      "migrated to another host in %.1f s and %u rounds: %" G_GUINT64_FORMAT
      " MiB sent for %" G_GUINT64_FORMAT " MiB of memory, stopped for %.0f ms",
      (double) m->took_ns / (double) VHM_NS_PER_S, m->rounds->len,
      vhm_pages_to_bytes (vhm_migration_sent_pages (vm)) / VHM_MIB,
      vhm_pages_to_bytes (g_array_index (m->rounds, uint64_t, 0)) / VHM_MIB,
      (double) m->stood_ns / (double) NS_PER_MS);
  vhm_vm_switch_off (vm);
}

static void
give_up (struct vm *vm, uint64_t dirty)
{
  end (vm);
  vhm_guest_end_dirty_log (vm->guest);
  vhm_host_incident (
      vm->host, vm->name,
      "migration given up after %u rounds and %.1f s: it writes as fast as the "
      "link sends, and %" G_GUINT64_FORMAT " MiB are left",
      vm->migration.rounds->len,
      (double) vm->migration.took_ns / (double) VHM_NS_PER_S,
      vhm_pages_to_bytes (dirty) / VHM_MIB);
}

/* The guest stands still: the rest goes when its disks have ended what they do. */
static void
send_rest (void *context)
{
  struct vm *vm = context;
  if (vhm_guest_n_under_way (vm->guest) > 0)
    vhm_host_after (vm->host, LOOK_NS, VHM_PRIORITY_NORMAL, send_rest, vm);
  else
    begin_round (vm,
                 vm->migration.rest_pages + vhm_guest_n_kept_reads (vm->guest));
}

static void
stop (struct vm *vm, uint64_t dirty)
{
  struct migration *m = &vm->migration;
  m->is_stopped = true;
  m->stopped_ns = vhm_host_now_ns (vm->host);
  m->rest_pages = dirty;
  vhm_guest_pause (vm->guest);
  send_rest (vm);
}

static void
round_over (struct vm *vm)
{
  struct migration *m = &vm->migration;
  g_array_append_val (m->rounds, m->sent_pages);
  if (m->is_stopped) {
    move (vm);
    return;
  }
  const struct vhm_case_migration *c = config_of (vm);
  uint64_t dirty = vhm_guest_take_dirty (vm->guest);
  const struct vhm_migration_facts facts = {
    .n_rounds = m->rounds->len,
    .sent_pages = m->sent_pages,
    .dirty_pages = dirty,
    .bytes_per_s = c->bytes_per_s,
    .stop_ns = c->stop_ns,
    .most_rounds = c->most_rounds,
    .gives_up = c->otherwise == VHM_CASE_MIGRATION_GIVES_UP,
  };
  switch (vhm_migration_decide (&facts)) {
  case VHM_MIGRATION_SENDS:
    begin_round (vm, dirty);
    break;
  case VHM_MIGRATION_FORCES:
    vhm_host_incident (vm->host, vm->name,
                       "migration stops it with %" G_GUINT64_FORMAT
                       " MiB left to send: it writes too fast for the link",
                       vhm_pages_to_bytes (dirty) / VHM_MIB);
    stop (vm, dirty);
    break;
  case VHM_MIGRATION_STOPS:
    stop (vm, dirty);
    break;
  case VHM_MIGRATION_GIVES_UP:
  case VHM_N_MIGRATION_ANSWERS:
    give_up (vm, dirty);
  }
}

/* --- from outside ------------------------------------------------------------- */

uint64_t
vhm_migration_sent_pages (const struct vm *vm)
{
  const GArray *rounds = vm->migration.rounds;
  uint64_t sum = 0;
  for (guint i = 0; i < rounds->len; i++)
    sum += g_array_index (rounds, uint64_t, i);
  return sum;
}

static void
need_sender (struct vm *vm)
{
  struct migration *m = &vm->migration;
  const struct vhm_scheduler_entity thread = {
    .name = "migration",
    .n_vps = 1,
    .weight = MOST_WEIGHT,
    .cap_ppm = VHM_PPM,
    .alarm = worked,
    .context = vm,
  };
  m->rounds = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  m->sender = vhm_scheduler_add (vm->host->scheduler, &thread);
}

void
vhm_vm_migrate_out (struct vm *vm)
{
  struct migration *m = &vm->migration;
  if (vm->smart.phase != VHM_SMART_OFF) {
    vhm_host_incident (vm->host, vm->name,
                       "told to migrate, but its restart still needs smart "
                       "paging");
    return;
  }
  if (!m->rounds)
    need_sender (vm);
  g_array_set_size (m->rounds, 0);
  m->is_on = true;
  m->is_stopped = false;
  m->began_ns = vhm_host_now_ns (vm->host);
  vhm_guest_begin_dirty_log (vm->guest, config_of (vm)->fault_ns);
  uint64_t pages = vhm_guest_n_in_memory (vm->guest);
  vhm_host_incident (vm->host, vm->name,
                     "migration to another host begins, with %" G_GUINT64_FORMAT
                     " MiB",
                     vhm_pages_to_bytes (pages) / VHM_MIB);
  begin_round (vm, pages);
}

void
vhm_migration_clear (struct vm *vm)
{
  g_clear_pointer (&vm->migration.rounds, g_array_unref);
}
