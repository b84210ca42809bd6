/* Visits of a recorded trace, again and again, for studies of address
 * translation.
 *
 * Virtual pages keep their places within each GiB, and the order of these; GiBs
 * that were never visited are left out, so that stack, heap and libraries of a
 * 64-bit program fit what can be simulated. Frames are given in the order of
 * first visits, a guest page at a time.
 *
 * Not thread-safe. No allocation after new.
 */
#ifndef VHM_MODEL_RECORDED_H
#define VHM_MODEL_RECORDED_H

#include <glib.h>
#include <vhm/model/translation.h>
#include <vhm/sim/trace.h>

/* Different GiBs that can be visited: 8 TiB. */
#define VHM_RECORDED_MOST_GIB 8192

typedef struct vhm_recorded vhm_recorded;

/* How many there are. */
uint64_t vhm_recorded_n_gib (const struct vhm_trace *trace);

/* The trace outlives it; at least one visit, and no more GiBs than that. */
vhm_recorded *vhm_recorded_new (const struct vhm_trace *trace,
                                enum vhm_page_size guest_size,
                                enum vhm_page_size host_size);
void vhm_recorded_free (vhm_recorded *recorded);

/* The next n visits; after the last one comes the first. */
void vhm_recorded_draw (vhm_recorded *recorded, size_t n,
                        struct vhm_access *ret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_recorded, vhm_recorded_free)

#endif
