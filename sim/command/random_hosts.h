/* Hosts drawn at random, as text of scenarios. */
#ifndef SIM_COMMAND_RANDOM_HOSTS_H
#define SIM_COMMAND_RANDOM_HOSTS_H

#include "command.h"

struct random_range {
  const char *name;
  double low, high;
  bool is_log; /* uniform in its logarithm */
};

struct random_hosts {
  const char *title, *source;
  uint64_t n_hosts, seed, duration_ns, sample_ns, agree_ppm;
  struct vhm_list ranges; /* struct random_range */
};

extern const struct vhm_schema random_hosts_schema;

/* Host number i: always the same one for the same seed and ranges. g_free it. */
char *random_host_text (const struct random_hosts *hosts, uint64_t i);

#endif
