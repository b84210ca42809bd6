/* Content-based page sharing of one host: which frames hold the same, and how
 * many guest pages use each. A scanner shows it pages, by their frame and the
 * key of what they hold (content.h); it answers which frame to use instead.
 * Who uses a frame is not kept here, only how many do.
 *
 * A frame is private (of one page; a *hint* may know what it once held) or
 * shared (of n pages, copy-on-write; n may fall to 1, and it stays shared).
 * Life of a page:
 *
 *   vhm_sharing_scan (frame, key)    JOINED or PAIRED: map the page on `into`,
 *                                    write-protected, give `frame` back. PAIRED:
 *                                    write-protect the page of `into` as well
 *   vhm_sharing_break (frame)        one of its pages is written
 *   vhm_sharing_leave (frame)        one of its pages goes: to the balloon, to
 *                                    swap, with its guest. Private frames too
 *
 * Pages in large backing: vhm_sharing_note keeps their hash and shares nothing;
 * when the block is broken, those that vhm_sharing_is_noted go to
 * vhm_sharing_try at once, without waiting for the scanner.
 *
 * Promise: at most one frame a key; a frame is never in the table twice; what is
 * shared was equal when it was (the hint's page is asked for its key again);
 * users = the pages joined less those that left. Same calls, same answers.
 * Costs 8 bytes a frame of the host, 16 a hint (21 to 43 with the table's free
 * places); no allocation but when there are more hints than ever before.
 */
#ifndef VHM_MODEL_SHARING_H
#define VHM_MODEL_SHARING_H

#include <glib.h>
#include <vhm/base/units.h>

typedef struct vhm_sharing vhm_sharing;

/* What becomes of a frame when its only page left is written. */
enum vhm_sharing_last {
  VHM_SHARING_LAST_KEEPS, /* it keeps the frame, private, no copy. ESX: nothing
                             published, assumed; Linux 5.1 to 5.8 */
  VHM_SHARING_LAST_COPIES /* it gets a copy as any other. Linux before and after
                             (mm/memory.c, do_wp_page) */
};

#define VHM_SHARING_MAX_STABLE_SCANS 15 /* four bits a frame */

struct vhm_sharing_config {
  /* A page that nobody shares yet must have had the same key at so many scans
   * before this one. ESX 0: hashes, and checks the hint at a match. KSM 1: the
   * checksum of the last scan. */
  uint32_t stable_scans;
  enum vhm_sharing_last last;
  /* Time of a processor for a page: hashed at a scan, compared with a frame
   * before it is shared, copied at a write. No published values; a page read
   * from memory at 4 to 10 GB/s takes 0.4 to 1 us. */
  uint64_t hash_ns, compare_ns, copy_ns;
};

/* The key of what a private frame holds now. Called to check a hint, once or
 * not at all in a scan; must not call back. */
typedef uint64_t (*vhm_sharing_key_fn) (void *context, uint32_t frame);

enum vhm_sharing_outcome {
  VHM_SHARING_SHARED,   /* the frame is shared already */
  VHM_SHARING_UNSTABLE, /* changed since the last scans */
  VHM_SHARING_HINT,     /* nobody else has it: a hint stands for it */
  VHM_SHARING_JOINED,   /* with the pages that share `into` */
  VHM_SHARING_PAIRED    /* with the one page of `into`, private up to now */
};

struct vhm_sharing_scan {
  enum vhm_sharing_outcome outcome;
  uint32_t into; /* JOINED, PAIRED; else VHM_NO_FRAME */
};

enum vhm_sharing_break {
  VHM_SHARING_PRIVATE,    /* was not shared: nothing to do */
  VHM_SHARING_KEPT,       /* the page keeps the frame, private from now on */
  VHM_SHARING_COPIED,     /* the page needs a frame of its own */
  VHM_SHARING_COPIED_LAST /* the same, and the old one is nobody's: give back */
};

struct vhm_sharing_counts {
  /* levels, in pages or frames */
  uint64_t n_shared;    /* pages on shared frames (copy-on-write) */
  uint64_t n_frames;    /* shared frames */
  uint64_t n_reclaimed; /* saved: n_shared - n_frames */
  uint64_t n_zero;      /* of n_shared: zero pages */
  uint64_t n_hints;
  /* since the start */
  uint64_t n_scanned, n_noted, n_tried;
  uint64_t n_unstable, n_joined, n_paired, n_stale_hints;
  uint64_t n_breaks; /* writes to shared frames; n_copied of them copied */
  uint64_t n_copied;
  uint64_t work_ns; /* all costs together */
};

vhm_sharing *vhm_sharing_new (const struct vhm_sharing_config *config,
                              uint32_t n_frames, vhm_sharing_key_fn key_of,
                              void *context);
void vhm_sharing_free (vhm_sharing *sharing);

/* The scanner has come to a page in small backing. */
struct vhm_sharing_scan vhm_sharing_scan (vhm_sharing *sharing, uint32_t frame,
                                          uint64_t key);
/* Out of turn and whether stable or not: a page of a broken block, or one on its
 * way to swap. */
struct vhm_sharing_scan vhm_sharing_try (vhm_sharing *sharing, uint32_t frame,
                                         uint64_t key);
/* The scanner has come to a page in large backing. True if it could be shared:
 * another page, small or shared, stands for the same key. */
bool vhm_sharing_note (vhm_sharing *sharing, uint32_t frame, uint64_t key);
/* Is key what the last scan or note of this page has seen? (Wrong with a chance
 * of 2^-27.) */
bool vhm_sharing_is_noted (const vhm_sharing *sharing, uint32_t frame,
                           uint64_t key);
/* Fetches what a scan will need; some pages ahead. */
void vhm_sharing_prefetch (const vhm_sharing *sharing, uint32_t frame,
                           uint64_t key);

bool vhm_sharing_is_shared (const vhm_sharing *sharing, uint32_t frame);
/* Pages on a shared frame; 0 if it is not. */
uint32_t vhm_sharing_n_users (const vhm_sharing *sharing, uint32_t frame);
/* Frames must be at hand before the first is called. */
enum vhm_sharing_break vhm_sharing_break (vhm_sharing *sharing, uint32_t frame);
/* True if nobody uses the frame any longer: it can go back to the machine. */
bool vhm_sharing_leave (vhm_sharing *sharing, uint32_t frame);

struct vhm_sharing_counts vhm_sharing_counts (const vhm_sharing *sharing);
uint64_t vhm_sharing_bytes (const vhm_sharing *sharing); /* memory held */
/* Walks everything. NULL if all agrees, else a sentence. */
const char *vhm_sharing_audit (const vhm_sharing *sharing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_sharing, vhm_sharing_free)

#endif
