/* The water level that divides processors among guests; see level.c. */
#ifndef VHM_MODELS_SCHEDULER_LEVEL_H
#define VHM_MODELS_SCHEDULER_LEVEL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum level_state {
  LEVEL_IDLE,    /* wants nothing, gets nothing */
  LEVEL_FLOOR,   /* gets its floor, more than its weight's worth */
  LEVEL_CEILING, /* gets all it can use */
  LEVEL_AFLOAT,  /* gets weight x level */
  LEVEL_RAISED,  /* gets its base + weight x level */
};

/* Amounts in millionths of a processor. */
struct level_guest {
  uint64_t weight;
  uint64_t reserve_ppm;
  uint64_t ceiling_ppm; /* set by level_want */
  uint64_t floor_ppm;   /* min (ceiling, reserve), scaled to fit */
  uint64_t base_ppm;    /* the floor, where reserves come first; else 0 */
  uint64_t share_ppm;   /* what it gets; 0 if afloat */
  enum level_state state;
};

struct level {
  GArray *guests; /* struct level_guest */
  uint64_t capacity_ppm;
  bool reserves_first;
  uint64_t wanted_ppm; /* sum of ceilings */
  /* The level is rest / weight; good while the demand exceeds the capacity. */
  uint64_t rest_ppm;                   /* for those afloat or raised */
  uint64_t weight;                     /* of those */
  uint64_t last_rest_ppm, last_weight; /* of the last pass, never over 0 */
};

void level_init (struct level *level, uint64_t capacity_ppm,
                 bool reserves_first);
void level_clear (struct level *level);
void level_add (struct level *level, uint64_t weight, uint64_t reserve_ppm);

static inline struct level_guest *
level_guest (const struct level *level, uint32_t i)
{
  return &g_array_index (level->guests, struct level_guest, i);
}

static inline bool
level_is_contended (const struct level *level)
{
  return level->wanted_ppm > level->capacity_ppm;
}

/* Guest i can use ceiling_ppm from now on. True if the shares of other guests
 * may have changed; else only guest i has. */
bool level_want (struct level *level, uint32_t i, uint64_t ceiling_ppm);

/* Each share is the one and only weighted max-min fair one. */
bool level_is_fair (const struct level *level);

#endif
