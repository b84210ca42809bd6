/* A small host for tests of models: engine, machine, processors, one disk that
 * takes 10 ms a request, and guests in one line each. The clock runs at 1 GHz,
 * so a cycle is a nanosecond.
 *
 * Configs of plug-ins are written as in a scenario (defaults filled in). A
 * puppet is a workload whose process the test itself pulls the strings of.
 */
#ifndef VHM_TESTS_WORLD_H
#define VHM_TESTS_WORLD_H

#include <check.h>
#include <string.h>

#include <vhm/host/registry.h>
#include <vhm/model/collector.h>
#include <vhm/model/global_reclaim.h>
#include <vhm/model/guest.h>
#include <vhm/model/guest_os.h>
#include <vhm/model/shared_memory.h>
#include <vhm/model/workload.h>
#include <vhm/sim/scenario.h>

#define WORLD_HZ UINT64_C (1000000000)
#define WORLD_DISK_NS UINT64_C (10000000)
#define WORLD_SEED 7
/* A guest's virtual disk lies so far behind the beginning of its page file. */
#define WORLD_IMAGE (VHM_GIB / 2)

/* How references of the guests to come are simulated; fixtures of a test case
 * that runs in the other mode. */
static bool world_is_every;

static void
world_every_reference (void)
{
  world_is_every = true;
}

static void
world_next_fault (void)
{
  world_is_every = false;
}

struct world {
  vhm_engine *engine;
  vhm_machine *machine;
  vhm_scheduler *scheduler;
  vhm_disk *disk;
  GPtrArray *configs; /* vhm_scenario *: own the configs of plug-ins */
  GArray *workloads;  /* struct vhm_plugin_choice of the next guest */
  GPtrArray *workload_arrays;
  struct vhm_plugin_choice os; /* of the next guest */
  GPtrArray *guests;
  vhm_processors *processors; /* NULL: translation costs nothing */
  bool maps_at_touch; /* the processors to come */
  /* of the next guest */
  enum vhm_page_size page_size;
  uint64_t page_size_ppm;
  bool backed_at_touch, large_at_touch;
  uint64_t large_ns;
  const struct vhm_swap_config *swap; /* on the disk; NULL: none */
  uint64_t swap_bytes;
  vhm_shared_memory *shared; /* NULL: nothing is shared */
  vhm_global_reclaim *reclaim; /* NULL: each guest gives for itself */
  uint64_t share_salt;
  const struct vhm_content_class *content;
  uint32_t n_content;
  const struct vhm_compression_config *compression; /* NULL: none */
  struct vhm_content_sizes compressed_sizes;
  struct vhm_kernel_touches kernel;
  const struct vhm_overheads_config *overheads; /* NULL: none */
  bool is_enlightened;
  uint64_t tick_hz;
  uint32_t n_out_of_swap; /* calls */
  GArray *samples;        /* struct world_sample: those of collectors */
  uint64_t seed;
};

struct world_sample {
  uint32_t guest;
  uint64_t since_ns, at_ns;
};

/* What the disk was asked for since the world was opened, the first ones. */
#define WORLD_REQUESTS 64
static struct vhm_disk_request world_request[WORLD_REQUESTS];
static uint32_t world_n_requests;

static uint64_t
world_disk_service_ns (void *state, const struct vhm_disk_request *request)
{
  (void) state;
  if (world_n_requests < WORLD_REQUESTS)
    world_request[world_n_requests++] = *request;
  return WORLD_DISK_NS;
}

static void
world_disk_init (void *state, const void *config, const struct vhm_rng *rng)
{
  (void) state;
  (void) config;
  (void) rng;
}

static const struct vhm_disk_ops world_disk_ops
    = { .init = world_disk_init, .service_ns = world_disk_service_ns };
static const struct vhm_plugin world_disk = { .kind = VHM_PLUGIN_DISK,
                                              .name = "ten milliseconds",
                                              .state_size = 1,
                                              .ops = &world_disk_ops };

