/* Reads a recorded trace, block after block, and believes nothing.
 *
 * Decoding a block is one loop without a branch that depends on the data: the
 * control byte selects masks and a step, and one unaligned load of 8 bytes holds
 * both numbers. Numbers of pages form one chain of additions, places in the
 * data another; nothing else waits. All that can be wrong is one test; what it
 * was is found out afterwards, for the message.
 *
 * Invariant: page numbers handed out are below the number of pages known, and
 * first occur in order. Cost: 2 to 3 ns a visit; one block, 2 MiB, in memory.
 */
#include "trace_format.h"

#include <stdarg.h>
#include <vhm/base/error.h>

#define SLACK_BYTES 8 /* a load of 8 bytes may begin at the last byte */

struct vhm_trace_reader {
  vhm_source *source;
  uint64_t at; /* byte of the (uncompressed) trace that `payload` begins at */
  unsigned page_shift, kinds;
  bool is_done;
  struct vhm_trace_totals totals;
  uint32_t last_page;
  uint64_t last_original;
  uint8_t *payload;
  uint32_t n_visits, n_new, n_data, n_names; /* of the block */
  struct vhm_trace_visit *visits;
  uint64_t *names;
  bool is_wrong_control[256];
};

static bool fail (const vhm_trace_reader *r, uint64_t at, GError **error,
                  const char *format, ...) G_GNUC_PRINTF (4, 5);

static bool
fail (const vhm_trace_reader *r, uint64_t at, GError **error,
      const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VHM_ERROR, VHM_ERROR_SCENARIO,
               "%s: byte %" G_GUINT64_FORMAT ": %s",
               vhm_source_name (r->source), at, what);
  return false;
}

/* Reads on, at r->at, and moves it; less than `size` is a mistake. */
static bool
need (vhm_trace_reader *r, void *buffer, size_t size, GError **error)
{
  size_t n;
  if (!vhm_source_read (r->source, buffer, size, &n, error))
    return false;
  r->at += n;
  return n == size
         || fail (r, r->at, error,
                  "the trace ends too early; the whole file, as it was "
                  "written");
}

/* --- the head --------------------------------------------------------------*/

static bool
fail_magic (const vhm_trace_reader *r, const uint8_t *head, GError **error)
{
  static const uint8_t zstd[4] = { 0x28, 0xb5, 0x2f, 0xfd };
  if (memcmp (head, zstd, sizeof zstd) == 0)
    return fail (r, 0, error,
                 "compressed by Zstandard; give it a name that ends in .zst");
  return fail (r, 0, error,
               "this is no recorded trace; a file made by `vhm import`");
}

static bool
read_head (vhm_trace_reader *r, GError **error)
{
  uint8_t head[TRACE_HEAD_BYTES];
  size_t n;
  if (!vhm_source_read (r->source, head, sizeof head, &n, error))
    return false;
  size_t known = MIN (n, TRACE_MAGIC_BYTES);
  if (memcmp (head, TRACE_MAGIC, known) != 0)
    return known < 4 ? fail (r, 0, error,
                             "this is no recorded trace; a file "
                             "made by `vhm import`")
                     : fail_magic (r, head, error);
  if (n < sizeof head)
    return fail (r, n, error, "the trace ends within its head; the whole file");
  r->at = n;
  unsigned version = head[8] | (unsigned) head[9] << 8;
  if (version != TRACE_VERSION)
    return fail (r, 8, error, "version %u of the format; version %d", version,
                 TRACE_VERSION);
  if (trace_sum (TRACE_SUM_SEED, head, 16) != trace_get_64 (head + 16))
    return fail (r, 16, error, "the head is damaged (checksum)");
  r->page_shift = head[10];
  r->kinds = head[11];
  if (r->page_shift < VHM_TRACE_LEAST_SHIFT
      || r->page_shift > VHM_TRACE_MOST_SHIFT)
    return fail (r, 10, error, "pages of 2^%u bytes; 2^%d to 2^%d",
                 r->page_shift, VHM_TRACE_LEAST_SHIFT, VHM_TRACE_MOST_SHIFT);
  if (r->kinds == 0 || r->kinds > VHM_TRACE_ALL_KINDS)
    return fail (r, 11, error, "unknown kinds of accesses (%u); 1 to %d",
                 r->kinds, VHM_TRACE_ALL_KINDS);
  return trace_get_32 (head + 12) == 0
         || fail (r, 12, error, "a reserved field is used; zero");
}

vhm_trace_reader *
vhm_trace_reader_new (vhm_source *source, GError **error)
{
  g_autoptr (vhm_trace_reader) r = g_new0 (vhm_trace_reader, 1);
  r->source = source;
  if (!read_head (r, error))
    return NULL;
  r->payload = g_malloc0 (TRACE_PAYLOAD_BYTES + SLACK_BYTES);
  r->visits = g_new (struct vhm_trace_visit, TRACE_BLOCK_VISITS);
  r->names = g_new (uint64_t, TRACE_BLOCK_VISITS);
  for (unsigned c = 0; c < G_N_ELEMENTS (r->is_wrong_control); c++) {
    unsigned kinds = c >> CONTROL_KINDS_SHIFT;
    r->is_wrong_control[c] = kinds == 0 || (kinds & ~r->kinds) != 0;
  }
  return g_steal_pointer (&r);
}

