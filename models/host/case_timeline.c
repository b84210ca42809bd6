/* The keys of `timeline`: what somebody does to the host, when. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>
#include <vhm/model/balancer.h>
#include <vhm/model/guest_os.h>

#include <glib.h>

#include "case_parts.h"

#define AT(field) offsetof (struct vhm_case_timeline, field)
static const struct vhm_param timeline_params[] = {
  { .key = "at",
    .type = VHM_PARAM_CLOCK,
    .offset = AT (at_ns),
    .fallback = NULL,
    .help = "clock of day" },
  { .key = "shutdown",
    .type = VHM_PARAM_TEXT,
    .offset = AT (shutdown),
    .fallback = "",
    .help = "guest to shut down" },
  { .key = "start",
    .type = VHM_PARAM_TEXT,
    .offset = AT (start),
    .fallback = "",
    .help = "guest to start again" },
  { .key = "restart",
    .type = VHM_PARAM_TEXT,
    .offset = AT (restart),
    .fallback = "",
    .help = "guest to shut down and boot again at once, with its startup "
            "memory" },
};
static void
check_timeline (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_timeline *t = config;
  const char *const orders[] = { t->shutdown, t->start, t->restart };
  int n = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (orders); i++)
    n += orders[i] && *orders[i];
  if (n != 1)
    complain (reader, "at", "nothing or several things to do",
              "one of shutdown, start and restart");
}
const struct vhm_schema vhm_case_timeline_schema
    = { .name = "timeline",
        .help = "what somebody does to the host, when",
        .size = sizeof (struct vhm_case_timeline),
        .check = check_timeline,
        .mark_offset = AT (mark),
        N (timeline_params) };
#undef AT
