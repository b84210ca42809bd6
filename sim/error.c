/* The error domain of the whole program. */
#include <vhm/base/error.h>

G_DEFINE_QUARK (vhm-error-quark, vhm_error)
