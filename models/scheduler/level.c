/* Finds the weighted max-min fair division of processors among guests.
 *
 * Guest i gets a = clamp (w l, f, u): its weight times the level l, but no less
 * than its floor f and no more than its ceiling u. The level is the one at
 * which the shares add up to what there is. The sum rises with l, so a trial
 * level tells on which side of it the true one lies:
 *
 *   sum a > capacity   the true level is lower: who is at the floor here is at
 *                      the floor there, so that is settled
 *   sum a < capacity   the true level is higher: who is at the ceiling stays
 *   equal              the level is found, and so are all states
 *
 * Settled guests leave, with what they got, and the next trial is the level
 * that divides the rest among the others. Each pass settles one guest or more.
 *
 * Floors that exceed the capacity together are scaled down in proportion.
 *
 * Where reserves come first, a = f + clamp (w l, 0, u - f): the floors are given
 * away, and the level is that of the rest. Such a share is rounded down to a
 * millionth of a processor.
 *
 * Exact: no division but that of the scaled floors; the level stays the
 * fraction rest / weight, and comparisons are made by cross multiplication.
 *
 * Cost: O(1) while the ceilings fit the capacity, before and after; else
 * passes x guests, at most n passes, two or three as a rule.
 */
#include "level.h"

#include <vhm/base/require.h>

typedef unsigned __int128 wide;

void
level_init (struct level *level, uint64_t capacity_ppm, bool reserves_first)
{
  *level = (struct level){ .capacity_ppm = capacity_ppm,
                           .reserves_first = reserves_first,
                           .last_weight = 1 };
  level->guests = g_array_new (FALSE, TRUE, sizeof (struct level_guest));
}

void
level_clear (struct level *level)
{
  g_array_unref (level->guests);
}

void
level_add (struct level *level, uint64_t weight, uint64_t reserve_ppm)
{
  struct level_guest guest = { .weight = weight, .reserve_ppm = reserve_ppm };
  g_array_append_val (level->guests, guest);
}

static void
settle (struct level_guest *guest, enum level_state state, uint64_t share_ppm)
{
  guest->state = state;
  guest->share_ppm = share_ppm;
}

/* There is enough for this guest to get all it can use. */
static void
satisfy (struct level_guest *guest)
{
  guest->base_ppm = 0;
  settle (guest, guest->ceiling_ppm > 0 ? LEVEL_CEILING : LEVEL_IDLE,
          guest->ceiling_ppm);
}

static void
scale_floors (struct level *level, uint64_t floors_ppm)
{
  for (uint32_t i = 0; i < level->guests->len; i++) {
    struct level_guest *guest = level_guest (level, i);
    guest->floor_ppm = (uint64_t) ((wide) guest->floor_ppm * level->capacity_ppm
                                   / floors_ppm);
  }
}

static void
give_bases (struct level *level)
{
  for (uint32_t i = 0; i < level->guests->len; i++) {
    struct level_guest *guest = level_guest (level, i);
    guest->base_ppm = guest->floor_ppm;
    guest->floor_ppm = 0;
    level->rest_ppm -= guest->base_ppm;
  }
}

static void
set_all_afloat (struct level *level)
{
  uint64_t floors_ppm = 0;
  level->rest_ppm = level->capacity_ppm;
  level->weight = 0;
  for (uint32_t i = 0; i < level->guests->len; i++) {
    struct level_guest *guest = level_guest (level, i);
    guest->floor_ppm = MIN (guest->reserve_ppm, guest->ceiling_ppm);
    floors_ppm += guest->floor_ppm;
    settle (guest, guest->ceiling_ppm > 0 ? LEVEL_AFLOAT : LEVEL_IDLE, 0);
    if (guest->ceiling_ppm > 0)
      level->weight += guest->weight;
  }
  if (floors_ppm > level->capacity_ppm)
    scale_floors (level, floors_ppm);
  if (level->reserves_first)
    give_bases (level);
}

/* Most that the level can give it. */
static uint64_t
room_ppm (const struct level_guest *guest)
{
  return guest->ceiling_ppm - guest->base_ppm;
}

/* What the guests afloat would get at this level, times their weight. */
static wide
sum_at_level (const struct level *level)
{
  wide sum = 0;
  for (uint32_t i = 0; i < level->guests->len; i++) {
    const struct level_guest *guest = level_guest (level, i);
    if (guest->state == LEVEL_AFLOAT)
      sum += CLAMP ((wide) guest->weight * level->rest_ppm,
                    (wide) guest->floor_ppm * level->weight,
                    (wide) room_ppm (guest) * level->weight);
  }
  return sum;
}

