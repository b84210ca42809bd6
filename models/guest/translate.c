/* How a process's references become accesses to the translation structures,
 * and what they cost becomes time.
 *
 * The virtual processors of all guests stand on the logical ones in a fixed
 * order, and a process on the virtual processor of its number. A reference is
 * one access: the page is its virtual page number, the frame the guest
 * system's answer, the host's page size that of the block the frame lies in,
 * the cache line drawn uniformly. A virtual block that the guest maps large
 * lies in the block of its first page's frame; it is mapped with small pages
 * while any of its pages is not in memory.
 *
 * In every-reference mode accesses go through the structures in turns
 * (vhm/model/turns.h), with the guest's invalidations at their places between
 * them, and the exposed cycles are owed by the process like other work of the
 * kernel. References that wait for their turn pay in advance what those of the
 * last turn cost, so that the time of a turn is not owed at once; the
 * difference is settled after it. What waits takes 12 bytes an access and 8 an
 * invalidation, of which there are VHM_MOST_IN_TURN at most (with more of them
 * the turn comes early). In next-fault mode a measured part of all cycles its
 * threads work is exposed (exposure.c); whole cycles move from compute to the
 * accounts and the rest is carried on, so the ledger stays exact.
 *
 * The exposed cycles of a run are divided among L2 TLB, guest and host walk in
 * proportion to their latencies. Changes of the guest's table cost: a page
 * unmapped one invalidation, and once for all pages unmapped at one time a
 * shootdown on the other virtual processors that run the process; with shadow
 * tables an exit for each page unmapped and a synchronization for each page
 * mapped, which covers what the host's table lacks. With SLAT and a host that
 * maps at first touch, a page mapped in a frame without an entry costs one
 * violation (entries.c). Left out: threads of one process on different logical
 * processors (one stands for all).
 */
#include "translate.h"

#include "guest.h"

#include <vhm/base/require.h>
#include <vhm/model/exposure.h>

#include <math.h>
#include <string.h>

const enum vhm_account vhm_exposed_account[VHM_N_EXPOSED] = {
  [VHM_EXPOSED_L2_TLB] = VHM_ACCOUNT_L2_TLB,
  [VHM_EXPOSED_GUEST_WALK] = VHM_ACCOUNT_GUEST_WALK,
  [VHM_EXPOSED_HOST_WALK] = VHM_ACCOUNT_HOST_WALK,
  [VHM_EXPOSED_VM_SWITCH] = VHM_ACCOUNT_VM_SWITCH,
};

/* Windows and Linux servers of the time use four levels, as do EPT and NPT. */
#define LEVELS 4

struct vhm_translation *
vhm_translation_new (const vhm_process *p)
{
  const vhm_guest *g = p->guest;
  if (!g->around.processors)
    return NULL;
  const struct vhm_processors_config *host
      = vhm_processors_config (g->around.processors);
  struct vhm_translation *t = g_new0 (struct vhm_translation, 1);
  t->processors = g->around.processors;
  t->cpu = host->cpu;
  t->space = (struct vhm_space){
    .paging = host->paging,
    .vpid = (uint16_t) (g->owner - VHM_OWNER_FIRST_GUEST + 1),
    .pcid = (uint16_t) (p->number + 1),
    .guest_levels = LEVELS,
    .host_levels = LEVELS,
    .table_backing = host->backing,
  };
  t->on = (g->config.first_vp + p->number % g->config.n_vps) % host->n_cpus;
  return t;
}

static void run_turn (struct vhm_turns_member *member, uint32_t n);

void
vhm_translation_start (vhm_process *p)
{
  struct vhm_translation *t = p->translation;
  t->pace = (struct vhm_pace){
    .cycles = p->how.cycles_per_reference,
    .instructions
    = fmax (1, p->how.cycles_per_reference * t->cpu->instructions_per_cyc),
  };
  unsigned shift = vhm_page_size_shift (p->guest->config.page_size);
  if (shift > 0)
    t->in_block = g_new0 (uint32_t, (vhm_refs_n_pages (p->refs) >> shift) + 1);
  if (!vhm_refs_is_every (p->refs))
    return;
  const struct vhm_reference *none;
  vhm_refs_take (p->refs, &none); /* recording begins */
  t->member.run = run_turn;
  vhm_turns_join (vhm_processors_turns (t->processors, t->on), &t->member);
  t->waiting_room = t->forgotten_room = SLICE;
  t->waiting = g_new (struct vhm_access, SLICE);
  t->forgotten = g_new (struct forgotten, SLICE);
}

