/* Private records of the host. Files: case.c the keys, host.c wiring and running,
 * orders.c what the timeline orders, order_rule.c whether that can be done,
 * start.c starting and stopping, start_rule.c when, smart_paging.c restarting
 * without the memory for it, dynamic_memory.c reports, decisions, carrying out,
 * memory_states.c large pages broken and guests stopped, sample.c counters,
 * sample_processors.c those of processors, sample_some.c those only some guests
 * have, collect.c who collects them inside a guest, summary.c numbers of a whole run,
 * placement.c page files, translation.c measuring what translating addresses costs,
 * measure_when.c
 * when, window.c what a guest does in a part of the run, sized.c a guest of another
 * size, compare.c what it would be under another kind of paging. */
#ifndef MODELS_HOST_HOST_H
#define MODELS_HOST_HOST_H

#include "order_rule.h"

#include <vhm/host/host.h>
#include <vhm/model/balancer.h>
#include <vhm/model/exposure.h>
#include <vhm/model/global_reclaim.h>
#include <vhm/model/reclaim.h>
#include <vhm/model/scanner.h>
#include <vhm/model/shared_memory.h>

enum vhm_smart_phase {
  VHM_SMART_OFF,
  VHM_SMART_BRIDGING,  /* the guest has less than it sees */
  VHM_SMART_RETURNING, /* it need not any more; its file is read back */
};

/* Smart paging of a guest. */
struct smart {
  enum vhm_smart_phase phase;
  uint64_t granted_pages;   /* while bridging: most machine frames it may have */
  uint64_t since_ns;
  uint64_t most_pages, most_ever_pages; /* in the file, this time and ever */
  uint64_t past_ns;         /* that it took, before */
  bool was_long;            /* and an incident says so */
};

/* A guest on its way to another host: the last time. */
struct migration {
  bool is_on, is_stopped; /* stopped: the rest is being sent */
  bool is_moved;
  GArray *rounds;        /* uint64_t pages sent in each; NULL: never yet */
  uint32_t sender;       /* entity of the scheduler */
  uint32_t n_parts;      /* of a slice, not done yet */
  uint64_t left_pages, slice_pages, sent_pages; /* in this round */
  uint64_t rest_pages;   /* when it was stopped */
  uint64_t began_ns, stopped_ns;
  uint64_t took_ns, stood_ns, n_faults; /* in the end */
};

/* Samples that a collector inside a guest takes. */
struct collection {
  size_t first_series, first_list; /* of the guest, in a row */
  bool is_due, has_sample; /* in the last row: one should come, has come */
  bool has_last;           /* since the guest started; then: */
  uint64_t last_ns;
  struct vhm_guest_counters last;
  /* in all its lives */
  uint64_t n_taken, n_missed, delay_ns, longest_ns;
};

/* A guest as the hypervisor manages it. */
struct vm {
  vhm_host *host;
  const struct vhm_case_guest *config;
  char *name;
  struct vhm_content_class content[VHM_CONTENT_MAX_CLASSES];
  uint32_t id;
  vhm_guest *guest;
  vhm_balloon *balloon;
  uint64_t overhead_pages, page_file_at_bytes, swap_at_bytes;
  uint64_t started_ns, waiting_since_ns;
  bool waits;      /* for memory to start with */
  bool restarts;   /* to start again without having been off */
  struct smart smart;
  struct migration migration;
  uint64_t smart_at_bytes; /* where its file lies */
  bool refused;    /* its last start */
  bool was_on;     /* the guest has been booted: a new start needs a new one */
  GPtrArray *past; /* vhm_guest *: its earlier lives */
  bool has_report; /* demand is known */
  bool is_sampled; /* a period of sampling its activity has begun, then: */
  uint64_t sampled_from_ns;
  uint64_t demand_bytes, decided_bytes; /* now, and at the last decision */
  uint64_t free_bytes, cache_bytes; /* as last reported */
  double average_pressure;
  uint64_t over_pressure_ns; /* at pressures above 100, in all its lives */
  uint64_t past_faults;           /* of earlier lives */
  struct vhm_balloon_counts past_moved; /* in earlier lives */
  struct vhm_guest_counters last; /* at the sample before */
  struct vhm_app_cache last_cache;
  struct vhm_guest_sharing last_sharing;
  struct vhm_backing_counts last_backing;
  uint64_t last_operations, last_ran_cyc, last_translation_cyc;
  uint64_t last_ready_cyc;
  struct vhm_scheduler_counts last_dispatching;
  GArray *affinity; /* uint64_t: logical processors */
  double last_references;
  struct vhm_plugin_choice *workloads; /* and its collector; NULL: it has none */
  struct vhm_collector collector;
  struct collection collection;
  vhm_event shutdown; /* under way */
  uint64_t compared_at; /* the cycle after its pagings were compared, or 0 */
  uint32_t first_vp;  /* see struct vhm_guest_config */
};

