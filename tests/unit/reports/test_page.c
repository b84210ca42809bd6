/* The page: the answer, the evidence, the arithmetic. */
#include "suite.h"

#include "report_folder.h"
#include "synthetic_result.h"

static char *
page_of (const struct vhm_result *result)
{
  g_autofree char *folder = new_folder ();
  struct vhm_report_options options
      = { .skip_figures = true, .command = "vhm run a --out <b>" };
  ck_assert (vhm_report_write (result, folder, &options, NULL));
  char *page = content (folder, "report.html");
  remove_folder (folder);
  return page;
}

static const char *const parts[] = {
  "<title>What happens to five guests",
  "<strong>2 of 4 expectations hold, 1 failed, 1 missed as declared.</strong>",
  " Guests: 3 of 5 starved, 2 of 5 over-provisioned.",
  "<span class=\"state miss\">KNOWN MISS</span>",
  "Known miss: the published clocks contradict each other",
  "<td class=\"n\">151.2 %</td>\n<td class=\"range\">140 % to 160 %</td>",
  "<td>&gt; 100</td>",
  /* guest1 holds 2 GiB and has committed about 740 MiB: pressure 36 */
  "<tr><td>guest1</td>\n<td>over-provisioned</td>\n<td class=\"n\">2 "
  "GiB</td>\n<td class=\"n\">740.1 MiB</td>\n<td class=\"n\">36.14 %</td>",
  "<tr><td>blocked on guest paging</td>\n<td class=\"n\">0.00 %</td>\n",
  "<td>visible + page files = 4 GiB + 1.75 GiB</td>\n"
  "<td class=\"n\">5.75 GiB</td>\n<td class=\"n\">5.75 GiB</td>\n"
  "<td class=\"n\">0 B</td>",
  "<td>shut down, 2 GiB released</td>",
  "<td>not published; between 744 MB and 3.2 GB</td>",
  "RAM first, page file second",
  "<dd>vhm run a --out &lt;b&gt;</dd>",
  "<dt>seed</dt>\n<dd>42</dd>",
  "<pre>question: ...\nhost:\n  memory: 12 GiB\n</pre>",
};

START_TEST (says_what_a_reader_needs)
{
  struct vhm_result *result = synthetic_result ();
  g_autofree char *page = page_of (result);
  ck_assert_msg (strstr (page, parts[_i]) != NULL, "%s\nin\n%s", parts[_i],
                 page);
  vhm_result_free (result);
}
END_TEST

static struct vhm_translation_row *
add_translation (struct vhm_result *result)
{
  struct vhm_translation_row *row = g_new0 (struct vhm_translation_row, 1);
  *row = (struct vhm_translation_row){ .guest = g_strdup ("web"),
                                       .process = g_strdup ("1 idle"),
                                       .paging = "SLAT",
                                       .is_in_force = true,
                                       .compute_cyc = 300,
                                       .l2_tlb_cyc = 1,
                                       .guest_walk_cyc = 60,
                                       .host_walk_cyc = 38.5,
                                       .vm_switch_cyc = 0.5,
                                       .half_width_cyc = 2.25,
                                       .upkeep_cyc = 20,
                                       .n_issued = 12340000 };
  g_ptr_array_add (result->translation, row);
  return row;
}

/* 1 + 60 + 38.5 + 0.5 + 20 = 120 beside 300 of computing: two sevenths of the
 * time, and 40 % slower. */
START_TEST (what_translation_costs_adds_up)
{
  struct vhm_result *result = synthetic_result ();
  g_autofree char *without = page_of (result);
  ck_assert_ptr_null (strstr (without, "What virtualization costs here"));
  add_translation (result);
  g_autofree char *page = page_of (result);
  const char *section = strstr (page, "<h2>What virtualization costs here");
  ck_assert_ptr_nonnull (section);
  static const char *const cells[]
      = { "SLAT (this run)", "300.00",  "60.00", "38.50",  "20.00",
          "120.00 ± 2.25",   "28.57 %", "1.400", "12.34 M" };
  for (size_t i = 0; i < G_N_ELEMENTS (cells); i++) {
    g_autofree char *cell = g_strconcat (">", cells[i], "</td>", NULL);
    ck_assert_msg (strstr (section, cell) != NULL, "%s", cell);
  }
  vhm_result_free (result);
}
END_TEST