void
vhm_translation_sweep (vhm_process *p, const struct sweep *s)
{
  struct vhm_translation *t = p->translation;
  t->has_swept = true;
  t->sweep_from = s->next;
  t->sweep_to = s->end;
  t->sweep_writes = s->write > 0;
  t->sweep_cycles = s->cycles_per_page;
}

static void
wait_no_more (struct vhm_translation *t)
{
  vhm_turns_leave (vhm_processors_turns (t->processors, t->on), &t->member);
  t->member.n = t->from = t->to = t->forgotten_from = t->n_forgotten = 0;
}

void
vhm_translation_stop (vhm_process *p)
{
  if (p->translation)
    wait_no_more (p->translation);
}

void
vhm_translation_free (struct vhm_translation *t)
{
  if (!t)
    return;
  wait_no_more (t);
  g_free (t->waiting);
  g_free (t->forgotten);
  g_free (t->in_block);
  g_free (t);
}

/* --- references to accesses -------------------------------------------------- */

/* Cache line of the page: the upper six bits of a 64-bit congruential sequence
 * (Knuth's MMIX multiplier). */
static uint8_t
draw_line (struct vhm_translation *t)
{
  t->lines = t->lines * UINT64_C (6364136223846793005)
             + UINT64_C (1442695040888963407);
  return (uint8_t) (t->lines >> 58);
}

/* Whether the guest maps this block of its virtual memory large: spread evenly
 * over its blocks. */
static bool
is_mapped_large (const vhm_guest *g, uint64_t block)
{
  uint64_t ppm = g->config.page_size_ppm;
  return (block + 1) * ppm / VHM_PPM > block * ppm / VHM_PPM;
}

static void
map_large (const vhm_process *p, const struct vhm_processors_config *host,
           struct vhm_access *a)
{
  const vhm_guest *g = p->guest;
  unsigned shift = vhm_page_size_shift (g->config.page_size);
  uint32_t block = a->vpn >> shift, inside = (UINT32_C (1) << shift) - 1;
  const struct vhm_reference first
      = { .page = (block << shift) & VHM_REFERENCE_PAGES };
  if (!is_mapped_large (g, block) || p->translation->in_block[block] <= inside)
    return;
  uint32_t gfn;
  g->os->frames (g->os_state, p, 1, &first, &gfn);
  a->gfn = (gfn & ~inside) | (a->vpn & inside);
  a->guest_size = (uint8_t) g->config.page_size;
  a->host_size
      = (uint8_t) vhm_blocks_size (&g->blocks, gfn & ~inside, host->backing);
}

void
vhm_translation_accesses (const vhm_process *p,
                          const struct vhm_processors_config *host, size_t n,
                          const struct vhm_reference *references,
                          struct vhm_access *ret)
{
  const vhm_guest *g = p->guest;
  uint32_t gfns[SLICE];
  VHM_REQUIRE (n <= SLICE);
  g->os->frames (g->os_state, p, n, references, gfns);
  uint32_t highest = 0;
  for (size_t i = 0; i < n; i++)
    highest = MAX (highest, gfns[i]);
  VHM_REQUIRE (highest < g->n_visible);
  for (size_t i = 0; i < n; i++) {
    ret[i] = (struct vhm_access){
      .vpn = references[i].page,
      .gfn = gfns[i],
      .guest_size = VHM_PAGE_4K,
      .host_size
      = (uint8_t) vhm_blocks_size (&g->blocks, gfns[i], host->backing),
      .kind = references[i].write ? VHM_ACCESS_STORE : VHM_ACCESS_LOAD,
      .line = draw_line (p->translation),
    };
    if (g->config.page_size != VHM_PAGE_4K)
      map_large (p, host, &ret[i]);
  }
}

/* --- costs to time ------------------------------------------------------------- */

void
vhm_translation_exposed (const struct vhm_cost *c, double switch_cyc,
                         double ret_cyc[VHM_N_EXPOSED])
{
  double latency = c->l2_tlb_cyc + c->guest_cyc + c->host_cyc;
  double part = latency > 0 ? c->exposed_cyc / latency : 0;
  ret_cyc[VHM_EXPOSED_L2_TLB] = c->l2_tlb_cyc * part;
  ret_cyc[VHM_EXPOSED_GUEST_WALK] = c->guest_cyc * part;
  ret_cyc[VHM_EXPOSED_HOST_WALK] = c->host_cyc * part;
  ret_cyc[VHM_EXPOSED_VM_SWITCH] = switch_cyc;
}

