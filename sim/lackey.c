/* Lackey's text, line by line, into visits. See lackey.h for both.
 *
 * One buffer, searched for line ends; what is left of the last line moves to
 * its front. A line longer than the buffer can only be valgrind's own (it
 * prints the whole command): such a line is skipped in pieces.
 *
 * Cost: some 20 ns a line, one buffer. Source of the format: the program
 * itself, lackey/lk_main.c of valgrind 3.19 prints "I  %08lx,%lu" and so on.
 */
#include <vhm/sim/lackey.h>

#include <string.h>
#include <vhm/base/error.h>
#include <vhm/sim/diagnostics.h>

#define BUFFER_BYTES (UINT32_C (1) << 18)
#define MAX_MISTAKES 20       /* told; then it is not lackey's */
#define MAX_ACCESS_BYTES 4096 /* valgrind's largest, XSAVE, is below 3 KiB */
#define MAX_HEX_DIGITS 16     /* 64 bits */
#define MAX_SHOWN 60          /* characters of a wrong line */
#define PREFIX_BYTES 3        /* "I  ", " L ", " S ", " M " */

enum { INSTRUCTIONS, DATA, N_CLASSES };

struct run {
  bool is_open;
  uint64_t page, began;
  uint32_t n_accesses;
  unsigned kinds;
};

struct import {
  const struct vhm_lackey_options *options;
  vhm_trace_writer *writer;
  const char *name;
  uint64_t line, n_visits_begun, n_accesses;
  struct run runs[N_CLASSES];
  uint64_t n_loads, n_stores, n_fetches;
  unsigned n_mistakes;
  GString *mistakes;
  GError *error; /* of the writer */
};

/* --- visits -----------------------------------------------------------------*/

static void
close_run (struct import *m, struct run *run)
{
  run->is_open = false;
  if (!m->error)
    vhm_trace_write (m->writer, run->page, run->n_accesses, run->kinds,
                     &m->error);
}

/* Ends a visit, after the other one if that began before. */
static void
end_run (struct import *m, unsigned class)
{
  struct run *run = &m->runs[class], *other = &m->runs[!class];
  if (other->is_open && other->began < run->began)
    close_run (m, other);
  close_run (m, run);
}

static void
visit (struct import *m, unsigned class, uint64_t page, unsigned kinds,
       uint32_t n)
{
  struct run *run = &m->runs[class];
  if (run->is_open && run->page == page
      && run->n_accesses <= VHM_TRACE_MAX_RUN - n) {
    run->n_accesses += n;
    run->kinds |= kinds;
    return;
  }
  if (run->is_open)
    end_run (m, class);
  *run = (struct run){ true, page, m->n_visits_begun++, n, kinds };
}

static void
end_all (struct import *m)
{
  bool data_first = m->runs[DATA].began < m->runs[INSTRUCTIONS].began;
  unsigned last = data_first ? INSTRUCTIONS : DATA;
  if (m->runs[last].is_open)
    end_run (m, last);
  else if (m->runs[!last].is_open)
    close_run (m, &m->runs[!last]);
}

static void
access_bytes (struct import *m, char what, uint64_t address, uint64_t size)
{
  unsigned kinds = what == 'I'   ? VHM_TRACE_FETCH
                   : what == 'L' ? VHM_TRACE_LOAD
                   : what == 'S' ? VHM_TRACE_STORE
                                 : VHM_TRACE_LOAD | VHM_TRACE_STORE;
  kinds &= m->options->kinds;
  if (kinds == 0)
    return;
  uint64_t first = address >> m->options->page_shift;
  uint64_t last = (address + size - 1) >> m->options->page_shift;
  bool loads = kinds & VHM_TRACE_LOAD, stores = kinds & VHM_TRACE_STORE;
  bool fetches = kinds & VHM_TRACE_FETCH;
  for (uint64_t page = first; page <= last; page++) {
    visit (m, what == 'I' ? INSTRUCTIONS : DATA, page, kinds,
           (uint32_t) loads + stores + fetches);
    m->n_loads += loads;
    m->n_stores += stores;
    m->n_fetches += fetches;
  }
}

/* --- mistakes ---------------------------------------------------------------*/

static void
complain (struct import *m, const char *line, size_t size, size_t column,
          const char *wrong, const char *right)
{
  m->n_mistakes++;
  g_autofree char *shown = vhm_escape (line, MIN (size, MAX_SHOWN));
  g_autofree char *before = vhm_escape (line, MIN (column, MAX_SHOWN));
  g_string_append_printf (m->mistakes,
                          "%s:%" G_GUINT64_FORMAT ":%zu: %s; %s\n"
                          "  %s%s\n  %*s^\n",
                          m->name, m->line, column + 1, wrong, right, shown,
                          size > MAX_SHOWN ? "..." : "",
                          (int) g_utf8_strlen (before, -1), "");
}

/* --- lines ------------------------------------------------------------------*/

static bool
is_valgrinds (const char *line, size_t size)
{
  return size >= 2
         && (memcmp (line, "==", 2) == 0 || memcmp (line, "--", 2) == 0);
}

static int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

/* Hexadecimal from *at on; false, at the wrong place, if there is none. */
static bool
take_address (const char *line, size_t size, size_t *at, uint64_t *ret)
{
  size_t start = *at;
  int digit;
  for (*ret = 0; *at < size && (digit = hex_digit (line[*at])) >= 0; ++*at)
    *ret = *ret << 4 | (unsigned) digit;
  return *at > start && *at - start <= MAX_HEX_DIGITS;
}

