/* How much memory a guest needs, as files for programs: JSON with everything, CSV
 * for spreadsheets. Units stand in the names; intervals that there are not are
 * null, or empty. Same numbers, same bytes. */
#include "sizing.h"

#include <math.h>
#include <string.h>

#include <vhm/base/error.h>
#include <vhm/sim/atomic_file.h>
#include <vhm/sim/json.h>

#define SCHEMA "vhm-size/1"

/* The numbers of a row, in the order of columns of both files. */
static const struct {
  const char *key;
  size_t offset;
} numbers[] = {
#define AT(field) offsetof (struct vhm_sizing_row, field)
  { "pages_input_per_s", AT (paging_per_s.mean) },
  { "pages_input_half_width", AT (paging_per_s.half_width) },
  { "pages_input_worst_hour_per_s", AT (worst_hour_per_s.mean) },
  { "slowdown", AT (slowdown.mean) },
  { "slowdown_half_width", AT (slowdown.half_width) },
  { "operations_per_s", AT (operations_per_s.mean) },
  { "operations_half_width", AT (operations_per_s.half_width) },
  { "references_per_s", AT (references_per_s.mean) },
  { "references_half_width", AT (references_per_s.half_width) },
  { "latency_p95_seconds", AT (latency_p95_s.mean) },
  { "latency_p95_half_width", AT (latency_p95_s.half_width) },
  { "refused_requests", AT (n_refused) },
  { "blocked_share", AT (blocked_share) },
#undef AT
};

static double
number (const struct vhm_sizing_row *row, size_t i)
{
  const char *at = (const char *) row + numbers[i].offset;
  return *(const double *) (const void *) at;
}

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

static void
put_count (struct vhm_json *json, const char *key, uint64_t value)
{
  vhm_json_key (json, key);
  vhm_json_count (json, value);
}

/* null where there is none. */
static void
put_size (struct vhm_json *json, const char *key, bool is_there, uint64_t bytes)
{
  put_number (json, key, is_there ? (double) bytes : (double) NAN);
}

static void
put_question (struct vhm_json *json, const struct vhm_sizing *s)
{
  put_string (json, "schema", SCHEMA);
  put_string (json, "version", s->version);
  put_string (json, "scenario", s->scenario);
  put_string (json, "question", s->question);
  put_string (json, "guest", s->guest);
  put_count (json, "guests_of_that_size", s->n_group);
  put_bool (json, "alone", s->is_alone);
  put_number (json, "from_s", s->from_s - s->start_s);
  put_number (json, "to_s", s->to_s - s->start_s);
  put_string (json, "work", s->work);
  put_count (json, "seed", s->seed);
  put_count (json, "runs", s->n_runs);
  put_number (json, "confidence", s->confidence);
  put_number (json, "slowdown_bound", s->asked.bound);
  put_count (json, "resolution_bytes", s->asked.step_bytes);
  put_count (json, "least_bytes", s->asked.least_bytes);
  put_count (json, "most_bytes", s->asked.most_bytes);
  put_count (json, "ample_bytes", s->ample_bytes);
  put_bool (json, "is_ample", s->is_ample);
  put_bool (json, "all_sizes", s->asked.looks_at_all);
  put_count (json, "host_bytes", s->host_bytes);
  put_count (json, "host_most_bytes", s->host_most_bytes);
}

static void
put_answer (struct vhm_json *json, const struct vhm_sizing_answer *a)
{
  vhm_json_key (json, "answer");
  vhm_json_begin_object (json);
  put_size (json, "bytes", a->has_answer, a->bytes);
  put_size (json, "low_bytes", a->has_answer, a->low_bytes);
  put_size (json, "high_bytes", a->high_bytes > 0, a->high_bytes);
  put_size (json, "unrefused_bytes", a->unrefused_bytes > 0,
            a->unrefused_bytes);
  put_bool (json, "certain", a->is_certain);
  put_size (json, "line_begins_bytes", a->has_knee, a->line_bytes);
  put_size (json, "knee_bytes", a->has_knee, a->knee_bytes);
  put_number (json, "knee_distance",
              a->has_knee ? a->knee_distance : (double) NAN);
  vhm_json_end (json);
}

char *
vhm_sizing_json (const struct vhm_sizing *s, size_t *ret_size)
{
  struct vhm_json json;
  vhm_json_init (&json);
  vhm_json_begin_object (&json);
  put_question (&json, s);
  put_answer (&json, &s->answer);
  vhm_json_key (&json, "sizes");
  vhm_json_begin_array (&json);
  for (guint i = 0; i < s->rows->len; i++) {
    vhm_json_begin_object (&json);
    put_count (&json, "bytes", sizing_row (s, i)->bytes);
    put_count (&json, "runs", sizing_row (s, i)->n_runs);
    for (size_t k = 0; k < G_N_ELEMENTS (numbers); k++)
      put_number (&json, numbers[k].key, number (sizing_row (s, i), k));
    put_number (&json, "below_line",
                vhm_sizing_distance (&s->asked, s->points, i));
    vhm_json_end (&json);
  }
  vhm_json_end (&json);
  vhm_json_end (&json);
  return vhm_json_finish (&json, ret_size);
}

char *
vhm_sizing_csv (const struct vhm_sizing *s)
{
  GString *out = g_string_new ("bytes,runs");
  for (size_t k = 0; k < G_N_ELEMENTS (numbers); k++)
    g_string_append_printf (out, ",%s", numbers[k].key);
  g_string_append (out, ",below_line\n");
  char buffer[VHM_DOUBLE_TEXT_SIZE];
  for (guint i = 0; i < s->rows->len; i++) {
    const struct vhm_sizing_row *row = sizing_row (s, i);
    g_string_append_printf (out, "%" G_GUINT64_FORMAT ",%u", row->bytes,
                            row->n_runs);
    for (size_t k = 0; k < G_N_ELEMENTS (numbers); k++) {
      double value = number (row, k); /* empty: no number */
      g_string_append_printf (
          out, ",%s", isfinite (value) ? vhm_double_text (value, buffer) : "");
    }
    double below = vhm_sizing_distance (&s->asked, s->points, i);
    g_string_append_printf (
        out, ",%s\n", isfinite (below) ? vhm_double_text (below, buffer) : "");
  }
  return g_string_free (out, FALSE);
}

static bool
write_text (const char *out_dir, const char *name, char *text, GError **error)
{
  g_autofree char *owned = text;
  return vhm_atomic_write (out_dir, name, owned, strlen (owned), error);
}

bool
vhm_sizing_write (const struct vhm_sizing *s, const char *out_dir,
                  bool skip_figures, GError **error)
{
  size_t size;
  g_autoptr (GError) trouble = NULL;
  g_autofree char *svg
      = skip_figures ? NULL : sizing_draw (s, out_dir, &trouble);
  const char *why = trouble        ? trouble->message
                    : skip_figures ? "Not drawn: --no-figures."
                                   : NULL;
  if (!write_text (out_dir, "size.csv", vhm_sizing_csv (s), error)
      || !write_text (out_dir, "size.json", vhm_sizing_json (s, &size), error)
      || !write_text (out_dir, "report.html", sizing_page (s, svg, why), error))
    return false;
  if (!trouble)
    return true;
  g_propagate_error (error, g_steal_pointer (&trouble));
  return false;
}