double
vhm_translation_switch_cyc (const vhm_processors *processors)
{
  const struct vhm_processors_config *host = vhm_processors_config (processors);
  bool is_virtual = host->paging != VHM_PAGING_NATIVE;
  return is_virtual ? host->cpu->vm_switch_cyc : 0;
}

/* Whole cycles of what has come together; a short run may give back a little of
 * the one before. */
static uint64_t
whole (double *carry_cyc, double cyc)
{
  *carry_cyc += cyc;
  if (*carry_cyc < 1)
    return 0;
  uint64_t n = (uint64_t) *carry_cyc;
  *carry_cyc -= (double) n;
  return n;
}

void
vhm_translation_split (struct vhm_walker_cost *c, double references,
                       uint64_t cyc, struct vhm_ledger *ledger)
{
  for (int e = 0; e < VHM_N_EXPOSED; e++) {
    uint64_t due = whole (&c->carry_cyc[e], c->exposure.cyc[e] * references);
    /* carried parts may fall due together in a stretch of a few cycles */
    uint64_t part = MIN (due, cyc);
    c->carry_cyc[e] += (double) (due - part);
    cyc -= part;
    ledger->cyc[vhm_exposed_account[e]] += part;
    ledger->cyc[VHM_ACCOUNT_COMPUTE] -= part;
  }
}

void
vhm_translation_split_all (struct vhm_walker_cost *c, struct vhm_ledger *ledger)
{
  vhm_translation_split (c, c->unsplit_references, c->unsplit_cyc, ledger);
  c->unsplit_references = 0;
  c->unsplit_cyc = 0;
}

static void
charge (vhm_process *p, enum vhm_account account, double cyc)
{
  if (cyc > 0)
    vhm_process_charge (p, account, (uint64_t) llround (cyc));
}

static double
upkeep_cyc (const struct vhm_cpu_config *cpu, const struct table_changes *c)
{
  return c->gained * cpu->shadow_sync_cyc + c->lost * cpu->vm_exit_cyc;
}

double
vhm_process_shadow_upkeep_cyc (const vhm_process *p)
{
  const struct vhm_translation *t = p->translation;
  if (!t || !(p->n_references > 0))
    return 0;
  return (upkeep_cyc (t->cpu, &t->ever) + upkeep_cyc (t->cpu, &t->since))
         / p->n_references;
}

void
vhm_translation_charge (vhm_process *p)
{
  struct vhm_translation *t = p->translation;
  if (!t || (t->since.gained <= 0 && t->since.lost <= 0))
    return;
  const struct vhm_cpu_config *cpu = t->cpu;
  uint32_t n_busy = MIN (p->how.n_threads, p->guest->config.n_vps);
  uint32_t n_others = n_busy > 1 ? n_busy - 1 : 0;
  if (t->since.lost > 0) {
    double cyc = t->since.lost * cpu->invalidate_page_cyc;
    if (n_others > 0) {
      cyc += cpu->shootdown_cyc + n_others * cpu->shootdown_per_cpu_cyc;
      vhm_overheads_note (p->guest, VHM_OVERHEAD_FLUSH, 1);
      vhm_overheads_note (p->guest, VHM_OVERHEAD_FLUSHED, n_others);
    }
    charge (p, VHM_ACCOUNT_GUEST_FAULT, cyc);
  }
  if (t->space.paging == VHM_PAGING_SHADOW)
    charge (p, VHM_ACCOUNT_SHADOW, upkeep_cyc (cpu, &t->since));
  charge (p, VHM_ACCOUNT_HOST_FAULT, t->n_violations * cpu->slat_violation_cyc);
  t->ever.gained += t->since.gained;
  t->ever.lost += t->since.lost;
  t->since = (struct table_changes){ 0 };
  t->n_violations = 0;
}

/* --- every reference -------------------------------------------------------------- */

uint32_t
vhm_translation_turn (const struct vhm_translation *t,
                      const struct vhm_pace *pace, double exposed_cyc)
{
  return vhm_processors_turn_length (t->processors, pace->cycles + exposed_cyc);
}

static double
sum_of (const double cyc[VHM_N_EXPOSED])
{
  double sum = 0;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    sum += cyc[e];
  return sum;
}

