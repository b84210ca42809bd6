/* Private to models/reference: every reference drawn, one by one. */
#ifndef VHM_MODELS_REFERENCE_EVERY_H
#define VHM_MODELS_REFERENCE_EVERY_H

#include "draw.h"

/* References drawn ahead: enough that an alarm of the process costs nothing
 * beside them, few enough to stay in the first-level cache. */
#define N_AHEAD 512
#define FETCH_AHEAD 24 /* page records: covers a load from memory */
#define NO_NUMBER (-1.0)

struct drawn {
  double clock; /* R */
  uint32_t page : 31;
  uint32_t write : 1;
};

/* Visits [next, end) of a region's cursor that the present pass carries out. */
struct visits {
  uint64_t next, end;
  double when; /* of the next one */
};

/* A recording: what comes next is known. visits NULL: there is none. */
struct replay {
  const struct vhm_reference *visits;
  uint64_t n, next; /* next: not in the window yet */
  bool cyclic;
};

struct every {
  struct replay replay;
  struct draw_table table;
  bool stale;              /* rates have changed: draw afresh */
  double rate;             /* independent references per reference */
  double next_independent; /* R, of the first one that is not drawn yet */
  struct drawn drawn[N_AHEAD];
  /* drawn[head .. n) lie ahead; those before n_clear do not trap. */
  uint32_t head, n_clear, n;
  uint64_t n_issued; /* of them; the number of drawn[head] */
  uint32_t trapped;  /* page of the last one that trapped */
  uint64_t n_issued_then;
  double announced;         /* R, by vhm_refs_next */
  uint64_t announced_visit; /* CAUSE_CURSOR */
  struct visits *visits;    /* by region */
  /* what vhm_refs_take returns */
  bool is_recording;
  struct vhm_reference *taken;
  size_t n_taken, capacity;
};

static inline void
every_access (vhm_refs *refs, uint32_t page, double clock, bool write)
{
  struct page *p = &refs->pages[page];
  p->accessed = MAX (p->accessed, clock);
  p->dirty |= write;
}

/* A reference to a protected page traps if it writes. */
static inline bool
every_traps (const vhm_refs *refs, struct drawn drawn)
{
  return refs_stops (refs, drawn.page, drawn.write);
}

struct every *every_new (void);
void every_free (struct every *every);
/* Rates or regions have changed: the references drawn ahead are void. */
void every_discard (vhm_refs *refs);
double every_next (vhm_refs *refs);
void every_advance (vhm_refs *refs, double d);
uint32_t every_trap (vhm_refs *refs, bool *ret_write);
/* The page was just accessed by a reference that was not drawn ahead, or trapped:
 * it counts for vhm_refs_take. */
void every_mapped (vhm_refs *refs, uint32_t page, bool write);
void every_unmapped (vhm_refs *refs);
void every_touch (vhm_refs *refs, uint32_t from, uint32_t to, double write);
bool every_is_valid (const vhm_refs *refs);
uint64_t every_bytes (const vhm_refs *refs);

/* --- replay.c --------------------------------------------------------------*/

void replay_start (vhm_refs *refs, const struct vhm_region_spec *spec);
/* Fills the window of references ahead; none at the end, or standing still. */
void replay_ahead (vhm_refs *refs);
/* Standing before the window. */
struct replay replay_rewound (const struct every *every);
/* The window's references up to R = end pass; no sweep is under way. */
void replay_pass (vhm_refs *refs, double end);
/* The page has been mapped: the visit that it stands at, or NO_NUMBER. */
double replay_number (const vhm_refs *refs, uint32_t page, bool accessed);
/* The page was accessed by something that is not recorded. */
void replay_unlog (vhm_refs *refs, uint32_t page);
/* The next n, round and round. */
size_t replay_copy (struct replay *replay, size_t n,
                    struct vhm_reference *ret);

#endif
