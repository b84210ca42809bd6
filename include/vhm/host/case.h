/* A case: what a scenario file says, typed. The parameter tables in
 * models/case.c fill it; the host runs it; commands read the rest. */
#ifndef VHM_HOST_CASE_H
#define VHM_HOST_CASE_H

#include <vhm/model/backing.h>
#include <vhm/model/collector.h>
#include <vhm/model/compression.h>
#include <vhm/model/content.h>
#include <vhm/model/cpu.h>
#include <vhm/model/overheads.h>
#include <vhm/model/reclaim.h>
#include <vhm/model/scheduler.h>
#include <vhm/sim/param.h>
#include <vhm/sim/plugin.h>

struct vhm_case_disk {
  const char *name;
  struct vhm_plugin_choice model;
  struct vhm_mark mark;
};

/* How the cost of address translation is measured (models/host/case_measure.c).
 */
struct vhm_case_measure {
  uint64_t error_ppm, confidence_ppm, most, change_ppm, every_ns, pause_ns;
  uint64_t base;
  double per_event;
};
extern const struct vhm_schema vhm_case_measure_schema;

enum vhm_case_paging {
  VHM_CASE_PAGING_NONE, /* translation costs nothing */
  VHM_CASE_PAGING_NATIVE,
  VHM_CASE_PAGING_SLAT,
  VHM_CASE_PAGING_SHADOW
};

/* When the host's table gets its entries. */
enum vhm_case_maps {
  VHM_CASE_MAPS_AT_START,
  VHM_CASE_MAPS_AT_TOUCH
};

/* When a guest gets machine memory for what it sees. */
enum vhm_case_gives {
  VHM_CASE_GIVES_AT_START,
  VHM_CASE_GIVES_AT_TOUCH
};

/* Whether one that gets it at touch gets 2 MiB where it can. */
enum vhm_case_large {
  VHM_CASE_LARGE_OFF,
  VHM_CASE_LARGE_AT_TOUCH
};

/* Ways to take memory back; bits of vhm_case_host.reclaim. */
enum vhm_case_reclaim {
  VHM_CASE_BALLOON,
  VHM_CASE_SWAP,
  VHM_CASE_COMPRESSION
};

/* Hypervisor swap (models/host/case_swap.c). */
enum vhm_case_swaps_from {
  VHM_CASE_SWAPS_FROM_GUEST, /* who waits for frames */
  VHM_CASE_SWAPS_FROM_ALL
};
struct vhm_case_swap {
  int from; /* enum vhm_case_swaps_from */
  const char *disk;
  uint64_t size_bytes;
  struct vhm_swap_config model;
};
extern const struct vhm_schema vhm_case_swap_schema;

/* Page sharing (models/host/case_sharing.c). */
enum vhm_case_sharing_kind {
  VHM_CASE_SHARES_NOTHING,
  VHM_CASE_SHARES_AS_ESX,
  VHM_CASE_SHARES_AS_KSM
};
enum vhm_case_salting {
  VHM_CASE_SALT_NONE,  /* all guests share with all */
  VHM_CASE_SALT_GROUP, /* those of one line of the scenario */
  VHM_CASE_SALT_GUEST  /* each with itself alone */
};
struct vhm_case_sharing {
  int kind;    /* enum vhm_case_sharing_kind */
  int salting; /* enum vhm_case_salting */
  uint64_t pass_ns, guest_pages_per_s, bytes_per_s_per_ghz, host_pages_per_s;
  uint64_t pages_to_scan, sleep_ns, step_ns;
  uint64_t hash_ns, compare_ns, copy_ns, fault_ns;
};
extern const struct vhm_schema vhm_case_sharing_schema;
/* The cache of compressed pages (models/host/case_compression.c). */
struct vhm_case_compression {
  uint64_t max_ppm, max_allocated_ppm, small_ppm, small_mean_ppm;
  uint64_t compress_ns, decompress_ns;
};
extern const struct vhm_schema vhm_case_compression_schema;

/* How a guest's system touches its own frames (models/host/case_kernel.c). */
extern const struct vhm_schema vhm_case_kernel_schema;

/* Who collects a guest's own counters (models/host/case_collector.c); the
 * interval is that of the case. */
extern const struct vhm_schema vhm_case_collector_schema;

/* Smart paging (models/host/case_smart_paging.c). */
struct vhm_case_smart_paging {
  bool enabled;
  const char *disk;
  uint64_t patience_ns, read_back_bytes_per_s;
};
extern const struct vhm_schema vhm_case_smart_paging_schema;

