/* Private to models/reference: the state of one process's reference stream.
 *
 *   R      references issued by the process; the clock of the API
 *   h      a region's hazard clock: a page of weight w is referenced at rate w
 *          per unit of h (independent patterns)
 *   visit  one step of a scan or sweep; visits are numbered from 0
 *   index  number of a page within its region; `page` counts through the
 * process
 */
#ifndef VHM_MODELS_REFERENCE_REFS_H
#define VHM_MODELS_REFERENCE_REFS_H

#include <vhm/model/reference.h>

#define SLOT_BITS 27
#define SLOT_MASK ((UINT32_C (1) << SLOT_BITS) - 1)
#define MAX_PAGES SLOT_MASK
#define MAX_AGES 3 /* orders a stream can have; a page is in at most one */

/* Rule 3 wants both clocks: `accessed` is the last access we know of (R; a
 * lower bound of the true one), `checked` the clock up to which we know
 * everything. */
struct page {
  double checked;  /* clock R; of a scan's page: visits done; INFINITY: hidden,
                      nothing happens to it (not in every-reference mode) */
  double accessed; /* clock R */
  float weight;    /* 0: no independent references */
  /* What `slot` means: not mapped: place in its weight class; in an order: the
   * bucket; in a cohort: place in the cohort. A hidden or protected page keeps
   * its bucket, and its place in the weight class stands elsewhere (hidden.c). */
  uint32_t slot : SLOT_BITS;
  uint32_t in_cohort : 1;
  uint32_t mapped : 1;
  uint32_t dirty : 1;
  uint32_t ages : 2; /* number of the order it is in, 0: none */
};

/* --- hazard.c: the map between R and h, piecewise linear -------------------*/

struct bend {
  double r, h;
};

struct hazard {
  struct bend last; /* where the present slope began */
  double slope;     /* dh / dR */
  GArray *past;     /* struct bend, oldest first, without `last` */
};

void hazard_init (struct hazard *hazard, double r);
void hazard_clear (struct hazard *hazard);
void hazard_bend (struct hazard *hazard, double r, double slope);
double hazard_past_to_r (const struct hazard *hazard, double h);
double hazard_past_at (const struct hazard *hazard, double r);

/* h at clock r. */
static inline double
hazard_at (const struct hazard *hazard, double r)
{
  if (r < hazard->last.r)
    return hazard_past_at (hazard, r);
  return hazard->last.h + (r - hazard->last.r) * hazard->slope;
}

/* The clock R at which the hazard clock stood at h. */
static inline double
hazard_to_r (const struct hazard *hazard, double h)
{
  if (h <= hazard->last.h)
    return hazard_past_to_r (hazard, h);
  return hazard->last.r + (h - hazard->last.h) / hazard->slope;
}

/* --- trapping.c: the trapping pages of a region by weight ------------------*/

struct weight_class {
  uint64_t sum;   /* of the fixed-point weights of its pages */
  uint64_t bound; /* all of them are below it */
  uint32_t *page; /* in no order */
  uint32_t n, capacity;
};

#define N_WEIGHT_CLASSES 512

struct trapping {
  struct weight_class *classes;
  uint32_t n_classes;
  uint16_t class_of[N_WEIGHT_CLASSES]; /* by leading bits of the float; + 1 */
  bool only_sums; /* nobody will draw: keep `sum`, no classes */
  uint64_t sum;   /* of all classes: the rate of traps, drift-free */
  double scale; /* fixed point = weight x scale, a power of two */
  /* The next draw's random numbers, and where they point. */
  uint64_t ahead[2];
  bool has_ahead;
  uint32_t next_class, next_place;
  uint32_t *side_place; /* by page, of mapped ones; NULL: none is among them */
};

void trapping_init (struct trapping *trapping, double largest_sum);
void trapping_clear (struct trapping *trapping);
void trapping_add (struct trapping *trapping, struct page *pages,
                   uint32_t page);
