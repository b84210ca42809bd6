/* The guest's system touching frames of its own, which a host that swaps takes
 * like any other: whoever enters the system then waits for it.
 *
 * Each entry (a page fault, the end of a transfer or an operation) runs two
 * clocks on, by the mean number of touches of hot frames and of others,
 *
 *   w x touches,  (1 - w) x touches,    w: part of the touches that hot frames
 *                                       get; that of page faults is another
 *
 * On its clock a frame is touched as a Poisson process of its own, of rate 1 /
 * (frames of its kind), so frames need not know of each other. Of n away of N, the
 * next touch comes after Exp (n / N), at any of them with the same chance; hot ones
 * first. Of those there nobody knows until a host that takes victims in turn asks:
 * then it was touched since it was last asked for with chance
 * 1 - exp (-touches since / N).
 *
 * Invariant: a frame is listed as away exactly if it is not in memory for
 * everybody (not backed, on its way, or read ahead and untouched). Cost: an
 * addition an entry while nothing is away; else two draws a touch of what is
 * away; 4 to 12 bytes a frame of the system, a search among them when one of the
 * guest's frames comes or goes while some are away.
 * Each touch counts as a write. Left out: which frames belong to which code path; entries of an allocation that
 * fills many pages at once; other interrupts.
 * Source: VSwapper (ASPLOS 2014), 3 (guest kernel pages are taken); how many and
 * how unevenly: assumed.
 */
#include "guest.h"

#include <vhm/base/require.h>

#include <math.h>

static bool
is_away (const vhm_guest *g, uint32_t gfn)
{
  if (vhm_backing_is_all_there (&g->backing))
    return false;
  return g->mfn[gfn] == VHM_NO_FRAME || vhm_backing_is_ahead (&g->backing, gfn)
         || g->backing.state[gfn]
                & (FRAME_WRITING | FRAME_READING | FRAME_READY);
}

static void
list_frames (const vhm_guest *g, struct kernel_frames *k)
{
  GArray *gfns = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++)
    if (g->os->frame_use (g->os_state, gfn).kind == VHM_FRAME_KERNEL)
      g_array_append_val (gfns, gfn);
  k->n = gfns->len;
  k->gfns = (uint32_t *) (void *) g_array_free (gfns, FALSE);
}

static void
add_away (struct kernel_frames *k, uint32_t i)
{
  if (k->place[i] != NO_GFN)
    return;
  bool is_hot = i < k->n_hot;
  k->place[i] = k->n_away[is_hot];
  k->away[is_hot][k->n_away[is_hot]++] = i;
}

void
vhm_kernel_init (vhm_guest *g)
{
  if (g->backing.swap)
    vhm_kernel_list (g);
}

void
vhm_kernel_list (vhm_guest *g)
{
  struct kernel_frames *k = &g->backing.kernel;
  const struct vhm_kernel_touches *how = &g->config.kernel;
  if (k->gfns || how->touches <= 0)
    return;
  list_frames (g, k);
  k->n_hot = (uint32_t) vhm_scale_ppm (k->n, how->hot_ppm);
  k->place = g_new (uint32_t, k->n);
  for (uint32_t i = 0; i < k->n; i++)
    k->place[i] = UINT32_MAX;
  k->away[1] = g_new (uint32_t, k->n_hot);
  k->away[0] = g_new (uint32_t, k->n - k->n_hot);
  if (g->backing.lists)
    k->seen = g_new0 (double, k->n);
  k->rng = vhm_guest_stream (g, "kernel");
  for (uint32_t i = 0; i < k->n; i++)
    if (is_away (g, k->gfns[i]))
      add_away (k, i);
}

void
vhm_kernel_clear (struct kernel_frames *k)
{
  g_free (k->gfns);
  g_free (k->place);
  g_free (k->away[0]);
  g_free (k->away[1]);
  g_free (k->seen);
}

/* NO_GFN: it is none of the system's. */
static uint32_t
find (const struct kernel_frames *k, uint32_t gfn)
{
  uint32_t low = 0, high = k->n;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (k->gfns[middle] < gfn)
      low = middle + 1;
    else
      high = middle;
  }
  return low < k->n && k->gfns[low] == gfn ? low : NO_GFN;
}

void
vhm_kernel_went (struct kernel_frames *k, uint32_t gfn)
{
  uint32_t i = find (k, gfn);
  if (i != NO_GFN)
    add_away (k, i);
}

