/* The parameter tables of what a processor consists of: TLBs, paging-structure
 * caches, data caches; and what contradicts itself in one of them.
 *
 * A structure of e entries and w ways has e / w sets. TLBs and paging-structure
 * caches take their set from the low bits of the number they look up, so that
 * the number of sets must be a power of two; data caches may have any number of
 * sets, since a last-level cache spreads lines over slices by a hash.
 */
#include "cpu_parts.h"

#include <glib.h>
#include <inttypes.h>

#define N(table) .params = table, .n_params = G_N_ELEMENTS (table)
/* Largest structure, more than any processor has: one set of it can be kept. */
#define MOST_ENTRIES "32768"

/* --- geometry --------------------------------------------------------------- */

static bool
is_power_of_two (uint64_t n)
{
  return n > 0 && (n & (n - 1)) == 0;
}

/* Entries and ways of a structure indexed by low bits. */
static void
check_sets (uint64_t entries, uint64_t ways, vhm_schema_complain complain,
            void *reader)
{
  if (entries == 0 || ways == 0)
    return; /* absent, or fully associative */
  if (ways > entries) {
    g_autofree char *wrong = g_strdup_printf (
        "%" PRIu64 " ways but only %" PRIu64 " entries", ways, entries);
    complain (reader, "ways", wrong,
              "at most as many ways as entries; 0 is fully associative");
  } else if (entries % ways != 0) {
    g_autofree char *wrong = g_strdup_printf (
        "%" PRIu64 " entries cannot be divided into sets of %" PRIu64 " ways",
        entries, ways);
    g_autofree char *right
        = g_strdup_printf ("entries a multiple of ways, such as %" PRIu64,
                           (entries / ways + 1) * ways);
    complain (reader, "ways", wrong, right);
  } else if (!is_power_of_two (entries / ways)) {
    g_autofree char *wrong = g_strdup_printf (
        "%" PRIu64 " entries of %" PRIu64 " ways are %" PRIu64
        " sets, which low bits of the page number cannot "
        "index",
        entries, ways, entries / ways);
    complain (reader, "ways", wrong, "a power of two of sets (entries / ways)");
  }
}

/* --- TLBs ------------------------------------------------------------------- */

const char *const cpu_tlb_holds_names[]
    = { "data", "instructions", "both", NULL };

#define AT(field) offsetof (struct vhm_cpu_tlb, field)
static const struct vhm_param tlb_params[] = {
  { .key = "name",
    .type = VHM_PARAM_NAME,
    .offset = AT (name),
    .fallback = NULL,
    .help = "what messages call it" },
  { .key = "level",
    .type = VHM_PARAM_COUNT,
    .offset = AT (level),
    .fallback = NULL,
    .min = "1",
    .max = "2",
    .help = "1 is looked up with every access, 2 when level 1 misses" },
  { .key = "holds",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (holds),
    .fallback = "data",
    .choices = cpu_tlb_holds_names,
    .help = "translations of which accesses" },
  { .key = "4k",
    .type = VHM_PARAM_BOOL,
    .offset = AT (holds_size[VHM_PAGE_4K]),
    .fallback = "false",
    .help = "holds 4 KiB pages" },
  { .key = "2m",
    .type = VHM_PARAM_BOOL,
    .offset = AT (holds_size[VHM_PAGE_2M]),
    .fallback = "false",
    .help = "holds 2 MiB pages" },
  { .key = "1g",
    .type = VHM_PARAM_BOOL,
    .offset = AT (holds_size[VHM_PAGE_1G]),
    .fallback = "false",
    .help = "holds 1 GiB pages" },
  { .key = "entries",
    .type = VHM_PARAM_COUNT,
    .offset = AT (entries),
    .fallback = NULL,
    .min = "0",
    .max = MOST_ENTRIES,
    .help = "translations, of all its page sizes together; 0: it does not "
            "exist" },
  { .key = "ways",
    .type = VHM_PARAM_COUNT,
    .offset = AT (ways),
    .fallback = "0",
    .min = "0",
    .max = MOST_ENTRIES,
    .help = "entries a set; 0: fully associative" },
  { .key = "ways_2m",
    .type = VHM_PARAM_COUNT,
    .offset = AT (ways_2m),
    .fallback = "0",
    .min = "0",
    .max = "8",
    .help = "of the ways of a set, those that a 2 MiB page can lie in: its "
            "number says in which part; 0: all" },
};
#undef AT

static void
check_ways_2m (const struct vhm_cpu_tlb *tlb, vhm_schema_complain complain,
               void *reader)
{
  if (tlb->ways_2m == 0)
    return;
  if (!tlb->holds_size[VHM_PAGE_2M])
    complain (reader, "ways_2m", "holds no 2 MiB pages", "2m: true");
  if (tlb->ways == 0 || tlb->ways == tlb->ways_2m
      || tlb->ways % tlb->ways_2m != 0) {
    g_autofree char *wrong
        = g_strdup_printf ("%" PRIu64 " ways are not several times %" PRIu64,
                           tlb->ways, tlb->ways_2m);
    complain (reader, "ways_2m", wrong, "a part of the ways, such as 4 of 8");
  }
}

