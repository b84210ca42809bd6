/* The host: machine, processors, disks, guests, balancer, wired together from a
 * case, run on an engine, sampled into a result. The one place where models
 * meet. */
#ifndef VHM_HOST_HOST_H
#define VHM_HOST_HOST_H

#include <glib.h>
#include <vhm/host/case.h>
#include <vhm/model/ledger.h>
#include <vhm/sim/result.h>
#include <vhm/sim/stats.h>

typedef struct vhm_host vhm_host;

/* What one guest does in a part of the run: asked for with its name and two
 * times, filled while the host runs. The part begins and ends with the first
 * samples at or after them (the last one, if there is none), and looking changes
 * nothing. Lives of the guest in it are added up. */
struct vhm_host_window {
  const char *guest; /* as vhm_case_guest_name */
  uint64_t from_ns, to_ns; /* since the start of the run */
  /* filled: */
  size_t first, last; /* samples that it begins and ends with */
  uint64_t n_operations;
  double n_references;
  struct vhm_ledger ledger;
  struct vhm_histogram latency_ns; /* of operations that ended in it */
};
void vhm_host_window_init (struct vhm_host_window *window, const char *guest,
                           uint64_t from_ns, uint64_t to_ns);
void vhm_host_window_clear (struct vhm_host_window *window);

struct vhm_host_options {
  uint64_t seed;
  bool audit; /* walk all invariants at every sample */
  /* Called now and then with the share of simulated time done, or NULL. */
  void (*progress) (void *context, double done);
  void *progress_context;
  /* Asked at every sample whether to end here, or NULL. */
  bool (*wants_stop) (void *context);
  void *stop_context;
  struct vhm_host_window *window; /* to be filled, or NULL */
};

/* The case must have been checked (vhm_case_check) and outlive the host. */
vhm_host *vhm_host_new (const struct vhm_case *c,
                        const struct vhm_host_options *options);
void vhm_host_free (vhm_host *host);
/* Runs to the end and fills series, ledger, incidents, summary and counts of
 * the result. False if an audit found something (VHM_ERROR_TOOL says what) or
 * wants_stop said so (VHM_ERROR_IO): the result is then of no use. */
bool vhm_host_run (vhm_host *host, struct vhm_result *result, GError **error);

/* Walks every invariant: NULL or a sentence (owned by the host). */
const char *vhm_host_audit (vhm_host *host);

/* The series a run of this case will have, in order: instance and counter.
 * Freed by the caller with g_ptr_array_unref; elements are struct vhm_series
 * without values. */
GPtrArray *vhm_host_series (const struct vhm_case *c);

/* The case with the memory of guest `guest` fixed at `bytes`: startup = minimum =
 * maximum, no limit, and with it the host's memory, so that every guest can have
 * its maximum; `alone` leaves the other guests out. Freed with
 * vhm_case_sized_free; `c` must outlive it. */
struct vhm_case *vhm_case_sized_new (const struct vhm_case *c, size_t guest,
                                     uint64_t bytes, bool alone);
void vhm_case_sized_free (struct vhm_case *sized);

/* Name of guest k of a group: "web" alone, "web[3]" with a count. */
char *vhm_case_guest_name (const struct vhm_case_guest *guest, uint64_t k);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_host, vhm_host_free)

#endif
