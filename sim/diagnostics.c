/* Collects what is wrong with an input and prints it with the source lines.
 *
 * Messages are kept as told and sorted when they are printed. A source line is
 * escaped first and measured afterwards, so that the caret stands under its
 * character whatever is in front of it (tabs, wide letters, control
 * characters); of a long line a window around the caret is shown.
 *
 * Cost: O(n log n) messages and one pass over the text for each one shown; at
 * most KEPT are kept, the rest is only counted.
 */
#include <vhm/sim/diagnostics.h>

#include <string.h>
#include <vhm/base/error.h>
#include <vhm/base/require.h>

enum {
  KEPT = 1000,       /* a hostile file has millions of mistakes */
  LINE_COLUMNS = 76, /* of a source line, so that it fits a terminal of 80 */
  QUOTE_LETTERS = 60,
};

struct file {
  char *name, *text;
  size_t size;
  bool is_option;
};

struct message {
  enum vhm_severity severity;
  struct vhm_mark mark;
  char *text; /* "path: wrong; right" */
  guint order;
};

struct vhm_diagnostics {
  GArray *files;    /* struct file */
  GArray *messages; /* struct message */
  GHashTable *told; /* "file:line:column:text": a set, for look-up only */
  size_t n[VHM_N_SEVERITIES];
  size_t n_elsewhere; /* errors that are not about options */
};

static void
clear_file (void *data)
{
  struct file *file = (struct file *) data;
  g_free (file->name);
  g_free (file->text);
}

static void
clear_message (void *data)
{
  g_free (((struct message *) data)->text);
}

vhm_diagnostics *
vhm_diagnostics_new (void)
{
  vhm_diagnostics *d = g_new0 (vhm_diagnostics, 1);
  d->files = g_array_new (FALSE, FALSE, sizeof (struct file));
  d->messages = g_array_new (FALSE, FALSE, sizeof (struct message));
  g_array_set_clear_func (d->files, clear_file);
  g_array_set_clear_func (d->messages, clear_message);
  d->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return d;
}

void
vhm_diagnostics_free (vhm_diagnostics *d)
{
  if (!d)
    return;
  g_array_unref (d->files);
  g_array_unref (d->messages);
  g_hash_table_unref (d->told);
  g_free (d);
}

uint32_t
vhm_diagnostics_add_file (vhm_diagnostics *d, const char *name,
                          const char *text, size_t size)
{
  struct file file
      = { vhm_escape (name, (size_t) -1), g_malloc (size + 1), size, false };
  if (size > 0)
    memcpy (file.text, text, size);
  file.text[size] = '\0';
  g_array_append_val (d->files, file);
  return d->files->len - 1;
}

uint32_t
vhm_diagnostics_add_option (vhm_diagnostics *d, const char *name,
                            const char *text)
{
  uint32_t file = vhm_diagnostics_add_file (d, name, text, strlen (text));
  g_array_index (d->files, struct file, file).is_option = true;
  return file;
}

const char *
vhm_diagnostics_file_name (const vhm_diagnostics *d, uint32_t file)
{
  VHM_REQUIRE (file < d->files->len);
  return g_array_index (d->files, struct file, file).name;
}

/* --- text that may be shown ---------------------------------------------- */

/* Letters that would change what a terminal shows around them: controls, line
 * separators, and format characters such as a change of writing direction. */
static bool
is_harmful (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);
  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT
         || type == G_UNICODE_LINE_SEPARATOR
         || type == G_UNICODE_PARAGRAPH_SEPARATOR
         || type == G_UNICODE_UNASSIGNED;
}

/* Bytes of the character at p, which has `left` > 0 bytes; 0 if it is no UTF-8.
 */
static size_t
utf8_length (const char *p, size_t left)
{
  gunichar c = g_utf8_get_char_validated (p, (gssize) left);
  if (*p == '\0')
    return 1;
  return c >= (gunichar) -2 ? 0 : (size_t) g_unichar_to_utf8 (c, NULL);
}

/* Appends one character and returns how many bytes of the input it took. */
static size_t
escape_one (GString *out, const char *p, size_t left)
{
  size_t n = utf8_length (p, left);
  gunichar c = n > 1 ? g_utf8_get_char (p) : (guchar) *p;
  if (n == 0 || (n == 1 && is_harmful (c)))
    g_string_append_printf (out, "\\x%02x", (unsigned) (guchar) *p);
  else if (is_harmful (c))
    g_string_append_printf (out, "\\u{%x}", (unsigned) c);
  else
    g_string_append_len (out, p, (gssize) n);
  return MAX (n, 1);
}

