/* Options of vhm translate that are keys: of the processor, of the visits, of the
 * precision. */
#ifndef SIM_COMMAND_TRANSLATE_H
#define SIM_COMMAND_TRANSLATE_H

#include "study.h"

#include <vhm/sim/scenario.h>

struct translate_config {
  struct vhm_cpu_config cpu;
  struct vhm_footprint_config visits;
  uint64_t guest_levels, host_levels;
  uint64_t error_ppm, confidence_ppm, most, seed;
};

enum { TRANSLATE_N_KEYS = 17 };

struct translate_key {
  const char *option, *key, *argument, *help;
  bool is_of_pattern;
};
extern const struct translate_key translate_keys[TRANSLATE_N_KEYS];

#define TRANSLATE_DEFAULT_CPU "skylake-sp"

/* `values` one a key, NULL where the option was not given; `set` overrides keys
 * of the processor, NULL-terminated or NULL; `cpu` is the name of a preset or
 * a file, NULL for the default. */
struct vhm_scenario *translate_read (const char *cpu,
                                     char *const values[TRANSLATE_N_KEYS],
                                     char *const *set, GError **error);

#endif
