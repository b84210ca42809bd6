/* Writes a recorded trace, block after block.
 *
 * Pages are numbered as they first come up. The one big table is a hash from
 * the program's page numbers to ours; while a run of visits stays within a few
 * pages, a small cache in front of it answers.
 *
 * Cost: one block in memory, some 60 bytes a page. Source of splitting lengths
 * from numbers: Lemire, Kurz, Rupp, "Stream VByte", Inf. Proc. Letters 130
 * (2018).
 */
#include "trace_format.h"

#include <vhm/base/error.h>
#include <vhm/base/require.h>

#define N_RECENT 256 /* recently visited pages, by their low bits */

struct recent {
  uint64_t original;
  uint32_t page_plus_1; /* 0: nothing here */
};

struct vhm_trace_writer {
  vhm_sink *sink;
  unsigned kinds;
  bool has_head, is_finished;
  uint8_t head[TRACE_HEAD_BYTES];
  GHashTable *numbers; /* program's page number -> ours + 1 */
  struct recent recent[N_RECENT];
  struct vhm_trace_totals totals;
  uint32_t last_page;
  uint64_t last_original;
  /* the block being filled */
  uint32_t n_visits, n_new;
  size_t n_data, n_names; /* bytes */
  uint8_t *control, *data, *names;
};

vhm_trace_writer *
vhm_trace_writer_new (vhm_sink *sink, unsigned page_shift, unsigned kinds)
{
  VHM_REQUIRE (page_shift >= VHM_TRACE_LEAST_SHIFT
               && page_shift <= VHM_TRACE_MOST_SHIFT);
  VHM_REQUIRE (kinds > 0 && kinds <= VHM_TRACE_ALL_KINDS);
  vhm_trace_writer *w = g_new0 (vhm_trace_writer, 1);
  w->sink = sink;
  w->kinds = kinds;
  w->numbers
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  w->control = g_malloc (TRACE_BLOCK_VISITS);
  w->data = g_malloc (TRACE_BLOCK_VISITS * TRACE_VISIT_BYTES);
  w->names = g_malloc (TRACE_BLOCK_VISITS * TRACE_NAME_BYTES);
  memcpy (w->head, TRACE_MAGIC, TRACE_MAGIC_BYTES);
  w->head[8] = TRACE_VERSION;
  w->head[10] = (uint8_t) page_shift;
  w->head[11] = (uint8_t) kinds;
  trace_put_64 (w->head + 16, trace_sum (TRACE_SUM_SEED, w->head, 16));
  return w;
}

void
vhm_trace_writer_free (vhm_trace_writer *w)
{
  if (!w)
    return;
  g_hash_table_unref (w->numbers);
  g_free (w->control);
  g_free (w->data);
  g_free (w->names);
  g_free (w);
}

/* --- blocks ----------------------------------------------------------------*/

static bool
write_block (vhm_trace_writer *w, GError **error)
{
  uint8_t head[TRACE_BLOCK_HEAD_BYTES];
  if (!w->sink) {
    w->n_visits = w->n_new = 0;
    w->n_data = w->n_names = 0;
    return true;
  }
  if (!w->has_head
      && !vhm_sink_write (w->sink, w->head, TRACE_HEAD_BYTES, error))
    return false;
  w->has_head = true;
  trace_put_32 (head, w->n_visits);
  trace_put_32 (head + 4, w->n_new);
  trace_put_32 (head + 8, (uint32_t) w->n_data);
  trace_put_32 (head + 12, (uint32_t) w->n_names);
  uint64_t sum = trace_sum (TRACE_SUM_SEED, head, 16);
  sum = trace_sum (sum, w->control, w->n_visits);
  sum = trace_sum (sum, w->data, w->n_data);
  sum = trace_sum (sum, w->names, w->n_names);
  trace_put_64 (head + 16, sum);
  bool fine = vhm_sink_write (w->sink, head, sizeof head, error)
              && vhm_sink_write (w->sink, w->control, w->n_visits, error)
              && vhm_sink_write (w->sink, w->data, w->n_data, error)
              && vhm_sink_write (w->sink, w->names, w->n_names, error);
  w->n_visits = w->n_new = 0;
  w->n_data = w->n_names = 0;
  return fine;
}