static GString *
escape (const char *text, size_t size)
{
  GString *out = g_string_new (NULL);
  for (size_t i = 0; i < size;)
    i += escape_one (out, text + i, size - i);
  return out;
}

char *
vhm_escape (const char *text, size_t size)
{
  return g_string_free (
      escape (text, size == (size_t) -1 ? strlen (text) : size), FALSE);
}

char *
vhm_quote (const char *text)
{
  g_autofree char *start = g_strndup (text, 4 * QUOTE_LETTERS);
  g_autofree char *shown = vhm_escape (start, (size_t) -1);
  if (g_utf8_strlen (shown, -1) <= QUOTE_LETTERS)
    return g_strdup_printf ("\"%s\"", shown);
  *g_utf8_offset_to_pointer (shown, QUOTE_LETTERS) = '\0';
  return g_strdup_printf ("\"%s...\"", shown);
}

/* --- places --------------------------------------------------------------- */

/* Bytes of the line break at p (YAML 1.1), 0 if there is none. */
static size_t
line_break (const char *p, size_t left)
{
  if (*p == '\r')
    return left > 1 && p[1] == '\n' ? 2 : 1;
  if (*p == '\n')
    return 1;
  if (left > 1 && memcmp (p, "\xc2\x85", 2) == 0)
    return 2;
  if (left > 2 && memcmp (p, "\xe2\x80", 2) == 0
      && (p[2] == '\xa8' || p[2] == '\xa9'))
    return 3;
  return 0;
}

struct vhm_mark
vhm_diagnostics_place (const char *text, size_t size, size_t offset)
{
  struct vhm_mark mark = { 1, 1, 0 };
  for (size_t i = 0; i < MIN (offset, size);) {
    size_t n = line_break (text + i, size - i);
    mark.line += n > 0;
    mark.column = n > 0 ? 1 : mark.column + 1;
    i += n > 0 ? n : MAX (utf8_length (text + i, size - i), 1);
  }
  return mark;
}

/* The text of line `line`, from *ret_size bytes; NULL past the end. */
static const char *
find_line (const struct file *file, uint32_t line, size_t *ret_size)
{
  const char *p = file->text, *end = p + file->size;
  for (; line > 1 && p < end;) {
    size_t n = line_break (p, (size_t) (end - p));
    line -= n > 0;
    p += n > 0 ? n : 1;
  }
  if (line > 1)
    return NULL;
  const char *stop = p;
  while (stop < end && line_break (stop, (size_t) (end - stop)) == 0)
    stop++;
  *ret_size = (size_t) (stop - p);
  return p;
}

