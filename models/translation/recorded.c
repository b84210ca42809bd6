/* Replays a recorded trace as visits to pages.
 *
 *   recorded address   GiB number g   page within it p
 *   virtual page       rank of g among those visited << 18 | p
 *   guest frame        guest pages numbered by first visit, << size | rest
 *
 * The first line of a visit is not recorded: lines are spread by a hash of the
 * page, the same at each visit.
 *
 * Cost: new O(pages log GiBs), 16 bytes a page; a visit O(1), two loads.
 */
#include <vhm/model/recorded.h>

#include <string.h>

#include <vhm/base/require.h>

#define SMALL_SHIFT 12               /* of a 4 KiB page */
#define GIB_SHIFT (30 - SMALL_SHIFT) /* 4 KiB pages in a GiB, as a power of 2 */
#define LINES_A_PAGE 64
#define GOLDEN UINT64_C (0x9e3779b97f4a7c15) /* 2^64 / golden ratio */

struct page {
  uint64_t vpn, gfn;
};

struct vhm_recorded {
  const struct vhm_trace *trace;
  struct page *pages;
  uint64_t at; /* the next visit */
  uint8_t guest_size, host_size;
};

static uint64_t
original_vpn (const struct vhm_trace *trace, uint64_t page)
{
  return trace->original[page] << (trace->page_shift - SMALL_SHIFT);
}

/* --- GiBs -------------------------------------------------------------------
 */

static int
compare (gconstpointer a, gconstpointer b)
{
  uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;
  return x < y ? -1 : x > y;
}

/* Those visited, ascending. Neighbours in the trace are mostly of one GiB. */
static GArray *
gibs_of (const struct vhm_trace *trace)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  GArray *gibs = g_array_sized_new (FALSE, FALSE, sizeof (uint64_t),
                                    VHM_RECORDED_MOST_GIB);
  uint64_t last = UINT64_MAX;
  for (uint64_t i = 0; i < trace->totals.n_pages; i++) {
    uint64_t gib = original_vpn (trace, i) >> GIB_SHIFT;
    if (gib == last || g_hash_table_contains (seen, &gib))
      continue;
    last = gib;
    uint64_t *key = g_new (uint64_t, 1);
    *key = gib;
    g_hash_table_add (seen, key);
    g_array_append_val (gibs, gib);
  }
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, seen);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_free (key);
  g_array_sort (gibs, compare);
  return gibs;
}

uint64_t
vhm_recorded_n_gib (const struct vhm_trace *trace)
{
  g_autoptr (GArray) gibs = gibs_of (trace);
  return gibs->len;
}

/* --- pages ------------------------------------------------------------------
 */

static void
place_pages (vhm_recorded *r)
{
  g_autoptr (GArray) gibs = gibs_of (r->trace);
  VHM_REQUIRE (gibs->len <= VHM_RECORDED_MOST_GIB);
  for (uint64_t i = 0; i < r->trace->totals.n_pages; i++) {
    uint64_t vpn = original_vpn (r->trace, i), gib = vpn >> GIB_SHIFT;
    guint rank = 0;
    bool is_known = g_array_binary_search (gibs, &gib, compare, &rank);
    VHM_REQUIRE (is_known);
    uint64_t rest = vpn & ((UINT64_C (1) << GIB_SHIFT) - 1);
    r->pages[i].vpn = (uint64_t) rank << GIB_SHIFT | rest;
  }
}

/* Pages of the trace are numbered by first visit, so their order is that of
 * time. */
static void
give_frames (vhm_recorded *r)
{
  unsigned shift = vhm_page_size_shift ((enum vhm_page_size) r->guest_size);
  g_autoptr (GHashTable) frames = g_hash_table_new (g_direct_hash, NULL);
  for (uint64_t i = 0; i < r->trace->totals.n_pages; i++) {
    struct page *page = &r->pages[i];
    gpointer guest_page = GSIZE_TO_POINTER (page->vpn >> shift), known;
    if (!g_hash_table_lookup_extended (frames, guest_page, NULL, &known)) {
      known = GSIZE_TO_POINTER (g_hash_table_size (frames));
      g_hash_table_insert (frames, guest_page, known);
    }
    uint64_t rest = page->vpn & ((UINT64_C (1) << shift) - 1);
    page->gfn = (uint64_t) GPOINTER_TO_SIZE (known) << shift | rest;
  }
}

vhm_recorded *
vhm_recorded_new (const struct vhm_trace *trace, enum vhm_page_size guest_size,
                  enum vhm_page_size host_size)
{
  VHM_REQUIRE (trace->totals.n_visits > 0);
  vhm_recorded *r = g_new0 (vhm_recorded, 1);
  r->trace = trace;
  r->guest_size = (uint8_t) guest_size;
  r->host_size = (uint8_t) host_size;
  r->pages = g_new (struct page, trace->totals.n_pages);
  place_pages (r);
  give_frames (r);
  return r;
}

void
vhm_recorded_free (vhm_recorded *recorded)
{
  if (!recorded)
    return;
  g_free (recorded->pages);
  g_free (recorded);
}

/* --- visits -----------------------------------------------------------------
 */

void
vhm_recorded_draw (vhm_recorded *r, size_t n, struct vhm_access *ret)
{
  for (size_t i = 0; i < n; i++) {
    struct vhm_reference visit = r->trace->visits[r->at];
    const struct page *page = &r->pages[visit.page];
    ret[i] = (struct vhm_access){
      .vpn = (uint32_t) page->vpn,
      .gfn = (uint32_t) page->gfn,
      .guest_size = r->guest_size,
      .host_size = r->host_size,
      .kind = visit.write ? VHM_ACCESS_STORE : VHM_ACCESS_LOAD,
      .line = (uint8_t) ((page->vpn * GOLDEN >> 32) % LINES_A_PAGE),
    };
    r->at = r->at + 1 < r->trace->totals.n_visits ? r->at + 1 : 0;
  }
}
