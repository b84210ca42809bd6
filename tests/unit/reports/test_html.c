/* Text stays text, whatever it holds. */
#include "html.h"
#include "suite.h"

static const struct {
  const char *text, *html;
} cases[] = {
  { NULL, "" },
  { "", "" },
  { "guest5", "guest5" },
  { "a < b && c > d", "a &lt; b &amp;&amp; c &gt; d" },
  { "<script>alert('x')</script>",
    "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" },
  { "\" onload=\"x", "&quot; onload=&quot;x" },
  { "&lt;", "&amp;lt;" },
  { "a\tb\nc", "a\tb\nc" },
  { "a\001b\033[1m\rc", "a b [1m c" },
  { "Gr\303\266\303\237e", "Gr\303\266\303\237e" },
  { "\377<\303", "\357\277\275&lt;\357\277\275" }, /* no UTF-8 */
};

START_TEST (escapes_what_could_be_read_as_markup)
{
  g_autoptr (GString) out = g_string_new ("before ");
  vhm_html_text (out, cases[_i].text);
  ck_assert (g_str_has_prefix (out->str, "before "));
  ck_assert_str_eq (out->str + strlen ("before "), cases[_i].html);
}
END_TEST

START_TEST (an_element_may_have_a_class)
{
  g_autoptr (GString) out = g_string_new (NULL);
  vhm_html_element (out, "p", NULL, "1 < 2");
  vhm_html_element (out, "td", "n", NULL);
  ck_assert_str_eq (out->str, "<p>1 &lt; 2</p>\n<td class=\"n\"></td>\n");
}
END_TEST

START_TEST (numbers_in_a_row_are_set_right)
{
  g_autoptr (GString) out = g_string_new (NULL);
  vhm_html_row (out, "td", 1, (const char *const[]){ "a&b", "1", "2", NULL });
  ck_assert_str_eq (out->str, "<tr><td>a&amp;b</td>\n<td class=\"n\">1</td>\n"
                              "<td class=\"n\">2</td>\n</tr>\n");
}
END_TEST

SUITE ("html", tcase_add_loop_test (tc, escapes_what_could_be_read_as_markup, 0,
                                    G_N_ELEMENTS (cases));
       tcase_add_test (tc, an_element_may_have_a_class);
       tcase_add_test (tc, numbers_in_a_row_are_set_right);)