static inline void
world_open (struct world *w, uint32_t n_cpus, uint32_t n_frames)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, WORLD_SEED, "disk");
  const struct vhm_plugin_choice disk = { .plugin = &world_disk };
  *w = (struct world){ .engine = vhm_engine_new (), .seed = WORLD_SEED };
  world_n_requests = 0;
  w->machine = vhm_machine_new (n_frames);
  w->scheduler = vhm_scheduler_new (
      w->engine, &(struct vhm_scheduler_config){ .n_cpus = n_cpus });
  w->disk = vhm_disk_new (w->engine, WORLD_HZ, "d", &disk, &rng);
  w->configs
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vhm_scenario_free);
  w->workloads = g_array_new (FALSE, FALSE, sizeof (struct vhm_plugin_choice));
  w->workload_arrays
      = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  w->guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vhm_guest_free);
  w->samples = g_array_new (FALSE, FALSE, sizeof (struct world_sample));
}

static inline void
world_close (struct world *w)
{
  g_ptr_array_unref (w->guests);
  g_clear_pointer (&w->shared, vhm_shared_memory_free);
  g_clear_pointer (&w->reclaim, vhm_global_reclaim_free);
  ck_assert_uint_eq (vhm_machine_n_free (w->machine),
                     vhm_machine_n_frames (w->machine));
  vhm_disk_free (w->disk);
  vhm_scheduler_free (w->scheduler);
  vhm_machine_free (w->machine);
  g_clear_pointer (&w->processors, vhm_processors_free);
  vhm_engine_free (w->engine);
  g_array_unref (w->workloads);
  g_array_unref (w->samples);
  g_ptr_array_unref (w->workload_arrays);
  g_ptr_array_unref (w->configs);
}

/* Translation costs what it costs on these processors, for guests made from now
 * on. */
static inline void
world_translates (struct world *w, const struct vhm_cpu_config *cpu,
                  uint32_t n_cpus, enum vhm_paging paging,
                  enum vhm_page_size backing)
{
  const struct vhm_processors_config config = { .cpu = cpu,
                                                .n_cpus = n_cpus,
                                                .quantum_ns = VHM_NS_PER_S / 100,
                                                .clock_hz = WORLD_HZ,
                                                .paging = paging,
                                                .backing = backing,
                                                .maps_at_touch
                                                = w->maps_at_touch };
  w->processors = vhm_processors_new (&config);
}

/* Guests made from now on share pages. */
static inline void
world_shares (struct world *w, const struct vhm_shared_memory_config *config)
{
  w->shared = vhm_shared_memory_new (config, w->machine);
}

/* Guests made from now on give up frames for each other. */
static inline void
world_reclaims (struct world *w)
{
  w->reclaim = vhm_global_reclaim_new (w->engine, w->machine);
}

/* The plug-in with the keys of `yaml`, "key: value, key: value". */
static inline struct vhm_plugin_choice
world_plugin (struct world *w, enum vhm_plugin_kind kind, const char *name,
              const char *yaml)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_plugin *plugin
      = vhm_plugin_find (vhm_all_plugins, kind, name);
  ck_assert_msg (plugin != NULL, "there is no %s", name);
  const struct vhm_scenario_rules rules
      = { .schema = &plugin->config, .registry = vhm_all_plugins };
  g_autofree char *text = g_strdup_printf ("{%s}", yaml);
  struct vhm_scenario *s
      = vhm_scenario_read_text (name, text, strlen (text), &rules, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  g_ptr_array_add (w->configs, s);
  return (struct vhm_plugin_choice){ plugin, s->config };
}

static inline void
world_os (struct world *w, const char *name, const char *yaml)
{
  w->os = world_plugin (w, VHM_PLUGIN_GUEST_OS, name, yaml);
}

/* With guests of the system ideal-lru. */
static inline void
world_open_ideal (struct world *w, uint32_t n_cpus, const char *yaml)
{
  world_open (w, n_cpus, 20000);
  world_os (w, "ideal-lru", yaml);
}

static inline void
world_workload (struct world *w, const char *name, const char *yaml)
{
  struct vhm_plugin_choice choice
      = world_plugin (w, VHM_PLUGIN_WORKLOAD, name, yaml);
  g_array_append_val (w->workloads, choice);
}

