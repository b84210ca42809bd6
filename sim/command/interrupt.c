/* Ctrl-C and kill: the first one asks the run to stop at the next sample, so
 * that it can tidy up; the second one ends the program at once.
 *
 * A signal that our parent ignores (nohup) stays ignored. The flag is the only
 * thing a handler may touch, and the only state of the program at file scope.
 */
#include "command.h"

#include <signal.h>

static volatile sig_atomic_t caught;

static void
catch_signal (int number)
{
  caught = number;
}

void
command_catch_signals (void)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++) {
    struct sigaction old, action = { .sa_handler = catch_signal };
    /* RESETHAND: a second one gets its usual way */
    action.sa_flags = SA_RESTART | (int) SA_RESETHAND;
    if (sigaction (numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction (numbers[i], &action, NULL);
  }
}

int
command_caught_signal (void)
{
  return caught;
}