/* So many of those that wait were run, for so many cycles; at what was prepaid
 * for all that waited. */
static void
note_cost (struct vhm_translation *t, uint32_t n,
           const double cyc[VHM_N_EXPOSED])
{
  double part = (double) n / t->member.n, news = fmin (1, (double) n / SLICE);
  for (int e = 0; e < VHM_N_EXPOSED; e++) {
    double prepaid = t->prepaid_cyc[e] * part;
    t->prepaid_cyc[e] -= prepaid;
    t->due_cyc[e] += cyc[e] - prepaid;
    t->mean_cyc[e] += news * (cyc[e] / n - t->mean_cyc[e]);
  }
}

/* Up to place `to` of those that wait. */
static void
run_up_to (struct vhm_translation *t, uint32_t to, struct vhm_cost *cost,
           bool *switched)
{
  if (to > t->from)
    *switched |= vhm_processors_run (t->processors, t->on, &t->space, &t->pace,
                                     t->waiting + t->from, to - t->from, cost);
  t->from = to;
}

static void
run_turn (struct vhm_turns_member *member, uint32_t n)
{
  struct vhm_translation *t
      = (struct vhm_translation *) (void *) ((char *) member
                                             - offsetof (struct vhm_translation,
                                                         member));
  struct vhm_cost cost = { 0 };
  bool switched = false;
  double cyc[VHM_N_EXPOSED];
  uint32_t end = t->from + n;
  for (; t->forgotten_from < t->n_forgotten; t->forgotten_from++) {
    const struct forgotten *f = &t->forgotten[t->forgotten_from];
    if (f->at > end)
      break;
    run_up_to (t, f->at, &cost, &switched);
    vhm_processors_invalidate (t->processors, &t->space, f->page);
  }
  run_up_to (t, end, &cost, &switched);
  vhm_translation_exposed (
      &cost, switched ? vhm_translation_switch_cyc (t->processors) : 0, cyc);
  if (n > 0)
    note_cost (t, n, cyc);
  member->n -= n;
}

/* Those that have run make room. */
static void
close_up (struct vhm_translation *t)
{
  memmove (t->waiting, t->waiting + t->from,
           (t->to - t->from) * sizeof t->waiting[0]);
  t->n_forgotten -= t->forgotten_from;
  memmove (t->forgotten, t->forgotten + t->forgotten_from,
           t->n_forgotten * sizeof t->forgotten[0]);
  for (uint32_t i = 0; i < t->n_forgotten; i++)
    t->forgotten[i].at -= t->from;
  t->to -= t->from;
  t->from = t->forgotten_from = 0;
}

static void
add_waiting (vhm_process *p, uint32_t n, const struct vhm_reference *references)
{
  struct vhm_translation *t = p->translation;
  if (t->to + n > t->waiting_room)
    close_up (t);
  if (t->to + n > t->waiting_room) {
    t->waiting_room = MAX (2 * t->waiting_room, t->to + n);
    t->waiting = g_renew (struct vhm_access, t->waiting, t->waiting_room);
  }
  vhm_translation_accesses (p, vhm_processors_config (t->processors), n,
                            references, t->waiting + t->to);
  t->to += n;
  t->member.n += n;
  for (int e = 0; e < VHM_N_EXPOSED; e++) {
    t->prepaid_cyc[e] += t->mean_cyc[e] * n;
    t->due_cyc[e] += t->mean_cyc[e] * n;
  }
}

/* Whole cycles of what is due. */
static void
charge_due (vhm_process *p)
{
  struct vhm_translation *t = p->translation;
  for (int e = 0; e < VHM_N_EXPOSED; e++) {
    uint64_t part = whole (&t->due_cyc[e], 0);
    if (part > 0)
      vhm_process_charge (p, vhm_exposed_account[e], part);
  }
}

void
vhm_translation_take (vhm_process *p)
{
  struct vhm_translation *t = p->translation;
  const struct vhm_reference *issued;
  size_t n = vhm_refs_take (p->refs, &issued);
  while (n > 0) {
    uint32_t k = (uint32_t) MIN (n, SLICE);
    add_waiting (p, k, issued);
    issued += k;
    n -= k;
    t->member.turn = vhm_translation_turn (t, &t->pace, sum_of (t->mean_cyc));
    vhm_turns_go_on (vhm_processors_turns (t->processors, t->on));
  }
  charge_due (p);
}

