/* The versions of a scenario that are compared: its variants, times the values of
 * --vary. */
#ifndef SIM_COMMAND_VERSIONS_H
#define SIM_COMMAND_VERSIONS_H

#include "command.h"

/* More are no comparison that anybody reads. */
#define VERSIONS_MOST 64

struct version {
  char *name;    /* "wide, host.memory=8 GiB" */
  char *changes; /* what it sets, "PATH: VALUE", a line each */
  struct vhm_scenario *scenario;
};

/* struct version *, the one that the others are compared with first. `vary` holds
 * texts KEY=A,B,... or is NULL. All mistakes of all versions are told at once.
 * Fewer than two versions are a VHM_ERROR_USAGE. */
GPtrArray *versions_read (const char *path, const char *const *overrides,
                          char *const *vary, GError **error);

#endif