/* Width on a terminal of one character of escaped text. */
static unsigned
width (const char *p)
{
  gunichar c = g_utf8_get_char (p);
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

static unsigned
width_up_to (const char *p, const char *end)
{
  unsigned sum = 0;
  for (; p < end; p = g_utf8_next_char (p))
    sum += width (p);
  return sum;
}

/* Shows a window of the escaped line with the caret under byte `at` of it. */
static void
show_window (GString *out, const char *line, size_t at)
{
  const char *caret = line + at, *start = line, *end;
  bool is_long = width_up_to (line, line + strlen (line)) > LINE_COLUMNS;
  while (is_long && width_up_to (start, caret) > LINE_COLUMNS * 2 / 3)
    start = g_utf8_next_char (start);
  for (end = caret; *end && width_up_to (start, end) < LINE_COLUMNS;)
    end = g_utf8_next_char (end);
  const char *before = start > line ? "..." : "";
  g_string_append_printf (out, "  %s%.*s%s\n", before, (int) (end - start),
                          start, *end ? "..." : "");
  unsigned indent = (unsigned) strlen (before) + width_up_to (start, caret);
  g_string_append_printf (out, "  %*s^\n", (int) indent, "");
}

/* Only this much of a line on either side of the caret is looked at, so that a
 * line of megabytes costs no more than a short one. */
static void
show_line (GString *out, const struct file *file, struct vhm_mark mark)
{
  size_t size, i = 0, at = 0;
  const char *line = find_line (file, mark.line, &size);
  if (!line)
    return;
  for (uint32_t column = 1; i < size && column < mark.column; column++)
    i += MAX (utf8_length (line + i, size - i), 1);
  size_t first = i;
  for (unsigned back = 0; first > 0 && back < 2 * LINE_COLUMNS; back++)
    for (first--; first > 0 && (line[first] & 0xc0) == 0x80;)
      first--;
  g_autofree char *head = vhm_escape (line + first, i - first);
  g_autofree char *tail
      = vhm_escape (line + i, MIN (size - i, (size_t) 8 * LINE_COLUMNS));
  at = strlen (head);
  g_autofree char *shown = g_strconcat (head, tail, NULL);
  show_window (out, shown, at);
}

/* --- messages ------------------------------------------------------------- */

void
vhm_diagnostics_add (vhm_diagnostics *d, enum vhm_severity severity,
                     struct vhm_mark mark, const char *path, const char *wrong,
                     const char *right)
{
  VHM_REQUIRE (mark.file < d->files->len);
  bool is_option = g_array_index (d->files, struct file, mark.file).is_option;
  bool has_path = path && *path && !is_option, has_right = right && *right;
  g_autofree char *text
      = g_strconcat (has_path ? path : "", has_path ? ": " : "", wrong,
                     has_right ? "; " : "", has_right ? right : "", NULL);
  char *key = g_strdup_printf ("%u:%u:%u:%s", mark.file, mark.line, mark.column,
                               text);
  if (d->messages->len < KEPT && !g_hash_table_add (d->told, key))
    return;
  if (d->messages->len >= KEPT)
    g_free (key);
  d->n[severity]++;
  d->n_elsewhere += severity == VHM_SEVERITY_ERROR && !is_option;
  struct message message
      = { severity, mark, vhm_escape (text, (size_t) -1), d->messages->len };
  if (d->messages->len < KEPT)
    g_array_append_val (d->messages, message);
  else
    g_free (message.text);
}

size_t
vhm_diagnostics_n (const vhm_diagnostics *d, enum vhm_severity severity)
{
  return d->n[severity];
}

static int
by_place (const void *left, const void *right)
{
  const struct message *a = (const struct message *) left;
  const struct message *b = (const struct message *) right;
  const guint x[] = { a->mark.file, a->mark.line, a->mark.column, a->order };
  const guint y[] = { b->mark.file, b->mark.line, b->mark.column, b->order };
  for (size_t i = 0; i < G_N_ELEMENTS (x); i++)
    if (x[i] != y[i])
      return x[i] < y[i] ? -1 : 1;
  return 0;
}

static void
show_message (GString *out, const vhm_diagnostics *d, const struct message *m)
{
  const struct file *file
      = &g_array_index (d->files, struct file, m->mark.file);
  const char *word = m->severity == VHM_SEVERITY_WARNING ? "warning: " : "";
  if (m->mark.line == 0 || file->is_option) {
    g_string_append_printf (out, "%s: %s%s\n", file->name, word, m->text);
    return;
  }
  g_string_append_printf (out, "%s:%u:%u: %s%s\n", file->name, m->mark.line,
                          m->mark.column, word, m->text);
  show_line (out, file, m->mark);
}

char *
vhm_diagnostics_text (vhm_diagnostics *d, enum vhm_severity severity)
{
  GString *out = g_string_new (NULL);
  size_t shown = 0;
  g_array_sort (d->messages, by_place);
  for (guint i = 0; i < d->messages->len && shown < VHM_DIAGNOSTICS_SHOWN;
       i++) {
    const struct message *m = &g_array_index (d->messages, struct message, i);
    if (m->severity != severity)
      continue;
    show_message (out, d, m);
    shown++;
  }
  if (d->n[severity] > shown)
    g_string_append_printf (out, "... and %zu more\n", d->n[severity] - shown);
  return g_string_free (out, FALSE);
}

bool
vhm_diagnostics_check (vhm_diagnostics *d, GError **error)
{
  if (d->n[VHM_SEVERITY_ERROR] == 0)
    return true;
  g_autofree char *text = vhm_diagnostics_text (d, VHM_SEVERITY_ERROR);
  g_set_error_literal (error, VHM_ERROR,
                       d->n_elsewhere > 0 ? VHM_ERROR_SCENARIO
                                          : VHM_ERROR_USAGE,
                       g_strchomp (text));
  return false;
}