static void
forget (vhm_process *p, uint32_t page)
{
  struct vhm_translation *t = p->translation;
  if (t->n_forgotten == t->forgotten_room && t->forgotten_from > 0)
    close_up (t);
  if (t->n_forgotten == VHM_MOST_IN_TURN) /* all that waits, before its time */
    run_turn (&t->member, t->member.n);
  if (t->n_forgotten == t->forgotten_room) {
    t->forgotten_room *= 2;
    t->forgotten = g_renew (struct forgotten, t->forgotten, t->forgotten_room);
  }
  t->forgotten[t->n_forgotten++]
      = (struct forgotten){ .at = t->to, .page = page };
}

/* --- pages that come and go, and what others ask --------------------------------- */

/* Part of an entry of the guest's table that a page is. */
static double
entry_of (const vhm_process *p, uint32_t page, int change)
{
  const vhm_guest *g = p->guest;
  unsigned shift = vhm_page_size_shift (g->config.page_size);
  if (shift == 0)
    return 1;
  uint32_t block = page >> shift;
  p->translation->in_block[block] += (uint32_t) change;
  return is_mapped_large (g, block) ? ldexp (1, -(int) shift) : 1;
}

void
vhm_translation_page_mapped (vhm_process *p, uint32_t page)
{
  struct vhm_translation *t = p->translation;
  if (!t)
    return;
  t->n_mapped_now++;
  t->since.gained += entry_of (p, page, 1);
}

void
vhm_translation_frame_there (vhm_process *p, uint32_t gfn)
{
  struct vhm_translation *t = p->translation;
  if (!t)
    return;
  if (vhm_entries_has (&p->guest->entries, gfn))
    return;
  vhm_entries_violated (&p->guest->entries, &p->guest->blocks, gfn);
  t->n_violations++;
}

void
vhm_translation_page_lost (vhm_process *p, uint32_t page)
{
  struct vhm_translation *t = p->translation;
  if (!t)
    return;
  if (t->waiting)
    vhm_translation_take (p); /* while the page still has its frame */
  t->n_mapped_now--;
  t->since.lost += entry_of (p, page, -1);
  if (t->waiting)
    forget (p, page);
}

void
vhm_translation_page_hidden (vhm_process *p, uint32_t page)
{
  struct vhm_translation *t = p->translation;
  if (!t)
    return;
  if (t->waiting)
    vhm_translation_take (p);
  t->since.lost += entry_of (p, page, 0);
  if (t->waiting)
    forget (p, page);
}

/* The hypervisor has put another machine frame under it. */
void
vhm_translation_page_moved (vhm_process *p, uint32_t page)
{
  struct vhm_translation *t = p->translation;
  if (!t || !t->waiting)
    return;
  vhm_translation_take (p);
  forget (p, page);
}

static bool
has_entry (const vhm_process *p, uint32_t page)
{
  const vhm_guest *g = p->guest;
  const struct vhm_reference r = { .page = page & VHM_REFERENCE_PAGES };
  uint32_t gfn;
  g->os->frames (g->os_state, p, 1, &r, &gfn);
  return vhm_entries_has (&g->entries, gfn);
}

const char *
vhm_translation_audit (const vhm_process *p)
{
  const struct vhm_translation *t = p->translation;
  uint32_t n = 0;
  for (uint32_t i = 0; t && i < vhm_refs_n_pages (p->refs); i++) {
    if (!vhm_refs_is_mapped (p->refs, i))
      continue;
    n++;
    if (p->guest->entries.has && !vhm_refs_traps (p->refs, i)
        && !has_entry (p, i))
      return "a mapped page's frame has no entry in the host's table";
  }
  return !t || n == t->n_mapped_now ? NULL
                                    : "a process's mapped pages are miscounted";
}

struct vhm_exposure
vhm_process_exposure (const vhm_process *p)
{
  return p->translation ? p->translation->cost[VHM_WALKER_THREADS].exposure
                        : (struct vhm_exposure){ 0 };
}

uint64_t
vhm_process_n_measurements (const vhm_process *p)
{
  return p->translation ? p->translation->n_measurements : 0;
}

uint64_t
vhm_process_n_measured (const vhm_process *p)
{
  return p->translation ? p->translation->n_measured : 0;
}

uint64_t
vhm_process_measured_cyc (const vhm_process *p)
{
  return p->translation ? p->translation->measured_cyc : 0;
}

bool
vhm_process_is_precise (const vhm_process *p)
{
  return p->translation && p->translation->is_precise;
}
