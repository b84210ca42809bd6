/* Keeps compressed pages of a guest, oldest first.
 *
 * Pages in the cache are records in an array, linked from the oldest to the
 * newest; free records are linked through `next`. place[gfn] is the record of a
 * page. A page takes half a frame whatever it shrank to:
 *
 *   frames = (pages + 1) / 2,   limit = min (max of visible, part of allocated)
 *
 * A half that is left alone pairs with the next page or the next lone half, so
 * at most one frame is half empty.
 *
 * Invariant: the list holds n_pages records, their bytes add up, place and
 * records point at each other.
 * Cost: O(1) an operation; allocates when more pages are in than ever before.
 * Left out: slots of 1 KiB; ageing other than by order of entry, of which no
 * source says more than "the oldest".
 * Source: vSphere 4, "Memory compression"; settings Mem.MemZip*.
 */
#include <vhm/base/require.h>
#include <vhm/model/compression.h>

#include <string.h>

#define NONE UINT32_MAX
#define FIRST_RECORDS 64 /* 1 KiB; grows by doubling */

struct record {
  uint32_t gfn, bytes;
  uint32_t prev, next; /* prev is older */
};

struct vhm_compression {
  struct vhm_compression_config config;
  uint32_t n_gfns, limit_frames;
  uint32_t *place;
  struct record *records;
  uint32_t n_records; /* of them, in use or on the free list */
  uint32_t capacity;
  uint32_t oldest, newest, unused; /* list heads */
  struct vhm_compression_counts counts;
};

vhm_compression *
vhm_compression_new (const struct vhm_compression_config *config,
                     uint32_t n_gfns)
{
  VHM_REQUIRE (config->max_ppm <= VHM_PPM
               && config->max_allocated_ppm <= VHM_PPM && n_gfns > 0);
  vhm_compression *c = g_new0 (vhm_compression, 1);
  c->config = *config;
  c->n_gfns = n_gfns;
  c->place = g_new (uint32_t, n_gfns);
  memset (c->place, 0xff, n_gfns * sizeof *c->place);
  c->oldest = c->newest = c->unused = NONE;
  return c;
}

void
vhm_compression_free (vhm_compression *c)
{
  g_free (c->place);
  g_free (c->records);
  g_free (c);
}

void
vhm_compression_set_limit (vhm_compression *c, uint64_t visible,
                           uint64_t allocated)
{
  uint64_t most = vhm_scale_ppm (visible, c->config.max_ppm);
  uint64_t part = vhm_scale_ppm (allocated, c->config.max_allocated_ppm);
  c->limit_frames = (uint32_t) MIN (MIN (most, part), c->n_gfns);
}

uint32_t
vhm_compression_limit_frames (const vhm_compression *c)
{
  return c->limit_frames;
}

static uint64_t
frames_of (uint64_t n_pages)
{
  return (n_pages + VHM_COMPRESSION_PER_FRAME - 1) / VHM_COMPRESSION_PER_FRAME;
}

bool
vhm_compression_accepts (vhm_compression *c, uint32_t bytes)
{
  if (c->limit_frames == 0)
    return false;
  c->counts.work_ns += c->config.compress_ns;
  if (bytes <= VHM_COMPRESSION_ACCEPT_BYTES)
    return true;
  c->counts.n_refused++;
  return false;
}

bool
vhm_compression_is_full (const vhm_compression *c)
{
  return frames_of (c->counts.n_pages + 1) > c->limit_frames;
}

bool
vhm_compression_is_over (const vhm_compression *c)
{
  return frames_of (c->counts.n_pages) > c->limit_frames;
}

static uint32_t
new_record (vhm_compression *c)
{
  uint32_t i = c->unused;
  if (i != NONE) {
    c->unused = c->records[i].next;
    return i;
  }
  if (c->n_records == c->capacity) {
    VHM_PARANOID (vhm_compression_audit (c) == NULL);
    c->capacity = MAX (2 * c->capacity, VHM_FIRST_CAPACITY (FIRST_RECORDS));
    c->records = g_renew (struct record, c->records, c->capacity);
  }
  return c->n_records++;
}

