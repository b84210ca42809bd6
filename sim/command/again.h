/* Runs of versions of one case, some of its guests left out: what a diagnosis
 * tries. */
#ifndef SIM_COMMAND_AGAIN_H
#define SIM_COMMAND_AGAIN_H

#include "command.h"

/* The case that is tried again. */
struct again_scene {
  const char *path; /* or `file` */
  const struct vhm_embedded *file;
  const char *const *overrides; /* of the user; or NULL */
  const struct vhm_case *base;
  guint n_jobs;
  bool is_quiet;
};

struct again {
  struct vhm_scenario *scenario; /* own, if keys were changed; or NULL */
  struct vhm_case config;
  GPtrArray *owned; /* what config points to and nobody else frees */
  struct vhm_result *result;
  GError *error;
};

/* Names of all guests, in order; g_ptr_array_unref. */
GPtrArray *again_guests (const struct vhm_case *c);

/* A version with keys set ("PATH=VALUE", NULL at the end; or NULL) in which the
 * guests named in `gone` (may be NULL) never start. `only`: all others are gone.
 * Places of page files and streams of random numbers stay those of the whole. NULL
 * with an error if the keys do not fit. */
struct again *again_new (const struct again_scene *scene, char *const *set,
                         const char *gone, const char *only, GError **error);
void again_free (gpointer again);

/* Runs all of them (struct again *, NULL stands for none), as many side by side as
 * the scene says; the order of results is that of the array. */
bool again_run (const struct again_scene *scene, const GPtrArray *runs,
                GError **error);

/* One alone, here and now; its error is set if it fails. */
bool again_run_one (struct again *again);

/* Operations a second while it was on, NAN if it never was or did none. */
double again_operations (const struct vhm_result *result, const char *guest);

#endif
