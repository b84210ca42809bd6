/* A pool of buffers that holds pages of a database; see pool.c. What decides on its
 * size is the plug-in that uses it. */
#ifndef MODELS_WORKLOAD_POOL_H
#define MODELS_WORKLOAD_POOL_H

#include "lru.h"
#include "pace.h"

/* What the keys of both plug-ins that have a pool say. */
struct pool_config {
  uint64_t database_bytes, minimum_bytes, maximum_bytes, retry_ns;
  uint64_t hot_ppm, hot_weight_ppm;
  double exponent;
  int pattern;
};

struct pool {
  uint32_t database;     /* its pages */
  uint32_t least, most;  /* pages that it may have */
  uint32_t target, held; /* that it may have now; that it has */
  uint64_t n_misses;
  struct lru order;
};

/* Adds its region, runs its threads. Returns false if memory for the least pool was
 * refused: then nothing is referenced until pool_open succeeds. */
bool pool_start (struct pool *pool, const struct pool_config *config,
                 const struct pace *pace, vhm_process *process);
bool pool_open (struct pool *pool, vhm_process *process);
static inline bool
pool_is_open (const struct pool *pool)
{
  return pool->target > 0;
}
/* A page of the database has been read. */
void pool_loaded (struct pool *pool, vhm_process *process, uint32_t page);
/* It may have so many pages from now on, within its limits; what is too much goes
 * now, longest unused first. */
void pool_aim (struct pool *pool, vhm_process *process, uint64_t n_pages);
struct vhm_app_cache pool_levels (const struct pool *pool,
                                  const vhm_process *process);
void pool_check (const struct pool_config *config, vhm_schema_complain complain,
                 void *reader);

extern const char *const pool_patterns[];

#define POOL_AT(config, field) \
  (offsetof (struct config, pool) + offsetof (struct pool_config, field))

#define POOL_ROWS(config, least, most, what)                                   \
  { .key = "database",                                                         \
    .type = VHM_PARAM_BYTES,                                                   \
    .offset = POOL_AT (config, database_bytes),                                \
    .fallback = NULL,                                                          \
    .min = "1 MiB",                                                            \
    .max = "256 GiB",                                                          \
    .help = "size of the " what ", a file on the guest's virtual disk" },      \
      { .key = "minimum",                                                      \
        .type = VHM_PARAM_BYTES,                                               \
        .offset = POOL_AT (config, minimum_bytes),                             \
        .fallback = least,                                                     \
        .min = "1 MiB",                                                        \
        .max = "256 GiB",                                                      \
        .help = "it keeps this much whatever happens, committed at the start", \
        .source = "assumed" },                                                 \
      { .key = "maximum",                                                      \
        .type = VHM_PARAM_BYTES,                                               \
        .offset = POOL_AT (config, maximum_bytes),                             \
        .fallback = most,                                                      \
        .min = "1 MiB",                                                        \
        .max = "256 GiB",                                                      \
        .help = "it never grows beyond this, nor beyond the " what,            \
        .source = "assumed: not limited by its administrator" },               \
      { .key = "pattern",                                                      \
        .type = VHM_PARAM_CHOICE,                                              \
        .offset = POOL_AT (config, pattern),                                   \
        .fallback = "zipf",                                                    \
        .help = "which pages are looked up how often",                         \
        .choices = pool_patterns },                                            \
      { .key = "exponent",                                                     \
        .type = VHM_PARAM_NUMBER,                                              \
        .offset = POOL_AT (config, exponent),                                  \
        .fallback = "0.8",                                                     \
        .min = "0",                                                            \
        .max = "4",                                                            \
        .help = "zipf: page i of 1, 2 ... is looked up in proportion to "      \
                "i^-exponent",                                                 \
        .source = "0.64 to 0.83 in six traces of web requests (Breslau et "    \
                  "al., INFOCOM 1999)" },                                      \
      { .key = "hot",                                                          \
        .type = VHM_PARAM_FRACTION,                                            \
        .offset = POOL_AT (config, hot_ppm),                                   \
        .fallback = "20 %",                                                    \
        .min = "0 %",                                                          \
        .max = "100 %",                                                        \
        .help = "hot-cold: share of the pages that is hot",                    \
        .source = "assumed: the rule of 80 and 20" },                          \
      { .key = "hot_weight",                                                   \
        .type = VHM_PARAM_FRACTION,                                            \
        .offset = POOL_AT (config, hot_weight_ppm),                            \
        .fallback = "80 %",                                                    \
        .min = "0 %",                                                          \
        .max = "100 %",                                                        \
        .help = "hot-cold: share of the look-ups that go there",               \
        .source = "assumed: the rule of 80 and 20" },                          \
      { .key = "retry",                                                        \
        .type = VHM_PARAM_TIME,                                                \
        .offset = POOL_AT (config, retry_ns),                                  \
        .fallback = "1 s",                                                     \
        .min = "1 ms",                                                         \
        .max = "1 h",                                                          \
        .help = "wait before it asks again for its minimum, if it was refused", \
        .source = "assumed: somebody starts the service again" }

#endif