static void
check_tlb (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_cpu_tlb *tlb = config;
  check_sets (tlb->entries, tlb->ways, complain, reader);
  check_ways_2m (tlb, complain, reader);
  bool holds_any = false;
  for (int size = 0; size < VHM_N_PAGE_SIZES; size++)
    holds_any = holds_any || tlb->holds_size[size];
  if (!holds_any)
    complain (reader, "name", "holds no page size",
              "at least one of 4k, 2m, 1g: true");
}

const struct vhm_schema cpu_tlb_schema
    = { .name = "TLB",
        .help = "a translation lookaside buffer",
        .size = sizeof (struct vhm_cpu_tlb),
        .check = check_tlb,
        N (tlb_params) };

/* --- paging-structure caches ------------------------------------------------ */

#define AT(field) offsetof (struct vhm_cpu_psc, field)
static const struct vhm_param psc_params[] = {
  { .key = "entries",
    .type = VHM_PARAM_COUNT,
    .offset = AT (entries),
    .fallback = NULL,
    .min = "0",
    .max = MOST_ENTRIES,
    .help = "entries; 0: it does not exist" },
  { .key = "ways",
    .type = VHM_PARAM_COUNT,
    .offset = AT (ways),
    .fallback = "0",
    .min = "0",
    .max = MOST_ENTRIES,
    .help = "entries a set; 0: fully associative" },
};
#undef AT

static void
check_psc (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_cpu_psc *psc = config;
  check_sets (psc->entries, psc->ways, complain, reader);
}

const struct vhm_schema cpu_psc_schema
    = { .name = "paging-structure cache",
        .help = "entries that page walks need not read again",
        .size = sizeof (struct vhm_cpu_psc),
        .check = check_psc,
        N (psc_params) };

#define PSC_SOURCE                                                       \
  "PML4E 2-4, PDPTE 4, PDE 24-32 in Park et al., ASPLOS 2022, and DMT, " \
  "ASPLOS "                                                              \
  "2024; vendors publish none"
#define PSC(name, level, fallback_, help_)                                  \
  {                                                                         \
    .key = name, .type = VHM_PARAM_OBJECT,                                  \
    .offset = (level) * sizeof (struct vhm_cpu_psc), .fallback = fallback_, \
    .help = help_, .source = PSC_SOURCE, .child = &cpu_psc_schema           \
  }
static const struct vhm_param psc_level_params[] = {
  PSC ("pml5e", VHM_PSC_PML5E, "{entries: 2}",
       "point to tables of 256 TiB; 5-level paging only"),
  PSC ("pml4e", VHM_PSC_PML4E, "{entries: 2}", "point to tables of 512 GiB"),
  PSC ("pdpte", VHM_PSC_PDPTE, "{entries: 4}", "point to tables of 1 GiB"),
  PSC ("pde", VHM_PSC_PDE, "{entries: 32, ways: 4}",
       "point to tables of 2 MiB"),
};

const struct vhm_schema cpu_psc_levels_schema
    = { .name = "paging-structure caches",
        .help = "of one dimension of a walk, by level",
        .size = VHM_N_PSC_LEVELS * sizeof (struct vhm_cpu_psc),
        N (psc_level_params) };

/* --- data caches ------------------------------------------------------------ */

#define AT(field) offsetof (struct vhm_cpu_cache, field)
static const struct vhm_param cache_params[] = {
  { .key = "size",
    .type = VHM_PARAM_BYTES,
    .offset = AT (size_bytes),
    .fallback = NULL,
    .min = "0 B",
    .max = "1 GiB",
    .help = "its size; 0 B: it does not exist" },
  { .key = "ways",
    .type = VHM_PARAM_COUNT,
    .offset = AT (ways),
    .fallback = NULL,
    .min = "1",
    .max = "128",
    .help = "lines a set" },
  { .key = "cycles",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (latency_cyc),
    .fallback = NULL,
    .min = "0",
    .max = "10000",
    .help = "from a load to its data, in cycles" },
};
#undef AT

static void
check_cache (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_cpu_cache *cache = config;
  uint64_t set_bytes = cache->ways * VHM_LINE_BYTES;
  if (cache->size_bytes % set_bytes == 0)
    return;
  g_autofree char *wrong
      = g_strdup_printf ("%" PRIu64 " bytes cannot be divided into sets of "
                         "%" PRIu64 " ways of %d bytes",
                         cache->size_bytes, cache->ways, VHM_LINE_BYTES);
  g_autofree char *right
      = g_strdup_printf ("a multiple of %" PRIu64 " bytes", set_bytes);
  complain (reader, "size", wrong, right);
}

const struct vhm_schema cpu_cache_schema
    = { .name = "data cache",
        .help = "lines of 64 bytes; page tables compete in it with data",
        .size = sizeof (struct vhm_cpu_cache),
        .check = check_cache,
        N (cache_params) };
