/* What the operating system and the host tell a process of its pages: mapped,
 * taken away, hidden while their frames are gone, shown again, write-protected.
 *
 * Invariant: after each of these the next trap is drawn afresh, and sweeps
 * stop before a page that traps. Cost: O(1) a page.
 */
#include "process.h"

static bool
needs_guard (const vhm_process *p, uint32_t page, uint32_t gfn)
{
  bool must = vhm_share_is_shared (p->guest, gfn)
              || vhm_backing_keeps_slot (&p->guest->backing, gfn);
  return must || vhm_share_watches (p, page) || vhm_dirty_wants (p->guest, gfn);
}

void
vhm_process_guard (vhm_process *p, uint32_t page, uint32_t gfn)
{
  if (!needs_guard (p, page, gfn) || vhm_refs_traps (p->refs, page)
      || vhm_refs_is_protected (p->refs, page))
    return;
  vhm_refs_protect (p->refs, page);
  p->trap_stale = true;
  vhm_sweeps_stop_before (p, page);
}

void
vhm_process_unguard (vhm_process *p, uint32_t page, uint32_t gfn)
{
  if (needs_guard (p, page, gfn))
    return;
  vhm_refs_unprotect (p->refs, page, false);
  p->trap_stale = true;
}

void
vhm_process_wrote (vhm_process *p, uint32_t page)
{
  vhm_share_rewritten (p, page);
  if (!vhm_refs_is_protected (p->refs, page))
    return;
  vhm_refs_unprotect (p->refs, page, true);
  p->trap_stale = true;
}

/* What the page holds, after the system has mapped it. The write that fills it
 * does not count; one for which it had to be read from the disk does. */
static void
note_arrival (vhm_process *p, uint32_t page, enum vhm_arrival arrival)
{
  p->content.arrival = arrival;
  if (arrival == VHM_ARRIVAL_ZEROED)
    vhm_share_filled (p, page);
  else if (arrival == VHM_ARRIVAL_READ && vhm_refs_is_dirty (p->refs, page))
    vhm_share_rewritten (p, page);
}

void
vhm_process_page_mapped (vhm_process *p, uint32_t page, uint32_t gfn,
                         enum vhm_arrival arrival)
{
  vhm_translation_page_mapped (p, page);
  note_arrival (p, page, arrival);
  if (arrival != VHM_ARRIVAL_KEPT)
    vhm_dirty_mark (p->guest, gfn);
  if (vhm_backing_arrive (p->guest, gfn, p, arrival)) {
    vhm_translation_frame_there (p, gfn);
    vhm_process_guard (p, page, gfn);
    return;
  }
  vhm_refs_hide (p->refs, page);
  const struct unbacked u = { .page = page, .gfn = gfn };
  g_array_append_val (p->unbacked, u);
}

void
vhm_process_hide (vhm_process *p, uint32_t page)
{
  vhm_translation_page_hidden (p, page);
  vhm_refs_hide (p->refs, page);
  p->trap_stale = true;
  vhm_sweeps_stop_before (p, page);
}

void
vhm_process_show (vhm_process *p, uint32_t page, uint32_t gfn, bool write,
                  bool accessed)
{
  vhm_refs_show (p->refs, page, write, accessed);
  vhm_translation_frame_there (p, gfn);
  p->trap_stale = true;
  if (write) {
    vhm_dirty_mark (p->guest, gfn);
    vhm_share_rewritten (p, page);
    vhm_backing_wrote (p->guest, gfn);
  }
  vhm_process_guard (p, page, gfn);
}

void
vhm_process_page_lost (vhm_process *p, uint32_t page)
{
  vhm_translation_page_lost (p, page);
  p->trap_stale = true;
  vhm_sweeps_stop_before (p, page);
}
