/* A pass of a measurement: the references of a turn of each part that takes
 * part in it, through the structures of the processor its process stands on.
 *
 * References that would trap take place after the fault, which is paid for
 * otherwise. A turn is as long as in every-reference mode, from one switch to the next, so
 * that what a switch costs until the structures are full again weighs as it
 * does there; and it is a batch of the measurement. A sweep is a walk over
 * those pages of the last sweep that are in memory. Cost: O(1) a reference.
 * Entries that the table loses are invalidated as often as since the last
 * measurement. Left out: references to pages that are not in memory where the
 * guest maps large ones.
 */
#include "exposure.h"

#include <vhm/base/require.h>

#include <math.h>

/* Draws that may trap in a row before the process is taken to have next to
 * nothing in memory. */
#define MOST_DRAWS_A_SLICE 16

/* A sweep over what is in memory, again and again. */
static size_t
go_on_sweeping (struct round *r, struct part *part, size_t n)
{
  const struct vhm_translation *t = part->process->translation;
  size_t got = 0;
  for (size_t i = 0; got < n && i < MOST_DRAWS_A_SLICE * n; i++) {
    if (part->next >= t->sweep_to)
      part->next = t->sweep_from;
    if (part->next >= t->sweep_to)
      break; /* the sweep was of nothing */
    if (!vhm_refs_traps (part->process->refs, part->next))
      r->drawn[got++] = (struct vhm_reference){
        .page = part->next & VHM_REFERENCE_PAGES,
        .write = t->sweep_writes,
      };
    part->next++;
  }
  return got;
}

/* A page that is not in memory comes into the frame of the one used longest ago,
 * by a fault that is paid for otherwise; then the reference takes place. Any frame
 * stands for that one: few of its lines and entries are in any cache. Only with
 * small pages, whose frames are anywhere. */
static void
place_absent (struct round *r, struct part *part, size_t n)
{
  const vhm_process *p = part->process;
  const vhm_guest *g = p->guest;
  const struct vhm_processors_config *host
      = vhm_processors_config (r->processors);
  for (size_t k = 0; k < r->n_absent; k++) {
    struct vhm_access *a = &r->accesses[r->absent[k].at];
    VHM_REQUIRE (r->absent[k].at < n);
    part->frames = part->frames * UINT64_C (6364136223846793005)
                   + UINT64_C (1442695040888963407); /* as for lines */
    a->vpn = r->absent[k].page;
    a->gfn = (uint32_t) (((part->frames >> 32) * g->n_visible) >> 32);
    a->guest_size = VHM_PAGE_4K;
    a->host_size
        = (uint8_t) vhm_blocks_size (&g->blocks, a->gfn, host->backing);
  }
}

/* References, up to n: to mapped pages; others are noted, and a mapped one is put
 * in their place. */
static size_t
draw (struct round *r, struct part *part, size_t n)
{
  if (part->walker == VHM_WALKER_SWEEP)
    return go_on_sweeping (r, part, n);
  size_t got = 0;
  bool is_small = part->process->guest->config.page_size == VHM_PAGE_4K;
  for (int i = 0; got < n && i < MOST_DRAWS_A_SLICE; i++) {
    struct vhm_reference *fresh = r->drawn + got;
    size_t asked = vhm_sampler_draw (part->sampler, n - got, fresh);
    for (size_t k = 0; k < asked; k++) {
      struct vhm_reference one = fresh[k];
      if (!vhm_refs_traps (part->process->refs, one.page)) {
        r->drawn[got++] = one; /* at or before fresh[k] */
      } else if (got > 0 && is_small) {
        r->absent[r->n_absent++]
            = (struct absent){ .at = (uint32_t) got, .page = one.page };
        r->drawn[got] = r->drawn[got - 1];
        got++;
      }
    }
  }
  return got;
}

/* n accesses, with the guest's invalidations among them as often as of late. The
 * page itself is in no TLB: it was the one used longest ago. */
