/* Writes JSON (RFC 8259) into a growing string.
 *
 * A value is preceded by its separator: nothing after a key, a comma after an
 * earlier value of the same object or array, then a new indented line.
 * A double is printed with 15 significant digits if these read back as the
 * same double, else with 16, else with 17, which always do (IEEE 754).
 * Cost: O(length of the text).
 */
#include <vhm/sim/json.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <vhm/base/require.h>

void
vhm_json_init (struct vhm_json *json)
{
  *json = (struct vhm_json){ .out = g_string_new (NULL) };
}

char *
vhm_json_finish (struct vhm_json *json, size_t *ret_size)
{
  VHM_REQUIRE (json->depth == 0);
  g_string_append_c (json->out, '\n');
  *ret_size = json->out->len;
  char *text = g_string_free (json->out, FALSE);
  json->out = NULL;
  return text;
}

static void
start_line (struct vhm_json *json)
{
  g_string_append_printf (json->out, "\n%*s", (int) (2 * json->depth), "");
}

static void
start_item (struct vhm_json *json)
{
  if (json->depth == 0)
    return;
  bool *has_items = &json->has_items[json->depth - 1];
  if (*has_items)
    g_string_append_c (json->out, ',');
  *has_items = true;
  start_line (json);
}

static void
start_value (struct vhm_json *json)
{
  bool in_object = json->depth > 0 && json->is_object[json->depth - 1];
  VHM_REQUIRE (in_object == json->after_key);
  if (!json->after_key)
    start_item (json);
  json->after_key = false;
}

static void
begin (struct vhm_json *json, bool is_object)
{
  VHM_REQUIRE (json->depth < VHM_JSON_MAX_DEPTH);
  start_value (json);
  g_string_append_c (json->out, is_object ? '{' : '[');
  json->is_object[json->depth] = is_object;
  json->has_items[json->depth] = false;
  json->depth++;
}

void
vhm_json_begin_object (struct vhm_json *json)
{
  begin (json, true);
}

void
vhm_json_begin_array (struct vhm_json *json)
{
  begin (json, false);
}

void
vhm_json_end (struct vhm_json *json)
{
  VHM_REQUIRE (json->depth > 0 && !json->after_key);
  json->depth--;
  if (json->has_items[json->depth])
    start_line (json);
  g_string_append_c (json->out, json->is_object[json->depth] ? '}' : ']');
}

/* Control characters and the two that end or escape a string. DEL and the line
 * separators U+2028/9 are legal as they are; "<" is escaped all the same, so
 * that a result can be pasted into a page. */
static void
append_escaped (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  for (const char *c = valid; *c; c++) {
    if (*c == '"' || *c == '\\')
      g_string_append_printf (out, "\\%c", *c);
    else if (*c == '\n')
      g_string_append (out, "\\n");
    else if (*c == '\t')
      g_string_append (out, "\\t");
    else if ((unsigned char) *c < 0x20 || *c == '<')
      g_string_append_printf (out, "\\u%04x", (unsigned) (unsigned char) *c);
    else
      g_string_append_c (out, *c);
  }
}

static void
append_quoted (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  append_escaped (out, text);
  g_string_append_c (out, '"');
}

void
vhm_json_key (struct vhm_json *json, const char *key)
{
  VHM_REQUIRE (json->depth > 0 && json->is_object[json->depth - 1]);
  VHM_REQUIRE (!json->after_key);
  start_item (json);
  append_quoted (json->out, key);
  g_string_append (json->out, ": ");
  json->after_key = true;
}

void
vhm_json_string (struct vhm_json *json, const char *text)
{
  start_value (json);
  if (text)
    append_quoted (json->out, text);
  else
    g_string_append (json->out, "null");
}

const char *
vhm_double_text (double value, char buffer[VHM_DOUBLE_TEXT_SIZE])
{
  VHM_REQUIRE (isfinite (value));
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_ascii_formatd (buffer, VHM_DOUBLE_TEXT_SIZE, formats[i], value);
    if (g_ascii_strtod (buffer, NULL) == value)
      break;
  }
  return buffer;
}

void
vhm_json_number (struct vhm_json *json, double value)
{
  char buffer[VHM_DOUBLE_TEXT_SIZE];
  start_value (json);
  g_string_append (json->out,
                   isfinite (value) ? vhm_double_text (value, buffer) : "null");
}

void
vhm_json_count (struct vhm_json *json, uint64_t value)
{
  start_value (json);
  g_string_append_printf (json->out, "%" PRIu64, value);
}

void
vhm_json_bool (struct vhm_json *json, bool value)
{
  start_value (json);
  g_string_append (json->out, value ? "true" : "false");
}
