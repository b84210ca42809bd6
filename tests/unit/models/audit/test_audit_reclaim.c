/* The audits of page sharing, of the compression cache and of lists of frames
 * would find something:
 * each invariant is broken once, by hand. Their sources are compiled in, since
 * their records are in no header. */
#include "compression.c"
#include "frame_lists.c"
#include "sharing.c"
#include "suite.h"

#include <string.h>

enum { N_FRAMES = 64 };

static uint64_t
key_in (void *context, uint32_t frame)
{
  (void) context;
  return frame < 16 ? frame / 4 * 2 : 2 * frame + 1;
}

/* Frames 0, 4, 8, 12 are shared by four pages each, 0 of them zero; hints above
 * 16. */
static vhm_sharing *
a_sharing (void)
{
  static const struct vhm_sharing_config config;
  vhm_sharing *s = vhm_sharing_new (&config, N_FRAMES, key_in, NULL);
  for (uint32_t f = 0; f < 40; f++)
    vhm_sharing_scan (s, f, key_in (NULL, f));
  ck_assert_ptr_null (vhm_sharing_audit (s));
  return s;
}

static void
lose_a_user (vhm_sharing *s)
{
  share_table_at (&s->table, 4)->n_users--;
}

static void
miscount_zero (vhm_sharing *s)
{
  s->counts.n_zero++;
}

static void
miscount_frames (vhm_sharing *s)
{
  s->counts.n_frames--;
}

static void
forget_a_scan (vhm_sharing *s)
{
  s->table.frames[20].seen = 0;
}

static void
misplace (vhm_sharing *s)
{
  s->table.frames[20].place = s->table.frames[21].place;
}

static void
lose_a_key (vhm_sharing *s)
{
  share_table_at (&s->table, 20)->key++;
}

static void
double_a_key (vhm_sharing *s)
{
  share_table_at (&s->table, 20)->key = share_table_at (&s->table, 21)->key;
}

static void
miscount_entries (vhm_sharing *s)
{
  s->table.n++;
}

static void
place_a_stranger (vhm_sharing *s)
{
  s->table.frames[N_FRAMES - 1].place = 0;
}

static const struct {
  const char *name;
  void (*harm) (vhm_sharing *s);
  const char *finding;
} sharing_harms[] = {
  { "a user", lose_a_user, "do not add up to the shared pages" },
  { "frames", miscount_frames, "do not add up to the shared pages" },
  { "zero pages", miscount_zero, "do not add up to the zero pages" },
  { "a scan", forget_a_scan, "no scan has seen" },
  { "a place", misplace, "does not know its place" },
  { "a key", lose_a_key, "not found" },
  { "a key twice", double_a_key, "found twice" },
  { "the count", miscount_entries, "count differs" },
  { "a stranger", place_a_stranger, "count differs" },
};

START_TEST (harm_to_page_sharing_is_found)
{
  g_autoptr (vhm_sharing) s = a_sharing ();
  sharing_harms[_i].harm (s);
  const char *finding = vhm_sharing_audit (s);
  ck_assert_msg (finding && strstr (finding, sharing_harms[_i].finding),
                 "%s: %s", sharing_harms[_i].name,
                 finding ? finding : "nothing found");
}
END_TEST

/* Pages 0 to 19, every third one gone again. */
static vhm_compression *
a_cache (void)
{
  static const struct vhm_compression_config config
      = { .max_ppm = 1000000, .max_allocated_ppm = 1000000 };
  vhm_compression *c = vhm_compression_new (&config, N_FRAMES);
  vhm_compression_set_limit (c, N_FRAMES, N_FRAMES);
  for (uint32_t gfn = 0; gfn < 20; gfn++)
    vhm_compression_put (c, gfn, 100 + gfn);
  for (uint32_t gfn = 0; gfn < 20; gfn += 3)
    vhm_compression_take (c, gfn);
  ck_assert_ptr_null (vhm_compression_audit (c));
  return c;
}

static void
unlink_backwards (vhm_compression *c)
{
  c->records[c->place[7]].prev = NONE;
}

