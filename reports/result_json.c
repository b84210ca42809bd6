/* result.json: everything a run answers but its samples.
 *
 * Values stand in the base unit (bytes, percent, seconds, events a second,
 * cycles), and `unit` names it; an absent bound or an infinite value is null.
 * The order of keys and rows is fixed: same result, same bytes.
 */
#include <vhm/report/diagnosis.h>
#include <vhm/report/report.h>

#include <vhm/sim/expect.h>
#include <vhm/sim/json.h>

#define SCHEMA "vhm-result/1"

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
put_count (struct vhm_json *json, const char *key, uint64_t value)
{
  vhm_json_key (json, key);
  vhm_json_count (json, value);
}

typedef void (*put_fn) (struct vhm_json *json, const void *item);

static void
put_list (struct vhm_json *json, const char *key, const GPtrArray *items,
          put_fn put)
{
  vhm_json_key (json, key);
  vhm_json_begin_array (json);
  for (guint i = 0; i < items->len; i++) {
    vhm_json_begin_object (json);
    put (json, items->pdata[i]);
    vhm_json_end (json);
  }
  vhm_json_end (json);
}

static void
put_expectation (struct vhm_json *json, const void *item)
{
  const struct vhm_expectation *e = item;
  put_string (json, "name", e->name);
  put_string (json, "that", e->that);
  put_number (json, "value", e->value);
  put_number (json, "low", e->low);
  put_number (json, "high", e->high);
  put_string (json, "unit", vhm_unit_name (e->unit));
  put_string (json, "published", e->published);
  put_string (json, "source", e->source);
  put_string (json, "figure", e->figure);
  vhm_json_key (json, "pass");
  vhm_json_bool (json, e->pass);
  put_string (json, "known_miss", e->known_miss);
  put_string (json, "state", vhm_expect_state_name (vhm_expectation_state (e)));
}

static void
put_summary (struct vhm_json *json, const void *item)
{
  const struct vhm_summary_row *row = item;
  put_string (json, "instance", row->instance);
  put_string (json, "key", row->key);
  put_number (json, "value", row->value);
  put_string (json, "unit", vhm_unit_name (row->unit));
  put_string (json, "help", row->help);
}

static void
put_ledger (struct vhm_json *json, const void *item)
{
  const struct vhm_ledger_row *row = item;
  put_string (json, "guest", row->guest);
  put_string (json, "account", row->account);
  put_count (json, "cycles", row->cycles);
}

static void
put_translation (struct vhm_json *json, const void *item)
{
  const struct vhm_translation_row *row = item;
  put_string (json, "guest", row->guest);
  put_string (json, "process", row->process);
  put_string (json, "paging", row->paging);
  vhm_json_key (json, "in_force");
  vhm_json_bool (json, row->is_in_force);
  put_number (json, "compute_cycles", row->compute_cyc);
  put_number (json, "l2_tlb_cycles", row->l2_tlb_cyc);
  put_number (json, "guest_walk_cycles", row->guest_walk_cyc);
  put_number (json, "host_walk_cycles", row->host_walk_cyc);
  put_number (json, "vm_switch_cycles", row->vm_switch_cyc);
  put_number (json, "half_width_cycles", row->half_width_cyc);
  put_number (json, "shadow_upkeep_cycles", row->upkeep_cyc);
  put_count (json, "references", row->n_references);
  put_count (json, "issued_references", row->n_issued);
}

static void
put_incident (struct vhm_json *json, const void *item)
{
  const struct vhm_incident *incident = item;
  put_number (json, "at_s", incident->at_s);
  put_string (json, "who", incident->who);
  put_string (json, "what", incident->what);
}

static void
put_assumption (struct vhm_json *json, const void *item)
{
  const struct vhm_assumption *assumption = item;
  put_string (json, "key", assumption->key);
  put_string (json, "value", assumption->value);
  put_string (json, "why", assumption->why);
}

static void
put_provenance (struct vhm_json *json, const struct vhm_result *result,
                const char *command)
{
  vhm_json_key (json, "provenance");
  vhm_json_begin_object (json);
  put_string (json, "program", "vhm");
  put_string (json, "version", result->version);
  put_string (json, "scenario", result->scenario_path);
  put_string (json, "command", command);
  put_count (json, "seed", result->seed);
  vhm_json_end (json);
}

static void
put_counts (struct vhm_json *json, const struct vhm_result *result)
{
  vhm_json_key (json, "counts");
  vhm_json_begin_object (json);
  put_count (json, "events", result->n_events);
  put_count (json, "references", result->n_references);
  put_count (json, "faults", result->n_faults);
  put_count (json, "measured_references", result->n_measured);
  put_count (json, "samples", result->n_samples);
  put_count (json, "series", result->series->len);
  vhm_json_end (json);
}

static void
put_times (struct vhm_json *json, const struct vhm_result *result)
{
  put_count (json, "clock_hz", result->clock_hz);
  put_number (json, "start_s", result->start_s);
  put_number (json, "duration_s", result->duration_s);
  put_number (json, "interval_s", result->interval_s);
}

char *
vhm_report_json (const struct vhm_result *result, const char *command,
                 size_t *ret_size)
{
  struct vhm_json json;
  vhm_json_init (&json);
  vhm_json_begin_object (&json);
  put_string (&json, "schema", SCHEMA);
  put_string (&json, "question", result->question);
  put_string (&json, "source", result->source);
  put_string (&json, "reading", result->reading);
  put_provenance (&json, result, command);
  put_times (&json, result);
  put_counts (&json, result);
  put_list (&json, "expectations", result->expectations, put_expectation);
  put_list (&json, "summary", result->summary, put_summary);
  put_list (&json, "ledger", result->ledger, put_ledger);
  put_list (&json, "translation", result->translation, put_translation);
  put_list (&json, "incidents", result->incidents, put_incident);
  put_list (&json, "assumptions", result->assumptions, put_assumption);
  if (result->diagnosis) {
    vhm_json_key (&json, "diagnosis");
    vhm_diagnosis_put_json (&json, result->diagnosis);
  }
  put_string (&json, "resolved_scenario", result->resolved_yaml);
  vhm_json_end (&json);
  return vhm_json_finish (&json, ret_size);
}
