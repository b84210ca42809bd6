/* Frames of a guest that share machine memory with other pages.
 *
 *   joined    the frame's page moves to the shared frame, write-protected, and
 *             its own goes back to the machine; the first two pages that are
 *             found alike turn the frame of one of them into a shared one
 *   written   it gets a free frame and a copy (or keeps the frame as its own, if
 *             it was the only one left and the host is so configured)
 *   gone      leaves; the last one gives the frame back
 *
 * A shared frame is owned by VHM_OWNER_SHARED, and how many use it is known to
 * sharing.h alone; each guest's table names it as often as its pages use it.
 * The hypervisor changes its table's entry when it moves a page, so the guest has
 * no fault of it, but has to translate anew.
 *
 * Invariant: FRAME_SHARED is set exactly for those on a shared frame; pages
 * mapped there are protected or trap anyway; a frame in a block that is mapped
 * large is not shared. Cost: O(1) a frame; O(512) a block broken. Left out: swapping
 * out a shared frame (nothing is won until its last page goes).
 * Source: Waldspurger 2002, 4; Linux mm/ksm.c.
 */
#include "guest.h"

#include <vhm/base/require.h>

struct vhm_shared_memory {
  struct vhm_shared_memory_config config;
  vhm_machine *machine;
  vhm_sharing *table;
  vhm_guest **guests; /* by owner: the one that runs */
  uint32_t n_guests;
  bool breaks_blocks; /* as the scanner comes to them */
};

/* Of a frame that cannot be shared now. A page has it with a chance of 2^-63. */
#define NOBODYS_KEY UINT64_C (1)

/* In memory, and staying there for the moment. */
static bool
is_at_rest (const vhm_guest *g, uint32_t gfn)
{
  const struct backing *b = &g->backing;
  return g->mfn[gfn] != VHM_NO_FRAME && b->pins[gfn] == 0
         && !(b->state[gfn] & (FRAME_BUSY | FRAME_READY));
}

/* --- the host's side --------------------------------------------------------- */

static uint64_t
key_of (void *context, uint32_t frame)
{
  const vhm_shared_memory *s = context;
  vhm_mfn mfn = vhm_mfn_make (frame);
  const vhm_guest *g = s->guests[vhm_machine_owner (s->machine, mfn)];
  uint32_t gfn = vhm_machine_gfn (s->machine, mfn).raw;
  return is_at_rest (g, gfn) ? vhm_share_key (g, gfn) : NOBODYS_KEY;
}

vhm_shared_memory *
vhm_shared_memory_new (const struct vhm_shared_memory_config *config,
                       vhm_machine *machine)
{
  vhm_shared_memory *s = g_new0 (vhm_shared_memory, 1);
  s->config = *config;
  s->machine = machine;
  s->table = vhm_sharing_new (&config->sharing, vhm_machine_n_frames (machine),
                              key_of, s);
  return s;
}

void
vhm_shared_memory_free (vhm_shared_memory *s)
{
  vhm_sharing_free (s->table);
  g_free (s->guests);
  g_free (s);
}

void
vhm_shared_memory_break_blocks (vhm_shared_memory *s, bool breaks)
{
  s->breaks_blocks = breaks;
}

struct vhm_sharing_counts
vhm_shared_memory_counts (const vhm_shared_memory *s)
{
  return vhm_sharing_counts (s->table);
}

/* --- the guest's life ---------------------------------------------------------- */

static void
know (vhm_shared_memory *s, uint16_t owner, vhm_guest *g)
{
  if (owner >= s->n_guests) {
    s->guests = g_renew (vhm_guest *, s->guests, owner + 1);
    while (s->n_guests <= owner)
      s->guests[s->n_guests++] = NULL;
  }
  s->guests[owner] = g;
}

static void
init_contents (vhm_guest *g)
{
  const struct vhm_guest_config *c = &g->config;
  g_autofree char *kernel = g_strdup_printf ("guest/%s/kernel", c->name);
  g_autofree char *frames = g_strdup_printf ("guest/%s/frames", c->name);
  g_autofree char *disk = g_strdup_printf ("guest/%s/disk", c->name);
  uint64_t seed = g->around.seed;
  vhm_content_init (&g->share.kernel, c->content, c->n_content,
                    vhm_content_owner (seed, kernel));
  vhm_content_init (&g->share.frames, NULL, 0,
                    vhm_content_owner (seed, frames));
  const struct vhm_content_class image = {
    .kind = VHM_CONTENT_IMAGE,
    .part_ppm = (uint32_t) VHM_PPM,
    .image = c->image && *c->image ? c->image : disk,
  };
  vhm_content_init (&g->share.image, &image, 1, vhm_content_owner (seed, disk));
}

