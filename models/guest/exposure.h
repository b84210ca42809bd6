/* Private records of measuring what translation costs (exposure.c): a round is
 * one measurement, a part one walker of one process in it.
 *
 *   exposure_round.c     who takes part, and how often
 *   exposure_pass.c      a turn of references of each, through the structures
 *   exposure_warm_up.c   until the structures are as they would be
 *   exposure_end.c       until the cost is known as well as asked
 *   exposure_triggers.c  what calls for the next measurement
 */
#ifndef MODELS_GUEST_EXPOSURE_H
#define MODELS_GUEST_EXPOSURE_H

#include "guest.h"

#include <vhm/model/exposure.h>
#include <vhm/sim/stats.h>

/* Passes between two turns of a light process whose cost is wanted, at most, so
 * that few passes do. */
#define LEAST_OFTEN 4
/* Who issues a smaller part of what the busiest does calls for nothing, and takes
 * part in so many-th passes only while its own cost is known. */
#define NEGLIGIBLE_PART 16
/* Batches without which nothing ends: of whoever takes part in each pass, and of
 * light processes. */
#define LEAST_BATCHES 4
#define LEAST_BATCHES_LIGHT 2

/* A reference to a page that is not in memory. */
struct absent {
  uint32_t at, page; /* number among those drawn */
};

struct part {
  vhm_process *process;
  enum vhm_walker walker;
  vhm_sampler *sampler; /* THREADS */
  uint32_t next;        /* SWEEP: page */
  struct vhm_pace pace;
  uint32_t turn, drawn, every; /* references of a turn, and those drawn of it, in
                                  every so many-th pass */
  bool is_known;         /* competes, but what it costs is not asked for */
  bool is_negligible;
  uint64_t lines;        /* as in struct vhm_translation */
  uint64_t frames;       /* state of the draw of frames for absent pages */
  double lost_rate, lost; /* entries that the table loses a reference; part of the
                             next one that is lost already */
  uint64_t n_drawn;
  uint64_t n_references; /* measured */
  double sum_cyc[VHM_N_EXPOSED];
  GArray *batches; /* double: exposed cycles a reference */
};

struct round {
  const struct vhm_exposure_config *config;
  vhm_processors *processors;
  GArray *parts; /* struct part */
  bool is_like;  /* compares: every process, on other processors */
  uint64_t n_passes;
  uint64_t pass_references; /* of the last one */
  double steady_cyc;        /* of those that take part in each, and references */
  uint64_t steady_references;
  struct vhm_access accesses[SLICE];
  struct vhm_reference drawn[SLICE];
  uint32_t n_absent; /* of them, to pages that are not in memory */
  struct absent absent[SLICE];
};

static inline struct part *
round_part (const struct round *r, guint i)
{
  return &g_array_index (r->parts, struct part, i);
}

/* exposure_round.c. `tells`: which guests are compared; NULL: the guests are
 * measured. */
struct round *vhm_round_new (vhm_guest *const *guests, size_t n,
                             const struct vhm_exposure_config *config,
                             vhm_processors *processors, const bool *tells);
void vhm_round_free (struct round *round);

/* References that others make on the processor of the part in a pass. */
double vhm_part_others (const struct round *round, const struct part *part);

/* exposure_pass.c: each part whose turn it is; `counts`: as a batch. */
void vhm_round_pass (struct round *round, bool counts);
/* n references of one part, whoever's turn it is; no batch. */
void vhm_part_run (struct round *round, struct part *part, uint64_t n);

/* exposure_warm_up.c. Rounds over the same processes warm up alike, so that all
 * have seen the same references. */
void vhm_rounds_warm_up (struct round *const *rounds, size_t n);
/* References of a full warm-up. */
uint64_t vhm_round_full_warm_up (const struct round *round);

/* exposure_end.c */
void vhm_part_interval (const struct part *part, double confidence,
                        struct vhm_interval *ret);
/* The interval is as narrow as asked. */
bool vhm_part_is_precise (const struct round *round, const struct part *part);
/* `is_look`: ends if all intervals are narrow enough; else only when the
 * references are used up. */
bool vhm_round_is_over (const struct round *round, bool is_look);
struct vhm_exposure vhm_part_exposure (const struct round *round,
                                       const struct part *part);

/* exposure_triggers.c */
/* The process pays by measured cost: it has pages in memory, and is not in
 * every-reference mode, where it pays by the reference. */
bool vhm_process_is_measured (const vhm_process *process);
/* References since the last measurement that it took part in. */
double vhm_process_references_since (const vhm_process *process);
double vhm_guests_busiest (vhm_guest *const *guests, size_t n);
/* Its change is no reason to measure all again: it issues next to nothing, so
 * its cost weighs next to nothing. */
bool vhm_process_is_negligible (const vhm_process *process, double busiest);
/* What its cost was measured from has changed by more than `change`. */
bool vhm_process_has_moved (const vhm_process *process, double change);

#endif
