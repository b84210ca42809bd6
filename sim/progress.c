/* Draws how far a run has come.
 *
 * The time left is estimated as elapsed x (1 - f) / f: a run that has done the
 * fraction f needs as long for the rest as it needed so far, in proportion. It
 * is shown from the first percent on, when the estimate begins to mean
 * something.
 *
 * The line is redrawn after a carriage return and padded with blanks to the
 * length of the line before, so the only escape sequences are those of the
 * colour, and a dumb terminal works too. NO_COLOR (https://no-color.org) and
 * TERM=dumb switch the colour off.
 *
 * Invariant: n_shown is the number of columns that are on the screen.
 * Units: ns of real time. Left out: the width of the terminal, signals.
 */
#include <vhm/sim/progress.h>

#include <string.h>
#include <unistd.h>

#include <vhm/base/require.h>

#define REDRAW_NS (VHM_NS_PER_S / 5)
#define BAR_COLUMNS 24
#define MIN_FRACTION_FOR_ETA 0.01
#define MAX_ETA_S (100.0 * 3600.0) /* beyond it says nothing */
#define COLOUR_ON "\033[32m"       /* green */
#define COLOUR_OFF "\033[0m"

struct vhm_progress {
  char *label;
  FILE *stream;
  uint64_t (*clock_ns) (void *context);
  void *clock_context;
  bool is_on;
  bool has_colour;
  uint64_t start_ns;
  uint64_t next_ns; /* of the next redraw */
  size_t n_shown;
};

static uint64_t
read_machine_clock (void *context)
{
  (void) context;
  const uint64_t ns_per_us = 1000;
  return (uint64_t) g_get_monotonic_time () * ns_per_us;
}

static bool
wants_line (enum vhm_progress_mode mode, FILE *stream)
{
  switch (mode) {
  case VHM_PROGRESS_AUTO:
    return isatty (fileno (stream));
  case VHM_PROGRESS_ON:
    return true;
  case VHM_PROGRESS_OFF:
  case VHM_N_PROGRESS_MODES:
    return false;
  }
  return false;
}

static bool
wants_colour (void)
{
  const char *no_color = g_getenv ("NO_COLOR");
  return (no_color == NULL || *no_color == '\0')
         && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

vhm_progress *
vhm_progress_new (const char *label, const struct vhm_progress_options *options)
{
  static const struct vhm_progress_options defaults = { 0 };
  if (options == NULL)
    options = &defaults;
  vhm_progress *progress = g_new0 (vhm_progress, 1);
  progress->label = g_strdup (label);
  progress->stream = options->stream ? options->stream : stderr;
  progress->clock_ns
      = options->clock_ns ? options->clock_ns : read_machine_clock;
  progress->clock_context = options->clock_context;
  progress->is_on = wants_line (options->mode, progress->stream);
  progress->has_colour = progress->is_on && wants_colour ();
  progress->start_ns = progress->clock_ns (progress->clock_context);
  progress->next_ns = progress->start_ns;
  return progress;
}

static void
append_bar (GString *line, double fraction)
{
  int n_full = (int) (fraction * BAR_COLUMNS);
  g_string_append (line, " [");
  for (int i = 0; i < BAR_COLUMNS; i++)
    g_string_append_c (line, i < n_full ? '#' : '-');
  g_string_append (line, "]");
}

static void
append_eta (GString *line, double fraction, uint64_t elapsed_ns)
{
  if (fraction < MIN_FRACTION_FOR_ETA)
    return;
  double elapsed_s = (double) elapsed_ns / (double) VHM_NS_PER_S;
  double left_s = elapsed_s * (1.0 - fraction) / fraction;
  if (left_s > MAX_ETA_S)
    return;
  unsigned s = (unsigned) (left_s + 0.5), h = s / 3600, min = s / 60 % 60;
  if (h > 0)
    g_string_append_printf (line, "  ETA %u:%02u:%02u", h, min, s % 60);
  else
    g_string_append_printf (line, "  ETA %u:%02u", min, s % 60);
}

static void
show (vhm_progress *progress, const char *text, size_t n_columns)
{
  size_t n_blank
      = progress->n_shown > n_columns ? progress->n_shown - n_columns : 0;
  fprintf (progress->stream, "\r%s%*s", text, (int) n_blank, "");
  fflush (progress->stream);
  progress->n_shown = n_columns;
}

static void
draw (vhm_progress *progress, double fraction, const char *clock_text,
      uint64_t elapsed_ns)
{
  g_autoptr (GString) line = g_string_new (progress->label);
  size_t n_colour = 0;
  append_bar (line, fraction);
  if (progress->has_colour) {
    size_t bar = strlen (progress->label) + strlen (" ");
    g_string_insert (line, (gssize) bar, COLOUR_ON);
    g_string_append (line, COLOUR_OFF);
    n_colour = strlen (COLOUR_ON COLOUR_OFF);
  }
  g_string_append_printf (line, " %3d %%", (int) (fraction * 100.0));
  if (clock_text != NULL)
    g_string_append_printf (line, "  %s", clock_text);
  append_eta (line, fraction, elapsed_ns);
  size_t n_columns = (size_t) g_utf8_strlen (line->str, -1) - n_colour;
  show (progress, line->str, n_columns);
}

bool
vhm_progress_is_due (const vhm_progress *progress)
{
  return progress->is_on
         && progress->clock_ns (progress->clock_context) >= progress->next_ns;
}

void
vhm_progress_update (vhm_progress *progress, double fraction,
                     const char *clock_text)
{
  VHM_REQUIRE (fraction >= 0.0 && fraction <= 1.0);
  if (!progress->is_on)
    return;
  uint64_t now_ns = progress->clock_ns (progress->clock_context);
  if (now_ns < progress->next_ns)
    return;
  progress->next_ns = now_ns + REDRAW_NS;
  draw (progress, fraction, clock_text, now_ns - progress->start_ns);
}

void
vhm_progress_free (vhm_progress *progress)
{
  if (progress == NULL)
    return;
  if (progress->n_shown > 0) {
    show (progress, "", 0);
    fputc ('\r', progress->stream);
    fflush (progress->stream);
  }
  g_free (progress->label);
  g_free (progress);
}
