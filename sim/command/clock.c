/* Simulated time as the clock on the wall, for people. Runs that pass midnight
 * count days, so that two times are never the same text. */
#include "command.h"

#define DAY_S 86400u

char *
command_clock (const struct vhm_case *c, double since_start_s,
               bool with_seconds)
{
  double end_s = (double) (c->start_ns + c->duration_ns) / 1e9;
  uint64_t at = (uint64_t) ((double) c->start_ns / 1e9 + since_start_s);
  unsigned s = (unsigned) (at % DAY_S), day = (unsigned) (at / DAY_S) + 1;
  GString *out = g_string_new (NULL);
  if (end_s > DAY_S)
    g_string_append_printf (out, "day %u ", day);
  g_string_append_printf (out, "%02u:%02u", s / 3600, s / 60 % 60);
  if (with_seconds)
    g_string_append_printf (out, ":%02u", s % 60);
  return g_string_free (out, FALSE);
}