static bool
run_accesses (struct round *r, struct part *part, const struct vhm_space *space,
              size_t n, struct vhm_cost *cost)
{
  const vhm_process *p = part->process;
  uint32_t on = p->translation->on, nowhere = vhm_refs_n_pages (p->refs);
  bool switched = false;
  for (size_t done = 0, k; done < n; done += k) {
    double left
        = part->lost_rate > 0 ? (1 - part->lost) / part->lost_rate : (double) n;
    k = (size_t) fmin ((double) (n - done), fmax (1, ceil (left)));
    switched |= vhm_processors_run (r->processors, on, space, &part->pace,
                                    r->accesses + done, k, cost);
    part->lost += (double) k * part->lost_rate;
    for (; part->lost >= 1; part->lost--)
      vhm_processors_invalidate (r->processors, space, nowhere);
  }
  return switched;
}

/* Up to n references go through the structures; returns how many. */
static size_t
run_some (struct round *r, struct part *part, size_t n, struct vhm_cost *cost,
          bool *switched)
{
  struct vhm_translation *t = part->process->translation;
  const struct vhm_processors_config *host
      = vhm_processors_config (r->processors);
  struct vhm_space space = t->space;
  r->n_absent = 0;
  size_t got = draw (r, part, MIN (n, SLICE));
  uint64_t lines = t->lines;
  t->lines = part->lines;
  vhm_translation_accesses (part->process, host, got, r->drawn, r->accesses);
  place_absent (r, part, got);
  part->lines = t->lines;
  t->lines = lines;
  space.paging = host->paging;
  space.table_backing = host->backing;
  *switched |= run_accesses (r, part, &space, got, cost);
  part->n_drawn += got;
  return got;
}

/* A piece of a turn: what it exposes, without the switch. */
static size_t
run_piece (struct round *r, struct part *part, size_t n,
           double ret_cyc[VHM_N_EXPOSED], bool *switched)
{
  struct vhm_cost cost = { 0 };
  size_t done = 0, got = 1;
  while (done < n && got > 0) {
    got = run_some (r, part, n - done, &cost, switched);
    done += got;
  }
  vhm_translation_exposed (&cost, 0, ret_cyc);
  return done;
}

/* If not all of the turn is drawn, the second half of what is stands for the
 * rest. Of n references. */
static size_t
run_turn (struct round *r, struct part *part, double ret_cyc[VHM_N_EXPOSED])
{
  double rest_cyc[VHM_N_EXPOSED];
  bool switched = false;
  size_t n = run_piece (r, part, (part->drawn + 1) / 2, ret_cyc, &switched);
  size_t n_rest = run_piece (r, part, part->drawn - (part->drawn + 1) / 2,
                             rest_cyc, &switched);
  double share = (double) part->drawn / part->turn;
  double weight = n_rest > 0 ? 1
                                   + (1 - share) / share
                                         * ((double) n + (double) n_rest)
                                         / (double) n_rest
                             : 1;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    ret_cyc[e] = (ret_cyc[e] + rest_cyc[e] * weight) * share;
  n += n_rest;
  /* as often as in every-reference mode, however few have been drawn */
  if (switched)
    ret_cyc[VHM_EXPOSED_VM_SWITCH]
        += vhm_translation_switch_cyc (r->processors) * (double) n / part->turn;
  return n;
}

static void
pass_of (struct round *r, struct part *part, bool counts)
{
  double cyc[VHM_N_EXPOSED], sum = 0;
  size_t n = run_turn (r, part, cyc);
  if (n == 0)
    return;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    sum += cyc[e];
  r->pass_references += n;
  if (part->every == 1) {
    r->steady_cyc += sum;
    r->steady_references += n;
  }
  if (!counts)
    return;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    part->sum_cyc[e] += cyc[e];
  part->n_references += n;
  sum /= (double) n;
  g_array_append_val (part->batches, sum);
}

void
vhm_part_run (struct round *r, struct part *part, uint64_t n)
{
  struct vhm_cost cost = { 0 };
  bool switched = false;
  uint64_t done = 0;
  for (size_t got = 1; done < n && got > 0; done += got)
    got = run_some (r, part, (size_t) (n - done), &cost, &switched);
}

void
vhm_round_pass (struct round *r, bool counts)
{
  r->steady_cyc = 0;
  r->steady_references = r->pass_references = 0;
  for (guint k = 0; k < r->parts->len; k++) {
    struct part *part = round_part (r, k);
    if ((r->n_passes + k) % part->every == 0)
      pass_of (r, part, counts);
  }
  r->n_passes++;
}