static void
world_is_out (void *host, vhm_guest *guest)
{
  (void) guest;
  ((struct world *) host)->n_out_of_swap++;
}

static void
world_collected (void *host, vhm_guest *guest, uint64_t since_ns)
{
  struct world *w = host;
  const struct world_sample sample
      = { vhm_guest_number (guest), since_ns, vhm_engine_now (w->engine).raw };
  g_array_append_val (w->samples, sample);
}

static inline struct world_sample
world_sample (const struct world *w, guint k)
{
  ck_assert_uint_lt (k, w->samples->len);
  return g_array_index (w->samples, struct world_sample, k);
}

/* The guest to come has a collector; the config must outlive the world. */
static inline void
world_collector (struct world *w, struct vhm_collector *collector)
{
  struct vhm_plugin_choice choice = vhm_collector_choice (collector);
  g_array_append_val (w->workloads, choice);
}

/* Makes a guest of world_os and the workloads named since the last guest. */
static inline vhm_guest *
world_guest (struct world *w, uint32_t n_vps, uint32_t startup_pages,
             uint32_t maximum_pages)
{
  g_autofree char *name = g_strdup_printf ("guest%u", w->guests->len);
  GArray *mine = w->workloads;
  g_ptr_array_add (w->workload_arrays, mine);
  w->workloads = g_array_new (FALSE, FALSE, sizeof (struct vhm_plugin_choice));
  const struct vhm_guest_config config = {
    .name = g_intern_string (name),
    .n_vps = n_vps,
    .weight = 100,
    .cap_ppm = VHM_PPM,
    .startup_pages = startup_pages,
    .maximum_pages = maximum_pages,
    .os = w->os,
    .workloads = (const void *) mine->data,
    .n_workloads = mine->len,
    .disk = w->disk,
    .disk_at_bytes = w->guests->len * VHM_GIB,
    .image_at_bytes = w->guests->len * VHM_GIB + WORLD_IMAGE,
    .every_reference = world_is_every,
    .page_size = w->page_size,
    .page_size_ppm = w->page_size_ppm,
    .backed_at_touch = w->backed_at_touch,
    .large_at_touch = w->large_at_touch,
    .large_ns = w->large_ns,
    .swap = w->swap,
    .swap_disk = w->disk,
    .swap_at_bytes = (100 + w->guests->len) * VHM_GIB,
    .swap_bytes = w->swap_bytes,
    .share_salt = w->share_salt,
    .content = w->content,
    .n_content = w->n_content,
    .compression = w->compression,
    .compressed_sizes = w->compressed_sizes,
    .kernel = w->kernel,
    .overheads = w->overheads,
    .is_enlightened = w->is_enlightened,
    .tick_hz = w->tick_hz,
  };
  const struct vhm_guest_surroundings around = { .engine = w->engine,
                                                 .machine = w->machine,
                                                 .scheduler = w->scheduler,
                                                 .clock_hz = WORLD_HZ,
                                                 .seed = w->seed,
                                                 .processors = w->processors,
                                                 .shared = w->shared,
                                                 .reclaim = w->reclaim,
                                                 .out_of_swap = world_is_out,
                                                 .collected = world_collected,
                                                 .host = w };
  vhm_guest *guest
      = vhm_guest_new (&config, (uint16_t) w->guests->len, &around);
  g_ptr_array_add (w->guests, guest);
  return guest;
}

static inline vhm_guest *
world_boot (struct world *w, uint32_t n_vps, uint32_t startup_pages,
            uint32_t maximum_pages)
{
  vhm_guest *guest = world_guest (w, n_vps, startup_pages, maximum_pages);
  vhm_guest_boot (guest);
  return guest;
}

static inline uint64_t
world_account (vhm_guest *guest, enum vhm_account a)
{
  vhm_guest_sync (guest);
  return vhm_guest_ledger (guest).cyc[a];
}