void
vhm_share_init (vhm_guest *g)
{
  if (!g->around.shared)
    return;
  init_contents (g);
  g->share.broken = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  know (g->around.shared, g->owner, g);
}

void
vhm_share_stop (vhm_guest *g)
{
  if (g->around.shared)
    know (g->around.shared, g->owner, NULL);
}

void
vhm_share_clear (vhm_guest *g)
{
  g_clear_pointer (&g->share.broken, g_array_unref);
}

struct vhm_guest_sharing
vhm_guest_sharing (const vhm_guest *g)
{
  struct vhm_guest_sharing count = g->share.count;
  count.n_shared = g->backing.n_shared;
  return count;
}

bool
vhm_share_is_shared (const vhm_guest *g, uint32_t gfn)
{
  return g->around.shared && g->backing.state[gfn] & FRAME_SHARED;
}

/* --- in ------------------------------------------------------------------------ */

/* The page that is mapped in the frame, if it can be referenced now. */
static bool
find_page (const vhm_guest *g, uint32_t gfn, struct vhm_frame_use *ret)
{
  *ret = g->os->frame_use (g->os_state, gfn);
  return ret->kind == VHM_FRAME_MAPPED
         && !vhm_refs_traps (ret->process->refs, ret->page);
}

/* The guest's frame is one of those on the shared one from now on. */
static void
count_in (vhm_guest *g, uint32_t gfn, uint32_t mfn, uint64_t key)
{
  struct backing *b = &g->backing;
  struct vhm_frame_use use;
  bool has_entry = vhm_entries_has (&g->entries, gfn);
  g->mfn[gfn] = mfn;
  vhm_guest_charge_splits (g, vhm_share_broke (g, gfn) && has_entry);
  vhm_large_used (b, gfn);
  b->state[gfn] |= FRAME_SHARED;
  b->n_backed--;
  b->n_shared++;
  vhm_backing_wrote (g, gfn);
  vhm_victims_gone (b, gfn);
  if (vhm_content_is_zero (key)) {
    g->share.zero_mfn = mfn;
    g->share.count.n_zero++;
  }
  g->share.count.n_joined++;
  if (find_page (g, gfn, &use)) {
    vhm_translation_page_moved (use.process, use.page);
    vhm_process_guard (use.process, use.page, gfn);
  }
}

/* The frame's one page, up to now private, shares it. */
static void
open_frame (vhm_shared_memory *s, uint32_t frame, uint64_t key)
{
  vhm_mfn mfn = vhm_mfn_make (frame);
  vhm_guest *g = s->guests[vhm_machine_owner (s->machine, mfn)];
  uint32_t gfn = vhm_machine_gfn (s->machine, mfn).raw;
  vhm_guest_begin (g);
  vhm_machine_pass (s->machine, mfn, VHM_OWNER_SHARED, VHM_NO_FRAME);
  count_in (g, gfn, frame, key);
  vhm_guest_end (g);
}

/* What came of offering the frame. True if it is shared now. */
static bool
carry_out (vhm_guest *g, uint32_t gfn, uint64_t key,
           const struct vhm_sharing_scan *scan)
{
  vhm_shared_memory *s = g->around.shared;
  if (scan->into == VHM_NO_FRAME)
    return false;
  vhm_machine_give (s->machine, vhm_mfn_make (g->mfn[gfn]));
  count_in (g, gfn, scan->into, key);
  if (scan->outcome == VHM_SHARING_PAIRED)
    open_frame (s, scan->into, key);
  return true;
}

static bool
scan_frame (vhm_guest *g, uint32_t gfn, uint64_t key)
{
  const vhm_shared_memory *s = g->around.shared;
  vhm_sharing *table = s->table;
  if (!is_at_rest (g, gfn)) /* not since those before it were looked at */
    return false;
  if (s->breaks_blocks && !s->config.splits_blocks)
    vhm_large_break (g, gfn);
  uint32_t frame = g->mfn[gfn];
  if (!s->config.splits_blocks
      && vhm_blocks_size (&g->blocks, gfn, VHM_PAGE_2M) != VHM_PAGE_4K) {
    vhm_sharing_note (table, frame, key);
    return true;
  }
  struct vhm_sharing_scan scan = vhm_sharing_scan (table, frame, key);
  carry_out (g, gfn, key, &scan);
  return true;
}

/* What the host has done for the guest since its work stood at before_ns. */
static void
charge_work (vhm_guest *g, uint64_t before_ns)
{
  uint64_t ns = vhm_sharing_counts (g->around.shared->table).work_ns;
  uint64_t cyc = vhm_ns_to_cycles (g->around.clock_hz, ns - before_ns);
  if (g->processes->len > 0 && cyc > 0)
    vhm_process_charge (g->processes->pdata[0], VHM_ACCOUNT_SHARING, cyc);
}

