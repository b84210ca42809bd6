/* One process's references, simulated from fault to fault (DESIGN: "next
 * fault"), equal in distribution to drawing every reference.
 *
 * A vhm_refs is the reference stream of one process: regions of pages and the
 * clock R, the number of references the process has issued (a double, because
 * it is advanced by exponential draws). Pages are numbered through the process,
 * region after region; every page is either *mapped* (a reference costs no
 * trap) or it *traps*. Pages start out trapping.
 *
 * The life of a stream, driven by the guest:
 *
 *   dR = vhm_refs_next (refs)           when does the next reference trap?
 *   ... dR references' worth of processor time passes ...
 *   vhm_refs_advance (refs, dR)         (any smaller step is fine too: the
 *                                        draw has no memory, so ask again)
 *   page = vhm_refs_trap (refs, &write) which page is it?
 *   vhm_refs_map (refs, page, write)    when the fault has been served
 *   vhm_refs_unmap (refs, page)         when the system takes the page away
 *
 * What the hardware would have recorded in between is drawn when somebody
 * looks: vhm_refs_look brings a page's last access and dirty bit up to now by
 * the two-clock rule, and vhm_ages keeps mapped pages in order of last access.
 *
 * Rates: a page of weight w in a region of total weight W and share s (the
 * region's part of the process's references, all shares are normalised to sum
 * 1) is referenced as a Poisson process of rate s w / W per reference of the
 * process. Region share and active size may change at any time; histories
 * before the change keep the old rate (each region runs on a clock of its own
 * hazard, piecewise linear in R).
 *
 * A scan region references its pages in order with one cursor; the passing
 * times are known exactly. A region with an independent pattern can in addition
 * be swept once (vhm_refs_sweep: a garbage collector marking, a program reading
 * a file) on top of its independent references.
 *
 * Not thread-safe; one stream of random numbers a process. No allocation after
 * the tables have reached their size. Cost: see models/reference/README.md.
 */
#ifndef VHM_MODEL_REFERENCE_H
#define VHM_MODEL_REFERENCE_H

#include <glib.h>
#include <vhm/base/reference.h>
#include <vhm/base/units.h>
#include <vhm/model/content.h>
#include <vhm/sim/rng.h>

typedef struct vhm_refs vhm_refs;
typedef struct vhm_ages vhm_ages;

#define VHM_NO_PAGE UINT32_MAX

enum vhm_pattern {
  VHM_PATTERN_UNIFORM,
  VHM_PATTERN_ZIPF,     /* weight of page i: (i + 1)^-exponent */
  VHM_PATTERN_HOT_COLD, /* the first `hot` of the active pages get
                           `hot_weight` of the references */
  VHM_PATTERN_SCAN,     /* in order, again and again if `cyclic` */
  VHM_PATTERN_REPLAY,   /* as recorded, again and again if `cyclic`. The only
                           region of its stream, which is thereby in
                           every-reference mode */
  VHM_N_PATTERNS
};

struct vhm_region_spec {
  enum vhm_pattern pattern;
  uint32_t n_pages;  /* the most it will ever have (at least 1) */
  uint32_t n_active; /* pages [0, n_active) are referenced from the start */
  double share;      /* of the process's references; >= 0, any scale */
  double write;      /* chance that a reference writes, 0 .. 1 */
  double exponent;   /* ZIPF */
  double hot;        /* HOT_COLD: part of the active pages, 0 .. 1 */
  double hot_weight; /* HOT_COLD: their part of the references, 0 .. 1 */
  uint32_t stride;   /* SCAN: every stride-th page only; 0 means 1 */
  bool cyclic;       /* SCAN, REPLAY */
  /* Of no concern to the stream: its pages are those of a file, from this page of
   * the guest's virtual disk on. */
  bool is_file;
  uint64_t file_at;
  /* Likewise: its pages are the program's own memory, and what they hold comes from
   * a file, from file_at on: whoever references an untouched one waits until the
   * program has read it from there. */
  bool is_loaded;
  /* Likewise: what its pages hold when they have been filled, borrowed for the
   * call; none: the guest's own classes. */
  const struct vhm_content_class *content;
  uint32_t n_content;
  /* REPLAY: n_replay references to pages below n_pages, borrowed for as long as
   * the stream lives; number k takes place at clock k + 1. All pages are active,
   * or none: then it stands still. */
  const struct vhm_reference *replay;
  uint64_t n_replay;
};

vhm_refs *vhm_refs_new (const struct vhm_rng *rng); /* copies the stream */
/* The same contract, but every reference is drawn, one by one (DESIGN: "every
 * reference"): accessed and dirty bits are what was done, not what was inferred.
 * vhm_refs_next may then stop short of the next trap: vhm_refs_trap returns
 * VHM_NO_PAGE, and one asks again. A drawn reference stands until it has passed
 * or the rates change; vhm_refs_next does not draw it afresh. */