static bool
take_size (const char *line, size_t size, size_t *at, uint64_t *ret)
{
  size_t start = *at;
  for (*ret = 0; *at < size && g_ascii_isdigit (line[*at]); ++*at)
    *ret = MIN (*ret * 10 + (uint64_t) (line[*at] - '0'), MAX_ACCESS_BYTES + 1);
  return *at > start && *ret > 0 && *ret <= MAX_ACCESS_BYTES;
}

static bool
has_prefix (const char *line, size_t size)
{
  if (size < PREFIX_BYTES)
    return false;
  if (line[0] == 'I')
    return line[1] == ' ' && line[2] == ' ';
  return line[0] == ' ' && line[2] == ' '
         && (line[1] == 'L' || line[1] == 'S' || line[1] == 'M');
}

static void
read_access (struct import *m, const char *line, size_t size)
{
  uint64_t address, n;
  size_t at = PREFIX_BYTES;
  if (!has_prefix (line, size))
    complain (m, line, size, 0, "this is no line of lackey's memory trace",
              "write I, L, S or M in its column, as in \" L 04022170,8\"");
  else if (!take_address (line, size, &at, &address))
    complain (m, line, size, at == PREFIX_BYTES ? at : PREFIX_BYTES,
              "this is no address",
              "write 1 to 16 hexadecimal digits, as in \"I  04022170,3\"");
  else if (at == size || line[at] != ',')
    complain (m, line, size, at, "a comma is missing",
              "write the size after it, as in \" L 04022170,8\"");
  else if (at++, !take_size (line, size, &at, &n))
    complain (m, line, size, MIN (at, size), "this is no size of an access",
              "write 1 to 4096 bytes, as in \" L 04022170,8\"");
  else if (at < size)
    complain (m, line, size, at, "something follows the size",
              "end the line there");
  else if (address > UINT64_MAX - (n - 1))
    complain (m, line, size, PREFIX_BYTES,
              "the access reaches beyond the last address", "a lower address");
  else {
    m->n_accesses++;
    access_bytes (m, line[line[0] == ' '], address, n);
  }
}

static void
read_line (struct import *m, const char *line, size_t size)
{
  m->line++;
  if (size > 0 && line[size - 1] == '\r')
    size--;
  if (size > 0 && !is_valgrinds (line, size))
    read_access (m, line, size);
}

/* --- the file ---------------------------------------------------------------*/

static bool
is_over (const struct import *m)
{
  return m->error || m->n_mistakes >= MAX_MISTAKES;
}

/* Reads the lines that end within the text; returns how much of it they are. */
static size_t
read_lines (struct import *m, const char *text, size_t size)
{
  size_t from = 0;
  const char *end;
  while (!is_over (m) && (end = memchr (text + from, '\n', size - from))) {
    read_line (m, text + from, (size_t) (end - text) - from);
    from = (size_t) (end - text) + 1;
  }
  return from;
}

/* A line without an end in a full buffer. Returns how much of it can go: all,
 * but a beginning that says whose line it is. */
static size_t
skip_piece (struct import *m, const char *text, size_t size)
{
  if (!is_valgrinds (text, size)) {
    m->line++;
    complain (m, text, size, 0, "a line that does not end",
              "the text that lackey wrote");
    m->n_mistakes = MAX_MISTAKES;
  }
  return size - 2;
}

static void
check_end (struct import *m, const char *text, size_t left)
{
  if (left > 0) {
    m->line++;
    complain (m, text, left, left, "the last line has no end",
              "it was cut short here: import the whole file");
  } else if (m->n_accesses == 0 && m->n_mistakes == 0) {
    m->line++;
    complain (m, "", 0, 0, "there is no memory access in it",
              "the output of valgrind --tool=lackey --trace-mem=yes");
  }
}

/* False if somebody wants to stop, or the source failed. */
static bool
read_all (struct import *m, vhm_source *source, char *buffer, GError **error)
{
  const struct vhm_lackey_options *o = m->options;
  size_t left = 0, n;
  do {
    if (o->go_on && !o->go_on (o->context, vhm_source_fraction (source)))
      return false;
    if (!vhm_source_read (source, buffer + left, BUFFER_BYTES - left, &n,
                          error))
      return false;
    size_t size = left + n, used = read_lines (m, buffer, size);
    if (used == 0 && size == BUFFER_BYTES) {
      used = skip_piece (m, buffer, size);
      memcpy (buffer + used, buffer, size - used); /* still valgrind's */
    }
    left = size - used;
    memmove (buffer, buffer + used, left);
  } while (n > 0 && !is_over (m));
  if (!is_over (m))
    check_end (m, buffer, left);
  return true;
}

static bool
conclude (struct import *m, GError **error)
{
  if (m->n_mistakes >= MAX_MISTAKES)
    g_string_append_printf (
        m->mistakes, "%s: no more is read after so many mistakes\n", m->name);
  if (m->n_mistakes > 0) {
    g_set_error_literal (error, VHM_ERROR, VHM_ERROR_SCENARIO,
                         m->mistakes->str);
    g_clear_error (&m->error);
    return false;
  }
  if (!m->error)
    end_all (m);
  if (!m->error)
    return vhm_trace_finish (m->writer, m->n_loads, m->n_stores, m->n_fetches,
                             error);
  g_propagate_error (error, m->error);
  return false;
}

bool
vhm_lackey_read (vhm_source *source, vhm_trace_writer *writer,
                 const struct vhm_lackey_options *options, GError **error)
{
  g_autoptr (GString) mistakes = g_string_new (NULL);
  struct import m = { .options = options,
                      .writer = writer,
                      .name = vhm_source_name (source),
                      .mistakes = mistakes };
  g_autofree char *buffer = g_malloc (BUFFER_BYTES);
  if (read_all (&m, source, buffer, error))
    return conclude (&m, error);
  g_clear_error (&m.error);
  return false;
}
