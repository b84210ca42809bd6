/* Sampled activity: which part of a guest's frames has been touched.
 *
 * A hypervisor that knows nothing of the guest draws frames at random, makes
 * them trap and counts those that do. Here a frame is drawn from all the guest
 * holds. It belongs to a working set with chance working set / held; then it is
 * one of the mapped pages, each as likely, and the reference stream is asked when
 * that was accessed last: after the period began, or not. That is the same
 * number in distribution, without traps.
 *
 * Frames of no working set count as untouched. A page's last access is known in
 * references of its process, so a walk by a helper thread while all others stand
 * still counts from the next reference on.
 *
 * Cost: for each frame drawn, about virtual over held pages to find it, and one
 * look. Left out: the traps, at most n a period (less than a millisecond), and
 * touches of the system's own pools. Source: Waldspurger 2002, 5.3.
 */
#include "guest.h"

#include <vhm/base/require.h>

void
vhm_guest_begin_sampling (vhm_guest *g)
{
  vhm_guest_begin (g);
  for (guint i = 0; i < g->processes->len; i++) {
    vhm_process *p = g->processes->pdata[i];
    p->sampled_from = vhm_refs_clock (p->refs);
  }
  vhm_guest_end (g);
}

static uint64_t
n_virtual_pages (const vhm_guest *g)
{
  uint64_t n = 0;
  for (guint i = 0; i < g->processes->len; i++)
    n += vhm_refs_n_pages (
        ((const vhm_process *) g->processes->pdata[i])->refs);
  return n;
}

/* A mapped page of n_virtual, of which one is mapped at least; its process. */
static const vhm_process *
draw_mapped (vhm_guest *g, uint64_t n_virtual, uint32_t *ret_page)
{
  for (;;) {
    uint64_t k = vhm_rng_below (&g->sampling, n_virtual);
    guint i = 0;
    const vhm_process *p = g->processes->pdata[0];
    while (k >= vhm_refs_n_pages (p->refs)) {
      k -= vhm_refs_n_pages (p->refs);
      p = g->processes->pdata[++i];
    }
    *ret_page = (uint32_t) k;
    if (vhm_refs_is_mapped (p->refs, *ret_page))
      return p;
  }
}

uint32_t
vhm_guest_sample_touched (vhm_guest *g, uint32_t n)
{
  VHM_REQUIRE (g->running);
  vhm_guest_begin (g);
  struct vhm_guest_counters counters = vhm_guest_counters (g);
  uint64_t held = vhm_guest_held_pages (g), n_virtual = n_virtual_pages (g);
  uint32_t touched = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (vhm_rng_below (&g->sampling, held) >= counters.working_set_pages)
      continue;
    uint32_t page;
    const vhm_process *p = draw_mapped (g, n_virtual, &page);
    touched += vhm_refs_look (p->refs, page) > p->sampled_from;
  }
  vhm_guest_end (g);
  return touched;
}
