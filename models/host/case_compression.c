/* Keys of the cache of compressed pages. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>

#include <glib.h>

#define AT(field) offsetof (struct vhm_case_compression, field)
static const struct vhm_param params[] = {
  { .key = "most",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (max_ppm),
    .fallback = "10 %",
    .min = "0 %",
    .max = "100 %",
    .help = "of the guest's memory that its cache may take",
    .source = "ESX: Mem.MemZipMaxPct, 5 to 100 %" },
  { .key = "most_of_held",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (max_allocated_ppm),
    .fallback = "50 %",
    .min = "0 %",
    .max = "100 %",
    .help = "of the machine memory that the guest has now, cache included, "
            "that the cache may take",
    .source = "ESX: Mem.MemZipMaxAllocPct, 5 to 100 %" },
  { .key = "shrinking",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (small_ppm),
    .fallback = "78 %",
    .min = "0 %",
    .max = "100 %",
    .help = "of the pages that come to half a page or less, and so stay",
    .source = "assumed: with `size` 27 % it makes the ratio of 2.66 over all "
              "pages that zram has with lzo and lz4 (notes.xeome.dev/notes/"
              "Zram)" },
  { .key = "size",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (small_mean_ppm),
    .fallback = "27 %",
    .min = "0.1 %",
    .max = "50 %",
    .help = "of a page, to which those that shrink come in the mean",
    .source = "assumed, as shrinking" },
  { .key = "compress_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (compress_ns),
    .fallback = "15900 ns",
    .min = "0 ns",
    .max = "1 s",
    .help = "processor time to compress a page, kept or not; whoever runs next "
            "in the guest pays",
    .source = "ESX: not published; lzo in zram, copy and block layer included: "
              "1.1 GB in 4.57 s" },
  { .key = "decompress_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (decompress_ns),
    .fallback = "2430 ns",
    .min = "0 ns",
    .max = "1 s",
    .help = "processor time to decompress one; whoever waits for it pays",
    .source = "ESX: not published; lzo in zram, mean of a read" },
};
#undef AT

const struct vhm_schema vhm_case_compression_schema
    = { .name = "compression",
        .help = "how pages are kept compressed on their way to the swap file, "
                "where reclaim says so",
        .size = sizeof (struct vhm_case_compression),
        .params = params,
        .n_params = G_N_ELEMENTS (params) };

struct vhm_compression_config
vhm_case_compression_config (const struct vhm_case_host *host)
{
  const struct vhm_case_compression *c = &host->compression;
  return (struct vhm_compression_config){
    .max_ppm = (uint32_t) c->max_ppm,
    .max_allocated_ppm = (uint32_t) c->max_allocated_ppm,
    .compress_ns = c->compress_ns,
    .decompress_ns = c->decompress_ns,
  };
}

struct vhm_content_sizes
vhm_case_compressed_sizes (const struct vhm_case_host *host)
{
  const struct vhm_case_compression *c = &host->compression;
  return (struct vhm_content_sizes){ (uint32_t) c->small_ppm,
                                     (uint32_t) c->small_mean_ppm };
}