vhm_refs *vhm_refs_new_every (const struct vhm_rng *rng);
bool vhm_refs_is_every (const vhm_refs *refs);
void vhm_refs_free (vhm_refs *refs);

/* Adds a region; returns the number of its first page. */
uint32_t vhm_refs_add_region (vhm_refs *refs,
                              const struct vhm_region_spec *spec);
uint32_t vhm_refs_n_pages (const vhm_refs *refs);

/* Changes from now on. Pages leaving the active part are never referenced
 * again (a mapped one stays mapped until somebody unmaps it); pages entering it
 * trap or not as they are. `region` counts from 0 in order of adding. */
void vhm_refs_set_share (vhm_refs *refs, uint32_t region, double share);
void vhm_refs_set_active (vhm_refs *refs, uint32_t region, uint32_t n_active);
/* Drift: the hot part of a HOT_COLD region starts at page `first` of the
 * active pages from now on (wrapping round). O(pages whose weight changes). */
void vhm_refs_set_hot_start (vhm_refs *refs, uint32_t region, uint32_t first);
/* Starts a sweep over pages [from, to) of a region at `rate` pages per
 * reference of the process; it replaces a sweep that is under way. A sweep
 * writes with chance `write`. When it is over vhm_refs_sweep_left is 0. */
void vhm_refs_sweep (vhm_refs *refs, uint32_t region, uint32_t from,
                     uint32_t to, double rate, double write);
uint32_t vhm_refs_sweep_left (const vhm_refs *refs, uint32_t region);

double vhm_refs_clock (const vhm_refs *refs); /* R */

/* References until the next one that traps; INFINITY if none ever will. Draws
 * afresh at every call. For a sweep or scan the trap lies exactly at its
 * distance. */
double vhm_refs_next (vhm_refs *refs);
/* References until a running sweep ends, INFINITY without one. */
double vhm_refs_next_sweep_end (const vhm_refs *refs);
/* Lets d references pass, 0 <= d <= the last vhm_refs_next. Moves cursors over
 * mapped pages (they become accessed now). */
void vhm_refs_advance (vhm_refs *refs, double d);
/* Call when the full dR of the last vhm_refs_next has been advanced: the page
 * whose reference traps now, and whether that reference writes. The page goes
 * on trapping until it is mapped; a scan or sweep waits at it. VHM_NO_PAGE:
 * nothing traps after all, ask again (next-fault mode: a scan or sweep has read a
 * protected page and goes on). */
uint32_t vhm_refs_trap (vhm_refs *refs, bool *ret_write);

/* The reference that trapped (or a prefetch, with accessed = false: then the
 * page counts as last accessed long ago) is served: the page no longer traps,
 * accessed now, dirty if `write`. A scan or sweep waiting at it goes on. */
void vhm_refs_map (vhm_refs *refs, uint32_t page, bool write, bool accessed);
/* The page traps from now on. Looks first, so that vhm_refs_is_dirty is final.*/
void vhm_refs_unmap (vhm_refs *refs, uint32_t page);
bool vhm_refs_is_mapped (const vhm_refs *refs, uint32_t page);

/* A hypervisor takes the frame of a mapped page away unseen: the page stays
 * mapped, keeps its place in its order of last access, is neither accessed nor
 * written, and its next reference traps. Shown again it is as before; or, if a
 * reference to it trapped and is served by that, accessed now. Whoever maps and
 * unmaps pages need not know: unmapping a hidden page is unmapping it. */
void vhm_refs_hide (vhm_refs *refs, uint32_t page);
void vhm_refs_show (vhm_refs *refs, uint32_t page, bool write, bool accessed);
bool vhm_refs_is_hidden (const vhm_refs *refs, uint32_t page);
/* The frame of a mapped page that is not hidden is shared copy-on-write: it may
 * be read, and its next write traps (vhm_refs_trap returns it, with *ret_write; it
 * is mapped and not hidden). Reads go on as before. Hiding or unmapping the page
 * ends this. */
void vhm_refs_protect (vhm_refs *refs, uint32_t page);
/* No longer protected; `written`: the write that trapped is served by that:
 * accessed now, dirty. */
void vhm_refs_unprotect (vhm_refs *refs, uint32_t page, bool written);
bool vhm_refs_is_protected (const vhm_refs *refs, uint32_t page);

/* Every reference traps: not mapped, or hidden. */
bool vhm_refs_traps (const vhm_refs *refs, uint32_t page);