/* Frames whose places in the table are fetched before the first is looked at: a
 * look waits for two of them, some 100 ns each where the table is in no cache. */
#define AHEAD 16

static uint32_t
scan_some (vhm_guest *g, const uint32_t *gfns, uint32_t n)
{
  const vhm_sharing *table = g->around.shared->table;
  uint64_t keys[AHEAD];
  uint32_t at[AHEAD], n_at_rest = 0, n_seen = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (gfns[i] >= g->n_visible || !is_at_rest (g, gfns[i]))
      continue;
    at[n_at_rest] = gfns[i];
    keys[n_at_rest] = vhm_share_key (g, gfns[i]);
    vhm_sharing_prefetch (table, g->mfn[gfns[i]], keys[n_at_rest]);
    n_at_rest++;
  }
  for (uint32_t i = 0; i < n_at_rest; i++)
    n_seen += scan_frame (g, at[i], keys[i]);
  return n_seen;
}

uint32_t
vhm_guest_scan (vhm_guest *g, const uint32_t *gfns, uint32_t n)
{
  VHM_REQUIRE (g->running && g->around.shared);
  vhm_guest_begin (g);
  uint64_t before_ns = vhm_sharing_counts (g->around.shared->table).work_ns;
  uint32_t n_seen = 0;
  for (uint32_t i = 0; i < n; i += AHEAD)
    n_seen += scan_some (g, gfns + i, MIN (n - i, AHEAD));
  g->share.count.n_scanned += n_seen;
  charge_work (g, before_ns);
  vhm_guest_end (g);
  return n_seen;
}

bool
vhm_share_instead (vhm_guest *g, uint32_t gfn)
{
  vhm_shared_memory *s = g->around.shared;
  if (!s || !s->config.before_swap || !is_at_rest (g, gfn))
    return false;
  uint64_t before_ns = vhm_sharing_counts (s->table).work_ns;
  uint64_t key = vhm_share_key (g, gfn);
  struct vhm_sharing_scan scan = vhm_sharing_try (s->table, g->mfn[gfn], key);
  bool is_shared = carry_out (g, gfn, key, &scan);
  charge_work (g, before_ns);
  return is_shared;
}

/* --- blocks -------------------------------------------------------------------- */

bool
vhm_share_broke (vhm_guest *g, uint32_t gfn)
{
  if (!vhm_blocks_went (&g->blocks, gfn))
    return false;
  uint32_t block = gfn >> VHM_BLOCK_SHIFT;
  if (g->around.shared && !g->around.shared->config.splits_blocks)
    g_array_append_val (g->share.broken, block);
  return true;
}

static void
try_noted (vhm_guest *g, uint32_t gfn)
{
  vhm_sharing *table = g->around.shared->table;
  if (!is_at_rest (g, gfn) || vhm_share_is_shared (g, gfn))
    return;
  uint64_t key = vhm_share_key (g, gfn);
  if (!vhm_sharing_is_noted (table, g->mfn[gfn], key))
    return;
  struct vhm_sharing_scan scan = vhm_sharing_try (table, g->mfn[gfn], key);
  carry_out (g, gfn, key, &scan);
}

void
vhm_share_broken_blocks (vhm_guest *g)
{
  if (!g->around.shared || g->share.broken->len == 0)
    return;
  uint64_t before_ns = vhm_sharing_counts (g->around.shared->table).work_ns;
  for (guint i = 0; i < g->share.broken->len; i++) {
    uint32_t first = g_array_index (g->share.broken, uint32_t, i)
                     << VHM_BLOCK_SHIFT;
    for (uint32_t k = 0; k < VHM_BLOCK_PAGES && first + k < g->n_visible; k++)
      if (vhm_blocks_size (&g->blocks, first + k, VHM_PAGE_2M) == VHM_PAGE_4K)
        try_noted (g, first + k);
  }
  g_array_set_size (g->share.broken, 0);
  charge_work (g, before_ns);
}

/* --- out ----------------------------------------------------------------------- */

/* The guest's frame is on the shared one no longer. */
static void
count_out (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  b->state[gfn] &= (uint8_t) ~FRAME_SHARED;
  b->n_shared--;
  if (g->share.count.n_zero > 0 && g->mfn[gfn] == g->share.zero_mfn)
    g->share.count.n_zero--;
}

void
vhm_share_leave (vhm_guest *g, uint32_t gfn)
{
  uint32_t frame = g->mfn[gfn];
  if (vhm_share_is_shared (g, gfn))
    count_out (g, gfn);
  else
    g->backing.n_backed--;
  if (!g->around.shared || vhm_sharing_leave (g->around.shared->table, frame))
    vhm_machine_give (g->around.machine, vhm_mfn_make (frame));
}

