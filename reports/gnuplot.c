/* Starts gnuplot on a script, without a shell, and kills it when it takes too
 * long.
 *
 * Names in scripts: within single quotes gnuplot (5.4 manual, "Quote marks")
 * knows no escapes, no command substitution by backquotes and no macros; a
 * quote is doubled. What could end the line is a control character, and those
 * become spaces. Options: -d ignores the user's own settings, so that every
 * machine draws the same.
 */
#include "gnuplot.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vhm/base/error.h>

#define ERRORS_NAME "errors.txt"
#define MAX_COMPLAINT 400

char *
vhm_gnuplot_quote (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new ("'");
  for (const char *c = valid; *c; c = g_utf8_next_char (c)) {
    gunichar character = g_utf8_get_char (c);
    bool is_safe = g_unichar_isprint (character);
    if (character == '\'')
      g_string_append_c (out, '\'');
    g_string_append_unichar (out, is_safe ? character : ' ');
  }
  g_string_append_c (out, '\'');
  return g_string_free (out, FALSE);
}

char *
vhm_gnuplot_find (GError **error)
{
  char *path = g_find_program_in_path ("gnuplot");
  if (!path)
    g_set_error (error, VHM_ERROR, VHM_ERROR_TOOL,
                 "gnuplot is not in PATH, so no figures were drawn; install "
                 "it (Debian, Ubuntu, Fedora: the package \"gnuplot\") and "
                 "draw them again");
  return path;
}

/* --- one run --------------------------------------------------------- */

struct watch {
  GMainLoop *loop;
  int status;
  bool is_late;
};

static void
child_ended (GPid pid, int status, void *context)
{
  struct watch *watch = context;
  (void) pid;
  watch->status = status;
  g_main_loop_quit (watch->loop);
}

static gboolean
time_is_up (void *context)
{
  struct watch *watch = context;
  watch->is_late = true;
  g_main_loop_quit (watch->loop);
  return G_SOURCE_REMOVE;
}

static void
attach (GMainContext *main_context, GSource *source, GSourceFunc fn,
        struct watch *watch)
{
  g_source_set_callback (source, fn, watch, NULL);
  g_source_attach (source, main_context);
}

/* Waits in a main loop of our own, so that nobody else's events run. */
static struct watch
wait_for (GPid pid, unsigned limit_s)
{
  g_autoptr (GMainContext) main_context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (main_context, FALSE);
  g_autoptr (GSource) child = g_child_watch_source_new (pid);
  g_autoptr (GSource) timer = g_timeout_source_new_seconds (limit_s);
  struct watch watch = { loop, 0, false };
  attach (main_context, child, G_SOURCE_FUNC (child_ended), &watch);
  attach (main_context, timer, time_is_up, &watch);
  g_main_loop_run (loop);
  g_source_destroy (timer);
  g_source_destroy (child);
  if (watch.is_late) {
    kill (pid, SIGKILL);
    waitpid (pid, NULL, 0);
  }
  return watch;
}

/* The user's surroundings without what changes drawings. */
static char **
new_environment (void)
{
  char **environment = g_get_environ ();
  environment = g_environ_unsetenv (environment, "GNUPLOT_LIB");
  environment = g_environ_unsetenv (environment, "GNUTERM");
  environment = g_environ_unsetenv (environment, "GNUPLOT_DEFAULT_GDFONT");
  return g_environ_setenv (environment, "LC_ALL", "C.UTF-8", TRUE);
}

static bool
start (const char *program, const char *folder, const char *script,
       GPid *ret_pid, GError **error)
{
  g_autofree char *errors_path = g_build_filename (folder, ERRORS_NAME, NULL);
  const char *arguments[] = { program, "-d", script, NULL };
  g_auto (GStrv) environment = new_environment ();
  int null_fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
  int errors_fd
      = open (errors_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  g_autoptr (GError) cause = NULL;
  bool is_started = g_spawn_async_with_fds (
      folder, (char **) arguments, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
      NULL, ret_pid, null_fd, null_fd, errors_fd, &cause);
  if (null_fd >= 0)
    close (null_fd);
  if (errors_fd >= 0)
    close (errors_fd);
  if (!is_started)
    g_set_error (error, VHM_ERROR, VHM_ERROR_TOOL, "cannot start %s: %s",
                 program, cause->message);
  return is_started;
}

static bool
complain (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, ERRORS_NAME, NULL);
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("");
  g_strstrip (g_strdelimit (text, "\n\t", ' '));
  if (strlen (text) > MAX_COMPLAINT)
    text[MAX_COMPLAINT] = 0;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_set_error (error, VHM_ERROR, VHM_ERROR_TOOL, "gnuplot failed: %s",
               *valid ? valid : "without a word");
  return false;
}

bool
vhm_gnuplot_run (const struct gnuplot *gnuplot, const char *folder,
                 const char *script, GError **error)
{
  GPid pid;
  if (!start (gnuplot->path, folder, script, &pid, error))
    return false;
  struct watch watch = wait_for (pid, gnuplot->limit_s);
  g_spawn_close_pid (pid);
  if (watch.is_late) {
    g_set_error (error, VHM_ERROR, VHM_ERROR_TOOL,
                 "gnuplot took longer than %u s and was stopped",
                 gnuplot->limit_s);
    return false;
  }
  if (!g_spawn_check_wait_status (watch.status, NULL))
    return complain (folder, error);
  return true;
}
