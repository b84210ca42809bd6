/* MOM's control of page sharing: whether the scanner runs, and how fast.
 *
 * It is off while sharable memory and 20 % of the host's leave room (S + 20 % T < T)
 * and more than 20 % is free. Otherwise it scans n pages, sleeps, and goes on:
 * n rises by 300 a decision while less than 20 % is free, falls by 50 when not,
 * within 64 .. 1250. The sleep is 10 ms on a host of 16 GB and in inverse
 * proportion to its memory, in whole milliseconds as the kernel takes it; 0 would
 * be a scanner that never rests, so at least one. While it is off n stays.
 *
 * At most 1250 pages in 10 ms: 488 MiB/s. Cost: O(1).
 * Source: oVirt MOM, doc/ksm.rules.
 */
#include "ksm_control.h"

#include <vhm/base/units.h>

#include <glib.h>

#define NS_PER_MS (VHM_NS_PER_S / 1000)

static uint64_t
sleep_ns (const struct vhm_ksm_config *c, uint64_t total_bytes)
{
  uint64_t ns = (uint64_t) ((double) c->sleep_ns * (double) c->sleep_of_bytes
                            / (double) total_bytes);
  return MAX (ns / NS_PER_MS, 1) * NS_PER_MS;
}

static uint64_t
next_pages (const struct vhm_ksm_config *c, uint64_t n_pages, bool is_short)
{
  if (is_short)
    n_pages += c->boost_pages;
  else
    n_pages -= MIN (n_pages, c->decay_pages);
  return CLAMP (n_pages, c->least_pages, c->most_pages);
}

struct vhm_ksm_setting
vhm_ksm_next (const struct vhm_ksm_config *c,
              const struct vhm_ksm_setting *before,
              const struct vhm_ksm_view *view)
{
  uint64_t line = vhm_scale_ppm (view->total_bytes, c->free_ppm);
  struct vhm_ksm_setting s = *before;
  s.runs = line + view->sharable_bytes >= view->total_bytes
           || view->free_bytes <= line;
  if (!s.runs)
    return s;
  s.n_pages = next_pages (c, before->n_pages, view->free_bytes < line);
  s.sleep_ns = sleep_ns (c, view->total_bytes);
  return s;
}

#define AT(field) offsetof (struct vhm_ksm_config, field)

static const struct vhm_param params[] = {
  { .key = "free",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (free_ppm),
    .fallback = "20 %",
    .min = "0 %",
    .max = "100 %",
    .help = "part of the host's memory that is free without pressure",
    .source = "oVirt MOM, doc/ksm.rules" },
  { .key = "most",
    .type = VHM_PARAM_COUNT,
    .offset = AT (most_pages),
    .fallback = "1250",
    .min = "1",
    .max = "1000000",
    .help = "pages scanned between two sleeps, at most",
    .source = "oVirt MOM, doc/ksm.rules" },
  { .key = "least",
    .type = VHM_PARAM_COUNT,
    .offset = AT (least_pages),
    .fallback = "64",
    .min = "1",
    .max = "1000000",
    .help = "and at least",
    .source = "oVirt MOM, doc/ksm.rules" },
  { .key = "boost",
    .type = VHM_PARAM_COUNT,
    .offset = AT (boost_pages),
    .fallback = "300",
    .min = "0",
    .max = "1000000",
    .help = "pages more at each decision under pressure",
    .source = "oVirt MOM, doc/ksm.rules" },
  { .key = "decay",
    .type = VHM_PARAM_COUNT,
    .offset = AT (decay_pages),
    .fallback = "50",
    .min = "0",
    .max = "1000000",
    .help = "pages fewer at each decision without pressure",
    .source = "oVirt MOM, doc/ksm.rules" },
  { .key = "sleep",
    .type = VHM_PARAM_TIME,
    .offset = AT (sleep_ns),
    .fallback = "10 ms",
    .min = "1 ms",
    .max = "1 h",
    .help = "sleep between two batches on a host of the size sleep_of",
    .source = "oVirt MOM, doc/ksm.rules" },
  { .key = "sleep_of",
    .type = VHM_PARAM_BYTES,
    .offset = AT (sleep_of_bytes),
    .fallback = "16 GiB",
    .min = "64 MiB",
    .max = "8 TiB",
    .help = "size of a host that sleeps so long; others in inverse proportion",
    .source = "oVirt MOM, doc/ksm.rules" },
};

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_ksm_config *c = config;
  if (c->least_pages > c->most_pages)
    complain (reader, "least", "above most", "at most as many");
}

const struct vhm_schema vhm_ksm_schema
    = { .name = "ksm",
        .help = "MOM's control of the scanner for identical pages",
        .size = sizeof (struct vhm_ksm_config),
        .params = params,
        .n_params = G_N_ELEMENTS (params),
        .check = check };