void trapping_remove (struct trapping *trapping, struct page *pages,
                      uint32_t page);
uint32_t trapping_draw (struct trapping *trapping, const struct page *pages,
                        struct vhm_rng *rng);
void trapping_prefetch (const struct trapping *trapping,
                        const struct page *pages);
uint64_t trapping_fixed (const struct trapping *trapping, float weight);
void trapping_trim (struct trapping *trapping);
uint64_t trapping_bytes (const struct trapping *trapping);

/* --- cursor.c: pages visited in order, at known times ----------------------*/

#define NO_VISIT UINT64_MAX

/* Visits [first, end) passed over mapped pages without a stop: visit v took
 * place at R = start + (v + 1 - first - phase) / rate. */
struct run {
  uint64_t first, end;
  double start, phase, rate;
  double write;
  uint32_t from; /* page index of visit 0 (sweeps) */
};

struct cursor {
  struct run open; /* the run going on; its `end` is not kept up to date */
  uint64_t target; /* the next visit that traps, or NO_VISIT */
  bool waiting;    /* stands at target until it is mapped */
  bool cyclic;
  uint32_t stride;
  uint32_t lap; /* visits a lap; 0: no scan, no sweep */
  GArray *runs; /* struct run, closed, oldest first */
};

/* --- touch.c: passes driven from outside -----------------------------------*/

struct step {
  uint32_t upto; /* page index */
  double clock;  /* R */
};

struct pass {
  uint32_t from, end; /* page indices [from, end) passed so far */
  GArray *steps;      /* struct step; NULL: there was no such pass */
};

/* --- refs.c ----------------------------------------------------------------*/

struct region {
  struct vhm_region_spec spec;
  uint32_t first; /* page */
  uint32_t n_active;
  uint32_t hot_start, n_hot; /* HOT_COLD: index, pages */
  float hot_weight, cold_weight;
  uint64_t weight_sum; /* of the active pages, fixed point */
  struct hazard hazard;
  struct trapping trapping;
  struct trapping *writes; /* the protected pages, if references write; NULL:
                              none has been protected */
  struct cursor cursor;
  struct pass passes[2]; /* the present one, the one before */
};

static inline bool
refs_is_scan (const struct region *region)
{
  return region->spec.pattern == VHM_PATTERN_SCAN;
}

/* Words of a bitmap over so many pages. */
#define WORD_BITS 64

static inline uint32_t
refs_words (uint32_t n_pages)
{
  return (n_pages + WORD_BITS - 1) / WORD_BITS;
}

static inline bool
region_has_passes (const struct region *region)
{
  return region->cursor.lap > 0 || region->passes[0].steps;
}

enum cause {
  CAUSE_NONE,
  CAUSE_INDEPENDENT,
  CAUSE_CURSOR,
  CAUSE_HORIZON, /* nothing traps: every.c has drawn no further */
};

struct vhm_refs {
  struct vhm_rng rng;
  double clock; /* R */
  struct page *pages;
  uint64_t *mapped; /* bitmap over pages, for the cursors' search: mapped, and
                       not hidden */
  uint32_t *side_place; /* places of the hidden and the protected among the
                           trapping; NULL: there have been none */
  uint64_t *guarded;    /* bitmap of the protected; NULL: none has been */
  uint32_t n_pages;
  struct region *regions;
  uint32_t n_regions;
  double share_sum;
  enum cause cause;      /* of the trap that vhm_refs_next announced */
  uint32_t cause_region; /* CAUSE_CURSOR */
  vhm_ages *ages[MAX_AGES];
  struct every *every; /* NULL: next-fault mode */
};

/* Streams of at most so many pages are checked whole in the hostile build. */
#define PARANOID_PAGES 600

static inline struct region *
refs_region_of (const vhm_refs *refs, uint32_t page)
{
  uint32_t i = 0;
  while (i + 1 < refs->n_regions && page >= refs->regions[i + 1].first)
    i++;
  return &refs->regions[i];
}

