/* Parameter tables. One row a key; the scenario reader, the defaults, `vhm
 * explain`, `vhm schema` and the key reference all read these rows, so that a
 * key exists in one place only.
 *
 * A schema describes one C struct. A row of type OBJECT embeds another schema's
 * struct, LIST holds a struct vhm_list of them, PLUGIN a struct
 * vhm_plugin_choice whose keys come from the plug-in's own schema (the mapping
 * in the scenario carries `kind: NAME` beside them).
 */
#ifndef VHM_SIM_PARAM_H
#define VHM_SIM_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vhm_param_type {
  VHM_PARAM_BOOL,     /* bool            true, false                     */
  VHM_PARAM_COUNT,    /* uint64_t        12, 10_000                      */
  VHM_PARAM_NUMBER,   /* double          0.8 (dimensionless)             */
  VHM_PARAM_FRACTION, /* uint64_t  ppm   20 %, 1500 ppm                  */
  VHM_PARAM_BYTES,    /* uint64_t        4 GiB, 512 MiB, 1500 kB, 7 pages*/
  VHM_PARAM_TIME,     /* uint64_t  ns    8 h, 30 s, 4.2 ms, 90 ns        */
  VHM_PARAM_HERTZ,    /* uint64_t        2.4 GHz                         */
  VHM_PARAM_RATE,     /* uint64_t  B/s   120 MiB/s                       */
  VHM_PARAM_CLOCK,    /* uint64_t  ns    "13:20", "13:20:05" of day      */
  VHM_PARAM_NAME,     /* const char *    identifier: A-Za-z0-9_.-, <= 64 */
  VHM_PARAM_TEXT,     /* const char *    any one-line UTF-8 text         */
  VHM_PARAM_CHOICE,   /* int             one of `choices`                */
  VHM_PARAM_CHOICES,  /* uint64_t        a list of `choices`; value = set of
                         bits, 1 << index                                */
  VHM_PARAM_OBJECT,   /* struct embedded at offset, keys from `child`    */
  VHM_PARAM_LIST,     /* struct vhm_list of `child` structs              */
  VHM_PARAM_PLUGIN,   /* struct vhm_plugin_choice of `plugin_kind`       */
  VHM_PARAM_PLUGINS,  /* struct vhm_list of struct vhm_plugin_choice     */
  VHM_PARAM_TREE,     /* const struct vhm_yaml_node *, see yaml_tree.h, for
                         somebody else (expect, variants)                */
  VHM_PARAM_TRACE,    /* const struct vhm_trace *, read from the file named;
                         a path relative to the scenario, see trace.h    */
  VHM_N_PARAM_TYPES
};

struct vhm_list {
  void *items; /* array of the child's struct, owned by the scenario */
  size_t n;
};

/* Where something stands in a scenario file, for messages after reading. */
struct vhm_mark {
  uint32_t line, column; /* from 1; 0 = not from a file (a default) */
  uint32_t file;         /* 0 = the scenario itself, else a preset, --set */
};

struct vhm_schema;

struct vhm_param {
  const char *key;
  enum vhm_param_type type;
  size_t offset;
  const char *fallback; /* default as written in a scenario; NULL = required;
                           "" = absent (field stays zero). An OBJECT whose
                           keys all have defaults takes "{}" */
  const char *min, *max;      /* as written; NULL = no bound. Of a LIST or
                                 PLUGINS: number of items */
  const char *help;           /* one sentence */
  const char *source;         /* where the default is published; NULL or
                                 "assumed: reason" when nobody published it */
  const char *const *choices; /* CHOICE, CHOICES: NULL-terminated names; index */
  const struct vhm_schema *child; /* OBJECT, LIST */
  int plugin_kind;                /* PLUGIN, PLUGINS */
};

/* Reports a problem of a whole struct (say minimum above maximum) at one of its
 * keys; the reader adds file, line, column, path and caret. */
typedef void (*vhm_schema_complain) (void *reader, const char *key,
                                     const char *wrong, const char *right);

struct vhm_schema {
  const char *name; /* "guest", for the key reference */
  const char *help;
  size_t size; /* of the C struct */
  const struct vhm_param *params;
  size_t n_params;
  /* Checks between keys; NULL if there are none. Called when all keys were
   * read without error. */
  void (*check) (const void *config, vhm_schema_complain complain,
                 void *reader);
  /* Offset of a struct vhm_mark that the reader fills with the place of the
   * mapping; 0 = none (so never make it the first field). */
  size_t mark_offset;
};

#endif
