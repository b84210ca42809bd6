/* A diagnosis on a terminal, as JSON and as a section of the page: the numbers that
 * decide stand beside their thresholds. */
#include "suite.h"

#include <vhm/report/diagnosis.h>

#include "diagnosed_result.h"
#include "report_folder.h"

#include <vhm/report/report.h>

static void
expect_parts (const char *text, const char *const *parts, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ck_assert_msg (strstr (text, parts[i]) != NULL, "%s\nin\n%.3000s", parts[i],
                   text);
}

START_TEST (terminal_shows_class_evidence_and_remedies)
{
  /* intervals begin at 0, 15, 30 and 45 min; the first does not count */
  static const char *const parts[] = {
    "Diagnosis: Over-committed host. Of 3 intervals of 15 min 2 over-committed "
    "host, 1 efficiently provisioned host.\n",
    "Because: 2 x it pages.\n",
    "\nFROM      TO        INTERVALS  CLASS                         BECAUSE\n"
    "12:00:00  12:30:00          2  efficiently provisioned host  no decision "
    "of the rules holds\n"
    "12:30:00  13:00:00          2  over-committed host           it pages\n",
    "\ndb       over-commitment        30 min\n",
    "db   Memory\\Pages Input/sec  49.68 /s  60 /s   30 min  30 min      1  "
    "above 10 for 60 s  12:30:00 - 13:00:00  over-committed host  a book; high "
    "confidence\n",
    "\ndb<1>  10 /s  30 /s             33 /s        3.00             "
    "1.10\n",
    "blocked on guest paging  230 cycles   10 cycles          0 cycles    220 "
    "cycles              100 %\n",
    "all                      330 cycles  110 cycles        100 cycles    220 "
    "cycles              100 %\n",
    "8 GiB of host memory  yes ",
  };
  struct vhm_result *r = diagnosed_result ();
  g_autofree char *text = vhm_diagnosis_text (r);
  expect_parts (text, parts, G_N_ELEMENTS (parts));
  vhm_result_free (r);
}
END_TEST

START_TEST (json_has_thresholds_beside_values)
{
  static const char *const parts[] = {
    "\"diagnosis\": {\n    \"rules\": \"toy\",\n    \"class\": "
    "\"over_committed\"",
    "\"threshold\": 10,\n        \"unit\": \"per_s\",\n        \"for_s\": 60",
    "\"from_s\": 1800,\n            \"to_s\": 3600",
    "\"contention\": 3,",
    "\"account\": \"blocked on guest paging\",\n            \"here\": 230,",
    "\"set\": \"host.memory=8 GiB\",\n        \"relieves\": true,",
  };
  struct vhm_result *r = diagnosed_result ();
  size_t size;
  g_autofree char *text = vhm_report_json (r, NULL, &size);
  expect_parts (text, parts, G_N_ELEMENTS (parts));
  vhm_result_free (r);
}
END_TEST

START_TEST (page_shows_it_escaped)
{
  static const char *const parts[] = {
    "<h2>Diagnosis</h2>",
    "<p class=\"glance\">Over-committed host. Of 3 intervals of 15 min",
    "<td>12:30:00</td>\n<td>13:00:00</td>",
    "<td>above 10 for 60 s</td>",
    "<td>db&lt;1&gt;</td>\n<td class=\"n\">10 /s</td>\n<td "
    "class=\"n\">30 /s</td>",
    "<h3>Cycles an operation of db&lt;1&gt;, by account</h3>",
    "<td>host.memory=8 GiB</td>",
  };
  struct vhm_result *r = diagnosed_result ();
  g_autofree char *folder = new_folder ();
  struct vhm_report_options options = { .skip_figures = true };
  ck_assert (vhm_report_write (r, folder, &options, NULL));
  g_autofree char *page = content (folder, "report.html");
  remove_folder (folder);
  expect_parts (page, parts, G_N_ELEMENTS (parts));
  vhm_result_free (r);
}
END_TEST

SUITE ("diagnosis",
       tcase_add_test (tc, terminal_shows_class_evidence_and_remedies);
       tcase_add_test (tc, json_has_thresholds_beside_values);
       tcase_add_test (tc, page_shows_it_escaped);)
