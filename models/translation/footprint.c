/* Draws visits to pages by pattern, in constant memory.
 *
 * Zipf: exact for any exponent and number of pages, by rejection-inversion
 * (W. Hoermann and G. Derflinger, "Rejection-inversion to generate variates
 * from monotone discrete distributions", ACM TOMACS 6(3), 1996). With the
 * integral
 *
 *   H (x) = (x^(1 - s) - 1) / (1 - s),     log x for s = 1
 *
 * of the hat x^-s, u is uniform between H (1.5) - 1 and H (n + 1/2), and
 * k = round (H^-1 (u)) is taken if u >= H (k + 1/2) - k^-s. Less than 1.2 tries
 * a draw.
 *
 * Shuffle: multiplications by odd numbers and shifts to the right are one-to-one
 * on b bits, 2^(b-1) < n <= 2^b; what falls out of [0, n) goes round again
 * (cycle walking: J. Black and P. Rogaway, "Ciphers with arbitrary finite
 * domains", CT-RSA 2002), less than two rounds a number on average.
 *
 * Cost: 5 ns a uniform visit, 60 ns a Zipf visit (log and exp); 200 bytes.
 *
 * Left out: phases, correlation between visits but that of scans and chases;
 * more than one visit to a page at a time.
 */
#include <vhm/model/footprint.h>

#include <math.h>

#include <vhm/base/require.h>
#include <vhm/base/units.h>

#define PAGE_SHIFT 12 /* of 4 KiB, the unit of vpn and gfn */
#define PAGE_BYTES (UINT64_C (1) << PAGE_SHIFT)
#define LINES_A_PAGE 64
#define MOST_PAGES (UINT64_C (1) << 31) /* that a vhm_access can name */

struct zipf {
  double exponent, n;
  double low, high; /* the range of u */
  double squeeze;   /* k - x up to here needs no test */
};

struct vhm_footprint {
  const struct vhm_footprint_config *config;
  struct vhm_rng rng;
  struct zipf zipf;
  uint64_t n_pages, n_hot, stride, cursor;
  uint64_t cluster, n_clusters;
  uint64_t n_guest_pages;
  unsigned guest_shift;
  uint64_t page_key, frame_key;
  uint8_t guest_size, host_size;
};

/* --- shuffle ---------------------------------------------------------------- */

static uint64_t
mix (uint64_t x, uint64_t mask, unsigned shift, uint64_t key)
{
  x = (x + key) & mask;
  x = (x * UINT64_C (0x9e3779b97f4a7c15)) & mask; /* odd: 2^64 / golden ratio */
  x ^= x >> shift;
  x = (x * UINT64_C (0xd1342543de82ef95)) & mask; /* odd; Steele, Vigna 2021 */
  x ^= x >> shift;
  x = (x * ((key << 1) | 1)) & mask;
  return x ^ (x >> shift);
}

uint64_t
vhm_footprint_shuffle (uint64_t i, uint64_t n, uint64_t key)
{
  if (n <= 2)
    return i;
  unsigned bits = 64 - (unsigned) __builtin_clzll (n - 1);
  uint64_t mask = bits < 64 ? (UINT64_C (1) << bits) - 1 : UINT64_MAX;
  unsigned shift = bits / 2 + 1;
  do
    i = mix (i, mask, shift, key);
  while (i >= n);
  return i;
}

/* --- Zipf ------------------------------------------------------------------- */

/* (e^y - 1) / y and log (1 + y) / y, 1 at 0. */
static double
expm1_over (double y)
{
  return fabs (y) > 1e-8 ? expm1 (y) / y : 1 + y / 2;
}

static double
log1p_over (double y)
{
  return fabs (y) > 1e-8 ? log1p (y) / y : 1 - y / 2;
}

static double
integral (const struct zipf *z, double x)
{
  double log_x = log (x);
  return expm1_over ((1 - z->exponent) * log_x) * log_x;
}

static double
integral_inverse (const struct zipf *z, double u)
{
  double y = MAX (u * (1 - z->exponent), -1.0);
  return exp (log1p_over (y) * u);
}

static double
hat (const struct zipf *z, double x)
{
  return exp (-z->exponent * log (x));
}

static void
init_zipf (struct zipf *z, double exponent, uint64_t n)
{
  z->exponent = exponent;
  z->n = (double) n;
  z->low = integral (z, 1.5) - 1;
  z->high = integral (z, z->n + 0.5);
  z->squeeze = 2 - integral_inverse (z, integral (z, 2.5) - hat (z, 2));
}

/* A rank from 0. */
static uint64_t
draw_zipf (const struct zipf *z, struct vhm_rng *rng)
{
  for (;;) {
    double u = z->high + vhm_rng_uniform (rng) * (z->low - z->high);
    double x = integral_inverse (z, u);
    double k = CLAMP (floor (x + 0.5), 1, z->n);
    if (k - x <= z->squeeze || u >= integral (z, k + 0.5) - hat (z, k))
      return (uint64_t) k - 1;
  }
}

