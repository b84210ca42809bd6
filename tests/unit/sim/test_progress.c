#define _GNU_SOURCE /* posix_openpt, open_memstream */
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <vhm/sim/progress.h>

#define FIFTH_NS (VHM_NS_PER_S / 5)

/* A stream into memory, and a clock that stands still unless told. */
struct screen {
  FILE *stream;
  char *text;
  size_t size;
  uint64_t now_ns;
};

static uint64_t
read_clock (void *context)
{
  return ((struct screen *) context)->now_ns;
}

static vhm_progress *
open_screen (struct screen *screen, enum vhm_progress_mode mode)
{
  *screen = (struct screen){ .now_ns = 77 };
  screen->stream = open_memstream (&screen->text, &screen->size);
  g_setenv ("NO_COLOR", "1", TRUE);
  return vhm_progress_new (
      "run", &(struct vhm_progress_options){ .stream = screen->stream,
                                             .mode = mode,
                                             .clock_ns = read_clock,
                                             .clock_context = screen });
}

/* What the screen's only line shows after all that was written. */
static char *
visible (struct screen *screen)
{
  fflush (screen->stream);
  char *line = g_strnfill (200, ' ');
  size_t column = 0;
  for (const char *c = screen->text; *c != '\0'; c++)
    if (*c == '\r')
      column = 0;
    else
      line[column++] = *c;
  return g_strchomp (line);
}

static void
assert_visible (struct screen *screen, const char *expected)
{
  g_autofree char *line = visible (screen);
  ck_assert_str_eq (line, expected);
}

static void
close_screen (struct screen *screen)
{
  fclose (screen->stream);
  free (screen->text);
}

START_TEST (shows_share_clock_and_time_left)
{
  struct screen screen;
  vhm_progress *progress = open_screen (&screen, VHM_PROGRESS_ON);
  screen.now_ns += 30 * VHM_NS_PER_S;
  vhm_progress_update (progress, 0.25, "02:00 of 08:00");
  assert_visible (&screen, "run [######------------------]  25 %  "
                           "02:00 of 08:00  ETA 1:30");
  vhm_progress_free (progress);
  close_screen (&screen);
}
END_TEST

START_TEST (redraws_five_times_a_second_at_most)
{
  struct screen screen;
  vhm_progress *progress = open_screen (&screen, VHM_PROGRESS_ON);
  vhm_progress_update (progress, 0.0, "a");
  screen.now_ns += FIFTH_NS - 1;
  ck_assert (!vhm_progress_is_due (progress));
  vhm_progress_update (progress, 0.0, "b");
  assert_visible (&screen, "run [------------------------]   0 %  a");
  screen.now_ns += 1;
  ck_assert (vhm_progress_is_due (progress));
  vhm_progress_update (progress, 0.0, "c");
  assert_visible (&screen, "run [------------------------]   0 %  c");
  vhm_progress_free (progress);
  close_screen (&screen);
}
END_TEST

START_TEST (a_shorter_line_leaves_nothing_of_a_longer_one)
{
  struct screen screen;
  vhm_progress *progress = open_screen (&screen, VHM_PROGRESS_ON);
  vhm_progress_update (progress, 0.0, "a long text");
  screen.now_ns += FIFTH_NS;
  vhm_progress_update (progress, 0.0, NULL);
  assert_visible (&screen, "run [------------------------]   0 %");
  vhm_progress_free (progress);
  close_screen (&screen);
}
END_TEST

START_TEST (the_end_leaves_an_empty_line)
{
  struct screen screen;
  vhm_progress *progress = open_screen (&screen, VHM_PROGRESS_ON);
  vhm_progress_update (progress, 1.0, "done");
  vhm_progress_free (progress);
  assert_visible (&screen, "");
  ck_assert_int_eq (screen.text[screen.size - 1], '\r');
  close_screen (&screen);
}
END_TEST

START_TEST (long_runs_show_hours)
{
  struct screen screen;
  vhm_progress *progress = open_screen (&screen, VHM_PROGRESS_ON);
  screen.now_ns += 3661 * VHM_NS_PER_S;
  vhm_progress_update (progress, 0.5, NULL);
  assert_visible (&screen, "run [############------------]  50 %  ETA 1:01:01");
  vhm_progress_free (progress);
  close_screen (&screen);
}
END_TEST

static void
assert_silent (enum vhm_progress_mode mode)
{
  struct screen screen;
  vhm_progress *progress = open_screen (&screen, mode);
  ck_assert (!vhm_progress_is_due (progress));
  vhm_progress_update (progress, 0.5, "x");
  vhm_progress_free (progress);
  fflush (screen.stream);
  ck_assert_uint_eq (screen.size, 0);
  close_screen (&screen);
}

