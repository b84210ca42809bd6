/* A small world of parameter tables for the tests of the scenario reader: every
 * type of parameter once, two kinds of plug-ins, two presets. */
#ifndef VHM_TESTS_TOY_SCHEMA_H
#define VHM_TESTS_TOY_SCHEMA_H

#include <glib.h>
#include <string.h>
#include <vhm/sim/scenario.h>

struct toy_memory {
  uint64_t startup_bytes, minimum_bytes, maximum_bytes, buffer_ppm;
};

struct toy_disk {
  const char *name;
  struct vhm_plugin_choice model;
  uint64_t rate;
};

struct toy_host {
  uint64_t memory_bytes, cpus, clock_hz;
  struct vhm_plugin_choice balancer;
  struct vhm_list disks;
  const char *preset;
};

struct toy_guest {
  const char *name;
  int os;
  struct toy_memory memory;
  struct vhm_list workloads;
  struct vhm_mark mark;
};

struct toy {
  const char *question;
  uint64_t start_ns, duration_ns;
  double factor;
  bool is_debug;
  struct toy_host host;
  struct vhm_list guests;
  const struct vhm_yaml_node *expect;
};

struct toy_zipf {
  double exponent;
  uint64_t size_bytes;
};

struct toy_esx {
  uint64_t idle_tax_ppm, period_ns;
};

struct toy_hdd {
  uint64_t rpm;
};

#define TOY(schema, field) offsetof (struct schema, field)

static void
toy_check_memory (const void *config, vhm_schema_complain complain,
                  void *reader)
{
  const struct toy_memory *memory = config;
  if (memory->minimum_bytes > memory->maximum_bytes)
    complain (reader, "minimum", "is above the maximum", "at most maximum");
}

static const struct vhm_param toy_memory_params[] = {
  { .key = "startup",
    .type = VHM_PARAM_BYTES,
    .offset = TOY (toy_memory, startup_bytes),
    .min = "32 MiB",
    .help = "Memory at power-on." },
  { .key = "minimum",
    .type = VHM_PARAM_BYTES,
    .offset = TOY (toy_memory, minimum_bytes),
    .fallback = "512 MiB",
    .min = "32 MiB",
    .max = "1 TiB",
    .help = "The least it may hold.",
    .source = "a manual, page 7" },
  { .key = "maximum",
    .type = VHM_PARAM_BYTES,
    .offset = TOY (toy_memory, maximum_bytes),
    .fallback = "1 TiB",
    .help = "The most it may hold." },
  { .key = "buffer",
    .type = VHM_PARAM_FRACTION,
    .offset = TOY (toy_memory, buffer_ppm),
    .fallback = "20 %",
    .min = "5 %",
    .max = "2000 %",
    .help = "Head room above demand." },
};
static const struct vhm_schema toy_memory_schema
    = { .name = "memory",
        .help = "Memory of a guest.",
        .size = sizeof (struct toy_memory),
        .params = toy_memory_params,
        .n_params = G_N_ELEMENTS (toy_memory_params),
        .check = toy_check_memory };

static const char *const toy_systems[] = { "windows", "linux", NULL };
static const struct vhm_param toy_guest_params[] = {
  { .key = "name",
    .type = VHM_PARAM_NAME,
    .offset = TOY (toy_guest, name),
    .help = "How it is called." },
  { .key = "os",
    .type = VHM_PARAM_CHOICE,
    .offset = TOY (toy_guest, os),
    .fallback = "linux",
    .choices = toy_systems,
    .help = "What runs in it." },
  { .key = "memory",
    .type = VHM_PARAM_OBJECT,
    .offset = TOY (toy_guest, memory),
    .child = &toy_memory_schema,
    .help = "Its memory." },
  { .key = "workloads",
    .type = VHM_PARAM_PLUGINS,
    .offset = TOY (toy_guest, workloads),
    .fallback = "[]",
    .max = "3",
    .plugin_kind = VHM_PLUGIN_WORKLOAD,
    .help = "What it does." },
};
static const struct vhm_schema toy_guest_schema
    = { .name = "guest",
        .help = "A guest.",
        .size = sizeof (struct toy_guest),
        .params = toy_guest_params,
        .n_params = G_N_ELEMENTS (toy_guest_params),
        .mark_offset = TOY (toy_guest, mark) };

