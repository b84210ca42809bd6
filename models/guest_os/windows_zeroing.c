/* Zeroing of memory at boot: all free frames are overwritten in the background.
 *
 * What matters here is that the system touches all of its memory, also what no
 * program ever uses. A host that gives memory at touch has given all after
 *
 *   visible memory / rate
 *
 * from boot. Frames of the nonpaged pool are written as well, and those that are
 * hot-added. Each frame is looked at once; where the host has none to give, it
 * goes on from there at the next period.
 *
 * Invariant: zeroed_to + n_to_zero = n_frames. Cost: O(frames looked at), none
 * when it is done. Left out: processor time, as the thread has the lowest
 * priority; zeroing of what becomes free later, which is in machine memory
 * already, but for what comes out of a balloon: the source tells of boot alone.
 * Source: Waldspurger 2002, 5.4.
 */
#include "windows.h"

#include <vhm/base/require.h>

static bool
zero (struct windows *w, uint32_t gfn)
{
  uint32_t owner = w->frames[gfn].owner;
  return (owner != FRAME_FREE && owner != FRAME_KERNEL)
         || vhm_guest_zero_frame (w->guest, gfn);
}

void
windows_zero (struct windows *w)
{
  VHM_ASSERT (w->zeroed_to + w->n_to_zero == w->n_frames);
  uint64_t bytes
      = (uint64_t) ((unsigned __int128) w->config->zeroing_bytes_per_s
                    * w->config->ageing_ns / VHM_NS_PER_S);
  uint64_t most = vhm_bytes_to_pages (bytes);
  for (; most > 0 && w->n_to_zero > 0; most--) {
    if (!zero (w, w->zeroed_to))
      return;
    w->zeroed_to++;
    w->n_to_zero--;
  }
}
