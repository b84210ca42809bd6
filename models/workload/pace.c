/* See pace.h. */
#include "pace.h"

struct vhm_threads
pace_threads (const struct pace *pace)
{
  return (struct vhm_threads){
    .n_threads = (uint32_t) pace->n_threads,
    .cycles_per_reference = pace->cycles_per_reference,
    .references = (double) pace->references,
    .think_ns = pace->think_ns,
  };
}

double
pace_write (const struct pace *pace)
{
  return (double) pace->write_ppm / (double) VHM_PPM;
}
