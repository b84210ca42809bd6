/* Decides which pages share a frame.
 *
 * A scan of a page with key k, in order:
 *
 *   the frame is shared             nothing to do
 *   a shared frame stands for k     the page joins it
 *   k differs from the last scans   remembered; the page's hint goes
 *   a hint stands for k             ask what the hint's page holds now: still
 *                                   k, then both share its frame; else the hint
 *                                   is stale and this page's takes its place
 *   nobody stands for k             the page leaves a hint
 *
 * With stable_scans = 0 these are ESX's hints; with 1 KSM's two trees: shared
 * frames its stable tree (joined at once, checksum or not), hints the unstable
 * one. KSM forgets the unstable tree after each pass; here a hint lasts until
 * its page is scanned again or found changed, with the same effect, since each
 * page is asked again before it is shared.
 *
 * Invariant: n_shared = sum of users over the n_frames shared entries; other
 * entries are hints. Users of a shared frame are counted, never listed.
 * Memory of a frame's last scan: 27 bits of its key, 4 of how often it was the
 * same. Writes do not reach hints; that is why they are checked.
 * Cost: O(1), about two cache misses a scan, prefetchable.
 * Left out: KSM's max_page_sharing (256 pages a frame, then one more: costs
 * 1 / 256 of what is saved), NUMA nodes kept apart; ESX's 16-bit counts with an
 * overflow table.
 * Source: Waldspurger, OSDI 2002, 4; Linux mm/ksm.c (cmp_and_merge_page).
 */
#include "sharing_table.h"

#include <vhm/base/require.h>
#include <vhm/model/content.h>
#include <vhm/model/sharing.h>

/* What was seen of a frame: 27 bits of the key, whether there is one, and how
 * often it was the same. */
#define SEEN_BITS 27
#define SEEN UINT32_C (0x10)
#define SEEN_TIMES UINT32_C (0x0f)
#define SEEN_KEY_SHIFT 5

struct vhm_sharing {
  struct vhm_sharing_config config;
  vhm_sharing_key_fn key_of;
  void *context;
  struct share_table table;
  struct vhm_sharing_counts counts;
};

vhm_sharing *
vhm_sharing_new (const struct vhm_sharing_config *config, uint32_t n_frames,
                 vhm_sharing_key_fn key_of, void *context)
{
  VHM_REQUIRE (n_frames > 0 && n_frames < VHM_NO_FRAME / 2 && key_of != NULL);
  VHM_REQUIRE (config->stable_scans <= VHM_SHARING_MAX_STABLE_SCANS);
  vhm_sharing *s = g_new0 (vhm_sharing, 1);
  s->config = *config;
  s->key_of = key_of;
  s->context = context;
  share_table_init (&s->table, n_frames);
  return s;
}

void
vhm_sharing_free (vhm_sharing *s)
{
  share_table_clear (&s->table);
  g_free (s);
}

static uint32_t
mark_of (uint64_t key)
{
  return share_hash (key, SEEN_BITS) << SEEN_KEY_SHIFT | SEEN;
}

/* Remembers the key; how many scans before this one have seen it. */
static uint32_t
look (vhm_sharing *s, uint32_t frame, uint64_t key)
{
  uint32_t was = s->table.frames[frame].seen, mark = mark_of (key), times = 0;
  if ((was & ~SEEN_TIMES) == mark)
    times = MIN ((was & SEEN_TIMES) + 1, SEEN_TIMES);
  s->table.frames[frame].seen = mark | times;
  return times;
}

static void
add_user (vhm_sharing *s, struct share_entry *entry)
{
  entry->n_users++;
  s->counts.n_shared++;
  s->counts.n_zero += vhm_content_is_zero (entry->key);
}

static void
remove_user (vhm_sharing *s, struct share_entry *entry)
{
  VHM_REQUIRE (entry->n_users > 0);
  entry->n_users--;
  s->counts.n_shared--;
  s->counts.n_zero -= vhm_content_is_zero (entry->key);
  if (entry->n_users > 0)
    return;
  s->counts.n_frames--;
  s->table.frames[entry->frame].seen = 0;
  share_table_take (&s->table, entry);
}

static void
drop_hint (vhm_sharing *s, uint32_t frame)
{
  struct share_entry *hint = share_table_at (&s->table, frame);
  if (hint)
    share_table_take (&s->table, hint);
}

/* The page in `frame` has what `with` has: it uses that frame from now on. */
static struct vhm_sharing_scan
join (vhm_sharing *s, uint32_t frame, uint64_t key)
{
  drop_hint (s, frame); /* moves entries */
  s->table.frames[frame].seen = 0;
  struct share_entry *with = share_table_find (&s->table, key);
  bool was_hint = with->n_users == 0;
  if (was_hint) {
    s->counts.n_frames++;
    add_user (s, with);
  }
  add_user (s, with);
  s->counts.n_paired += was_hint;
  s->counts.n_joined += !was_hint;
  return (struct vhm_sharing_scan){
    .outcome = was_hint ? VHM_SHARING_PAIRED : VHM_SHARING_JOINED,
    .into = with->frame,
  };
}

static struct vhm_sharing_scan
stay (enum vhm_sharing_outcome outcome)
{
  return (struct vhm_sharing_scan){ outcome, VHM_NO_FRAME };
}