static inline void
world_audit (struct world *w)
{
  const char *wrong = vhm_machine_audit (w->machine);
  ck_assert_msg (wrong == NULL, "%s", wrong);
  ck_assert (vhm_engine_is_valid (w->engine));
  uint64_t n = vhm_machine_n_free (w->machine)
               + vhm_machine_n_owned (w->machine, VHM_OWNER_ROOT)
               + vhm_machine_n_owned (w->machine, VHM_OWNER_SHARED)
               + vhm_machine_n_owned (w->machine, VHM_OWNER_COMPRESSED);
  for (guint i = 0; i < w->guests->len; i++) {
    vhm_guest *guest = w->guests->pdata[i];
    vhm_guest_sync (guest);
    wrong = vhm_guest_audit (guest);
    ck_assert_msg (wrong == NULL, "%s at %" G_GUINT64_FORMAT " ns: %s",
                   vhm_guest_name (guest), vhm_engine_now (w->engine).raw,
                   wrong);
    n += vhm_guest_backed_pages (guest);
  }
  wrong = w->shared ? vhm_shared_memory_audit (w->shared) : NULL;
  ck_assert_msg (wrong == NULL, "%s", wrong);
  ck_assert_uint_eq (n, vhm_machine_n_frames (w->machine));
}

/* Runs on for so long and audits. */
static inline void
world_run (struct world *w, uint64_t ns)
{
  vhm_engine_run (w->engine, vhm_cycles_add (vhm_engine_now (w->engine),
                                             vhm_cycles_make (ns)));
  world_audit (w);
}

/* --- puppets ---------------------------------------------------------------- */

struct puppet;

struct puppet_config {
  struct puppet *puppet;
};

struct puppet {
  struct vhm_region_spec regions[2];
  uint32_t n_regions;    /* 0: one */
  uint32_t commit_pages; /* at the start; 0: all of the first region */
  struct vhm_threads threads;
  void (*notice) (struct puppet *puppet, enum vhm_notice notice);
  /* filled in */
  vhm_process *process;
  uint32_t n_notices[VHM_N_NOTICES];
  struct puppet_config self;
};

struct puppet_state {
  struct puppet *puppet;
};

static void
puppet_start (void *state, const void *config, vhm_process *process)
{
  struct puppet *p = ((const struct puppet_config *) config)->puppet;
  ((struct puppet_state *) state)->puppet = p;
  p->process = process;
  for (uint32_t i = 0; i < MAX (p->n_regions, 1); i++)
    vhm_process_add_region (process, &p->regions[i]);
  ck_assert (vhm_process_commit (
      process, p->commit_pages > 0 ? p->commit_pages : p->regions[0].n_pages));
  vhm_process_run (process, &p->threads);
}

static void
puppet_notice (void *state, vhm_process *process, enum vhm_notice notice)
{
  (void) process;
  struct puppet *p = ((struct puppet_state *) state)->puppet;
  p->n_notices[notice]++;
  if (p->notice)
    p->notice (p, notice);
}

static const struct vhm_workload_ops puppet_ops
    = { .start = puppet_start, .notice = puppet_notice };
static const struct vhm_plugin puppet_plugin
    = { .kind = VHM_PLUGIN_WORKLOAD,
        .name = "puppet",
        .state_size = sizeof (struct puppet_state),
        .ops = &puppet_ops };

/* The puppet must outlive the world. */
static inline void
world_puppet (struct world *w, struct puppet *puppet)
{
  puppet->self.puppet = puppet;
  struct vhm_plugin_choice choice = { &puppet_plugin, &puppet->self };
  g_array_append_val (w->workloads, choice);
}

/* n pages, referenced uniformly by n_threads threads in operations of
 * `references` at `cycles` each, with think time. */
static inline struct puppet
a_puppet (uint32_t n_pages, double write, uint32_t n_threads, double cycles,
          double references, uint64_t think_ns)
{
  return (struct puppet){
    .regions[0] = { .pattern = VHM_PATTERN_UNIFORM,
                    .n_pages = n_pages,
                    .n_active = n_pages,
                    .share = 1,
                    .write = write },
    .threads = { .n_threads = n_threads,
                 .cycles_per_reference = cycles,
                 .references = references,
                 .think_ns = think_ns },
  };
}

#endif