/* --- visits ----------------------------------------------------------------- */

vhm_footprint *
vhm_footprint_new (const struct vhm_footprint_config *config,
                   enum vhm_page_size guest_size, enum vhm_page_size host_size,
                   uint64_t seed)
{
  VHM_REQUIRE (config->size_bytes >= PAGE_BYTES);
  vhm_footprint *f = g_new0 (vhm_footprint, 1);
  f->config = config;
  f->n_pages = config->size_bytes >> PAGE_SHIFT;
  VHM_REQUIRE (f->n_pages <= MOST_PAGES);
  f->n_hot
      = (uint64_t) ((unsigned __int128) f->n_pages * config->hot_ppm / VHM_PPM);
  f->n_hot = CLAMP (f->n_hot, 1, f->n_pages);
  f->stride = MAX (config->stride_bytes >> PAGE_SHIFT, 1);
  f->cluster = MAX (config->cluster_bytes >> PAGE_SHIFT, 1);
  f->n_clusters = f->n_pages / f->cluster;
  f->guest_shift = vhm_page_size_shift (guest_size);
  f->n_guest_pages
      = (f->n_pages + (UINT64_C (1) << f->guest_shift) - 1) >> f->guest_shift;
  f->guest_size = (uint8_t) guest_size;
  f->host_size = (uint8_t) host_size;
  struct vhm_rng keys;
  vhm_rng_init (&keys, seed, "footprint.places");
  f->page_key = vhm_rng_u64 (&keys);
  f->frame_key = vhm_rng_u64 (&keys);
  vhm_rng_init (&f->rng, seed, "footprint.visits");
  if (config->pattern == VHM_FOOTPRINT_ZIPF)
    init_zipf (&f->zipf, config->exponent, f->n_pages);
  return f;
}

void
vhm_footprint_free (vhm_footprint *footprint)
{
  g_free (footprint);
}

static uint64_t
page_of_rank (const vhm_footprint *f, uint64_t rank)
{
  uint64_t cluster = rank / f->cluster;
  if (cluster >= f->n_clusters) /* the rest that fills no cluster */
    return rank;
  return vhm_footprint_shuffle (cluster, f->n_clusters, f->page_key)
             * f->cluster
         + rank % f->cluster;
}

static uint64_t
hot_or_cold (vhm_footprint *f)
{
  if (f->n_hot == f->n_pages
      || vhm_rng_below (&f->rng, VHM_PPM) < f->config->hot_weight_ppm)
    return vhm_rng_below (&f->rng, f->n_hot);
  return f->n_hot + vhm_rng_below (&f->rng, f->n_pages - f->n_hot);
}

static uint64_t
next_page (vhm_footprint *f)
{
  uint64_t at = f->cursor;
  switch ((enum vhm_footprint_pattern) f->config->pattern) {
  case VHM_FOOTPRINT_UNIFORM:
    return vhm_rng_below (&f->rng, f->n_pages);
  case VHM_FOOTPRINT_ZIPF:
    return page_of_rank (f, draw_zipf (&f->zipf, &f->rng));
  case VHM_FOOTPRINT_HOT_COLD:
    return page_of_rank (f, hot_or_cold (f));
  case VHM_FOOTPRINT_SCAN:
    /* each lap begins a page further on, so that every page has its turn */
    f->cursor = at + f->stride < f->n_pages
                    ? at + f->stride
                    : (at % f->stride + 1) % f->stride % f->n_pages;
    return at;
  case VHM_FOOTPRINT_CHASE:
    f->cursor = at + 1 < f->n_pages ? at + 1 : 0;
    return vhm_footprint_shuffle (at, f->n_pages, f->page_key);
  case VHM_N_FOOTPRINT_PATTERNS:
    break;
  }
  vhm_require_failed ("a known pattern", __FILE__, __LINE__);
}

static uint64_t
frame_of (const vhm_footprint *f, uint64_t vpn)
{
  if (f->config->layout == VHM_LAYOUT_CONTIGUOUS)
    return vpn;
  uint64_t frame = vhm_footprint_shuffle (vpn >> f->guest_shift,
                                          f->n_guest_pages, f->frame_key);
  uint64_t rest = vpn & ((UINT64_C (1) << f->guest_shift) - 1);
  return (frame << f->guest_shift) | rest;
}

void
vhm_footprint_draw (vhm_footprint *f, size_t n, struct vhm_access *ret)
{
  bool is_scan = f->config->pattern == VHM_FOOTPRINT_SCAN;
  for (size_t i = 0; i < n; i++) {
    uint64_t vpn = next_page (f);
    uint64_t bits = vhm_rng_u64 (&f->rng);
    uint64_t chance = ((bits >> 32) * VHM_PPM) >> 32;
    ret[i] = (struct vhm_access){
      .vpn = (uint32_t) vpn,
      .gfn = (uint32_t) frame_of (f, vpn),
      .guest_size = f->guest_size,
      .host_size = f->host_size,
      .kind
      = chance < f->config->write_ppm ? VHM_ACCESS_STORE : VHM_ACCESS_LOAD,
      .line = is_scan ? 0 : (uint8_t) (bits % LINES_A_PAGE),
    };
  }
}

