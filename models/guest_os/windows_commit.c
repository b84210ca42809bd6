/* Commit charge of a Windows guest, its limit, and how that grows.
 *
 *   limit = visible RAM + page file
 *
 * A request that does not leave a few pages below it is refused. When the charge
 * has stayed at or above a share of the limit for a while, the page file grows to
 * its maximum in one step: as given, or for a size that the system manages
 *
 *   max (3 x RAM at boot, 4 GB), at most 1/8 of the volume.
 *
 * Near the limit HighCommitCondition holds, or MaximumCommitCondition if the file
 * has its largest size already; far below it LowCommitCondition.
 *
 * Cost: O(1). Source: Microsoft, Introduction to the page file.
 */
#include "windows.h"

#include <vhm/base/require.h>

#define NOT_FILLING UINT64_MAX

/* max (3 x RAM at boot, 4 GB) but at most 1/8 of the volume, unless given. */
uint64_t
windows_page_file_bytes (const void *config, uint64_t ram_bytes)
{
  const struct windows_config *c = config;
  uint64_t most = MAX (3 * ram_bytes, 4 * VHM_GIB);
  most = MIN (most, c->volume_bytes / 8);
  if (c->page_file_max_bytes > 0)
    most = c->page_file_max_bytes;
  most = MAX (most, c->page_file_bytes);
  return MIN (most, vhm_pages_to_bytes (IN_FILE - 1));
}

uint64_t
windows_commit_limit (const struct windows *w)
{
  return (uint64_t) w->n_frames + w->slots.n;
}

/* With RAM and page file full to the last page none could be read back: there
 * would be no frame to read it into and no slot to make one. */
#define SPARE_PAGES 64

bool
windows_has_room (const struct windows *w, uint32_t n_pages)
{
  uint64_t spare = MIN (SPARE_PAGES, w->n_frames / 8);
  return w->commit_pages + n_pages + spare <= windows_commit_limit (w);
}

bool
windows_commit (void *state, uint32_t n_pages)
{
  struct windows *w = state;
  if (!windows_has_room (w, n_pages)) {
    w->count.refused_commits++;
    return false;
  }
  w->commit_pages += n_pages;
  return true;
}

void
windows_uncommit (void *state, uint32_t n_pages)
{
  struct windows *w = state;
  VHM_REQUIRE (n_pages <= w->commit_pages - w->kernel_pages - w->balloon_pages);
  w->commit_pages -= n_pages;
}

void
windows_watch_commit (struct windows *w, uint64_t now_ns)
{
  uint64_t limit = windows_commit_limit (w);
  if (w->commit_pages < vhm_scale_ppm (limit, w->config->extend_at_ppm)) {
    w->filling_since_ns = NOT_FILLING;
    return;
  }
  if (w->filling_since_ns == NOT_FILLING)
    w->filling_since_ns = now_ns;
  if (now_ns - w->filling_since_ns < w->config->extend_after_ns
      || w->n_slots_max <= w->slots.n)
    return;
  windows_page_file_resize (w, w->n_slots_max);
  w->filling_since_ns = NOT_FILLING;
}

enum vhm_commit_condition
windows_commit_condition (const struct windows *w)
{
  const struct windows_config *c = w->config;
  uint64_t limit = windows_commit_limit (w);
  if (w->commit_pages >= vhm_scale_ppm (limit, c->extend_at_ppm))
    return w->slots.n < w->n_slots_max ? VHM_COMMIT_HIGH : VHM_COMMIT_MAXIMUM;
  return w->commit_pages < vhm_scale_ppm (limit, c->low_commit_ppm)
             ? VHM_COMMIT_LOW
             : VHM_COMMIT_NEITHER;
}