/* Settles the guests that the level would push under their floor or over their
 * ceiling, as asked. */
static void
settle_some (struct level *level, bool at_floor, bool at_ceiling)
{
  uint64_t rest_ppm = level->rest_ppm, weight = level->weight;
  for (uint32_t i = 0; i < level->guests->len; i++) {
    struct level_guest *guest = level_guest (level, i);
    wide offer = (wide) guest->weight * rest_ppm;
    if (guest->state != LEVEL_AFLOAT)
      continue;
    if (at_floor && offer < (wide) guest->floor_ppm * weight)
      settle (guest, LEVEL_FLOOR, guest->floor_ppm);
    else if (at_ceiling && offer > (wide) room_ppm (guest) * weight)
      settle (guest, LEVEL_CEILING, guest->ceiling_ppm);
    else
      continue;
    level->rest_ppm -= guest->share_ppm - guest->base_ppm;
    level->weight -= guest->weight;
  }
}

static void
find_level (struct level *level)
{
  bool is_found = false;
  set_all_afloat (level);
  while (!is_found) {
    wide sum = sum_at_level (level);
    wide capacity = (wide) level->rest_ppm * level->weight;
    level->last_rest_ppm = level->rest_ppm;
    level->last_weight = level->weight;
    is_found = sum == capacity;
    settle_some (level, sum >= capacity, sum <= capacity);
  }
  for (uint32_t i = 0; i < level->guests->len; i++) {
    struct level_guest *guest = level_guest (level, i);
    if (guest->state == LEVEL_AFLOAT && guest->base_ppm > 0)
      settle (guest, LEVEL_RAISED,
              guest->base_ppm
                  + (uint64_t) ((wide) guest->weight * level->rest_ppm
                                / level->weight));
  }
  VHM_PARANOID (level_is_fair (level));
}

bool
level_want (struct level *level, uint32_t i, uint64_t ceiling_ppm)
{
  struct level_guest *guest = level_guest (level, i);
  bool was_contended = level_is_contended (level);
  level->wanted_ppm += ceiling_ppm - guest->ceiling_ppm;
  guest->ceiling_ppm = ceiling_ppm;
  if (level_is_contended (level)) {
    find_level (level);
    return true;
  }
  level->weight = level->rest_ppm = 0;
  if (was_contended)
    for (uint32_t j = 0; j < level->guests->len; j++)
      satisfy (level_guest (level, j));
  else
    satisfy (guest);
  return was_contended;
}

/* The certificate of fairness: where somebody gets less than weight x level it
 * is the ceiling, where more it is the floor, and nothing is left over. */
static bool
is_guest_fair (const struct level *level, const struct level_guest *guest)
{
  wide offer = (wide) guest->weight * level->last_rest_ppm;
  wide floor = (wide) guest->floor_ppm * level->last_weight;
  wide ceiling = (wide) room_ppm (guest) * level->last_weight;
  switch (guest->state) {
  case LEVEL_IDLE:
    return guest->ceiling_ppm == 0 && guest->share_ppm == 0;
  case LEVEL_FLOOR:
    return guest->share_ppm == guest->floor_ppm && offer <= floor;
  case LEVEL_CEILING:
    return guest->share_ppm == guest->ceiling_ppm
           && (!level_is_contended (level) || offer >= ceiling);
  case LEVEL_RAISED:
    return level_is_contended (level) && offer <= ceiling;
  case LEVEL_AFLOAT:
    return level_is_contended (level) && floor <= offer && offer <= ceiling;
  }
  return false;
}

bool
level_is_fair (const struct level *level)
{
  uint64_t sum_ppm = level->rest_ppm, wanted_ppm = 0, weight = 0;
  for (uint32_t i = 0; i < level->guests->len; i++) {
    const struct level_guest *guest = level_guest (level, i);
    if (!is_guest_fair (level, guest))
      return false;
    bool is_raised = guest->state == LEVEL_RAISED;
    sum_ppm += is_raised ? guest->base_ppm : guest->share_ppm;
    wanted_ppm += guest->ceiling_ppm;
    weight += is_raised || guest->state == LEVEL_AFLOAT ? guest->weight : 0;
  }
  return wanted_ppm == level->wanted_ppm && weight == level->weight
         && sum_ppm == MIN (wanted_ppm, level->capacity_ppm);
}