/* When translation is measured. */
struct translation_watch {
  struct vhm_exposure_config config;
  vhm_event look;
  uint64_t pause_ns;    /* to the next look */
  uint64_t measured_ns; /* the last time */
  uint64_t n_measured, n_rough; /* references drawn in all, and roughly */
  uint64_t running; /* which guests ran then, hashed */
  bool has_measured;
  bool is_old; /* calls for a measurement that it could not have */
  bool was_told; /* and an incident says so */
};

struct vhm_host {
  const struct vhm_case *config;
  struct vhm_host_options options;
  vhm_engine *engine;
  vhm_machine *machine;
  vhm_scheduler *scheduler;
  GPtrArray *disks; /* vhm_disk * */
  struct vm *vms;
  uint32_t n_vms;
  void *balancer_state;
  uint64_t hz, root_pages, next_balance_ns;
  struct vhm_compression_config compression;
  double average_pressure; /* of the balancer */
  struct vhm_disk_counts *last_disk;
  vhm_shared_memory *shared; /* NULL: pages are not shared */
  vhm_scanner *scanner;
  vhm_global_reclaim *reclaim; /* NULL: each guest gives for itself */
  struct vhm_sharing_counts last_sharing;
  struct vhm_result *result; /* while running */
  vhm_processors *processors; /* NULL: translation costs nothing */
  vhm_processors *like[VHM_N_PAGINGS]; /* for comparisons; NULL: not yet */
  GArray *compared; /* struct found, of compare.c: the last comparison */
  struct translation_watch watch;
  uint64_t link_free_ns; /* to other hosts, from then on */
  GPtrArray *orders; /* struct order, of orders.c */
  size_t next_sample, next_series;
  char *wrong; /* what an audit found */
  bool is_stopped;
};

uint64_t vhm_host_now_ns (const vhm_host *host);
vhm_event vhm_host_after (vhm_host *host, uint64_t ns, int priority,
                          vhm_engine_fn fn, void *context);
void vhm_host_incident (vhm_host *host, const char *who, const char *format,
                        ...) G_GNUC_PRINTF (3, 4);
/* Machine pages that are free and not promised to anybody. */
uint64_t vhm_host_available_pages (const vhm_host *host);

void vhm_vm_make_guest (struct vm *vm); /* for its next life */

/* start.c */
uint64_t vhm_vm_start_pages (const struct vm *vm); /* of the machine */
/* Tries again to start guests that wait for memory. */
void vhm_host_start_waiting (vhm_host *host);
/* Orders that orders.c has found possible. */
void vhm_vm_start (struct vm *vm);
void vhm_vm_shut_down (struct vm *vm);
void vhm_vm_restart (struct vm *vm);

/* At once: everything it has is free, and those who wait try again. */
void vhm_vm_switch_off (struct vm *vm);

/* migration.c */
void vhm_vm_migrate_out (struct vm *vm);
void vhm_migration_clear (struct vm *vm);
uint64_t vhm_migration_sent_pages (const struct vm *vm); /* of one begun */

/* orders.c */
void vhm_host_schedule_orders (vhm_host *host);
enum vhm_vm_state vhm_vm_state (const struct vm *vm);

/* smart_paging.c */
/* The guest, which has not booted, does so with that many pages. */
void vhm_smart_begin (struct vm *vm, uint64_t pages);
void vhm_smart_stop (struct vm *vm); /* the guest is about to stop */
void vhm_smart_look (struct vm *vm); /* every report_ns */
bool vhm_smart_is_bridging (const struct vm *vm);
/* What it is granted counts as held; of that, what it has not touched is set
 * aside; while bridging, what it sees and is not granted. */
uint64_t vhm_smart_held_pages (const struct vm *vm);
uint64_t vhm_smart_set_aside_pages (const struct vm *vm);
uint64_t vhm_smart_wants_pages (const struct vm *vm);
void vhm_smart_raise (struct vm *vm, uint64_t pages);
uint64_t vhm_smart_total_ns (const struct vm *vm); /* that it took */

/* translation.c */
void vhm_host_make_processors (vhm_host *host);
void vhm_host_watch_translation (vhm_host *host); /* a guest has started */
void vhm_host_end_watch (vhm_host *host); /* the run is over */
struct vhm_processors_config
vhm_host_processors_config (const vhm_host *host, enum vhm_paging paging);
GPtrArray *vhm_host_all_guests (const vhm_host *host); /* vhm_guest * */

