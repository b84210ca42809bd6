/* Page sharing under random calls: every answer against tables of GLib, and a
 * host whose pages can be looked at: pages on one frame hold the same, frames in
 * use = pages - reclaimed. */
#include "suite.h"

#include <string.h>

#include <vhm/model/content.h>
#include <vhm/model/sharing.h>
#include <vhm/sim/rng.h>

#define N_PAGES 1400u /* the table of 1024 places gets two thirds full */
#define N_FRAMES (N_PAGES + 50) /* so that frames are used again, by others */
#define CALLS 100000

/* --- the twin: tables by key and by frame ---------------------------------- */

struct stands { /* a frame that stands for a key */
  uint64_t key;
  uint32_t frame, n_users;
};

struct seen {
  uint64_t key;
  uint32_t times;
};

struct twin {
  const struct vhm_sharing_config *config;
  GHashTable *by_key, *by_frame, *seen;
  struct vhm_sharing_counts counts;
};

static struct twin
a_twin (const struct vhm_sharing_config *config)
{
  return (struct twin){
    .config = config,
    .by_key = g_hash_table_new (g_int64_hash, g_int64_equal),
    .by_frame = g_hash_table_new_full (NULL, NULL, NULL, g_free),
    .seen = g_hash_table_new_full (NULL, NULL, NULL, g_free),
  };
}

static void
clear_twin (struct twin *t)
{
  g_hash_table_destroy (t->by_key);
  g_hash_table_destroy (t->by_frame);
  g_hash_table_destroy (t->seen);
}

static struct stands *
twin_at (const struct twin *t, uint32_t frame)
{
  return g_hash_table_lookup (t->by_frame, GUINT_TO_POINTER (frame));
}

static void
twin_forget (struct twin *t, struct stands *e)
{
  if (!e)
    return;
  g_hash_table_remove (t->by_key, &e->key);
  g_hash_table_remove (t->by_frame, GUINT_TO_POINTER (e->frame));
}

static uint32_t
twin_times (struct twin *t, uint32_t frame, uint64_t key)
{
  struct seen *s = g_hash_table_lookup (t->seen, GUINT_TO_POINTER (frame));
  if (!s) {
    s = g_new0 (struct seen, 1);
    s->key = ~key;
    g_hash_table_insert (t->seen, GUINT_TO_POINTER (frame), s);
  }
  s->times = s->key == key ? s->times + 1 : 0;
  s->key = key;
  return s->times;
}

static enum vhm_sharing_outcome
twin_share (struct twin *t, uint32_t frame, struct stands *with)
{
  enum vhm_sharing_outcome outcome
      = with->n_users > 0 ? VHM_SHARING_JOINED : VHM_SHARING_PAIRED;
  t->counts.work_ns += t->config->compare_ns;
  t->counts.n_joined += outcome == VHM_SHARING_JOINED;
  t->counts.n_paired += outcome == VHM_SHARING_PAIRED;
  with->n_users += outcome == VHM_SHARING_JOINED ? 1 : 2;
  twin_forget (t, twin_at (t, frame));
  g_hash_table_remove (t->seen, GUINT_TO_POINTER (frame));
  return outcome;
}

/* `keys`: what each frame holds. */
static enum vhm_sharing_outcome
twin_offer (struct twin *t, const uint64_t *keys, uint32_t frame,
            uint32_t stable_scans)
{
  uint64_t key = keys[frame];
  struct stands *own = twin_at (t, frame);
  if (own && own->n_users > 0)
    return VHM_SHARING_SHARED;
  t->counts.work_ns += t->config->hash_ns;
  bool stable = twin_times (t, frame, key) >= stable_scans;
  struct stands *with = g_hash_table_lookup (t->by_key, &key);
  if (with && with->n_users > 0)
    return twin_share (t, frame, with);
  t->counts.n_unstable += !stable;
  if (stable && with && with != own && keys[with->frame] == key)
    return twin_share (t, frame, with);
  if (stable && with == own && own)
    return VHM_SHARING_HINT;
  twin_forget (t, own);
  if (!stable)
    return VHM_SHARING_UNSTABLE;
  t->counts.n_stale_hints += with != NULL;
  t->counts.work_ns += with ? t->config->compare_ns : 0;
  twin_forget (t, with);
  own = g_new0 (struct stands, 1);
  *own = (struct stands){ .key = key, .frame = frame };
  g_hash_table_insert (t->by_key, &own->key, own);
  g_hash_table_insert (t->by_frame, GUINT_TO_POINTER (frame), own);
  return VHM_SHARING_HINT;
}

