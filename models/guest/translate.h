/* How a process's references become accesses to the translation structures, and
 * what they cost becomes time. See translate.c. */
#ifndef MODELS_GUEST_TRANSLATE_H
#define MODELS_GUEST_TRANSLATE_H

#include <vhm/model/guest.h>

/* References that become accesses, and go through the structures, at a time. */
#define SLICE 4096

/* Bits of a page's number in a vhm_reference. */
#define VHM_REFERENCE_PAGES UINT32_C (0x7fffffff)

/* A page that the guest has unmapped, at its place among the waiting accesses. */
struct forgotten {
  uint32_t at, page;
};

/* Entries that a guest's table gained and lost. A page of a large block counts
 * as its part of the block's one entry. */
struct table_changes {
  double gained, lost;
};

/* Who issues references: threads that work, and a helper thread that sweeps. */
enum vhm_walker { VHM_WALKER_THREADS, VHM_WALKER_SWEEP, VHM_N_WALKERS };

struct vhm_walker_cost {
  struct vhm_exposure exposure;
  double exposed_cyc; /* sum of its parts */
  double carry_cyc[VHM_N_EXPOSED]; /* not yet whole cycles */
  /* issued, and the cycles it took, of which no part has been moved yet */
  double unsplit_references;
  uint64_t unsplit_cyc;
};

struct vhm_translation {
  vhm_processors *processors;
  const struct vhm_cpu_config *cpu;
  struct vhm_space space;
  struct vhm_pace pace;
  uint32_t on; /* logical processor */
  uint64_t lines; /* state of the draw of a page's cache line */
  /* the estimates in force, and what they were measured from */
  struct vhm_walker_cost cost[VHM_N_WALKERS];
  uint64_t n_measurements, n_measured, measured_cyc; /* when, the last time */
  bool is_precise, was_rough; /* then: the asked error was met */
  uint64_t n_rounds; /* measurements it took part in */
  uint32_t n_known;  /* of them in a row, with its cost left as it was */
  uint32_t n_mapped, n_active, n_large;
  uint32_t n_warm, n_warm_like; /* mapped at the last full warm-up of its
                                   processors, and of like ones */
  uint32_t n_own, n_own_like; /* the same of one that it has to itself */
  uint32_t n_mapped_look, n_active_look, n_large_look; /* at the last look */
  double n_references; /* issued when it last took part */
  double n_lost;       /* entries of its table lost then, in all */
  double lost_rate;    /* a reference, between the last two times */
  bool has_swept; /* some sweep has begun since the process started */
  bool has_measured_sweep;
  uint32_t sweep_from, sweep_to; /* pages of the last one */
  bool sweep_writes;             /* likewise */
  double sweep_cycles;           /* a page, likewise */
  /* changes of the guest's page table since the last charge */
  uint32_t n_mapped_now;
  struct table_changes since, ever; /* ever: without `since` */
  /* pages mapped in each block of the guest's page size; NULL for 4 KiB */
  uint32_t *in_block;
  uint32_t n_violations; /* of the host's table, since the last charge */
  /* every-reference mode: issued, not yet translated; else NULL */
  struct vhm_access *waiting;
  struct forgotten *forgotten;
  struct vhm_turns_member member;        /* of `on`; its `n` wait, */
  uint32_t from, to, waiting_room;       /* waiting[from..to) */
  uint32_t forgotten_from, n_forgotten, forgotten_room;
  /* exposed cycles of what waits, charged in advance; those run and not charged
     yet; those of a reference */
  double prepaid_cyc[VHM_N_EXPOSED], due_cyc[VHM_N_EXPOSED];
  double mean_cyc[VHM_N_EXPOSED];
};

/* NULL where translation costs nothing. */
struct vhm_translation *vhm_translation_new (const vhm_process *process);
/* The process says how its threads run. */
void vhm_translation_start (vhm_process *process);
/* A sweep of the process has begun. */
struct sweep;
void vhm_translation_sweep (vhm_process *process, const struct sweep *sweep);
/* It runs no more: what waits is forgotten. */
void vhm_translation_stop (vhm_process *process);
void vhm_translation_free (struct vhm_translation *translation);

/* n mapped pages as accesses: frames, page sizes, cache lines. */
void vhm_translation_accesses (const vhm_process *process,
                               const struct vhm_processors_config *host,
                               size_t n, const struct vhm_reference *references,
                               struct vhm_access *ret);
/* What a run of n accesses exposed, by account, for the whole run. */
void vhm_translation_exposed (const struct vhm_cost *cost, double switch_cyc,
                              double ret_cyc[VHM_N_EXPOSED]);
/* Of a switch from one guest to another; natively there is none. */
double vhm_translation_switch_cyc (const vhm_processors *processors);
/* Moves the exposed part of `cyc`, in which so many references were issued, out
 * of compute. */
void vhm_translation_split (struct vhm_walker_cost *cost, double references,
                            uint64_t cyc, struct vhm_ledger *ledger);
/* Leaves that for later: when the cost changes, or the ledger is read. */
static inline void
vhm_translation_work (struct vhm_walker_cost *cost, double references,
                      uint64_t cyc)
{
  cost->unsplit_references += references;
  cost->unsplit_cyc += cyc;
}
void vhm_translation_split_all (struct vhm_walker_cost *cost,
                                struct vhm_ledger *ledger);
/* Of a process; 0 where translation costs nothing. */
static inline double
vhm_translation_exposed_cyc (const struct vhm_translation *t,
                             enum vhm_walker walker)
{
  return t ? t->cost[walker].exposed_cyc : 0;
}
/* Entries of its table that were unmapped so far. */
static inline double
vhm_translation_lost (const struct vhm_translation *t)
{
  return t->ever.lost + t->since.lost;
}
/* Charges what the guest has changed in its page table. */
void vhm_translation_charge (vhm_process *process);

/* References of a turn of the process, each of which takes so much longer than
 * computing. */
uint32_t vhm_translation_turn (const struct vhm_translation *translation,
                               const struct vhm_pace *pace,
                               double exposed_cyc);
/* Every-reference mode: takes what was issued, has it translated when the turn of
 * the process comes, and charges for it. */
void vhm_translation_take (vhm_process *process);
/* The page is mapped. */
void vhm_translation_page_mapped (vhm_process *process, uint32_t page);
/* A page's frame is there, and touched. */
void vhm_translation_frame_there (vhm_process *process, uint32_t gfn);
/* The host takes its frame away. */
void vhm_translation_page_hidden (vhm_process *process, uint32_t page);
/* Another machine frame lies under it. */
void vhm_translation_page_moved (vhm_process *process, uint32_t page);
/* The page is unmapped: after what waits now. */
void vhm_translation_page_lost (vhm_process *process, uint32_t page);

const char *vhm_translation_audit (const vhm_process *process);

extern const enum vhm_account vhm_exposed_account[VHM_N_EXPOSED];

#endif
