/* The bridge from a named stream (rng.h) to GSL's distributions:
 *
 *   gsl_rng shared = vhm_rng_gsl (&stream);
 *   double x = gsl_ran_gamma (&shared, 2.0, 1.0);
 *
 * The wrapper owns nothing and holds a pointer to the stream: GSL's draws and
 * the inline ones take turns on one sequence. Not for gsl_rng_free.
 */
#ifndef VHM_SIM_RNG_GSL_H
#define VHM_SIM_RNG_GSL_H

#include <gsl/gsl_rng.h>

#include <vhm/sim/rng.h>

/* For gsl_rng_alloc, when GSL shall own a stream of its own; gsl_rng_set seeds
 * it as vhm_rng_init does with an empty name. */
const gsl_rng_type *vhm_rng_gsl_type (void);

gsl_rng vhm_rng_gsl (struct vhm_rng *rng);

#endif