/* A page goes; how many are left on the frame. */
static uint32_t
twin_leave (struct twin *t, uint32_t frame)
{
  struct stands *e = twin_at (t, frame);
  if (e && e->n_users > 1)
    return --e->n_users;
  twin_forget (t, e);
  g_hash_table_remove (t->seen, GUINT_TO_POINTER (frame));
  return 0;
}

static struct vhm_sharing_counts
twin_counts (const struct twin *t)
{
  struct vhm_sharing_counts k = t->counts;
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, t->by_frame);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const struct stands *e = value;
    k.n_shared += e->n_users;
    k.n_frames += e->n_users > 0;
    k.n_hints += e->n_users == 0;
    k.n_zero += vhm_content_is_zero (e->key) ? e->n_users : 0;
  }
  k.n_reclaimed = k.n_shared - k.n_frames;
  return k;
}

/* --- a host with pages ----------------------------------------------------- */

struct host {
  uint64_t holds[N_FRAMES]; /* what is in each frame */
  uint32_t on[N_PAGES];     /* a page's frame */
  GArray *unused;           /* frames */
  vhm_sharing *s;
  struct twin twin;
  struct vhm_rng rng;
};

static uint64_t
key_in (void *context, uint32_t frame)
{
  return ((const struct host *) context)->holds[frame];
}

/* Few contents, so that many are alike; a fifth of them zero. */
static uint64_t
some_content (struct host *h)
{
  uint64_t k = vhm_rng_below (&h->rng, N_PAGES / 2);
  return k < N_PAGES / 10 ? VHM_CONTENT_ZERO
                          : vhm_content_salted (2 * k + 1, 1);
}

static uint32_t
new_frame (struct host *h)
{
  uint32_t last = h->unused->len - 1;
  uint32_t frame = g_array_index (h->unused, uint32_t, last);
  g_array_set_size (h->unused, last);
  return frame;
}

static void
give_frame (struct host *h, uint32_t frame)
{
  h->holds[frame] = some_content (h); /* whoever gets it */
  g_array_append_val (h->unused, frame);
}

static void
open_host (struct host *h, const struct vhm_sharing_config *config,
           uint64_t seed)
{
  vhm_rng_init (&h->rng, seed, "calls");
  h->unused = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  h->s = vhm_sharing_new (config, N_FRAMES, key_in, h);
  h->twin = a_twin (config);
  for (uint32_t f = 0; f < N_FRAMES; f++)
    give_frame (h, f);
  for (uint32_t p = 0; p < N_PAGES; p++)
    h->on[p] = new_frame (h);
}

static void
close_host (struct host *h)
{
  g_array_unref (h->unused);
  vhm_sharing_free (h->s);
  clear_twin (&h->twin);
}

static void
scan (struct host *h, uint32_t page, bool in_turn)
{
  uint32_t frame = h->on[page];
  uint64_t key = h->holds[frame];
  struct twin *t = &h->twin;
  vhm_sharing_prefetch (h->s, frame, key);
  struct vhm_sharing_scan got = in_turn ? vhm_sharing_scan (h->s, frame, key)
                                        : vhm_sharing_try (h->s, frame, key);
  t->counts.n_scanned += in_turn;
  t->counts.n_tried += !in_turn;
  ck_assert_int_eq ((int) got.outcome,
                    (int) twin_offer (t, h->holds, frame,
                                      in_turn ? t->config->stable_scans : 0));
  bool moves
      = got.outcome == VHM_SHARING_JOINED || got.outcome == VHM_SHARING_PAIRED;
  ck_assert (moves == (got.into != VHM_NO_FRAME));
  if (!moves)
    return;
  ck_assert_uint_ne (got.into, frame);
  ck_assert_uint_eq (h->holds[got.into], key);
  h->on[page] = got.into;
  give_frame (h, frame);
}

static void
note (struct host *h, uint32_t page)
{
  uint32_t frame = h->on[page];
  uint64_t key = h->holds[frame];
  struct twin *t = &h->twin;
  struct stands *own = twin_at (t, frame);
  if (own && own->n_users > 0)
    return;
  const struct seen *was
      = g_hash_table_lookup (t->seen, GUINT_TO_POINTER (frame));
  ck_assert (vhm_sharing_is_noted (h->s, frame, key)
             == (was && was->key == key));
  twin_forget (t, own);
  twin_times (t, frame, key);
  t->counts.n_noted++;
  t->counts.work_ns += t->config->hash_ns;
  ck_assert (vhm_sharing_note (h->s, frame, key)
             == g_hash_table_contains (t->by_key, &key));
}