static void
forget_the_newest (vhm_compression *c)
{
  c->newest = c->oldest;
}

static void
shrink_a_page (vhm_compression *c)
{
  c->records[c->place[7]].bytes--;
}

static void
swap_places (vhm_compression *c)
{
  uint32_t was = c->place[7];
  c->place[7] = c->place[8];
  c->place[8] = was;
}

static void
place_another (vhm_compression *c)
{
  c->place[N_FRAMES - 1] = c->place[7];
}

static void
lose_count (vhm_compression *c)
{
  c->counts.n_pages++;
}

static void
lose_track (vhm_compression *c)
{
  c->counts.n_in++;
}

static const struct {
  const char *name;
  void (*harm) (vhm_compression *c);
  const char *finding;
} compression_harms[] = {
  { "a link", unlink_backwards, "not linked both ways" },
  { "the newest", forget_the_newest, "count of compressed pages" },
  { "a size", shrink_a_page, "sizes" },
  { "places", swap_places, "does not know its place" },
  { "a place too many", place_another, "count of compressed pages" },
  { "the count", lose_count, "count of compressed pages" },
  { "who came in", lose_track, "neither there nor gone" },
};

START_TEST (harm_to_the_compression_cache_is_found)
{
  g_autoptr (vhm_compression) c = a_cache ();
  compression_harms[_i].harm (c);
  const char *finding = vhm_compression_audit (c);
  ck_assert_msg (finding && strstr (finding, compression_harms[_i].finding),
                 "%s: %s", compression_harms[_i].name,
                 finding ? finding : "nothing found");
}
END_TEST

/* Frames 0 to 29, ten in each list. */
static vhm_frame_lists *
some_lists (void)
{
  vhm_frame_lists *l = vhm_frame_lists_new (N_FRAMES, 4);
  for (uint32_t f = 0; f < 30; f++)
    vhm_frame_lists_put (l, f, (enum vhm_frame_list) (f % VHM_N_FRAME_LISTS));
  ck_assert_ptr_null (vhm_frame_lists_audit (l));
  return l;
}

static void
break_a_link (vhm_frame_lists *l)
{
  l->older[6] = 0;
}

static void
close_a_ring (vhm_frame_lists *l)
{
  l->newer[27] = 0;
}

static void
name_another_list (vhm_frame_lists *l)
{
  l->list_of[6] = VHM_FRAME_ACTIVE;
}

static void
miscount_a_list (vhm_frame_lists *l)
{
  l->list[VHM_FRAME_INACTIVE].n++;
}

static void
list_a_stranger (vhm_frame_lists *l)
{
  l->list_of[N_FRAMES - 1] = VHM_FRAME_INACTIVE;
}

static const struct {
  const char *name;
  void (*harm) (vhm_frame_lists *l);
  const char *finding;
} list_harms[] = {
  { "a link", break_a_link, "linked wrongly" },
  { "the end", close_a_ring, "linked wrongly" },
  { "a name", name_another_list, "linked wrongly" },
  { "the count", miscount_a_list, "counted wrongly" },
  { "a stranger", list_a_stranger, "in no list and says it is" },
};

START_TEST (harm_to_lists_of_frames_is_found)
{
  g_autoptr (vhm_frame_lists) l = some_lists ();
  list_harms[_i].harm (l);
  const char *finding = vhm_frame_lists_audit (l);
  ck_assert_msg (finding && strstr (finding, list_harms[_i].finding), "%s: %s",
                 list_harms[_i].name, finding ? finding : "nothing found");
}
END_TEST

SUITE ("audit of reclaim",
       tcase_add_loop_test (tc, harm_to_page_sharing_is_found, 0,
                            G_N_ELEMENTS (sharing_harms));
       tcase_add_loop_test (tc, harm_to_the_compression_cache_is_found, 0,
                            G_N_ELEMENTS (compression_harms));
       tcase_add_loop_test (tc, harm_to_lists_of_frames_is_found, 0,
                            G_N_ELEMENTS (list_harms));)
