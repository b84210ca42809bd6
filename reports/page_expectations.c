/* The section on expectations: what was expected, what came out, which misses
 * are known and why. */
#include "page.h"

#include <string.h>

#include "html.h"
#include "quantity.h"

#define N_STATES (VHM_EXPECT_SURPRISE + 1)

char *
vhm_report_page_expectations_line (const struct vhm_result *result)
{
  unsigned n[N_STATES] = { 0 }, all = result->expectations->len;
  for (guint i = 0; i < all; i++)
    n[vhm_expectation_state (result->expectations->pdata[i])]++;
  if (all == 0)
    return g_strdup ("The scenario expects nothing in particular.");
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "%u of %u expectations hold", n[0], all);
  if (n[VHM_EXPECT_FAIL])
    g_string_append_printf (out, ", %u failed", n[VHM_EXPECT_FAIL]);
  if (n[VHM_EXPECT_KNOWN_MISS])
    g_string_append_printf (out, ", %u missed as declared",
                            n[VHM_EXPECT_KNOWN_MISS]);
  if (n[VHM_EXPECT_SURPRISE])
    g_string_append_printf (out, ", %u declared a miss but passed",
                            n[VHM_EXPECT_SURPRISE]);
  g_string_append_c (out, '.');
  return g_string_free (out, FALSE);
}

static void
append_state (GString *out, const struct vhm_expectation *e)
{
  static const char *const classes[N_STATES]
      = { "pass", "fail", "miss", "surprise" };
  enum vhm_expect_state state = vhm_expectation_state (e);
  g_string_append_printf (out,
                          "<tr><td><span class=\"state %s\">%s</span></td>",
                          classes[state], vhm_expect_state_name (state));
}

static void
append_what (GString *out, const struct vhm_expectation *e)
{
  g_string_append (out, "<td>");
  vhm_html_text (out, e->name);
  vhm_html_element (out, "code", NULL, e->that);
  if (e->known_miss) {
    g_string_append (out, "<span class=\"why\">Known miss: ");
    vhm_html_text (out, e->known_miss);
    g_string_append (out, "</span>");
  }
  g_string_append (out, "</td>");
}

static void
append_source (GString *out, const struct vhm_expectation *e)
{
  bool says_it = e->source && e->figure && strstr (e->source, e->figure);
  g_string_append (out, "<td>");
  vhm_html_text (out, e->source);
  if (e->figure && !says_it) {
    g_string_append (out, e->source ? "; " : "");
    vhm_html_text (out, "here ");
    vhm_html_text (out, e->figure);
  }
  g_string_append (out, "</td></tr>\n");
}

static void
append_row (GString *out, const struct vhm_expectation *e)
{
  g_autofree char *value = vhm_quantity_text (e->value, e->unit);
  g_autofree char *range = vhm_quantity_range_text (e->low, e->high, e->unit);
  append_state (out, e);
  append_what (out, e);
  vhm_html_element (out, "td", "n", value);
  vhm_html_element (out, "td", "range", range);
  vhm_html_element (out, "td", NULL, e->published);
  append_source (out, e);
}

void
vhm_report_page_expectations (GString *out, const struct vhm_result *result)
{
  static const char *const headings[]
      = { "state",     "expectation", "value", "accepted",
          "published", "source",      NULL };
  if (result->expectations->len == 0)
    return;
  vhm_html_element (out, "h2", NULL, "Expectations");
  vhm_report_page_table_begin (out, G_N_ELEMENTS (headings), headings);
  for (guint i = 0; i < result->expectations->len; i++)
    append_row (out, result->expectations->pdata[i]);
  vhm_report_page_table_end (out);
}