START_TEST (quiet_writes_nothing)
{
  assert_silent (VHM_PROGRESS_OFF);
}
END_TEST

START_TEST (what_is_no_terminal_gets_nothing)
{
  assert_silent (VHM_PROGRESS_AUTO);
  int ends[2];
  ck_assert_int_eq (pipe (ends), 0);
  FILE *pipe_end = fdopen (ends[1], "w");
  vhm_progress *progress = vhm_progress_new (
      "run",
      &(struct vhm_progress_options){ .stream = pipe_end,
                                      .clock_ns = read_clock,
                                      .clock_context = &(struct screen){ 0 } });
  vhm_progress_update (progress, 0.5, "x");
  vhm_progress_free (progress);
  fclose (pipe_end);
  char byte;
  ck_assert_int_eq (read (ends[0], &byte, 1), 0); /* end of file at once */
  close (ends[0]);
}
END_TEST

START_TEST (a_terminal_gets_the_line)
{
  int master = posix_openpt (O_RDWR | O_NOCTTY);
  ck_assert_int_ge (master, 0);
  ck_assert_int_eq (grantpt (master), 0);
  ck_assert_int_eq (unlockpt (master), 0);
  FILE *terminal = fopen (ptsname (master), "w");
  ck_assert_ptr_nonnull (terminal);
  vhm_progress *progress = vhm_progress_new (
      "run",
      &(struct vhm_progress_options){ .stream = terminal,
                                      .clock_ns = read_clock,
                                      .clock_context = &(struct screen){ 0 } });
  vhm_progress_update (progress, 0.5, "x");
  char text[100] = { 0 };
  ck_assert_int_gt (read (master, text, sizeof (text) - 1), 0);
  ck_assert_ptr_nonnull (strstr (text, "run"));
  vhm_progress_free (progress);
  fclose (terminal);
  close (master);
}
END_TEST

/* NO_COLOR, TERM, and whether an escape sequence may be written. */
static const struct {
  const char *no_color, *term;
  bool has_colour;
} colours[] = {
  { NULL, "xterm", true }, { "", "xterm", true }, { "1", "xterm", false },
  { NULL, "dumb", false }, { NULL, NULL, true },
};

static void
set_or_unset (const char *name, const char *value)
{
  if (value != NULL)
    g_setenv (name, value, TRUE);
  else
    g_unsetenv (name);
}

START_TEST (colour_is_used_where_it_is_welcome)
{
  struct screen screen;
  vhm_progress_free (open_screen (&screen, VHM_PROGRESS_OFF));
  set_or_unset ("NO_COLOR", colours[_i].no_color);
  set_or_unset ("TERM", colours[_i].term);
  vhm_progress *progress = vhm_progress_new (
      "run", &(struct vhm_progress_options){ .stream = screen.stream,
                                             .mode = VHM_PROGRESS_ON,
                                             .clock_ns = read_clock,
                                             .clock_context = &screen });
  vhm_progress_update (progress, 0.5, "x");
  fflush (screen.stream);
  ck_assert (colours[_i].has_colour == (strchr (screen.text, '\033') != NULL));
  vhm_progress_free (progress);
  close_screen (&screen);
}
END_TEST

START_TEST (a_share_above_one_aborts)
{
  struct screen screen;
  vhm_progress_update (open_screen (&screen, VHM_PROGRESS_OFF), 1.01, NULL);
}
END_TEST

static void
add_death_tests (TCase *tc)
{
  if (suite_can_fork ())
    tcase_add_test_raise_signal (tc, a_share_above_one_aborts, SIGABRT);
}

SUITE ("progress", tcase_add_test (tc, shows_share_clock_and_time_left);
       tcase_add_test (tc, redraws_five_times_a_second_at_most);
       tcase_add_test (tc, a_shorter_line_leaves_nothing_of_a_longer_one);
       tcase_add_test (tc, the_end_leaves_an_empty_line);
       tcase_add_test (tc, long_runs_show_hours);
       tcase_add_test (tc, quiet_writes_nothing);
       tcase_add_test (tc, what_is_no_terminal_gets_nothing);
       tcase_add_test (tc, a_terminal_gets_the_line);
       tcase_add_loop_test (tc, colour_is_used_where_it_is_welcome, 0,
                            G_N_ELEMENTS (colours));
       add_death_tests (tc);)
