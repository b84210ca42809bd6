/* A balancer decides how much memory each guest should hold. It sees what the
 * hypervisor could see and returns targets; the host carries them out. It may also
 * say how fast identical pages are to be searched for, where the host does so.
 *
 * Promise: sum of targets <= sum of held + available; minimum <= target <=
 * maximum for every guest that holds at least its minimum; same answer for the
 * same input and history; guests listed in another order get the same targets.
 * Life: init -> balance* (every period).
 *
 * Sampling: a balancer that asks for it is told how many of a guest's frames,
 * drawn from those it holds, have been touched since a sampling period began;
 * anew at every decision, and the period's whole at the first one after its end.
 */
#ifndef VHM_MODEL_BALANCER_H
#define VHM_MODEL_BALANCER_H

#include <vhm/sim/plugin.h>

/* Guests a host can have. Microsoft, Hyper-V scalability: running virtual
 * machines a host. */
#define VHM_MOST_VMS 1024

struct vhm_vm_view {
  uint32_t id; /* stable while the guest runs; below VHM_MOST_VMS */
  uint64_t demand_bytes;   /* as last reported by the guest; 0 = never yet */
  uint64_t grown_bytes;    /* by how much it rose since the last decision */
  /* Of what it holds, as last reported: on no list but the free one, and cache
   * that it can drop without writing. 0 before the first report. */
  uint64_t free_bytes, cache_bytes;
  /* Machine memory it has now, or its size (by_size). */
  uint64_t held_bytes;
  /* Of its size, what has no machine memory for it has not been touched: it takes
   * that by itself. 0 where memory is given at start, or by_size. */
  uint64_t untouched_bytes;
  uint64_t pending_bytes;  /* being removed from it already */
  uint64_t minimum_bytes, maximum_bytes;
  uint64_t buffer_ppm;
  uint32_t weight;         /* 0 .. 10000 */
  /* Sampled activity; 0 of 0 pages: not asked for, or a period has just begun. */
  uint32_t sampled_pages, touched_pages;
  bool sampling_ended; /* the period is over; the next begins */
};

struct vhm_balance_view {
  uint64_t now_ns;
  uint64_t available_bytes; /* free for guests */
  uint32_t n;
  const struct vhm_vm_view *vms;
  uint64_t machine_bytes; /* all there is, the hypervisor's part included */
  bool can_balloon, can_swap; /* how the host takes memory back */
  uint64_t scannable_bytes; /* of guests, that a scanner for identical pages
                               goes through; 0: there is none to control */
};

struct vhm_balance_sampling {
  uint64_t period_ns; /* in whole times of period_ns() */
  uint32_t n_pages;   /* of each guest */
};

/* What becomes of the 2 MiB pages that back guests. While all are broken none are
 * given. */
enum vhm_large_pages {
  VHM_LARGE_STAY,
  VHM_LARGE_BROKEN_AT_SCAN, /* by page sharing, as it comes to them */
  VHM_LARGE_BROKEN          /* all, at once */
};

/* Scan so many pages, sleep, and again; no pages: rest. */
struct vhm_balance_scan {
  uint32_t pages_to_scan;
  uint64_t sleep_ns;
};

struct vhm_balancer_ops {
  void (*init) (void *state, const void *config);
  /* Time between two calls of balance, ns. */
  uint64_t (*period_ns) (const void *config);
  /* Fills ret_target_bytes[n]. A target equal to held means: leave it. */
  void (*balance) (void *state, const void *config,
                   const struct vhm_balance_view *view,
                   uint64_t *ret_target_bytes);
  /* Down to what a guest is to be swapped out by the last decision, whatever its
   * balloon does; UINT64_MAX: it is not. NULL: down to its target, where the host
   * has no balloons. */
  uint64_t (*swap_to_bytes) (const void *state, uint32_t id);
  /* Whether, by the last decision, guests that have more than they are to be
   * swapped down to must not run until they have. NULL: they may. */
  bool (*blocks) (const void *state);
  /* By the last decision. NULL: they stay. */
  enum vhm_large_pages (*large_pages) (const void *state);
  /* Most of a guest's maximum memory that its balloon takes; NULL: all. */
  uint64_t (*balloon_cap_ppm) (const void *config);
  /* What activity it wants to be told; NULL: none. */
  struct vhm_balance_sampling (*sampling) (const void *config);
  /* How fast the host is to scan from now on, as of the last decision, or before
   * the first. NULL: as the case says. */
  struct vhm_balance_scan (*scan) (const void *state);
  /* What is held and aimed at is a guest's size: what it sees, without its balloon,
   * whether there is machine memory behind it or not. */
  bool by_size;
};

#endif
