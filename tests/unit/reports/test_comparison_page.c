/* The page of a comparison and its first sentences: which, by how much, why. */
#include "suite.h"
#include "two_versions.h"

static struct vhm_comparison_row *
row_at (struct vhm_comparison *c, guint i)
{
  return &g_array_index (c->rows, struct vhm_comparison_row, i);
}

static void
expect (struct vhm_comparison *c, const char *const *parts)
{
  vhm_comparison_judge (c);
  g_autofree char *text = vhm_comparison_verdict_html (c);
  for (; *parts; parts++)
    ck_assert_msg (strstr (text, *parts) != NULL, "%s\nin\n%s", *parts, text);
}

START_TEST (says_which_by_how_much_and_why)
{
  g_autoptr (vhm_comparison) c = two_versions ("balloon", "swap");
  static const char *const parts[] = {
    "<strong>Compared with “balloon”, “swap” is worse.</strong>",
    "“swap”: web does <b>33.3 %</b> less work (200 /s instead of 300 /s: "
    "-100 /s ± 9.16 /s at 95 % confidence). Why: <b>blocked on guest "
    "paging</b> takes 30.0 % of its processors’ time instead of 0 %. Of 2 "
    "guests, 1 does worse and 1 shows no difference above 1 %.</p>",
    NULL
  };
  expect (c, parts);
}
END_TEST

START_TEST (more_work_is_better_and_less_latency_too)
{
  g_autoptr (vhm_comparison) c = two_versions ("a", "b");
  row_at (c, 0)->paired = (struct vhm_paired){ { 200, 300 }, 100, 6, 0.0001 };
  static const char *const work[]
      = { "“b” is better.", "web does <b>50.0 %</b> more work",
          "No account of its cycles changed", NULL };
  expect (c, work);
  row_at (c, 0)->paired.p = 1; /* then latency tells */
  const struct vhm_paired slower = { { 0.001, 0.002 }, 0.001, 1e-5, 0.0001 };
  comparison_add_row (c, 1, "web", "latency_mean", VHM_UNIT_SECONDS, &slower);
  static const char *const latency[]
      = { "“b” is worse.",
          "web takes <b>100.0 %</b> longer for an operation on average (2 ms "
          "instead of 1 ms",
          "Why: <b>blocked on guest paging</b>", NULL };
  expect (c, latency);
}
END_TEST

START_TEST (small_and_unshown_differences_are_none)
{
  g_autoptr (vhm_comparison) c = two_versions ("a", "b");
  static const char *const none[]
      = { "“b” shows no difference that matters.",
          "“b”: no difference shown, or less than 1 %, in the work", NULL };
  row_at (c, 0)->paired = (struct vhm_paired){ { 1000, 1001 }, 1, 0.1, 0.9 };
  row_at (c, 1)->paired.half_width = 0.01;
  expect (c, none);
  row_at (c, 0)->paired = (struct vhm_paired){ { 1000, 1001 }, 1, 0.1, 0 };
  expect (c, none);
}
END_TEST

START_TEST (what_too_few_runs_cannot_tell_is_left_open)
{
  g_autoptr (vhm_comparison) c = two_versions ("a", "b");
  row_at (c, 0)->paired = (struct vhm_paired){ { 100, 90 }, -10, 20, 0.9 };
  row_at (c, 2)->paired.p = 1;
  static const char *const parts[]
      = { "“b” shows no difference, but too few runs leave room for one.",
          "“b”: no difference shown; but the work of web may differ by up to "
          "40.5 % within its interval of 4 runs",
          NULL };
  expect (c, parts);
  row_at (c, 0)->paired.half_width = INFINITY;
  static const char *const anything[]
      = { "the work of web may differ by anything within", NULL };
  expect (c, anything);
}
END_TEST

START_TEST (some_better_and_some_worse_is_mixed)
{
  g_autoptr (vhm_comparison) c = two_versions ("a", "b");
  row_at (c, 1)->paired = (struct vhm_paired){ { 50, 60 }, 10, 1, 0.0001 };
  static const char *const parts[]
      = { "“b” is better for some guests and worse for others.",
          "web does <b>33.3 %</b> less work", "db does <b>20.0 %</b> more work",
          "Of 2 guests, 1 does better and 1 does worse.", NULL };
  expect (c, parts);
}
END_TEST

START_TEST (the_guest_that_changes_most_is_told)
{
  g_autoptr (vhm_comparison) c = two_versions ("a", "b");
  row_at (c, 1)->paired = (struct vhm_paired){ { 50, 45 }, -5, 0.1, 0.0001 };
  vhm_comparison_judge (c);
  g_autofree char *text = vhm_comparison_verdict_html (c);
  ck_assert_ptr_nonnull (strstr (text, "web does <b>33.3 %</b> less work"));
  ck_assert_ptr_null (strstr (text, "db does"));
  ck_assert_ptr_nonnull (strstr (text, "Of 2 guests, 2 do worse."));
}
END_TEST

