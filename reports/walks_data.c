/* What translation costs, as files for programs: JSON with everything, CSV for
 * spreadsheets. Units stand in the names. Same numbers, same bytes. */
#include <vhm/report/walks.h>

#include <math.h>

#include <vhm/sim/json.h>

#define SCHEMA "vhm-translate/1"

static void
put_string (struct vhm_json *json, const char *key, const char *value)
{
  vhm_json_key (json, key);
  vhm_json_string (json, value);
}

static void
put_number (struct vhm_json *json, const char *key, double value)
{
  vhm_json_key (json, key);
  vhm_json_number (json, value);
}

static void
put_bool (struct vhm_json *json, const char *key, bool value)
{
  vhm_json_key (json, key);
  vhm_json_bool (json, value);
}

/* The numbers of a row, in the order of columns of both files. */
static const struct {
  const char *key;
  size_t offset;
} numbers[] = {
#define NUMBER(key, field)                      \
  {                                             \
    key, offsetof (struct vhm_walks_row, field) \
  }
  NUMBER ("total_cycles_per_visit", total_cyc),
  NUMBER ("total_half_width_cycles", total_half_cyc),
  NUMBER ("exposed_cycles_per_visit", exposed_cyc),
  NUMBER ("exposed_half_width_cycles", exposed_half_cyc),
  NUMBER ("exposed_l2_tlb_cycles", l2_tlb_cyc),
  NUMBER ("exposed_guest_walk_cycles", guest_cyc),
  NUMBER ("exposed_host_walk_cycles", host_cyc),
  NUMBER ("l1_miss_ratio", l1_miss),
  NUMBER ("l2_miss_ratio", l2_miss),
  NUMBER ("walk_cycles", walk_cyc),
  NUMBER ("references_per_walk", references),
  NUMBER ("memory_references_per_walk", dram),
  NUMBER ("ratio_to_native", ratio),
#undef NUMBER
};

static double
number (const struct vhm_walks_row *row, size_t i)
{
  const char *at = (const char *) row + numbers[i].offset;
  return *(const double *) (const void *) at;
}

static const struct vhm_walks_row *
row_at (const struct vhm_walks *walks, guint i)
{
  return &g_array_index (walks->rows, struct vhm_walks_row, i);
}

static void
put_steps (struct vhm_json *json, const struct vhm_walks_row *row)
{
  vhm_json_key (json, "steps");
  vhm_json_begin_array (json);
  for (unsigned g = row->guest_levels + 1; g-- > 0;)
    for (unsigned h = row->has_host ? row->host_levels + 1 : 1; h-- > 0;) {
      if (!(row->step_references[g][h] > 0))
        continue;
      vhm_json_begin_object (json);
      put_number (json, "guest_level", g);
      put_number (json, "host_level", h);
      put_number (json, "references_per_walk", row->step_references[g][h]);
      put_number (json, "cycles_per_walk", row->step_cyc[g][h]);
      vhm_json_end (json);
    }
  vhm_json_end (json);
}

static void
put_row (struct vhm_json *json, const struct vhm_walks_row *row)
{
  vhm_json_begin_object (json);
  put_string (json, "paging", row->paging);
  put_string (json, "pages", row->pages);
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    put_number (json, numbers[i].key, number (row, i));
  vhm_json_key (json, "visits");
  vhm_json_count (json, row->n_visits);
  vhm_json_key (json, "warm_up_visits");
  vhm_json_count (json, row->n_warm_up);
  put_bool (json, "is_warm", row->is_warm);
  put_bool (json, "is_precise", row->is_precise);
  put_steps (json, row);
  vhm_json_end (json);
}

char *
vhm_walks_json (const struct vhm_walks *walks, size_t *ret_size)
{
  struct vhm_json json;
  vhm_json_init (&json);
  vhm_json_begin_object (&json);
  put_string (&json, "schema", SCHEMA);
  put_string (&json, "version", walks->version);
  put_string (&json, "cpu", walks->cpu);
  put_string (&json, "visits", walks->visits);
  vhm_json_key (&json, "seed");
  vhm_json_count (&json, walks->seed);
  put_number (&json, "confidence", walks->confidence);
  vhm_json_key (&json, "rows");
  vhm_json_begin_array (&json);
  for (guint i = 0; i < walks->rows->len; i++)
    put_row (&json, row_at (walks, i));
  vhm_json_end (&json);
  put_string (&json, "inputs", walks->inputs);
  vhm_json_end (&json);
  return vhm_json_finish (&json, ret_size);
}

/* An empty cell for what is not a number. */
static void
append_number (GString *out, double value)
{
  char buffer[VHM_DOUBLE_TEXT_SIZE];
  g_string_append_printf (
      out, ",%s", isfinite (value) ? vhm_double_text (value, buffer) : "");
}

char *
vhm_walks_csv (const struct vhm_walks *walks)
{
  GString *out = g_string_new ("paging,pages");
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_string_append_printf (out, ",%s", numbers[i].key);
  g_string_append (out, ",visits,warm_up_visits\n");
  for (guint r = 0; r < walks->rows->len; r++) {
    const struct vhm_walks_row *row = row_at (walks, r);
    g_string_append_printf (out, "%s,%s", row->paging, row->pages);
    for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
      append_number (out, number (row, i));
    g_string_append_printf (out,
                            ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "\n",
                            row->n_visits, row->n_warm_up);
  }
  return g_string_free (out, FALSE);
}

char *
vhm_walks_steps_csv (const struct vhm_walks *walks)
{
  GString *out = g_string_new ("paging,pages,guest_level,host_level,"
                               "references_per_walk,cycles_per_walk\n");
  for (guint r = 0; r < walks->rows->len; r++) {
    const struct vhm_walks_row *row = row_at (walks, r);
    for (unsigned g = row->guest_levels + 1; g-- > 0;)
      for (unsigned h = row->has_host ? row->host_levels + 1 : 1; h-- > 0;) {
        if (!(row->step_references[g][h] > 0))
          continue;
        g_string_append_printf (out, "%s,%s,%u,%u", row->paging, row->pages, g,
                                h);
        append_number (out, row->step_references[g][h]);
        append_number (out, row->step_cyc[g][h]);
        g_string_append_c (out, '\n');
      }
  }
  return g_string_free (out, FALSE);
}