void
vhm_trace_reader_free (vhm_trace_reader *r)
{
  if (!r)
    return;
  g_free (r->payload);
  g_free (r->visits);
  g_free (r->names);
  g_free (r);
}

/* --- visits ----------------------------------------------------------------*/

/* Control byte and numbers of one visit. */
struct fields {
  uint32_t step, run;
  unsigned form, run_form, n_bytes;
};

static inline struct fields
fields_at (unsigned control, const uint8_t *data)
{
  static const uint64_t page_mask[4] = { 0xff, 0xffff, 0xffffff, UINT32_MAX };
  static const uint64_t run_mask[4] = { 0, 0xff, 0xffff, UINT32_MAX };
  struct fields f = { .form = control & CONTROL_PAGE_MASK,
                      .run_form = control >> CONTROL_RUN_SHIFT & 3 };
  uint64_t word = trace_get_64 (data);
  f.step = (uint32_t) (word & page_mask[f.form]);
  f.run = (uint32_t) (word >> (8 * (f.form + 1)) & run_mask[f.run_form]);
  f.n_bytes = f.form + 1 + trace_run_bytes[f.run_form];
  return f;
}

static inline bool
are_shortest (const struct fields *f)
{
  return f->step >= trace_least_page[f->form]
         && f->run >= trace_least_run[f->run_form];
}

/* Where the decoding of a block stands: before visit i, its numbers at data. */
struct place {
  uint32_t i, page, n_pages;
  const uint8_t *data;
};

/* Decodes visits until one is wrong. */
static struct place
decode (vhm_trace_reader *r)
{
  const uint8_t *control = r->payload, *end = control + r->n_visits + r->n_data;
  struct place p
      = { 0, r->last_page, r->totals.n_pages, control + r->n_visits };
  uint64_t n_accesses = 0;
  for (; p.i < r->n_visits; p.i++) {
    unsigned c = control[p.i];
    struct fields f = fields_at (c, p.data);
    uint32_t page = p.page + (uint32_t) trace_unzigzag (f.step);
    /* one test, nearly never true: predicted, it costs nothing */
    if (G_UNLIKELY (r->is_wrong_control[c] | !are_shortest (&f)
                    | (f.run >= VHM_TRACE_MAX_RUN) | (page > p.n_pages)
                    | (p.data + f.n_bytes > end)))
      break;
    p.n_pages += page == p.n_pages;
    p.page = page;
    p.data += f.n_bytes;
    n_accesses += f.run + UINT64_C (1);
    r->visits[p.i]
        = (struct vhm_trace_visit){ page, f.run & (VHM_TRACE_MAX_RUN - 1),
                                    c >> CONTROL_KINDS_SHIFT & 7 };
  }
  r->totals.n_accesses += n_accesses;
  return p;
}

/* What is wrong with the visit that decoding stopped at. */
static bool
explain (const vhm_trace_reader *r, const struct place *p, GError **error)
{
  unsigned c = r->payload[p->i];
  struct fields f = fields_at (c, p->data);
  uint64_t at = r->at + (uint64_t) (p->data - r->payload);
  if (r->is_wrong_control[c])
    return fail (r, r->at + p->i, error,
                 "control byte 0x%02x: a visit of kinds that the head does not "
                 "name (0x%x)",
                 c, r->kinds);
  if (p->data + f.n_bytes > r->payload + r->n_visits + r->n_data)
    return fail (r, at, error, "a visit reaches beyond its block");
  if (!are_shortest (&f))
    return fail (r, at, error,
                 "a number that is longer than it need be; the "
                 "shortest form");
  if (f.run >= VHM_TRACE_MAX_RUN)
    return fail (r, at, error, "a run of %u accesses; at most %u", f.run,
                 VHM_TRACE_MAX_RUN);
  return fail (r, at, error,
               "page number %u out of range; below %u, or %u for a new one",
               p->page + (uint32_t) trace_unzigzag (f.step), p->n_pages,
               p->n_pages);
}

static bool
read_visits (vhm_trace_reader *r, GError **error)
{
  struct place p = decode (r);
  if (p.i < r->n_visits)
    return explain (r, &p, error);
  uint64_t at = r->at + (uint64_t) (p.data - r->payload);
  if (p.data != r->payload + r->n_visits + r->n_data)
    return fail (r, at, error, "bytes left over after the block's visits");
  if (p.n_pages - r->totals.n_pages != r->n_new)
    return fail (r, r->at, error, "%u pages are new in a block that names %u",
                 p.n_pages - r->totals.n_pages, r->n_new);
  r->last_page = p.page;
  r->totals.n_pages = p.n_pages;
  r->totals.n_visits += r->n_visits;
  return true;
}

/* --- names of pages ---------------------------------------------------------*/