void
vhm_kernel_came (struct kernel_frames *k, uint32_t gfn)
{
  if (k->n_away[0] + k->n_away[1] == 0)
    return;
  uint32_t i = find (k, gfn);
  if (i == NO_GFN || k->place[i] == NO_GFN)
    return;
  bool is_hot = i < k->n_hot;
  uint32_t last = k->away[is_hot][--k->n_away[is_hot]];
  k->away[is_hot][k->place[i]] = last;
  k->place[last] = k->place[i];
  k->place[i] = NO_GFN;
}

/* Where all frames are of one kind that kind gets all touches. */
struct kernel_visit
vhm_kernel_enter (vhm_guest *g, bool by_fault)
{
  const struct vhm_kernel_touches *how = &g->config.kernel;
  struct kernel_frames *k = &g->backing.kernel;
  double part
      = (double) (by_fault ? how->fault_hot_touches_ppm : how->hot_touches_ppm)
        / VHM_PPM;
  if (k->n_hot == 0 || k->n_hot == k->n)
    part = k->n_hot == 0 ? 0 : 1;
  const struct kernel_visit visit
      = { { how->touches * (1 - part), how->touches * part } };
  k->clock[0] += visit.touches[0];
  k->clock[1] += visit.touches[1];
  return visit;
}

static uint32_t
n_of_kind (const struct kernel_frames *k, bool is_hot)
{
  return is_hot ? k->n_hot : k->n - k->n_hot;
}

/* Draws which of the frames away, hot or not, is touched next; false: none in
 * what is left. */
static bool
next_away (struct kernel_frames *k, bool is_hot, double *left,
           uint32_t *ret_gfn)
{
  uint32_t n_away = k->n_away[is_hot];
  double wait = n_away == 0 ? INFINITY
                            : vhm_rng_exp (&k->rng) * n_of_kind (k, is_hot)
                                  / (double) n_away;
  if (wait >= *left) {
    *left = 0;
    return false;
  }
  *left -= wait;
  *ret_gfn = k->gfns[k->away[is_hot][vhm_rng_below (&k->rng, n_away)]];
  return true;
}

bool
vhm_kernel_touch (vhm_guest *g, vhm_process *process, struct kernel_visit *left,
                  uint32_t *ret_gfn)
{
  struct kernel_frames *k = &g->backing.kernel;
  for (int kind = 1; kind >= 0; kind--)
    while (left->touches[kind] > 0
           && next_away (k, kind, &left->touches[kind], ret_gfn)) {
      if (vhm_backing_touch (g, *ret_gfn, process, true))
        continue;
      g->backing.count.kernel_faults++;
      return true;
    }
  return false;
}

bool
vhm_kernel_was_touched (vhm_guest *g, uint32_t gfn)
{
  struct kernel_frames *k = &g->backing.kernel;
  uint32_t i = find (k, gfn);
  if (i == NO_GFN)
    return false;
  bool is_hot = i < k->n_hot;
  double since = k->clock[is_hot] - k->seen[i];
  k->seen[i] = k->clock[is_hot];
  double never = exp (-since / n_of_kind (k, is_hot));
  return vhm_rng_uniform (&k->rng) >= never;
}

const char *
vhm_kernel_audit (const vhm_guest *g)
{
  const struct kernel_frames *k = &g->backing.kernel;
  uint32_t n_away[2] = { 0, 0 };
  for (uint32_t i = 0; i < k->n; i++) {
    uint32_t gfn = k->gfns[i], place = k->place[i];
    bool is_hot = i < k->n_hot;
    if (g->os->frame_use (g->os_state, gfn).kind != VHM_FRAME_KERNEL)
      return "the system has given up one of its own frames";
    if (is_away (g, gfn) != (place != NO_GFN))
      return "a frame of the system is away and not listed so, or listed and "
             "there";
    if (place == NO_GFN)
      continue;
    n_away[is_hot]++;
    if (place >= k->n_away[is_hot] || k->away[is_hot][place] != i)
      return "a frame of the system that is away does not know its place";
  }
  if (n_away[0] != k->n_away[0] || n_away[1] != k->n_away[1])
    return "frames of the system that are away are miscounted";
  return NULL;
}

uint64_t
vhm_kernel_bytes (const struct kernel_frames *k)
{
  uint64_t a_frame = sizeof *k->gfns + sizeof *k->place + sizeof **k->away;
  return k->n * (a_frame + (k->seen ? sizeof *k->seen : 0));
}