START_TEST (guests_that_one_version_lacks_are_told)
{
  g_autoptr (vhm_comparison) c = two_versions ("a", "b");
  row_at (c, 1)->n_missing = 4;
  static const char *const parts[]
      = { "“b” is worse.",
          "Of 2 guests, 1 does worse and 1 is not there in every run of both.",
          NULL };
  expect (c, parts);
}
END_TEST

START_TEST (versions_of_one_verdict_are_named_together)
{
  g_autoptr (vhm_comparison) c = two_versions ("a", "b");
  comparison_add_version (c, "c");
  comparison_add_version (c, "d");
  const struct vhm_paired fewer = { { 300, 100 }, -200, 6, 0.0001 };
  comparison_add_row (c, 2, "web", "operations_per_s", VHM_UNIT_PER_S, &fewer);
  static const char *const parts[]
      = { "Compared with “a”, “b” and “c” are worse; “d” shows no difference "
          "that matters.",
          NULL };
  expect (c, parts);
}
END_TEST

static char *
page_of (struct vhm_comparison *c)
{
  g_autofree char *folder = new_folder ();
  ck_assert (vhm_comparison_write (c, folder, true, NULL));
  char *page = content (folder, "report.html");
  remove_folder (folder);
  return page;
}

START_TEST (the_page_has_every_part_in_order)
{
  g_autoptr (vhm_comparison) c = two_versions ("balloon", "swap");
  g_autofree char *page = page_of (c);
  static const char *const parts[]
      = { "<h1>Which?</h1>",
          "“swap” is worse",
          "<h2>The numbers</h2>",
          "Work and latency",
          "<td rowspan=\"2\">operations_per_s</td><td>balloon</td>\n"
          "<td class=\"n\">300 /s</td>",
          "<td>swap</td>\n<td class=\"n\">200 /s</td>\n<td class=\"n\">-100 "
          "/s</td>\n<td class=\"n\">9.16 /s</td>\n<td class=\"n\">-33.33 "
          "%</td>\n<td class=\"n\">0.0003</td>\n<td class=\"shown\">lower</td>",
          "no difference shown</td>",
          "Cycles by account",
          "<td rowspan=\"2\">blocked on guest paging</td>",
          "<h2>Figures</h2>",
          "<h2>The versions</h2>",
          "<code>host.cpus: 2</code>",
          "<h2>How it was computed</h2>",
          "with the seeds 7 to 10",
          "adjusted for all 3 rows",
          "vhm 1.2.3, scenario s.yaml." };
  const char *at = page;
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++) {
    const char *found = strstr (at, parts[i]);
    ck_assert_msg (found != NULL, "%s\nnot, or not here, in\n%s", parts[i], at);
    at = found;
  }
  ck_assert_ptr_null (strstr (page, "Faults, input"));
  ck_assert_ptr_null (strstr (page, "http"));
}
END_TEST

START_TEST (markup_in_any_text_stays_text)
{
  const char *bad = "<img src=x onerror='a()'>&\"";
  g_autoptr (vhm_comparison) c = two_versions (bad, bad);
  struct vhm_comparison_version *version
      = &g_array_index (c->versions, struct vhm_comparison_version, 1);
  struct vhm_comparison_row *row = row_at (c, 0);
  char **fields[]
      = { &version->changes, &version->inputs, &row->instance, &row->key,
          &row->help,        &c->question,     &c->scenario };
  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++) {
    g_free (*fields[i]);
    *fields[i] = g_strdup (bad);
  }
  for (guint i = 0; i < c->accounts->len; i++) {
    struct vhm_comparison_account *a
        = &g_array_index (c->accounts, struct vhm_comparison_account, i);
    g_free (a->guest);
    a->guest = g_strdup (bad);
  }
  comparison_add_row (c, 1, bad, "operations_per_s", VHM_UNIT_PER_S,
                      &(struct vhm_paired){ { 2, 1 }, -1, 0.1, 0 });
  vhm_comparison_judge (c);
  g_autofree char *page = page_of (c);
  ck_assert_ptr_null (strstr (page, "<img"));
  ck_assert_uint_ge (
      n_occurrences (page,
                     "&lt;img src=x onerror=&#39;a()&#39;&gt;&amp;&quot;"),
      G_N_ELEMENTS (fields) + 4);
}
END_TEST

SUITE ("comparison page", tcase_add_test (tc, says_which_by_how_much_and_why);
       tcase_add_test (tc, more_work_is_better_and_less_latency_too);
       tcase_add_test (tc, small_and_unshown_differences_are_none);
       tcase_add_test (tc, what_too_few_runs_cannot_tell_is_left_open);
       tcase_add_test (tc, some_better_and_some_worse_is_mixed);
       tcase_add_test (tc, the_guest_that_changes_most_is_told);
       tcase_add_test (tc, guests_that_one_version_lacks_are_told);
       tcase_add_test (tc, versions_of_one_verdict_are_named_together);
       tcase_add_test (tc, the_page_has_every_part_in_order);
       tcase_add_test (tc, markup_in_any_text_stays_text);)