/* Rule 3. Draws what happened to a mapped page up to now; returns the clock R
 * of its last access (-INFINITY: never since it was mapped by prefetch). */
double vhm_refs_look (vhm_refs *refs, uint32_t page);
/* The same, for a page that may not be mapped: it has not been accessed since it
 * was. */
double vhm_refs_last_access (vhm_refs *refs, uint32_t page);
/* True once the page has been written since it was last cleaned (or first
 * mapped); exact after vhm_refs_look. Unmapping keeps it: a page given up for
 * good wants vhm_refs_clean. */
bool vhm_refs_is_dirty (const vhm_refs *refs, uint32_t page);
void vhm_refs_clean (vhm_refs *refs, uint32_t page); /* after a look */
void vhm_refs_soil (vhm_refs *refs, uint32_t page);  /* force dirty */

/* For walks that the owner drives itself (a collector's helper thread): the
 * first trapping page in [from, to), or `to`, if the walk may `write` counting
 * protected ones; and the passing of pages [from, to) of which none traps:
 * accessed now, each written with chance `write`. */
uint32_t vhm_refs_next_trapping (const vhm_refs *refs, uint32_t from,
                                 uint32_t to, bool write);
void vhm_refs_touch (vhm_refs *refs, uint32_t from, uint32_t to, double write);

/* Every-reference mode: the references to mapped pages that vhm_refs_advance
 * and vhm_refs_touch have let pass since the last take, oldest first; valid until
 * the next call of any other function. The one that trapped counts when it is
 * mapped. Recording begins with the first call, which returns 0; who has begun
 * goes on taking, for the list only grows. Next-fault mode: always 0. */
size_t vhm_refs_take (vhm_refs *refs, const struct vhm_reference **ret);

/* Draws references from the distribution as it is now, without issuing them:
 * independent regions by weight, scans from where their cursors stand onward
 * (one that comes to its end begins again), no sweeps. Pages may be mapped or
 * not; the sampler keeps nothing of the stream. Both modes. */
typedef struct vhm_sampler vhm_sampler;
vhm_sampler *vhm_sampler_new (const vhm_refs *refs, const struct vhm_rng *rng);
void vhm_sampler_free (vhm_sampler *sampler);
/* Returns n, or 0 if the process references nothing as it is now. */
size_t vhm_sampler_draw (vhm_sampler *sampler, size_t n,
                         struct vhm_reference *ret);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_sampler, vhm_sampler_free)

/* Sum of rates of the trapping pages and of the writes to protected ones, per
 * reference (the chance that the next reference traps), independent patterns
 * only. */
double vhm_refs_trap_rate (const vhm_refs *refs);

bool vhm_refs_is_valid (const vhm_refs *refs);  /* walks everything */
uint64_t vhm_refs_bytes (const vhm_refs *refs); /* memory held, for the bench */

/* --- order of last access ------------------------------------------------- */

/* Mapped pages of one process, oldest last access first, exactly (rule 5 with
 * rule 6 for hot pages). With `ticked`, ages count in whole ticks, as an
 * operating system that scans accessed bits once a tick knows them: pages whose
 * last access lies between the same two ticks are of one age, and are taken by
 * number from the one taken last onward. Pages must be mapped to be inserted;
 * unmapping removes a page by itself. A stream has at most three orders, a page
 * is in at most one, and orders are freed before their stream. */
vhm_ages *vhm_ages_new (vhm_refs *refs, bool ticked);
void vhm_ages_free (vhm_ages *ages);
void vhm_ages_insert (vhm_ages *ages, uint32_t page); /* after a map or look */
/* The page of oldest last access and that access (clock R; ticked: of the tick
 * that ended the interval it fell in). False when there is none. The page stays. */
bool vhm_ages_peek (vhm_ages *ages, uint32_t *ret_page, double *ret_accessed);
/* The same, and takes it out of the order (it stays mapped). */
bool vhm_ages_pop (vhm_ages *ages, uint32_t *ret_page, double *ret_accessed);
/* An ageing pass ends here (ticked only). Returns the number of the tick. */
uint32_t vhm_ages_tick (vhm_ages *ages);
/* Ticks ended at or after clock R (ticked only): the passes that a page last
 * accessed then has been through; the same for a page's own last access and for
 * the tick that ended its interval. */
uint32_t vhm_ages_in_ticks (const vhm_ages *ages, double accessed);
uint64_t vhm_ages_n (const vhm_ages *ages);
uint64_t
vhm_ages_n_redraws (const vhm_ages *ages); /* work done, for the bench */
bool vhm_ages_is_valid (const vhm_ages *ages);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_refs, vhm_refs_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_ages, vhm_ages_free)

#endif
