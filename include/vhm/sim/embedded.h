/* Files that travel inside the program (made by sim/embed.cmake). Each table
 * ends with a NULL name; text is followed by a 0 byte that size leaves out. */
#ifndef VHM_SIM_EMBEDDED_H
#define VHM_SIM_EMBEDDED_H

#include <stddef.h>

struct vhm_embedded {
  const char *name;
  const char *text;
  size_t size;
};

extern const struct vhm_embedded vhm_embedded_presets[];
extern const struct vhm_embedded vhm_embedded_rules[];
extern const struct vhm_embedded vhm_embedded_random_hosts[];
extern const struct vhm_embedded vhm_embedded_figures[];
extern const struct vhm_embedded vhm_embedded_published_translation[];
extern const struct vhm_embedded vhm_embedded_published_reclaim[];
extern const struct vhm_embedded vhm_embedded_published_provisioning[];

#endif
