/* Which of a guest's frames a host that keeps two lists looks at next.
 *
 * A page enters inactive when it is swapped in, active when it is used for the
 * first time. The oldest of inactive goes, unless it has been used: then it moves
 * to active. The oldest of active moves back to inactive, used or not, and its
 * mark is cleared. So a page that is used once more while it is in inactive stays
 * for a turn of both lists, and
 *
 *   a sweep in which each page is used once, when it comes, leaves in the order in
 *   which it came (both lists are queues),
 *
 * after inactive + active + inactive other moves. Work goes in rounds: `batch` of
 * inactive, then, if inactive is shorter than active by now, `batch` of active.
 *
 * Invariant: a frame is linked in the one list that list_of names. Cost: O(1) each.
 * Left out: sizes other than 1 : 1 (from 1 GB on Linux lets active grow to
 * sqrt (10 x GB) times inactive); lists of files; scanning more where little is
 * found.
 * Source: Linux 3.7 mm/vmscan.c, shrink_lruvec, shrink_inactive_list,
 * shrink_active_list, mm/memcontrol.c, mem_cgroup_inactive_anon_is_low (from
 * memory, unchecked).
 */
#include <vhm/base/require.h>
#include <vhm/model/frame_lists.h>

#include <string.h>

#define NOBODY VHM_NO_LISTED

struct list {
  uint32_t oldest, newest, n;
};

struct vhm_frame_lists {
  uint32_t *newer, *older; /* by frame */
  uint8_t *list_of;
  struct list list[VHM_N_FRAME_LISTS];
  uint32_t n_frames, batch;
  bool is_at_active; /* second part of a round */
  uint32_t left;     /* to look at in this part */
};

vhm_frame_lists *
vhm_frame_lists_new (uint32_t n_frames, uint32_t batch)
{
  VHM_REQUIRE (batch > 0);
  vhm_frame_lists *l = g_new0 (vhm_frame_lists, 1);
  l->n_frames = n_frames;
  l->batch = l->left = batch;
  l->newer = g_new (uint32_t, n_frames);
  l->older = g_new (uint32_t, n_frames);
  l->list_of = g_new (uint8_t, n_frames);
  memset (l->list_of, VHM_N_FRAME_LISTS, n_frames);
  for (int i = 0; i < VHM_N_FRAME_LISTS; i++)
    l->list[i] = (struct list){ .oldest = NOBODY, .newest = NOBODY };
  return l;
}

void
vhm_frame_lists_free (vhm_frame_lists *l)
{
  g_free (l->newer);
  g_free (l->older);
  g_free (l->list_of);
  g_free (l);
}

enum vhm_frame_list
vhm_frame_lists_of (const vhm_frame_lists *l, uint32_t frame)
{
  return (enum vhm_frame_list) l->list_of[frame];
}

uint32_t
vhm_frame_lists_n (const vhm_frame_lists *l, enum vhm_frame_list list)
{
  return l->list[list].n;
}

uint32_t
vhm_frame_lists_oldest (const vhm_frame_lists *l, enum vhm_frame_list list)
{
  return l->list[list].oldest;
}

void
vhm_frame_lists_remove (vhm_frame_lists *l, uint32_t frame)
{
  if (l->list_of[frame] == VHM_N_FRAME_LISTS)
    return;
  struct list *list = &l->list[l->list_of[frame]];
  uint32_t newer = l->newer[frame], older = l->older[frame];
  *(older == NOBODY ? &list->oldest : &l->newer[older]) = newer;
  *(newer == NOBODY ? &list->newest : &l->older[newer]) = older;
  list->n--;
  l->list_of[frame] = VHM_N_FRAME_LISTS;
}

void
vhm_frame_lists_put (vhm_frame_lists *l, uint32_t frame,
                     enum vhm_frame_list which)
{
  vhm_frame_lists_remove (l, frame);
  struct list *list = &l->list[which];
  l->newer[frame] = NOBODY;
  l->older[frame] = list->newest;
  *(list->newest == NOBODY ? &list->oldest : &l->newer[list->newest]) = frame;
  list->newest = frame;
  list->n++;
  l->list_of[frame] = (uint8_t) which;
}

/* --- rounds --------------------------------------------------------------------- */

uint32_t
vhm_frame_lists_next (vhm_frame_lists *l)
{
  const struct list *inactive = &l->list[VHM_FRAME_INACTIVE];
  const struct list *active = &l->list[VHM_FRAME_ACTIVE];
  while (inactive->n + active->n > 0) {
    const struct list *now = l->is_at_active ? active : inactive;
    if (l->left > 0 && now->n > 0) {
      l->left--;
      return now->oldest;
    }
    l->is_at_active = !l->is_at_active;
    bool skips = l->is_at_active && inactive->n >= active->n;
    l->left = skips ? 0 : l->batch;
  }
  return NOBODY;
}

/* --- what is wrong -------------------------------------------------------------- */

uint64_t
vhm_frame_lists_bytes (const vhm_frame_lists *l)
{
  uint64_t a_frame = sizeof *l->newer + sizeof *l->older + sizeof *l->list_of;
  return sizeof *l + a_frame * l->n_frames;
}

const char *
vhm_frame_lists_audit (const vhm_frame_lists *l)
{
  uint32_t n_in = 0, n_linked = 0;
  for (uint32_t f = 0; f < l->n_frames; f++)
    n_in += l->list_of[f] != VHM_N_FRAME_LISTS;
  for (int i = 0; i < VHM_N_FRAME_LISTS; i++) {
    uint32_t n = 0, before = NOBODY;
    for (uint32_t f = l->list[i].oldest; f != NOBODY; f = l->newer[f]) {
      if (n++ > l->n_frames || l->list_of[f] != i || l->older[f] != before)
        return "a list of frames is linked wrongly";
      before = f;
    }
    if (n != l->list[i].n || before != l->list[i].newest)
      return "a list of frames is counted wrongly";
    n_linked += n;
  }
  return n_in == n_linked ? NULL : "a frame is in no list and says it is";
}