/* Migration to other hosts (models/host/case_migration.c). */
enum vhm_case_migration_pays {
  VHM_CASE_HOST_PAYS,
  VHM_CASE_GUEST_PAYS
};
enum vhm_case_migration_otherwise {
  VHM_CASE_MIGRATION_STOPS,
  VHM_CASE_MIGRATION_GIVES_UP
};
struct vhm_case_migration {
  uint64_t bytes_per_s, stop_ns, most_rounds, page_ns, fault_ns;
  int otherwise, pays;
};
extern const struct vhm_schema vhm_case_migration_schema;

/* What the hypervisor costs a guest (models/host/case_overheads.c). */
extern const struct vhm_schema vhm_case_overheads_schema;

struct vhm_case_host {
  const char *preset;
  uint64_t memory_bytes, root_reserve_bytes, root_base_bytes, root_per_gib_bytes;
  uint64_t vm_overhead_bytes, vm_overhead_per_gib_bytes;
  uint64_t n_cpus, clock_hz;
  uint64_t report_ns, report_after_ns, average_ns, start_timeout_ns, shutdown_ns;
  struct vhm_balloon_config balloon;
  struct vhm_plugin_choice balancer;
  struct vhm_list disks; /* struct vhm_case_disk */
  int paging;            /* enum vhm_case_paging */
  int backing;           /* enum vhm_page_size */
  int maps;              /* enum vhm_case_maps */
  int gives;             /* enum vhm_case_gives */
  int large;             /* enum vhm_case_large */
  uint64_t large_ns;
  uint64_t reclaim;      /* set of enum vhm_case_reclaim */
  struct vhm_case_swap swap;
  struct vhm_case_sharing sharing;
  struct vhm_case_compression compression;
  struct vhm_case_smart_paging smart_paging;
  struct vhm_case_migration migration;
  struct vhm_overheads_config overheads;
  struct vhm_cpu_config cpu;
  int scheduler;    /* enum vhm_scheduler_kind */
  int reserve_rule; /* enum vhm_reserve_rule */
  uint64_t quantum_ns, switch_ns;
  struct vhm_list speeds; /* struct vhm_scheduler_speed */
  struct vhm_case_measure measure;
};

struct vhm_case_memory {
  struct vhm_mark mark;
  uint64_t startup_bytes, minimum_bytes, maximum_bytes, buffer_ppm, weight;
  uint64_t limit_bytes; /* 0: none */
};

/* Logical processors, from one to another. */
struct vhm_case_processors {
  uint64_t from, to;
  struct vhm_mark mark;
};

struct vhm_case_cpu {
  uint64_t weight, cap_ppm, reserve_ppm;
  struct vhm_list affinity; /* struct vhm_case_processors; empty: all */
};

/* How references are simulated (reference.h). */
enum vhm_case_reference {
  VHM_CASE_NEXT_FAULT,
  VHM_CASE_EVERY,
};
enum vhm_case_guest_reference {
  VHM_CASE_AS_SCENARIO,
  VHM_CASE_GUEST_NEXT_FAULT,
  VHM_CASE_GUEST_EVERY,
};

struct vhm_case_guest {
  const char *name;
  struct vhm_mark mark;
  int reference; /* enum vhm_case_guest_reference */
  uint64_t count, n_vcpus, start_ns;
  struct vhm_case_memory memory;
  struct vhm_case_cpu cpu;
  struct vhm_plugin_choice os;
  struct vhm_kernel_touches kernel;
  struct vhm_collector collector;
  const char *disk;
  struct vhm_list workloads; /* struct vhm_plugin_choice */
  uint64_t image_bytes, n_first_operations;
  bool is_enlightened;
  uint64_t tick_hz;
  int page_size; /* enum vhm_page_size */
  uint64_t page_size_ppm;
  struct vhm_list content; /* struct vhm_content_key */
  const char *image_name;
};

enum vhm_case_order {
  VHM_CASE_START,
  VHM_CASE_SHUTDOWN,
  VHM_CASE_RESTART,
  VHM_CASE_PAUSE,
  VHM_CASE_RESUME,
  VHM_CASE_MIGRATE_OUT,
  VHM_N_CASE_ORDERS
};
struct vhm_case_timeline {
  uint64_t at_ns; /* clock of day */
  struct vhm_mark mark;
  const char *who[VHM_N_CASE_ORDERS]; /* guest, of one of them */
};
/* Its key. */
const char *vhm_case_order_name (enum vhm_case_order order);
/* The one that the line gives, and to whom. */
enum vhm_case_order vhm_case_order_of (const struct vhm_case_timeline *line,
                                       const char **ret_who);

