/* The keys of `timeline`: what somebody does to the host, when. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>
#include <vhm/model/balancer.h>
#include <vhm/model/guest_os.h>

#include <glib.h>

#include "case_parts.h"

#define AT(field) offsetof (struct vhm_case_timeline, field)
#define ORDER(NAME, text, what)                                               \
  {                                                                           \
    .key = text, .type = VHM_PARAM_TEXT, .offset = AT (who[VHM_CASE_##NAME]), \
    .fallback = "", .help = what                                              \
  }
static const struct vhm_param timeline_params[] = {
  { .key = "at",
    .type = VHM_PARAM_CLOCK,
    .offset = AT (at_ns),
    .fallback = NULL,
    .help = "clock of day" },
  ORDER (SHUTDOWN, "shutdown", "guest to shut down"),
  ORDER (START, "start", "guest to start again"),
  ORDER (RESTART, "restart",
         "guest to shut down and boot again at once, with its startup memory"),
  ORDER (PAUSE, "pause",
         "guest whose processors and clock stand still from now on; it keeps "
         "its memory"),
  ORDER (RESUME, "resume", "paused guest to go on"),
  ORDER (MIGRATE_OUT, "migrate_out",
         "guest to migrate to another host while it runs (host.migration)"),
};

const char *
vhm_case_order_name (enum vhm_case_order order)
{
  static const char *const names[VHM_N_CASE_ORDERS] = {
    [VHM_CASE_START] = "start",
    [VHM_CASE_SHUTDOWN] = "shutdown",
    [VHM_CASE_RESTART] = "restart",
    [VHM_CASE_PAUSE] = "pause",
    [VHM_CASE_RESUME] = "resume",

    [VHM_CASE_MIGRATE_OUT] = "migrate_out",
  };
  return names[order];
}

enum vhm_case_order
vhm_case_order_of (const struct vhm_case_timeline *line, const char **ret_who)
{
  for (int i = 0; i < VHM_N_CASE_ORDERS; i++) {
    *ret_who = line->who[i];
    if (*ret_who && **ret_who)
      return (enum vhm_case_order) i;
  }
  *ret_who = "";
  return VHM_CASE_START;
}

static void
check_timeline (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_timeline *t = config;
  int n = 0;
  for (int i = 0; i < VHM_N_CASE_ORDERS; i++)
    n += t->who[i] && *t->who[i];
  if (n != 1)
    complain (reader, "at", "nothing or several things to do",
              "one of shutdown, start, restart, pause, resume and "
              "migrate_out");
}
const struct vhm_schema vhm_case_timeline_schema
    = { .name = "timeline",
        .help = "what somebody does to the host, when",
        .size = sizeof (struct vhm_case_timeline),
        .check = check_timeline,
        .mark_offset = AT (mark),
        N (timeline_params) };
#undef AT