void
vhm_compression_put (vhm_compression *c, uint32_t gfn, uint32_t bytes)
{
  VHM_REQUIRE (bytes <= VHM_COMPRESSION_ACCEPT_BYTES);
  VHM_REQUIRE (!vhm_compression_has (c, gfn) && !vhm_compression_is_full (c));
  uint32_t i = new_record (c);
  c->records[i] = (struct record){ gfn, bytes, c->newest, NONE };
  if (c->newest == NONE)
    c->oldest = i;
  else
    c->records[c->newest].next = i;
  c->newest = i;
  c->place[gfn] = i;
  c->counts.n_pages++;
  c->counts.bytes += bytes;
  c->counts.n_in++;
  c->counts.in_bytes += bytes;
}

static void
unlink_record (vhm_compression *c, uint32_t i)
{
  struct record *r = &c->records[i];
  if (r->prev == NONE)
    c->oldest = r->next;
  else
    c->records[r->prev].next = r->next;
  if (r->next == NONE)
    c->newest = r->prev;
  else
    c->records[r->next].prev = r->prev;
  c->place[r->gfn] = NONE;
  c->counts.n_pages--;
  c->counts.bytes -= r->bytes;
  r->next = c->unused;
  c->unused = i;
}

static void
take_out (vhm_compression *c, uint32_t gfn)
{
  VHM_REQUIRE (vhm_compression_has (c, gfn));
  unlink_record (c, c->place[gfn]);
}

uint32_t
vhm_compression_oldest (const vhm_compression *c)
{
  VHM_REQUIRE (c->oldest != NONE);
  return c->records[c->oldest].gfn;
}

uint32_t
vhm_compression_evict (vhm_compression *c)
{
  uint32_t gfn = vhm_compression_oldest (c);
  take_out (c, gfn);
  c->counts.n_evicted++;
  c->counts.work_ns += c->config.decompress_ns;
  return gfn;
}

bool
vhm_compression_has (const vhm_compression *c, uint32_t gfn)
{
  VHM_REQUIRE (gfn < c->n_gfns);
  return c->place[gfn] != NONE;
}

void
vhm_compression_take (vhm_compression *c, uint32_t gfn)
{
  take_out (c, gfn);
  c->counts.n_out++;
  c->counts.work_ns += c->config.decompress_ns;
}

void
vhm_compression_drop (vhm_compression *c, uint32_t gfn)
{
  take_out (c, gfn);
  c->counts.n_dropped++;
}

void
vhm_compression_reset (vhm_compression *c)
{
  while (c->oldest != NONE)
    vhm_compression_drop (c, c->records[c->oldest].gfn);
}

struct vhm_compression_counts
vhm_compression_counts (const vhm_compression *c)
{
  struct vhm_compression_counts counts = c->counts;
  counts.n_frames = frames_of (counts.n_pages);
  return counts;
}

uint64_t
vhm_compression_bytes (const vhm_compression *c)
{
  return (uint64_t) c->n_gfns * sizeof *c->place
         + (uint64_t) c->capacity * sizeof *c->records;
}

const char *
vhm_compression_audit (const vhm_compression *c)
{
  uint64_t n = 0, bytes = 0, n_placed = 0;
  uint32_t prev = NONE;
  for (uint32_t i = c->oldest; i != NONE; i = c->records[i].next) {
    const struct record *r = &c->records[i];
    if (n++ > c->counts.n_pages || r->prev != prev)
      return "the list of compressed pages is not linked both ways";
    if (c->place[r->gfn] != i)
      return "a compressed page does not know its place";
    bytes += r->bytes;
    prev = i;
  }
  for (uint32_t gfn = 0; gfn < c->n_gfns; gfn++)
    n_placed += c->place[gfn] != NONE;
  if (prev != c->newest || n != c->counts.n_pages || n_placed != n)
    return "the count of compressed pages differs from their list or places";
  if (bytes != c->counts.bytes)
    return "the sizes of compressed pages do not add up";
  const struct vhm_compression_counts *k = &c->counts;
  if (k->n_in != k->n_out + k->n_evicted + k->n_dropped + n)
    return "compressed pages came in that are neither there nor gone";
  return NULL;
}