struct vhm_case_expect {
  const char *name, *that, *low, *high, *published, *source, *figure;
  const char *known_miss;
  /* for vhm validate */
  const char *value;      /* published, as a number with its unit */
  uint64_t tolerance_ppm; /* of it; 0: low and high alone count */
  const char *over;       /* variant whose value this one is divided by */
  const char *series;     /* of the figure */
  double x;
  bool is_fitted;
  struct vhm_mark mark;
};

struct vhm_case_assumed {
  const char *key, *why;
  struct vhm_mark mark;
};

struct vhm_case_figure {
  const char *id, *title, *guests;
  uint64_t from_ns, to_ns; /* clock of day; 0: from the start, to the end */
  struct vhm_mark mark;
};

/* A version of the scenario, for comparisons. */
struct vhm_case_variant {
  const char *name;
  struct vhm_mark mark;
  const struct vhm_yaml_node *set; /* PATH: VALUE; NULL: as it stands */
  struct vhm_list expect; /* struct vhm_case_expect, of this variant alone */
};

struct vhm_case {
  const char *question, *source, *reading;
  const char *axis; /* what x of expectations is */
  uint64_t start_ns, duration_ns, sample_ns, seed;
  int reference; /* enum vhm_case_reference */
  struct vhm_case_host host;
  struct vhm_list guests, timeline, expect, assumed, figures;
  struct vhm_list variants; /* struct vhm_case_variant */
};

extern const struct vhm_schema vhm_case_schema;

/* Machine memory the root keeps before any guest runs. */
uint64_t vhm_case_root_bytes (const struct vhm_case_host *host);
/* Host memory that running a guest costs beside its own. */
uint64_t vhm_case_overhead_bytes (const struct vhm_case_host *host,
                                  const struct vhm_case_guest *guest);

/* Is every reference of the guest drawn? */
bool vhm_case_every_reference (const struct vhm_case *c,
                               const struct vhm_case_guest *guest);

/* First touches get whole blocks, where they can. */
bool vhm_case_gives_blocks (const struct vhm_case_host *host);
bool vhm_case_reclaims_by (const struct vhm_case_host *host,
                           enum vhm_case_reclaim way);
struct vhm_compression_config
vhm_case_compression_config (const struct vhm_case_host *host);
struct vhm_content_sizes
vhm_case_compressed_sizes (const struct vhm_case_host *host);
/* Size of a guest's swap file. */
uint64_t vhm_case_swap_bytes (const struct vhm_case_host *host,
                              const struct vhm_case_guest *guest);

/* --- page files and virtual disks (models/host/placement.c) --- */

/* The disk of that name, the first one without a name; c->host.disks.n: there is
 * none of that name. */
size_t vhm_case_disk_named (const struct vhm_case *c, const char *name);
/* Where on the disk of swap files that of guest k of group `guest` begins: after
 * the page files, guest by guest. */
uint64_t vhm_case_swap_at (const struct vhm_case *c, size_t guest, uint64_t k);
/* The same of its smart paging file, and how large that can become. */
uint64_t vhm_case_smart_paging_at (const struct vhm_case *c, size_t guest,
                                   uint64_t k);
uint64_t vhm_case_smart_paging_bytes (const struct vhm_case_host *host,
                                      const struct vhm_case_guest *guest);

/* Of the guests that keep theirs on one disk; page files as large as they can
 * become. */
struct vhm_page_files {
  uint64_t n, bytes, largest_bytes;
  uint64_t image_bytes; /* of virtual disks, in `bytes` */
};
struct vhm_page_files vhm_case_page_files (const struct vhm_case *c,
                                           size_t disk);
/* Number of the disk that holds a guest's page file. */
size_t vhm_case_disk_of (const struct vhm_case *c,
                         const struct vhm_case_guest *guest);
/* UINT64_MAX: the model knows no end. */
uint64_t vhm_case_disk_bytes (const struct vhm_case_disk *disk);
/* Largest that it can become; 0: the guest's system does not say. */
uint64_t vhm_case_page_file_bytes (const struct vhm_case_guest *guest);
/* Of its workloads' files; and of the virtual disk that holds them, 0 if there
 * are none. */
uint64_t vhm_case_file_bytes (const struct vhm_case_guest *guest);
uint64_t vhm_case_image_bytes (const struct vhm_case_guest *guest);
/* Where on its disk the page file of guest k of group `guest` begins; and how
 * far behind that its virtual disk does. */
uint64_t vhm_case_page_file_at (const struct vhm_case *c, size_t guest,
                                uint64_t k);
uint64_t vhm_case_image_behind_bytes (const struct vhm_case_guest *guest);

#endif
