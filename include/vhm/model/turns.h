/* Whose turn it is on a logical processor that several share: the rule of both
 * reference modes.
 *
 * A turn is a quantum: vhm_turn_length accesses. Members say what waits (`n`) and
 * how many of these are a turn; vhm_turns_go_on calls `run` for each turn that is
 * due. See turns.c.
 */
#ifndef VHM_MODEL_TURNS_H
#define VHM_MODEL_TURNS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Accesses of a turn at most, so that what waits is bounded. */
#define VHM_MOST_IN_TURN 65536

struct vhm_turns_member {
  /* Runs the first `n` of those that wait, and takes them off `n`. */
  void (*run) (struct vhm_turns_member *member, uint32_t n);
  uint32_t n, turn;
};

struct vhm_turns {
  GPtrArray *members; /* struct vhm_turns_member *; NULL: none yet */
  guint last;         /* number of the one that ran last */
};

/* Accesses in a quantum of so many cycles if each takes `access_cyc`: at least
 * 1, at most VHM_MOST_IN_TURN. */
uint32_t vhm_turn_length (double quantum_cyc, double access_cyc);

void vhm_turns_join (struct vhm_turns *turns, struct vhm_turns_member *member);
/* What waits is not run. */
void vhm_turns_leave (struct vhm_turns *turns, struct vhm_turns_member *member);
void vhm_turns_go_on (struct vhm_turns *turns);
void vhm_turns_clear (struct vhm_turns *turns);

#endif