/* A write to the frame needs no other one. */
static bool
would_keep (const vhm_shared_memory *s, uint32_t frame)
{
  return s->config.sharing.last == VHM_SHARING_LAST_KEEPS
         && vhm_sharing_n_users (s->table, frame) == 1;
}

void
vhm_share_copy (vhm_guest *g, uint32_t gfn)
{
  vhm_shared_memory *s = g->around.shared;
  struct vhm_frame_use use;
  vhm_mfn mfn = vhm_mfn_make (g->mfn[gfn]);
  enum vhm_sharing_break broke = vhm_sharing_break (s->table, mfn.raw);
  VHM_REQUIRE (broke != VHM_SHARING_PRIVATE);
  count_out (g, gfn);
  g->share.count.n_breaks++;
  if (find_page (g, gfn, &use))
    vhm_translation_page_moved (use.process, use.page);
  if (broke == VHM_SHARING_KEPT) {
    vhm_machine_pass (s->machine, mfn, g->owner, gfn);
    g->backing.n_backed++;
    vhm_victims_came (&g->backing, gfn, VHM_FRAME_ACTIVE);
    return;
  }
  g->share.count.n_copied++;
  if (broke == VHM_SHARING_COPIED_LAST)
    vhm_machine_give (s->machine, mfn);
  g->mfn[gfn] = VHM_NO_FRAME;
  vhm_backing_gain (g, gfn, VHM_FRAME_ACTIVE);
}

static void
charge_break (vhm_guest *g, vhm_process *process, bool copies)
{
  const struct vhm_shared_memory_config *c = &g->around.shared->config;
  uint64_t ns = c->fault_ns + (copies ? c->sharing.copy_ns : 0);
  if (process)
    vhm_process_charge (process, VHM_ACCOUNT_COW,
                        vhm_ns_to_cycles (g->around.clock_hz, ns));
}

bool
vhm_share_break (vhm_guest *g, uint32_t gfn, vhm_process *process)
{
  struct backing *b = &g->backing;
  VHM_ASSERT (b->state[gfn] & FRAME_SHARED);
  if (b->state[gfn] & FRAME_WANTED)
    return false; /* somebody was faster */
  bool keeps = would_keep (g->around.shared, g->mfn[gfn]);
  charge_break (g, process, !keeps);
  b->state[gfn] |= FRAME_TOUCHED | FRAME_FILLED;
  bool now = keeps || vhm_backing_has_room (g);
  if (now)
    vhm_share_copy (g, gfn);
  else
    vhm_backing_want (g, gfn);
  vhm_backing_make_room_but (g, gfn);
  return now;
}

/* --- what is wrong ---------------------------------------------------------------*/

struct user {
  uint32_t n;
  uint64_t key;
};

/* All that use a frame hold the same, as far as one can tell. */
static const char *
audit_users (const vhm_guest *g, struct user *users)
{
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++) {
    if (!vhm_share_is_shared (g, gfn))
      continue;
    uint32_t frame = g->mfn[gfn];
    if (vhm_machine_owner (g->around.machine, vhm_mfn_make (frame))
        != VHM_OWNER_SHARED)
      return "a shared frame belongs to a guest";
    users[frame].n++;
    struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
    if ((use.kind != VHM_FRAME_MAPPED && use.kind != VHM_FRAME_KERNEL)
        || g->backing.state[gfn] & FRAME_WANTED)
      continue; /* of no page, or about to be overwritten */
    uint64_t key = vhm_share_key (g, gfn);
    if (users[frame].key != 0 && users[frame].key != key + 1)
      return "pages that differ share a frame";
    users[frame].key = key + 1;
  }
  return NULL;
}

const char *
vhm_shared_memory_audit (const vhm_shared_memory *s)
{
  uint32_t n_frames = vhm_machine_n_frames (s->machine);
  g_autofree struct user *users = g_new0 (struct user, n_frames);
  const char *wrong = vhm_sharing_audit (s->table);
  for (uint32_t i = 0; i < s->n_guests && !wrong; i++)
    if (s->guests[i])
      wrong = audit_users (s->guests[i], users);
  uint64_t n = 0;
  for (uint32_t f = 0; f < n_frames && !wrong; f++) {
    n += users[f].n > 0;
    if (users[f].n != vhm_sharing_n_users (s->table, f))
      wrong
          = "the guests use a shared frame more or less often than is counted";
  }
  if (!wrong && n != vhm_machine_n_owned (s->machine, VHM_OWNER_SHARED))
    wrong = "the machine has other shared frames than the guests use";
  return wrong;
}