struct vhm_pace
vhm_footprint_pace (const struct vhm_footprint_config *config,
                    const struct vhm_cpu_config *cpu)
{
  double instructions = config->instructions;
  double cycles = config->cycles > 0 ? config->cycles
                                     : instructions / cpu->instructions_per_cyc;
  if (config->pattern == VHM_FOOTPRINT_CHASE)
    instructions = MAX (instructions, (double) cpu->rob_entries);
  return (struct vhm_pace){ .cycles = cycles,
                            .instructions = instructions,
                            .data_exposed = config->data_exposed };
}

/* --- keys ------------------------------------------------------------------- */

const char *const vhm_footprint_pattern_names[]
    = { "uniform", "zipf", "hot-cold", "scan", "chase", NULL };
static const char *const layout_names[] = { "contiguous", "scattered", NULL };

#define AT(field) offsetof (struct vhm_footprint_config, field)
static const struct vhm_param params[] = {
  { .key = "pattern",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (pattern),
    .fallback = "uniform",
    .choices = vhm_footprint_pattern_names,
    .help = "which page is visited next" },
  { .key = "footprint",
    .type = VHM_PARAM_BYTES,
    .offset = AT (size_bytes),
    .fallback = "64 GiB",
    .min = "4 KiB",
    .max = "8 TiB",
    .help = "memory that is visited" },
  { .key = "exponent",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (exponent),
    .fallback = "0.99",
    .min = "0",
    .max = "10",
    .help = "of zipf: how much the popular pages stand out",
    .source = "Cooper et al., YCSB, SoCC 2010: 0.99" },
  { .key = "hot",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_ppm),
    .fallback = "10 %",
    .min = "0 %",
    .max = "100 %",
    .help = "of hot-cold: share of the pages that are hot" },
  { .key = "hot_weight",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_weight_ppm),
    .fallback = "90 %",
    .min = "0 %",
    .max = "100 %",
    .help = "of hot-cold: share of the visits that go to hot pages" },
  { .key = "stride",
    .type = VHM_PARAM_BYTES,
    .offset = AT (stride_bytes),
    .fallback = "4 KiB",
    .min = "4 KiB",
    .max = "1 TiB",
    .help = "of scan: from one visit to the next; each lap begins a page "
            "further on" },
  { .key = "cluster",
    .type = VHM_PARAM_BYTES,
    .offset = AT (cluster_bytes),
    .fallback = "4 KiB",
    .min = "4 KiB",
    .max = "8 TiB",
    .help = "of zipf and hot-cold: pages equally popular lie together in runs "
            "of this size" },
  { .key = "layout",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (layout),
    .fallback = "contiguous",
    .choices = layout_names,
    .help = "where the frames of neighbouring guest pages lie" },
  { .key = "writes",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (write_ppm),
    .fallback = "30 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share of the visits that write",
    .source = "assumed: one store for two loads" },
  { .key = "instructions",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (instructions),
    .fallback = "100",
    .min = "1",
    .max = "1e9",
    .help = "a visit; how many of them fit into the instructions in flight "
            "decides what overlaps",
    .source = "assumed" },
  { .key = "cycles",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (cycles),
    .fallback = "0",
    .min = "0",
    .max = "1e9",
    .help = "of computing a visit; 0: what the processor needs for the "
            "instructions" },
  { .key = "data_exposed",
    .type = VHM_PARAM_BOOL,
    .offset = AT (data_exposed),
    .fallback = "true",
    .help = "the latency of the data itself is time, too; false: cycles "
            "contains it" },
};

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_footprint_config *c = config;
  if (c->size_bytes % PAGE_BYTES != 0)
    complain (reader, "footprint", "is not a whole number of 4 KiB pages",
              "a multiple of 4 KiB");
  if (c->cluster_bytes % PAGE_BYTES != 0)
    complain (reader, "cluster", "is not a whole number of 4 KiB pages",
              "a multiple of 4 KiB");
  if (c->stride_bytes % PAGE_BYTES != 0)
    complain (reader, "stride", "is not a whole number of 4 KiB pages",
              "a multiple of 4 KiB");
  else if (c->pattern == VHM_FOOTPRINT_SCAN && c->stride_bytes > PAGE_BYTES
           && c->stride_bytes >= c->size_bytes)
    complain (reader, "stride", "no smaller than the footprint",
              "less than the footprint");
}

const struct vhm_schema vhm_footprint_schema
    = { .name = "visits",
        .help = "a pattern of visits to pages, and the pace between them",
        .size = sizeof (struct vhm_footprint_config),
        .check = check,
        .params = params,
        .n_params = G_N_ELEMENTS (params) };
#undef AT