/* sharing.c */
void vhm_host_make_sharing (vhm_host *host);
void vhm_host_free_sharing (vhm_host *host); /* after the guests */
uint64_t vhm_vm_salt (const struct vm *vm);
/* Where the balancer controls the scanner, and else nothing: what that goes
 * through, and what the balancer wishes of it. */
uint64_t vhm_host_scannable_bytes (const vhm_host *host);
void vhm_host_control_scanner (vhm_host *host);
/* Where pages are shared, and else nothing: counters of a guest, or of the host
 * (NULL); and their values. */
void vhm_host_announce_sharing (GPtrArray *all, const char *guest,
                                const struct vhm_case *c);
void vhm_host_sample_guest_sharing (struct vm *vm);
void vhm_host_sample_sharing (vhm_host *host);

/* compare.c */
/* What the processes of the guest (NULL: of all) would pay under each kind of
 * paging, now; before it stops, and at the end of the run. */
void vhm_host_compare_pagings (vhm_host *host, struct vm *only);

/* dynamic_memory.c */
/* Its balloon driver runs: it is on, and does not stand still. */
bool vhm_vm_can_give (const struct vm *vm);
void vhm_host_report (void *host); /* an event, every report_ns */
/* What the guest holds: of what its system has to work with, all but what the
 * host has swapped. Memory that it never touched counts, though a host that gives
 * at touch has not had to find any for it. */
uint32_t vhm_vm_physical_pages (const struct vm *vm);
double vhm_vm_pressure (const struct vm *vm);
/* The host swaps out what the guest has beyond so much, or beyond the limit that
 * the case sets it; does nothing where the host does not swap. */
void vhm_vm_set_limit (struct vm *vm, uint64_t bytes);

/* memory_states.c: what the balancer's last decision asks for beside targets */
void vhm_host_carry_out_state (vhm_host *host);
/* Guests above their targets must not run. */
bool vhm_host_stops_guests (const vhm_host *host);

/* sample_processors.c: those of processors, after the common ones */
void vhm_host_announce_processors (GPtrArray *all, const char *guest);
void vhm_host_sample_processors (struct vm *vm);

/* sample_some.c: counters that only some guests have, after the common ones */
void vhm_host_announce_some (GPtrArray *all, const char *instance,
                             const struct vhm_case_guest *guest);
/* `now` and the sample before (zeroes at the first); NULL: the guest is off, or
 * its own system tells later. */
void vhm_host_sample_some (struct vm *vm, const struct vhm_guest_counters *now,
                           const struct vhm_guest_counters *before);
/* Of these, what the guest's own system tells, in the last row. */
void vhm_vm_fill_lists_late (struct vm *vm,
                             const struct vhm_guest_counters *now,
                             const struct vhm_guest_counters *before,
                             double seconds);

/* window.c: before and after what a window wants to know of */
void vhm_host_look (vhm_host *host);

/* sample_cache.c: likewise, of guests whose applications keep caches */
void vhm_host_announce_cache (GPtrArray *all, const char *instance,
                              const struct vhm_case_guest *guest);
void vhm_host_sample_cache (struct vm *vm,
                            const struct vhm_guest_counters *now);

/* sample.c */
void vhm_host_announce (GPtrArray *all, const char *instance,
                        const struct vhm_counter *counters, int n);
/* The next n series of the row take these values. */
void vhm_host_put (vhm_host *host, const double *values, int n);
double vhm_host_rate (const vhm_host *host, uint64_t now, uint64_t before);
/* Seconds that the row is about: an interval, or NAN at the first. */
double vhm_host_row_s (const vhm_host *host);
/* Sets that series in the last row. */
void vhm_host_put_late (vhm_host *host, size_t series, double value);
void vhm_host_sample (vhm_host *host);
/* Of what was charged, what translating addresses took. */
uint64_t vhm_host_translation_cyc (const struct vhm_ledger *ledger);

/* The guest's own counters take these values, in the last row; rates over that
 * many seconds (NAN: there are none). */
void vhm_vm_fill_late (struct vm *vm, const struct vhm_guest_counters *now,
                       const struct vhm_guest_counters *before,
                       double seconds);

/* collect.c */
bool vhm_vm_has_collector (const struct vm *vm);
/* Those of the case, and then its collector if it has one; of the vm. */
const struct vhm_plugin_choice *vhm_vm_workloads (struct vm *vm, size_t *ret_n);
/* The guest's part of a row is about to be filled in. */
void vhm_vm_begin_row (struct vm *vm, bool is_on);
void vhm_vm_end_collection (struct vm *vm); /* it is about to stop */
/* vhm_guest_surroundings.collected */
void vhm_host_collected (void *host, vhm_guest *guest, uint64_t since_ns);

/* summary.c */
void vhm_host_summarize (vhm_host *host);

#endif
