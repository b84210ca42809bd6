/* The escaping writer. */
#include "html.h"

void
vhm_html_text (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  for (const char *c = valid; *c; c++) {
    bool is_control = (unsigned char) *c < 0x20 && *c != '\n' && *c != '\t';
    if (*c == '&')
      g_string_append (out, "&amp;");
    else if (*c == '<')
      g_string_append (out, "&lt;");
    else if (*c == '>')
      g_string_append (out, "&gt;");
    else if (*c == '"')
      g_string_append (out, "&quot;");
    else if (*c == '\'')
      g_string_append (out, "&#39;");
    else
      g_string_append_c (out, is_control ? ' ' : *c);
  }
}

void
vhm_html_element (GString *out, const char *tag, const char *class,
                  const char *text)
{
  if (class)
    g_string_append_printf (out, "<%s class=\"%s\">", tag, class);
  else
    g_string_append_printf (out, "<%s>", tag);
  vhm_html_text (out, text);
  g_string_append_printf (out, "</%s>\n", tag);
}

void
vhm_html_row (GString *out, const char *cell_tag, unsigned first_number,
              const char *const *cells)
{
  g_string_append (out, "<tr>");
  for (unsigned i = 0; cells[i]; i++)
    vhm_html_element (out, cell_tag, i >= first_number ? "n" : NULL, cells[i]);
  g_string_append (out, "</tr>\n");
}