static const struct vhm_param toy_disk_params[] = {
  { .key = "name", .type = VHM_PARAM_NAME, .offset = TOY (toy_disk, name) },
  { .key = "model",
    .type = VHM_PARAM_PLUGIN,
    .offset = TOY (toy_disk, model),
    .fallback = "hdd",
    .plugin_kind = VHM_PLUGIN_DISK },
  { .key = "rate",
    .type = VHM_PARAM_RATE,
    .offset = TOY (toy_disk, rate),
    .fallback = "120 MiB/s" },
};
static const struct vhm_schema toy_disk_schema
    = { .name = "disk",
        .help = "A disk.",
        .size = sizeof (struct toy_disk),
        .params = toy_disk_params,
        .n_params = G_N_ELEMENTS (toy_disk_params) };

static const struct vhm_param toy_host_params[] = {
  { .key = "memory",
    .type = VHM_PARAM_BYTES,
    .offset = TOY (toy_host, memory_bytes) },
  { .key = "cpus",
    .type = VHM_PARAM_COUNT,
    .offset = TOY (toy_host, cpus),
    .fallback = "1",
    .min = "1",
    .max = "1_024" },
  { .key = "clock",
    .type = VHM_PARAM_HERTZ,
    .offset = TOY (toy_host, clock_hz),
    .fallback = "2.4 GHz",
    .min = "1 MHz" },
  { .key = "balancer",
    .type = VHM_PARAM_PLUGIN,
    .offset = TOY (toy_host, balancer),
    .fallback = "static",
    .plugin_kind = VHM_PLUGIN_BALANCER },
  { .key = "disks",
    .type = VHM_PARAM_LIST,
    .offset = TOY (toy_host, disks),
    .fallback = "[{name: d0}]",
    .child = &toy_disk_schema },
  { .key = "preset",
    .type = VHM_PARAM_NAME,
    .offset = TOY (toy_host, preset),
    .fallback = "" },
};
static const struct vhm_schema toy_host_schema
    = { .name = "host",
        .help = "The host.",
        .size = sizeof (struct toy_host),
        .params = toy_host_params,
        .n_params = G_N_ELEMENTS (toy_host_params) };

static const struct vhm_param toy_params[] = {
  { .key = "question",
    .type = VHM_PARAM_TEXT,
    .offset = TOY (toy, question),
    .fallback = "" },
  { .key = "start",
    .type = VHM_PARAM_CLOCK,
    .offset = TOY (toy, start_ns),
    .fallback = "00:00" },
  { .key = "duration",
    .type = VHM_PARAM_TIME,
    .offset = TOY (toy, duration_ns),
    .fallback = "1 h",
    .min = "1 ms" },
  { .key = "factor",
    .type = VHM_PARAM_NUMBER,
    .offset = TOY (toy, factor),
    .fallback = "1",
    .min = "0",
    .max = "1.5" },
  { .key = "debug",
    .type = VHM_PARAM_BOOL,
    .offset = TOY (toy, is_debug),
    .fallback = "false" },
  { .key = "host",
    .type = VHM_PARAM_OBJECT,
    .offset = TOY (toy, host),
    .child = &toy_host_schema },
  { .key = "guests",
    .type = VHM_PARAM_LIST,
    .offset = TOY (toy, guests),
    .fallback = "",
    .child = &toy_guest_schema },
  { .key = "expect",
    .type = VHM_PARAM_TREE,
    .offset = TOY (toy, expect),
    .fallback = "",
    .help = "What must come out." },
};
static const struct vhm_schema toy_schema
    = { .name = "scenario",
        .help = "A question.",
        .size = sizeof (struct toy),
        .params = toy_params,
        .n_params = G_N_ELEMENTS (toy_params) };

