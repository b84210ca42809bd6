/* The error domain of the whole program. */
#include <vhm/base/error.h>

/* A name, not a subtraction: */
/* clang-format off */
G_DEFINE_QUARK (vhm-error-quark, vhm_error)
/* clang-format on */