static void
write_page (struct host *h, uint32_t page)
{
  uint32_t frame = h->on[page];
  struct twin *t = &h->twin;
  const struct stands *e = twin_at (t, frame);
  uint32_t n_users = e ? e->n_users : 0;
  enum vhm_sharing_break expected = VHM_SHARING_PRIVATE;
  if (n_users > 1)
    expected = VHM_SHARING_COPIED;
  else if (n_users == 1)
    expected = t->config->last == VHM_SHARING_LAST_KEEPS
                   ? VHM_SHARING_KEPT
                   : VHM_SHARING_COPIED_LAST;
  ck_assert_int_eq ((int) vhm_sharing_break (h->s, frame), (int) expected);
  if (n_users > 0)
    twin_leave (t, frame);
  bool copied
      = expected == VHM_SHARING_COPIED || expected == VHM_SHARING_COPIED_LAST;
  t->counts.n_breaks += n_users > 0;
  t->counts.n_copied += copied;
  t->counts.work_ns += copied ? t->config->copy_ns : 0;
  if (copied)
    h->on[page] = new_frame (h);
  if (expected == VHM_SHARING_COPIED_LAST)
    give_frame (h, frame);
  h->holds[h->on[page]] = some_content (h);
}

/* Swapped out and in again, or ballooned and given back. */
static void
replace_page (struct host *h, uint32_t page)
{
  uint32_t frame = h->on[page];
  bool is_free = vhm_sharing_leave (h->s, frame);
  ck_assert (is_free == (twin_leave (&h->twin, frame) == 0));
  if (is_free)
    give_frame (h, frame);
  h->on[page] = new_frame (h);
}

static void
compare (const struct host *h)
{
  const char *wrong = vhm_sharing_audit (h->s);
  ck_assert_msg (wrong == NULL, "%s", wrong);
  struct vhm_sharing_counts k = vhm_sharing_counts (h->s);
  struct vhm_sharing_counts expected = twin_counts (&h->twin);
  ck_assert_mem_eq (&k, &expected, sizeof k);
  uint32_t n_on[N_FRAMES] = { 0 }, n_used = 0;
  for (uint32_t p = 0; p < N_PAGES; p++)
    n_used += n_on[h->on[p]]++ == 0;
  ck_assert_uint_eq (n_used, N_PAGES - k.n_reclaimed);
  for (uint32_t f = 0; f < N_FRAMES; f++) {
    uint32_t n = vhm_sharing_n_users (h->s, f);
    ck_assert_uint_eq (n > 0 ? n : n_on[f] > 0, n_on[f]);
  }
}

static void
random_call (struct host *h)
{
  uint32_t page = (uint32_t) vhm_rng_below (&h->rng, N_PAGES);
  double u = vhm_rng_uniform (&h->rng);
  if (u < .6)
    scan (h, page, u < .55);
  else if (u < .65)
    note (h, page);
  else if (u < .85)
    write_page (h, page);
  else
    replace_page (h, page);
}

static const struct vhm_sharing_config configs[] = {
  { .hash_ns = 1, .compare_ns = 100, .copy_ns = 10000 },
  { .stable_scans = 1, .last = VHM_SHARING_LAST_COPIES, .copy_ns = 7 },
  { .stable_scans = 3, .hash_ns = 5 },
};

START_TEST (random_calls_agree_with_tables)
{
  struct host h;
  open_host (&h, &configs[_i % 3], (uint64_t) _i);
  for (int i = 0; i < CALLS; i++) {
    random_call (&h);
    if (i % 250 == 0)
      compare (&h);
  }
  struct vhm_sharing_counts k = vhm_sharing_counts (h.s);
  ck_assert_uint_gt (k.n_paired, 100); /* everything happened */
  ck_assert_uint_gt (k.n_joined, 100);
  ck_assert_uint_gt (k.n_stale_hints, 100);
  ck_assert_uint_gt (k.n_breaks - k.n_copied + k.n_unstable, 100);
  close_host (&h);
}
END_TEST

SUITE ("sharing table",
       tcase_add_loop_test (tc, random_calls_agree_with_tables, 0, 6);)
