/* A diagnosis in result.json: values in the base unit, times in seconds since the
 * start, thresholds beside values. */
#include <vhm/report/diagnosis.h>

#include <vhm/sim/expect.h>

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
begin_list (struct vhm_json *json, const char *key)
{
  vhm_json_key (json, key);
  vhm_json_begin_array (json);
}

static void
put_spells (struct vhm_json *json, const struct vhm_signal *s)
{
  begin_list (json, "spells");
  for (guint i = 0; i < s->spells->len; i++) {
    const struct vhm_spell *spell
        = &g_array_index (s->spells, struct vhm_spell, i);
    vhm_json_begin_object (json);
    put_number (json, "from_s", spell->from_s);
    put_number (json, "to_s", spell->to_s);
    vhm_json_end (json);
  }
  vhm_json_end (json);
}

static void
put_signal (struct vhm_json *json, const struct vhm_signal *s)
{
  vhm_json_begin_object (json);
  put_string (json, "signal", s->name);
  put_string (json, "who", s->instance);
  put_string (json, "counter", s->counter);
  put_string (json, "value", s->value);
  put_string (json, "is", s->is_above ? "above" : "below");
  put_number (json, "threshold", s->threshold);
  put_string (json, "unit", vhm_unit_name (s->unit));
  put_number (json, "for_s", s->for_s);
  put_number (json, "mean", s->mean);
  put_number (json, "worst", s->worst);
  put_number (json, "longest_s", s->longest_s);
  put_number (json, "total_s", s->total_s);
  put_string (json, "points_to", vhm_class_key (s->points_to));
  put_string (json, "source", s->source);
  put_string (json, "confidence", s->confidence);
  put_string (json, "note", s->note);
  put_spells (json, s);
  vhm_json_end (json);
}

static void
put_signals (struct vhm_json *json, const struct vhm_diagnosis *d)
{
  begin_list (json, "signals");
  for (guint i = 0; i < d->signals->len; i++) {
    const struct vhm_signal *s = d->signals->pdata[i];
    if (s->spells->len > 0)
      put_signal (json, s);
  }
  vhm_json_end (json);
}

static void
put_intervals (struct vhm_json *json, const struct vhm_diagnosis *d)
{
  begin_list (json, "intervals");
  for (guint i = 0; i < d->intervals->len; i++) {
    const struct vhm_class_interval *x
        = &g_array_index (d->intervals, struct vhm_class_interval, i);
    vhm_json_begin_object (json);
    put_number (json, "from_s", x->from_s);
    put_number (json, "to_s", x->to_s);
    put_string (json, "class", vhm_class_key (x->class));
    put_string (json, "why",
                x->decision < 0 ? NULL : d->why->pdata[x->decision]);
    put_bool (json, "counts", x->is_settled);
    vhm_json_end (json);
  }
  vhm_json_end (json);
}

static void
put_sufferers (struct vhm_json *json, const struct vhm_diagnosis *d)
{
  begin_list (json, "sufferers");
  for (guint i = 0; i < d->sufferers->len; i++) {
    const struct vhm_sufferer *s
        = &g_array_index (d->sufferers, struct vhm_sufferer, i);
    vhm_json_begin_object (json);
    put_string (json, "guest", s->guest);
    put_string (json, "class", vhm_class_key (s->class));
    put_number (json, "total_s", s->total_s);
    vhm_json_end (json);
  }
  vhm_json_end (json);
}

static void
put_accounts (struct vhm_json *json, const struct vhm_alone *a)
{
  begin_list (json, "cycles_an_operation");
  for (guint i = 0; i < a->accounts->len; i++) {
    const struct vhm_account_cost *x
        = &g_array_index (a->accounts, struct vhm_account_cost, i);
    vhm_json_begin_object (json);
    put_string (json, "account", x->account);
    put_number (json, "here", x->here_cyc);
    put_number (json, "alone", x->alone_cyc);
    put_number (json, "unlimited", x->unlimited_cyc);
    vhm_json_end (json);
  }
  vhm_json_end (json);
}

static void
put_alone (struct vhm_json *json, const struct vhm_diagnosis *d)
{
  begin_list (json, "alone");
  for (guint i = 0; i < d->alone->len; i++) {
    const struct vhm_alone *a = &g_array_index (d->alone, struct vhm_alone, i);
    vhm_json_begin_object (json);
    put_string (json, "guest", a->guest);
    put_number (json, "here_per_s", a->here_per_s);
    put_number (json, "alone_per_s", a->alone_per_s);
    put_number (json, "unlimited_per_s", a->unlimited_per_s);
    put_number (json, "contention", a->contention);
    put_number (json, "under_provision", a->under_provision);
    put_accounts (json, a);
    vhm_json_end (json);
  }
  vhm_json_end (json);
}

static void
put_remedies (struct vhm_json *json, const struct vhm_diagnosis *d)
{
  begin_list (json, "remedies");
  for (guint i = 0; i < d->remedies->len; i++) {
    const struct vhm_remedy *m
        = &g_array_index (d->remedies, struct vhm_remedy, i);
    vhm_json_begin_object (json);
    put_string (json, "what", m->what);
    put_string (json, "set", m->set);
    put_bool (json, "relieves", m->relieves);
    put_number (json, "worst_contention", m->worst);
    put_string (json, "worst_guest", m->worst_guest);
    put_number (json, "under_provision", m->under_provision);
    put_string (json, "class", vhm_class_key (m->class));
    vhm_json_end (json);
  }
  vhm_json_end (json);
}

void
vhm_diagnosis_put_json (struct vhm_json *json, const struct vhm_diagnosis *d)
{
  vhm_json_begin_object (json);
  put_string (json, "rules", d->rules);
  put_string (json, "class", vhm_class_key (d->overall));
  vhm_json_key (json, "share");
  vhm_json_begin_object (json);
  for (int c = 0; c < VHM_N_CLASSES; c++)
    put_number (json, vhm_class_key ((enum vhm_class) c), d->share[c]);
  vhm_json_end (json);
  put_number (json, "interval_s", d->interval_s);
  put_intervals (json, d);
  put_sufferers (json, d);
  put_signals (json, d);
  put_alone (json, d);
  put_remedies (json, d);
  vhm_json_end (json);
}
