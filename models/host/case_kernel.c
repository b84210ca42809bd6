/* Keys of how a guest's system touches frames of its own. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>

#include <glib.h>

#define AT(field) offsetof (struct vhm_kernel_touches, field)
static const struct vhm_param params[] = {
  { .key = "touches",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (touches),
    .fallback = "8",
    .min = "0",
    .max = "10000",
    .help
    = "of its own pages that it touches in the mean, each time that it is "
      "entered: by a page fault, the end of a transfer or of an "
      "operation. Who enters waits for those that a host has swapped out",
    .source
    = "assumed: stack, page tables, page-frame and working-set lists of "
      "a page fault" },
  { .key = "hot",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_ppm),
    .fallback = "10 %",
    .min = "0 %",
    .max = "100 %",
    .help = "of its pages that it touches more often than the others",
    .source = "assumed" },
  { .key = "hot_touches",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_touches_ppm),
    .fallback = "99 %",
    .min = "0 %",
    .max = "100 %",
    .help = "of the touches, that go to these",
    .source = "assumed: an entry comes by a page that is seldom used once in a "
              "dozen times. With two thirds, each would wait for two or three "
              "of them" },
  { .key = "fault_hot_touches",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (fault_hot_touches_ppm),
    .fallback = "99.9 %",
    .min = "0 %",
    .max = "100 %",
    .help = "of the touches of a page fault, that go to these",
    .source
    = "assumed: it takes the same path each time; seldom used pages come "
      "a tenth as often as on other entries" },
};
#undef AT

const struct vhm_schema vhm_case_kernel_schema
    = { .name = "kernel",
        .help = "how its system uses pages of its own, which it never pages "
                "out; of no account where the host does not swap",
        .size = sizeof (struct vhm_kernel_touches),
        .params = params,
        .n_params = G_N_ELEMENTS (params) };