/* One number of 7 bits a byte, low ones first; NULL if it is none. */
static const uint8_t *
take_name (const uint8_t *from, const uint8_t *end, uint64_t *ret)
{
  *ret = 0;
  for (unsigned shift = 0; from < end && shift < 64; shift += 7) {
    uint64_t bits = *from & 0x7f;
    bool is_last = *from++ < 0x80;
    *ret |= bits << shift;
    if (is_last)
      return (shift > 0 && bits == 0) || bits << shift >> shift != bits
                 ? NULL /* too long, or more than 64 bits */
                 : from;
  }
  return NULL;
}

static bool
read_names (vhm_trace_reader *r, GError **error)
{
  const uint8_t *from = r->payload + r->n_visits + r->n_data;
  const uint8_t *end = from + r->n_names;
  for (uint32_t i = 0; i < r->n_new; i++) {
    uint64_t step, at = r->at + (uint64_t) (from - r->payload);
    from = take_name (from, end, &step);
    if (!from)
      return fail (r, at, error, "the name of a page is cut short or overlong");
    r->last_original += trace_unzigzag (step);
    r->names[i] = r->last_original;
  }
  return from == end
         || fail (r, r->at + (uint64_t) (from - r->payload), error,
                  "bytes left over after the block's new pages");
}

/* --- blocks -----------------------------------------------------------------*/

static bool
read_end (vhm_trace_reader *r, GError **error)
{
  struct vhm_trace_totals *t = &r->totals;
  uint64_t said[TRACE_TOTALS_BYTES / 8];
  for (size_t i = 0; i < G_N_ELEMENTS (said); i++)
    said[i] = trace_get_64 (r->payload + 8 * i);
  t->n_loads = said[2];
  t->n_stores = said[3];
  t->n_fetches = said[4];
  if (said[0] != t->n_visits || said[1] != t->n_accesses
      || said[5] != t->n_pages)
    return fail (r, r->at, error, "the totals are not those of the visits");
  if (t->n_loads + t->n_stores + t->n_fetches != t->n_accesses)
    return fail (r, r->at + 16, error,
                 "loads, stores and fetches do not sum to the accesses");
  uint8_t more;
  size_t n;
  if (!vhm_source_read (r->source, &more, 1, &n, error))
    return false;
  r->is_done = true;
  return n == 0
         || fail (r, r->at + TRACE_TOTALS_BYTES, error,
                  "bytes after the end of the trace; nothing");
}

static bool
has_sane_sizes (const vhm_trace_reader *r)
{
  if (r->n_visits == 0)
    return r->n_data == TRACE_TOTALS_BYTES && r->n_new == 0 && r->n_names == 0;
  return r->n_visits <= TRACE_BLOCK_VISITS && r->n_data >= r->n_visits
         && r->n_data <= r->n_visits * TRACE_VISIT_BYTES
         && r->n_new <= r->n_visits && r->n_names >= r->n_new
         && r->n_names <= r->n_new * TRACE_NAME_BYTES;
}

/* Head and payload of the next block; r->at is left at the payload. */
static bool
read_block (vhm_trace_reader *r, GError **error)
{
  uint8_t head[TRACE_BLOCK_HEAD_BYTES];
  uint64_t start = r->at;
  if (!need (r, head, sizeof head, error))
    return false;
  r->n_visits = trace_get_32 (head);
  r->n_new = trace_get_32 (head + 4);
  r->n_data = trace_get_32 (head + 8);
  r->n_names = trace_get_32 (head + 12);
  if (!has_sane_sizes (r))
    return fail (r, start, error, "a block of impossible sizes");
  size_t size = r->n_visits + r->n_data + r->n_names;
  if (!need (r, r->payload, size, error))
    return false;
  r->at -= size;
  uint64_t sum = trace_sum (TRACE_SUM_SEED, head, 16);
  sum = trace_sum (sum, r->payload, r->n_visits);
  sum = trace_sum (sum, r->payload + r->n_visits, r->n_data);
  sum = trace_sum (sum, r->payload + r->n_visits + r->n_data, r->n_names);
  return sum == trace_get_64 (head + 16)
         || fail (r, start, error, "a block is damaged (checksum)");
}

bool
vhm_trace_read (vhm_trace_reader *r, const struct vhm_trace_visit **ret,
                size_t *ret_n, GError **error)
{
  *ret = r->visits;
  *ret_n = r->n_new = 0;
  if (r->is_done)
    return true;
  if (!read_block (r, error))
    return false;
  if (r->n_visits == 0)
    return read_end (r, error);
  if (!read_visits (r, error) || !read_names (r, error))
    return false;
  *ret_n = r->n_visits;
  r->at += r->n_visits + r->n_data + r->n_names;
  return true;
}

/* --- what is known ----------------------------------------------------------*/

unsigned
vhm_trace_page_shift (const vhm_trace_reader *r)
{
  return r->page_shift;
}

unsigned
vhm_trace_kinds (const vhm_trace_reader *r)
{
  return r->kinds;
}

const uint64_t *
vhm_trace_new_pages (const vhm_trace_reader *r, size_t *ret_n)
{
  *ret_n = r->n_new;
  return r->names;
}

struct vhm_trace_totals
vhm_trace_totals (const vhm_trace_reader *r)
{
  return r->totals;
}
