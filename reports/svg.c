/* Makes an SVG document safe to stand inside a page.
 *
 * gnuplot escapes the names in its drawings; this is the second lock: elements
 * that run or load something are dropped with their content, attributes that
 * do are dropped, and ids get a prefix, because several drawings share a page
 * and would share their markers otherwise. A small scanner, no XML parser: what
 * it does not understand as a tag of the drawing it leaves out.
 */
#include "html.h"

#include <string.h>

/* Everything that gnuplot draws with. */
static const char *const allowed_tags[]
    = { "svg",      "g",      "path",     "text",    "tspan",
        "rect",     "line",   "defs",     "use",     "pattern",
        "clipPath", "circle", "polyline", "polygon", "linearGradient",
        "stop",     "mask",   NULL };

static const char *const allowed_attributes[] = { "id",
                                                  "d",
                                                  "x",
                                                  "y",
                                                  "x1",
                                                  "y1",
                                                  "x2",
                                                  "y2",
                                                  "cx",
                                                  "cy",
                                                  "r",
                                                  "width",
                                                  "height",
                                                  "viewBox",
                                                  "transform",
                                                  "fill",
                                                  "fill-rule",
                                                  "fill-opacity",
                                                  "stroke",
                                                  "stroke-width",
                                                  "stroke-dasharray",
                                                  "stroke-linecap",
                                                  "stroke-linejoin",
                                                  "stroke-opacity",
                                                  "stroke-miterlimit",
                                                  "font-family",
                                                  "font-size",
                                                  "font-weight",
                                                  "font-style",
                                                  "text-anchor",
                                                  "points",
                                                  "class",
                                                  "color",
                                                  "opacity",
                                                  "clip-path",
                                                  "xlink:href",
                                                  "href",
                                                  "patternUnits",
                                                  "style",
                                                  "shape-rendering",
                                                  "xml:space",
                                                  NULL };

/* Value of an attribute with its ids prefixed, or NULL if it may not stay. */
static char *
clean_value (const char *name, const char *value, const char *prefix)
{
  bool is_link = g_str_has_suffix (name, "href");
  if (strcmp (name, "id") == 0)
    return g_strconcat (prefix, "-", value, NULL);
  if (is_link && *value != '#')
    return NULL;
  if (is_link)
    return g_strconcat ("#", prefix, "-", value + 1, NULL);
  g_autofree char *lower = g_ascii_strdown (value, -1);
  const char *found = strstr (lower, "url");
  if (strchr (value, '\\')) /* could spell url in style sheet escapes */
    return NULL;
  if (!found)
    return g_strdup (value);
  const char *url = value + (found - lower);
  if (!g_str_has_prefix (url, "url(#") || strstr (found + 1, "url"))
    return NULL;
  const char *id = url + strlen ("url(#");
  return g_strdup_printf ("%.*s%s-%s", (int) (id - value), value, prefix, id);
}

static void
append_attribute (GString *out, const char *name, const char *value,
                  const char *prefix)
{
  g_autofree char *clean = g_strv_contains (allowed_attributes, name)
                               ? clean_value (name, value, prefix)
                               : NULL;
  if (!clean || strpbrk (clean, "<>\""))
    return;
  g_string_append_printf (out, " %s=\"%s\"",
                          strcmp (name, "xlink:href") == 0 ? "href" : name,
                          clean);
}

/* Skips blanks. */
static const char *
skip_space (const char *c)
{
  return c + strspn (c, " \t\r\n/");
}

/* Attributes of a tag; `text` stands behind its name, `end` at ">". */
static void
append_attributes (GString *out, const char *text, const char *end,
                   const char *prefix)
{
  while (text < end) {
    text = skip_space (text);
    size_t length = strcspn (text, "= \t\r\n/>");
    const char *equals = skip_space (text + length);
    if (text >= end || length == 0 || *equals != '=')
      return;
    const char *quote = skip_space (equals + 1);
    const char *close
        = *quote == '"' || *quote == '\'' ? strchr (quote + 1, *quote) : NULL;
    if (!close || close > end)
      return;
    g_autofree char *name = g_strndup (text, length);
    g_autofree char *value = g_strndup (quote + 1, (gsize) (close - quote - 1));
    append_attribute (out, name, value, prefix);
    text = close + 1;
  }
}

/* Where the tag that starts at `tag` ends: its ">" outside quotes. */
static const char *
tag_end (const char *tag)
{
  char quote = 0;
  for (const char *c = tag; *c; c++) {
    if (quote)
      quote = *c == quote ? 0 : quote;
    else if (*c == '"' || *c == '\'')
      quote = *c;
    else if (*c == '>')
      return c;
  }
  return NULL;
}

/* Behind an element that may not stay, with all that is inside it. */
static const char *
skip_element (const char *tag, const char *name, const char *end)
{
  if (end[-1] == '/')
    return end + 1;
  g_autofree char *closing = g_strconcat ("</", name, NULL);
  const char *close = strstr (tag, closing);
  const char *close_end = close ? tag_end (close) : NULL;
  return close_end ? close_end + 1 : tag + strlen (tag);
}

/* One tag; gives where to go on. */
static const char *
append_tag (GString *out, const char *tag, const char *prefix)
{
  const char *end = tag_end (tag);
  if (!end)
    return tag + strlen (tag);
  bool is_closing = tag[1] == '/';
  const char *start = tag + 1 + is_closing;
  g_autofree char *name = g_strndup (start, strcspn (start, " \t\r\n/>"));
  if (*name == '!' || *name == '?') /* a comment ends at its own mark */
    return g_str_has_prefix (tag, "<!--") && strstr (tag, "-->")
               ? strstr (tag, "-->") + strlen ("-->")
               : end + 1;
  if (!g_strv_contains (allowed_tags, name))
    return is_closing ? end + 1 : skip_element (tag, name, end);
  g_string_append_printf (out, "<%s%s", is_closing ? "/" : "", name);
  if (!is_closing)
    append_attributes (out, start + strlen (name), end, prefix);
  g_string_append (out, end[-1] == '/' ? "/>" : ">");
  return end + 1;
}

void
vhm_html_svg (GString *out, const char *svg, const char *prefix,
              const char *label)
{
  g_string_append (out, "<div class=\"svg\" role=\"img\" aria-label=\"");
  vhm_html_text (out, label);
  g_string_append (out, "\">");
  const char *c = strstr (svg, "<svg");
  while (c && *c) {
    if (*c == '<') {
      c = append_tag (out, c, prefix);
      continue;
    }
    size_t length = strcspn (c, "<");
    g_string_append_len (out, c, (gssize) length);
    c += length;
  }
  g_string_append (out, "</div>\n");
}