static const struct vhm_param toy_zipf_params[] = {
  { .key = "exponent",
    .type = VHM_PARAM_NUMBER,
    .offset = TOY (toy_zipf, exponent),
    .fallback = "1",
    .max = "4" },
  { .key = "size",
    .type = VHM_PARAM_BYTES,
    .offset = TOY (toy_zipf, size_bytes) },
};
static const struct vhm_param toy_esx_params[] = {
  { .key = "idle_tax",
    .type = VHM_PARAM_FRACTION,
    .offset = TOY (toy_esx, idle_tax_ppm),
    .fallback = "75 %",
    .source = "a paper" },
  { .key = "period",
    .type = VHM_PARAM_TIME,
    .offset = TOY (toy_esx, period_ns),
    .fallback = "30 s" },
};
static const struct vhm_param toy_hdd_params[] = {
  { .key = "rpm",
    .type = VHM_PARAM_COUNT,
    .offset = TOY (toy_hdd, rpm),
    .fallback = "7_200" },
};

#define TOY_CONFIG(schema)                                                     \
  {                                                                            \
    .name = #schema, .size = sizeof (struct schema),                           \
    .params = schema##_params, .n_params = G_N_ELEMENTS (schema##_params)      \
  }

static const struct vhm_plugin toy_plugins[] = {
  { .kind = VHM_PLUGIN_WORKLOAD, .name = "idle", .summary = "Does nothing." },
  { .kind = VHM_PLUGIN_WORKLOAD,
    .name = "zipf",
    .summary = "Zipf's law.",
    .config = TOY_CONFIG (toy_zipf) },
  { .kind = VHM_PLUGIN_BALANCER, .name = "static", .summary = "Never moves." },
  { .kind = VHM_PLUGIN_BALANCER,
    .name = "esx",
    .summary = "Shares.",
    .config = TOY_CONFIG (toy_esx) },
  { .kind = VHM_PLUGIN_DISK,
    .name = "hdd",
    .summary = "It turns.",
    .config = TOY_CONFIG (toy_hdd) },
};
static const struct vhm_plugin *const toy_registry[]
    = { &toy_plugins[0], &toy_plugins[1], &toy_plugins[2],
        &toy_plugins[3], &toy_plugins[4], NULL };

static const char toy_preset_big[]
    = "memory: 64 GiB\ncpus: 16\nbalancer: {kind: esx, idle_tax: 50 %}\n"
      "disks: [{name: fast, rate: 1 GiB/s}]\n";
static const char toy_preset_huge[] = "preset: big\ncpus: 64\n";
static const char toy_preset_bad[] = "memory: 64 GiB\ncpu: 16\n";
static const char toy_preset_loop[] = "preset: loop\n";

static const struct vhm_embedded toy_presets[] = {
  { "big.yaml", toy_preset_big, sizeof toy_preset_big - 1 },
  { "huge.yaml", toy_preset_huge, sizeof toy_preset_huge - 1 },
  { "bad.yaml", toy_preset_bad, sizeof toy_preset_bad - 1 },
  { "loop.yaml", toy_preset_loop, sizeof toy_preset_loop - 1 },
  { NULL, NULL, 0 },
};

static inline struct vhm_scenario_rules
toy_rules (const char *const *overrides)
{
  return (struct vhm_scenario_rules){ .schema = &toy_schema,
                                      .registry = toy_registry,
                                      .presets = toy_presets,
                                      .overrides = overrides };
}

/* Reads text as the file s.yaml. */
static inline struct vhm_scenario *
toy_read (const char *text, const char *const *overrides, GError **error)
{
  struct vhm_scenario_rules rules = toy_rules (overrides);
  return vhm_scenario_read_text ("s.yaml", text, strlen (text), &rules, error);
}

#endif