static inline bool
refs_bit (const vhm_refs *refs, uint32_t page)
{
  return (refs->mapped[page >> 6] >> (page & 63)) & 1;
}

static inline void
refs_set_bit (vhm_refs *refs, uint32_t page, bool on)
{
  uint64_t bit = UINT64_C (1) << (page & 63), *word = &refs->mapped[page >> 6];
  *word = on ? *word | bit : *word & ~bit;
}

/* Is its next write to trap, and not the reads before? */
static inline bool
refs_is_guarded (const vhm_refs *refs, uint32_t page)
{
  return refs->guarded != NULL
         && ((refs->guarded[page >> 6] >> (page & 63)) & 1);
}

/* Does a visit to it stop, which may be a write? */
static inline bool
refs_stops (const vhm_refs *refs, uint32_t page, bool write)
{
  return !refs_bit (refs, page) || (write && refs_is_guarded (refs, page));
}

/* The same, of independent references: are its accesses its reads? */
static inline bool
refs_only_reads (const vhm_refs *refs, const struct region *region,
                 uint32_t page)
{
  return refs->guarded != NULL && region->spec.write > 0
         && refs_is_guarded (refs, page);
}

/* What `checked` of a page of the region is when all is known up to now. */
double refs_own_clock (const vhm_refs *refs, const struct region *region);

/* A reference to a page that trapped is served, or the page fetched: it no longer
 * traps. */
void refs_served (vhm_refs *refs, struct region *region, uint32_t page,
                  bool write, bool accessed);

/* hidden.c: room for side_place. */
void refs_need_places (vhm_refs *refs);

/* protected.c: the page is no longer protected, if it was. */
void refs_unguard (vhm_refs *refs, struct region *region, uint32_t page);
/* A scan or sweep has stopped at a protected page, and only reads it: goes on. */
void refs_read_in_passing (vhm_refs *refs, struct region *region,
                           uint32_t page);

/* look.c: rule 3 for a page that is in no cohort; returns accessed. */
double refs_look_alone (vhm_refs *refs, const struct region *region,
                        uint32_t page);
/* For the test that the modes' comparison can fail: look back to the last known
 * access instead of to where all is known (the wrong one of the two clocks). */
void refs_test_one_clock (bool on);
/* Applies the passes of sweeps since the page was checked. */
void refs_apply_sweeps (vhm_refs *refs, const struct region *region,
                        uint32_t page);

/* touch.c */
void passes_apply (vhm_refs *refs, const struct region *region, uint32_t page);
void passes_clear (struct region *region);

/* cursor.c */
void cursor_start (vhm_refs *refs, struct region *region, uint32_t from,
                   uint32_t lap, double rate, double write);
void cursor_set_rate (vhm_refs *refs, struct region *region, double rate);
void cursor_close_run (vhm_refs *refs, struct region *region);
uint64_t cursor_done (const struct cursor *cursor, double r);
void cursor_set_lap (vhm_refs *refs, struct region *region, uint32_t lap);
double cursor_next_trap (const vhm_refs *refs, const struct region *region);
double cursor_end (const vhm_refs *refs, const struct region *region);
uint32_t cursor_stop (vhm_refs *refs, struct region *region);
bool cursor_mapped (vhm_refs *refs, struct region *region, uint32_t page);
void cursor_unmapped (vhm_refs *refs, struct region *region, uint32_t page);
double cursor_visit_time (const struct cursor *cursor, uint64_t visit);

static inline double
run_time (const struct run *run, uint64_t visit)
{
  return run->start
         + ((double) (visit - run->first) + 1 - run->phase) / run->rate;
}

/* --- ages.c, as the stream sees the orders ---------------------------------*/

/* Takes a page out of its cohort: draws its history up to now. It becomes an
 * individual of the order. */
void ages_extract (vhm_ages *ages, uint32_t page);
void ages_forget (vhm_ages *ages, uint32_t page); /* page left the order */
uint64_t ages_bytes (const vhm_ages *ages);

#endif