static void
put_name (vhm_trace_writer *w, uint64_t original)
{
  uint64_t rest = trace_zigzag (original - w->last_original);
  w->last_original = original;
  while (rest >= 0x80) {
    w->names[w->n_names++] = (uint8_t) (rest | 0x80);
    rest >>= 7;
  }
  w->names[w->n_names++] = (uint8_t) rest;
  w->n_new++;
}

/* --- pages -----------------------------------------------------------------*/

static bool
number_of (vhm_trace_writer *w, uint64_t original, uint32_t *ret_page,
           GError **error)
{
  struct recent *recent = &w->recent[original % N_RECENT];
  if (recent->page_plus_1 == 0 || recent->original != original) {
    uint32_t known
        = GPOINTER_TO_UINT (g_hash_table_lookup (w->numbers, &original));
    if (known == 0) {
      if (w->totals.n_pages == VHM_TRACE_MAX_PAGES) {
        g_set_error (error, VHM_ERROR, VHM_ERROR_SCENARIO,
                     "the trace touches more than %u pages; larger pages",
                     VHM_TRACE_MAX_PAGES);
        return false;
      }
      known = ++w->totals.n_pages;
      gint64 *key = g_new (gint64, 1);
      memcpy (key, &original, sizeof *key);
      g_hash_table_insert (w->numbers, key, GUINT_TO_POINTER (known));
      put_name (w, original);
    }
    *recent = (struct recent){ original, known };
  }
  *ret_page = recent->page_plus_1 - 1;
  return true;
}

/* --- visits ----------------------------------------------------------------*/

static unsigned
form_of (uint32_t number, const uint32_t least[4])
{
  unsigned form = 3;
  while (number < least[form])
    form--;
  return form;
}

static void
put_visit (vhm_trace_writer *w, uint32_t page, uint32_t run, unsigned kinds)
{
  uint32_t step = (uint32_t) trace_zigzag ((uint64_t) page - w->last_page);
  unsigned page_form = form_of (step, trace_least_page);
  unsigned run_form = form_of (run, trace_least_run);
  uint8_t number[4];
  trace_put_32 (number, step);
  memcpy (w->data + w->n_data, number, page_form + 1);
  w->n_data += page_form + 1;
  trace_put_32 (number, run);
  memcpy (w->data + w->n_data, number, trace_run_bytes[run_form]);
  w->n_data += trace_run_bytes[run_form];
  w->control[w->n_visits++]
      = (uint8_t) (page_form | run_form << CONTROL_RUN_SHIFT
                   | kinds << CONTROL_KINDS_SHIFT);
  w->last_page = page;
}

bool
vhm_trace_write (vhm_trace_writer *w, uint64_t original, uint32_t n_accesses,
                 unsigned kinds, GError **error)
{
  VHM_REQUIRE (!w->is_finished);
  VHM_REQUIRE (n_accesses > 0 && n_accesses <= VHM_TRACE_MAX_RUN);
  VHM_REQUIRE (kinds > 0 && (kinds & ~w->kinds) == 0);
  uint32_t page;
  if (w->n_visits == TRACE_BLOCK_VISITS && !write_block (w, error))
    return false;
  if (!number_of (w, original, &page, error))
    return false;
  put_visit (w, page, n_accesses - 1, kinds);
  w->totals.n_visits++;
  w->totals.n_accesses += n_accesses;
  return true;
}

bool
vhm_trace_finish (vhm_trace_writer *w, uint64_t n_loads, uint64_t n_stores,
                  uint64_t n_fetches, GError **error)
{
  struct vhm_trace_totals *t = &w->totals;
  VHM_REQUIRE (!w->is_finished
               && n_loads + n_stores + n_fetches == t->n_accesses);
  t->n_loads = n_loads;
  t->n_stores = n_stores;
  t->n_fetches = n_fetches;
  if (w->n_visits > 0 && !write_block (w, error))
    return false;
  const uint64_t totals[] = { t->n_visits, t->n_accesses, n_loads,
                              n_stores,    n_fetches,     t->n_pages };
  for (size_t i = 0; i < G_N_ELEMENTS (totals); i++)
    trace_put_64 (w->data + 8 * i, totals[i]);
  w->n_data = TRACE_TOTALS_BYTES;
  w->is_finished = true;
  return write_block (w, error);
}

struct vhm_trace_totals
vhm_trace_written (const vhm_trace_writer *w)
{
  return w->totals;
}
