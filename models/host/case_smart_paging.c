/* Keys of smart paging. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>

#include <glib.h>

#define AT(field) offsetof (struct vhm_case_smart_paging, field)
static const struct vhm_param params[] = {
  { .key = "enabled",
    .type = VHM_PARAM_BOOL,
    .offset = AT (enabled),
    .fallback = "false",
    .help = "whether a guest that restarts may do so with less than its "
            "startup memory, the rest of it in a file, where nothing more can "
            "be taken from others",
    .source = "Hyper-V, from Windows Server 2012 on" },
  { .key = "disk",
    .type = VHM_PARAM_NAME,
    .offset = AT (disk),
    .fallback = "",
    .help = "host disk that holds the smart paging files; the first one if "
            "none is named" },
  { .key = "patience",
    .type = VHM_PARAM_TIME,
    .offset = AT (patience_ns),
    .fallback = "30 s",
    .min = "0 s",
    .max = "1 h",
    .help = "how long a restart waits for what other guests hold beyond their "
            "minimum; then only for what they are giving back already",
    .source = "assumed: one redistribution among guests; not published" },
  { .key = "read_back",
    .type = VHM_PARAM_RATE,
    .offset = AT (read_back_bytes_per_s),
    .fallback = "32 MiB/s",
    .min = "4 KiB/s",
    .max = "1 TiB/s",
    .help = "how fast what is left in the file is read back when there is "
            "memory for all that the guest holds",
    .source = "assumed: half of what a disk reads in order; not published" },
};
#undef AT

const struct vhm_schema vhm_case_smart_paging_schema
    = { .name = "smart_paging",
        .help = "how a guest restarts without its startup memory",
        .size = sizeof (struct vhm_case_smart_paging),
        .params = params,
        .n_params = G_N_ELEMENTS (params) };