/* Nobody else stands for key, or a hint that is no longer true. */
static struct vhm_sharing_scan
leave_hint (vhm_sharing *s, uint32_t frame, uint64_t key)
{
  struct share_entry *stale = share_table_find (&s->table, key);
  if (stale) {
    s->counts.n_stale_hints++;
    share_table_take (&s->table, stale);
  }
  drop_hint (s, frame);
  share_table_put (&s->table, key, frame);
  return stay (VHM_SHARING_HINT);
}

static struct vhm_sharing_scan
offer (vhm_sharing *s, uint32_t frame, uint64_t key, uint32_t stable_scans)
{
  const struct share_entry *own = share_table_at (&s->table, frame);
  if (own && own->n_users > 0)
    return stay (VHM_SHARING_SHARED);
  s->counts.work_ns += s->config.hash_ns;
  uint32_t times = look (s, frame, key);
  const struct share_entry *with = share_table_find (&s->table, key);
  if (with && with->n_users > 0) {
    s->counts.work_ns += s->config.compare_ns;
    return join (s, frame, key);
  }
  if (times < stable_scans) {
    s->counts.n_unstable++;
    drop_hint (s, frame);
    return stay (VHM_SHARING_UNSTABLE);
  }
  if (with && with->frame == frame)
    return stay (VHM_SHARING_HINT);
  if (with) {
    s->counts.work_ns += s->config.compare_ns;
    if (s->key_of (s->context, with->frame) == key)
      return join (s, frame, key);
  }
  return leave_hint (s, frame, key);
}

struct vhm_sharing_scan
vhm_sharing_scan (vhm_sharing *s, uint32_t frame, uint64_t key)
{
  s->counts.n_scanned++;
  return offer (s, frame, key, s->config.stable_scans);
}

struct vhm_sharing_scan
vhm_sharing_try (vhm_sharing *s, uint32_t frame, uint64_t key)
{
  s->counts.n_tried++;
  return offer (s, frame, key, 0);
}

bool
vhm_sharing_note (vhm_sharing *s, uint32_t frame, uint64_t key)
{
  VHM_REQUIRE (!vhm_sharing_is_shared (s, frame));
  s->counts.n_noted++;
  s->counts.work_ns += s->config.hash_ns;
  drop_hint (s, frame);
  look (s, frame, key);
  return share_table_find (&s->table, key) != NULL;
}

bool
vhm_sharing_is_noted (const vhm_sharing *s, uint32_t frame, uint64_t key)
{
  VHM_REQUIRE (frame < s->table.n_frames);
  return (s->table.frames[frame].seen & ~SEEN_TIMES) == mark_of (key);
}

void
vhm_sharing_prefetch (const vhm_sharing *s, uint32_t frame, uint64_t key)
{
  share_table_prefetch (&s->table, frame, key);
}

uint32_t
vhm_sharing_n_users (const vhm_sharing *s, uint32_t frame)
{
  const struct share_entry *entry = share_table_at (&s->table, frame);
  return entry ? entry->n_users : 0;
}

bool
vhm_sharing_is_shared (const vhm_sharing *s, uint32_t frame)
{
  return vhm_sharing_n_users (s, frame) > 0;
}

enum vhm_sharing_break
vhm_sharing_break (vhm_sharing *s, uint32_t frame)
{
  struct share_entry *entry = share_table_at (&s->table, frame);
  if (!entry || entry->n_users == 0)
    return VHM_SHARING_PRIVATE;
  bool is_last = entry->n_users == 1;
  s->counts.n_breaks++;
  remove_user (s, entry);
  if (is_last && s->config.last == VHM_SHARING_LAST_KEEPS)
    return VHM_SHARING_KEPT;
  s->counts.n_copied++;
  s->counts.work_ns += s->config.copy_ns;
  return is_last ? VHM_SHARING_COPIED_LAST : VHM_SHARING_COPIED;
}

bool
vhm_sharing_leave (vhm_sharing *s, uint32_t frame)
{
  struct share_entry *entry = share_table_at (&s->table, frame);
  if (entry && entry->n_users > 0) {
    bool is_last = entry->n_users == 1;
    remove_user (s, entry);
    return is_last;
  }
  drop_hint (s, frame);
  s->table.frames[frame].seen = 0;
  return true;
}

struct vhm_sharing_counts
vhm_sharing_counts (const vhm_sharing *s)
{
  struct vhm_sharing_counts counts = s->counts;
  counts.n_reclaimed = counts.n_shared - counts.n_frames;
  counts.n_hints = s->table.n - counts.n_frames;
  return counts;
}

uint64_t
vhm_sharing_bytes (const vhm_sharing *s)
{
  return sizeof *s + share_table_bytes (&s->table);
}

const char *
vhm_sharing_audit (const vhm_sharing *s)
{
  uint64_t n_shared = 0, n_frames = 0, n_zero = 0;
  const char *wrong = share_table_audit (&s->table);
  if (wrong)
    return wrong;
  for (uint32_t f = 0; f < s->table.n_frames; f++) {
    const struct share_entry *e = share_table_at (&s->table, f);
    uint32_t n = e ? e->n_users : 0;
    if (e && !(s->table.frames[f].seen & SEEN))
      return "a frame stands for a key that no scan has seen";
    n_shared += n;
    n_frames += n > 0;
    n_zero += n > 0 && vhm_content_is_zero (e->key) ? n : 0;
  }
  if (n_shared != s->counts.n_shared || n_frames != s->counts.n_frames)
    return "the users of shared frames do not add up to the shared pages";
  if (n_zero != s->counts.n_zero)
    return "the users of zero frames do not add up to the zero pages";
  return NULL;
}