START_TEST (markup_in_any_text_stays_text)
{
  const char *bad = "<img src=x onerror='a()'>&\"";
  struct vhm_result *result = synthetic_result ();
  struct vhm_expectation *e = result->expectations->pdata[2];
  struct vhm_incident *incident = result->incidents->pdata[0];
  struct vhm_assumption *assumption = result->assumptions->pdata[0];
  struct vhm_summary_row *row = result->summary->pdata[0];
  struct vhm_ledger_row *ledger = result->ledger->pdata[0];
  struct vhm_translation_row *cost = add_translation (result);
  char **fields[] = { &result->question,
                      &result->source,
                      &result->reading,
                      &result->resolved_yaml,
                      &result->scenario_path,
                      &result->version,
                      &e->name,
                      &e->that,
                      &e->published,
                      &e->source,
                      &e->figure,
                      &e->known_miss,
                      &incident->who,
                      &incident->what,
                      &assumption->key,
                      &assumption->value,
                      &assumption->why,
                      &row->instance,
                      &row->key,
                      &row->help,
                      &ledger->guest,
                      &cost->guest,
                      &cost->process };
  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++) {
    g_free (*fields[i]);
    *fields[i] = g_strdup (bad);
  }
  g_autofree char *page = page_of (result);
  ck_assert_ptr_null (strstr (page, "<img"));
  ck_assert_uint_ge (
      n_occurrences (page,
                     "&lt;img src=x onerror=&#39;a()&#39;&gt;&amp;&quot;"),
      G_N_ELEMENTS (fields));
  vhm_result_free (result);
}
END_TEST

static const struct {
  double first[4], second[4]; /* pressures of two guests */
  double available;           /* share of machine memory */
  const char *line;
} hosts[] = {
  { { 40, 45, 30, 20 },
    { 40, 45, 30, 20 },
    0.5,
    "Over-provisioned host: on average 50 % of machine memory was available; "
    "nobody suffers, hardware is wasted. Guests: 2 of 2 over-provisioned." },
  { { 40, 90, 80, 100 },
    { 60, 60, 60, 60 },
    0.2,
    "Efficiently provisioned host: nobody suffers. Guests: 2 of 2 fits." },
  { { 40, 90, 101, 102 },
    { 60, 60, 60, 60 },
    0.2,
    "Under-provisioned guest: a guest was short while the host was not "
    "over-committed; that guest suffers. Guests: 1 of 2 short at times, 1 of 2 "
    "fits." },
  { { 40, 101, 101, 101 },
    { 101, 101, 101, 101 },
    0.04,
    "Over-committed host: during 75 % of the run less than 5 % of machine "
    "memory was available while two or more guests were above pressure 100; "
    "all guests may suffer. Guests: 2 of 2 starved." },
};

static void
add_values (struct vhm_result *result, const char *instance,
            const struct vhm_counter *counter, const double *values)
{
  memcpy (vhm_result_add_series (result, instance, counter)->values, values,
          4 * sizeof *values);
}

START_TEST (classifies_host_and_guests)
{
  struct vhm_result *result = vhm_result_new ();
  result->n_samples = 4;
  const double a = hosts[_i].available;
  add_values (result, "a", &synthetic_guest[KEY_PRESSURE], hosts[_i].first);
  add_values (result, "b", &synthetic_guest[KEY_PRESSURE], hosts[_i].second);
  add_values (result, "balancer", &synthetic_host[0],
              (const double[4]){ a, a, a, a });
  add_values (result, "host", &synthetic_host[4],
              (const double[4]){ 1, 1, 1, 1 });
  g_autofree char *page = page_of (result);
  ck_assert_ptr_nonnull (strstr (page, hosts[_i].line));
  vhm_result_free (result);
}
END_TEST

static void
add_row (struct vhm_result *result, const char *key, double value)
{
  struct vhm_summary_row *row = g_new0 (struct vhm_summary_row, 1);
  row->instance = g_strdup ("a");
  row->key = g_strdup (key);
  row->help = g_strdup (key);
  row->value = value;
  g_ptr_array_add (result->summary, row);
}

START_TEST (says_how_many_samples_are_missing)
{
  struct vhm_result *result = vhm_result_new ();
  result->n_samples = 4;
  add_values (result, "a", &synthetic_guest[KEY_PRESSURE],
              (const double[4]){ 90, 90, 90, 90 });
  g_autofree char *without = page_of (result);
  ck_assert_ptr_null (strstr (without, "samples are missing"));
  add_row (result, "samples_missed", 7);
  add_row (result, "sample_gap_longest", 50);
  add_row (result, "sample_delay_mean", 2);
  g_autofree char *page = page_of (result);
  ck_assert_ptr_nonnull (strstr (
      page, "The own counters of a are collected by a program inside it: 7 "
            "samples are missing (gaps in its figures), the longest time "
            "without one was 50 s, and a sample took 2 s in the mean."));
  vhm_result_free (result);
}
END_TEST

SUITE ("page", tcase_add_test (tc, says_how_many_samples_are_missing);
       tcase_add_loop_test (tc, says_what_a_reader_needs, 0,
                            G_N_ELEMENTS (parts));
       tcase_add_test (tc, what_translation_costs_adds_up);
       tcase_add_test (tc, markup_in_any_text_stays_text);
       tcase_add_loop_test (tc, classifies_host_and_guests, 0,
                            G_N_ELEMENTS (hosts));)
