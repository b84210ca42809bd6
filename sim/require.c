/* What a failing VHM_REQUIRE prints before it aborts. */
#include <vhm/base/require.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local struct vhm_require_context current;

void
vhm_require_set_context (const struct vhm_require_context *context)
{
  current = context ? *context : (struct vhm_require_context){ 0 };
}

void
vhm_require_failed (const char *expression, const char *file, int line)
{
  fprintf (stderr, "vhm: bug: %s:%d: required: %s\n", file, line, expression);
  if (current.scenario)
    fprintf (stderr, "vhm: scenario %s, seed %" PRIu64 "\n", current.scenario,
             current.seed);
  if (current.now_cyc)
    fprintf (stderr, "vhm: at cycle %" PRIu64 "\n", *current.now_cyc);
  abort ();
}
