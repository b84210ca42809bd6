/* The event queue: which event runs next.
 *
 * A 4-ary heap of 16-byte entries ordered by the pair (time, order), where
 * `order` packs, from the top bit down,
 *
 *   priority 6 bits | sequence 34 bits | slot 24 bits
 *
 * so one 128-bit comparison (engine_entry.h) gives the total order (time,
 * priority, sequence) without a look at the slot; sequences differ, so the slot
 * bits never decide. The four children of entry i are 4 i + 1 .. 4 i + 4 and
 * fill exactly one cache line, because entry 1 is aligned to one.
 *
 * Invariants: no child before its parent; position[slot of entry i] = i; every
 * entry at n and beyond is LAST, so a node's four children can always be
 * compared without asking how many there are. While an event runs, entry 0 is
 * HOLE, smaller than anything: the next schedule drops its entry there and
 * sinks it once, where a removal followed by an insertion would move twice.
 *
 * A handle is generation << 24 | slot; releasing a slot steps its generation.
 * It could be mistaken only after 2^40 uses of one slot, half a day of nothing
 * but events. Sequences do run out (after 2^34): then the heap is sorted, which
 * keeps it a heap, and numbered afresh.
 *
 * Units: cycles. Cost: O(log4 n) lines for schedule, cancel, rearm and pop.
 * Limits: 2^24 pending events, priorities 0..63. Left out: threads.
 * Dropped: descent to a leaf without comparing and back up, 5 % slower.
 * Source: D. B. Johnson, "Priority queues with update", IPL 4 (1975), for
 * d-ary heaps; A. LaMarca and R. Ladner, "The influence of caches on the
 * performance of heaps", ACM JEA 1 (1996), for the aligned children.
 */
#include <vhm/sim/engine.h>

#include <stdlib.h>
#include <string.h>

#include <vhm/base/require.h>

#include "engine_entry.h"

#define SLOT_BITS 24
#define SEQUENCE_BITS 34
#define PRIORITY_SHIFT (SLOT_BITS + SEQUENCE_BITS)
#define MAX_SLOTS (UINT32_C (1) << SLOT_BITS)
#define MAX_SEQUENCE ((UINT64_C (1) << SEQUENCE_BITS) - 1)
#define MAX_PRIORITY 63
#define ARITY 4
#define LINE_BYTES 64
#define NO_SLOT UINT32_MAX
#define CACHED_HEAP 2048 /* larger ones outgrow a cache of 32 KiB: prefetch */
#define SMALL_HEAP 64    /* below this the paranoid check runs at every step */

struct slot {
  vhm_engine_fn fn;
  void *context;
  uint64_t handle; /* of the event here, or of the next one to come here */
};

struct vhm_engine {
  entry *entries; /* heap; n of them in use, then LAST */
  uint32_t n;
  bool has_hole; /* entry 0 is HOLE: its event is running */
  bool is_running;
  bool is_stopped;
  uint64_t now_cyc;
  uint64_t sequence;
  uint64_t sequence_limit;
  uint64_t n_events;
  struct slot *slots;
  uint32_t *position; /* of a used slot: index in heap; of a free one: next */
  uint32_t free_slot; /* first of the free list, or NO_SLOT */
  uint32_t n_slots;   /* used ones and free ones */
  uint32_t capacity;  /* of heap, slots and position */
  void *memory;       /* holds entries */
};

/* Of an entry's order, or of a handle. */
static inline uint32_t
slot_of (uint64_t raw)
{
  return (uint32_t) (raw & (MAX_SLOTS - 1));
}

static inline void
put (vhm_engine *engine, uint32_t i, entry e)
{
  engine->entries[i] = e;
  engine->position[slot_of (order_of (e))] = i;
}

/* --- memory ------------------------------------------------------------- */

/* Entry 1 begins a cache line, so three entries of padding come before 0; one
 * full family of LAST stays behind the last entry. */
static void
grow_entries (vhm_engine *engine, uint32_t capacity)
{
  size_t n_padded = (size_t) capacity + 2 * ARITY;
  void *memory = g_aligned_alloc (n_padded, sizeof (entry), LINE_BYTES);
  entry *entries = (entry *) memory + ARITY - 1;
  if (engine->n > 0)
    memcpy (entries, engine->entries, engine->n * sizeof (entry));
  for (size_t i = engine->n; i < n_padded - (ARITY - 1); i++)
    entries[i] = LAST;
  g_aligned_free (engine->memory);
  engine->memory = memory;
  engine->entries = entries;
}

static void
grow (vhm_engine *engine, uint32_t capacity)
{
  VHM_REQUIRE (capacity <= MAX_SLOTS);
  grow_entries (engine, capacity);
  engine->slots = g_renew (struct slot, engine->slots, capacity);
  engine->position = g_renew (uint32_t, engine->position, capacity);
  engine->capacity = capacity;
}

static uint32_t
take_slot (vhm_engine *engine)
{
  uint32_t slot = engine->free_slot;
  if (slot != NO_SLOT) {
    engine->free_slot = engine->position[slot];
    return slot;
  }
  if (engine->n_slots == engine->capacity)
    grow (engine, 2 * engine->capacity);
  slot = engine->n_slots++;
  /* generation 1, so that no handle is ever VHM_NO_EVENT */
  engine->slots[slot].handle = MAX_SLOTS | slot;
  return slot;
}

static void
release_slot (vhm_engine *engine, uint32_t slot)
{
  engine->slots[slot].handle += MAX_SLOTS;
  engine->position[slot] = engine->free_slot;
  engine->free_slot = slot;
}

vhm_engine *
vhm_engine_new (void)
{
  vhm_engine *engine = g_new0 (vhm_engine, 1);
  engine->free_slot = NO_SLOT;
  /* a hostile build starts with 1, and so renumbers all the time */
  engine->sequence_limit = VHM_FIRST_CAPACITY (MAX_SEQUENCE);
  grow (engine, VHM_FIRST_CAPACITY (256));
  return engine;
}

void
vhm_engine_free (vhm_engine *engine)
{
  if (engine == NULL)
    return;
  VHM_REQUIRE (!engine->is_running);
  g_aligned_free (engine->memory);
  g_free (engine->slots);
  g_free (engine->position);
  g_free (engine);
}

/* --- the heap ----------------------------------------------------------- */

/* Places `e` at i or above. */
static void
rise (vhm_engine *engine, uint32_t i, entry e)
{
  while (i > 0) {
    uint32_t parent = (i - 1) / ARITY;
    if (engine->entries[parent] < e)
      break;
    put (engine, i, engine->entries[parent]);
    i = parent;
  }
  put (engine, i, e);
}

/* Places `e` at i or below. */
static void
sink (vhm_engine *engine, uint32_t i, entry e)
{
  const entry *entries = engine->entries;
  uint32_t n = engine->n;
  for (uint32_t first; (first = ARITY * i + 1) < n;) {
    /* the next step needs one of four families; beyond the end is harmless */
    for (uint32_t k = 0; n > CACHED_HEAP && k < ARITY; k++)
      __builtin_prefetch (&entries[ARITY * (first + k) + 1]);
    struct candidate child = least_of_four (entries, first);
    if (e < child.e)
      break;
    put (engine, i, child.e);
    i = child.i;
  }
  put (engine, i, e);
}

static void
settle (vhm_engine *engine, uint32_t i, entry e)
{
  if (i > 0 && e < engine->entries[(i - 1) / ARITY])
    rise (engine, i, e);
  else
    sink (engine, i, e);
}

/* Takes the entry at i out; its slot is the caller's affair. */
static void
remove_entry (vhm_engine *engine, uint32_t i)
{
  uint32_t n = --engine->n;
  entry moved = engine->entries[n];
  engine->entries[n] = LAST;
  if (i < n)
    settle (engine, i, moved);
}

static int
compare_entries (const void *a, const void *b)
{
  entry left = *(const entry *) a, right = *(const entry *) b;
  return (left > right) - (left < right);
}

/* Sequences restart at the number of pending events; the order stays. */
static void
renumber (vhm_engine *engine)
{
  const entry mask = MAX_SEQUENCE << SLOT_BITS;
  uint32_t n_hole = engine->has_hole;
  qsort (engine->entries, engine->n, sizeof (entry), compare_entries);
  for (uint32_t i = n_hole; i < engine->n; i++)
    put (engine, i, (engine->entries[i] & ~mask) | (uint64_t) i << SLOT_BITS);
  engine->sequence = engine->n;
  engine->sequence_limit
      = MAX (engine->sequence_limit, 2 * (uint64_t) engine->n + SMALL_HEAP);
}

static entry
make_entry (vhm_engine *engine, uint64_t at_cyc, uint64_t priority,
            uint32_t slot)
{
  if (G_UNLIKELY (engine->sequence >= engine->sequence_limit))
    renumber (engine);
  uint64_t order
      = priority << PRIORITY_SHIFT | engine->sequence++ << SLOT_BITS | slot;
  return join_entry (at_cyc, order);
}

/* Whether a check of O(n) is due: always when small, else once in n steps. */
static bool
is_check_due (const vhm_engine *engine)
{
  return engine->n < SMALL_HEAP || engine->sequence % engine->n == 0;
}

static void
check (const vhm_engine *engine)
{
  VHM_PARANOID (!is_check_due (engine) || vhm_engine_is_valid (engine));
  (void) engine;
}

/* --- the contract ------------------------------------------------------- */

vhm_cycles
vhm_engine_now (const vhm_engine *engine)
{
  return vhm_cycles_make (engine->now_cyc);
}

const uint64_t *
vhm_engine_now_ptr (const vhm_engine *engine)
{
  return &engine->now_cyc;
}

uint64_t
vhm_engine_n_events (const vhm_engine *engine)
{
  return engine->n_events;
}

uint64_t
vhm_engine_n_pending (const vhm_engine *engine)
{
  return engine->n - engine->has_hole;
}

vhm_event
vhm_engine_schedule (vhm_engine *engine, vhm_cycles at, int priority,
                     vhm_engine_fn fn, void *context)
{
  VHM_REQUIRE (at.raw >= engine->now_cyc);
  VHM_REQUIRE (fn != NULL);
  VHM_REQUIRE (priority >= 0 && priority <= MAX_PRIORITY);
  uint32_t slot = take_slot (engine);
  engine->slots[slot].fn = fn;
  engine->slots[slot].context = context;
  entry e = make_entry (engine, at.raw, (uint64_t) priority, slot);
  if (engine->has_hole) {
    engine->has_hole = false;
    sink (engine, 0, e);
  } else {
    rise (engine, engine->n++, e);
  }
  check (engine);
  return (vhm_event){ engine->slots[slot].handle };
}

bool
vhm_engine_is_pending (const vhm_engine *engine, vhm_event event)
{
  uint32_t slot = slot_of (event.raw);
  return slot < engine->n_slots && engine->slots[slot].handle == event.raw;
}

void
vhm_engine_cancel (vhm_engine *engine, vhm_event event)
{
  VHM_REQUIRE (vhm_engine_is_pending (engine, event));
  uint32_t slot = slot_of (event.raw);
  remove_entry (engine, engine->position[slot]);
  release_slot (engine, slot);
  check (engine);
}

void
vhm_engine_rearm (vhm_engine *engine, vhm_event event, vhm_cycles at)
{
  VHM_REQUIRE (vhm_engine_is_pending (engine, event));
  VHM_REQUIRE (at.raw >= engine->now_cyc);
  uint32_t slot = slot_of (event.raw);
  uint64_t order = order_of (engine->entries[engine->position[slot]]);
  entry e = make_entry (engine, at.raw, order >> PRIORITY_SHIFT, slot);
  settle (engine, engine->position[slot], e);
  check (engine);
}

vhm_cycles
vhm_engine_when (const vhm_engine *engine, vhm_event event)
{
  VHM_REQUIRE (vhm_engine_is_pending (engine, event));
  uint32_t i = engine->position[slot_of (event.raw)];
  return vhm_cycles_make (time_of (engine->entries[i]));
}

static void
run_first (vhm_engine *engine)
{
  entry first = engine->entries[0];
  uint32_t slot = slot_of (order_of (first));
  struct slot event = engine->slots[slot];
  engine->now_cyc = time_of (first);
  engine->n_events++;
  engine->entries[0] = HOLE;
  engine->has_hole = true;
  if (engine->n > CACHED_HEAP) { /* the slot of the likely next event */
    struct candidate next = least_of_four (engine->entries, 1);
    __builtin_prefetch (&engine->slots[slot_of (order_of (next.e))]);
  }
  release_slot (engine, slot);
  event.fn (event.context);
  if (engine->has_hole) {
    engine->has_hole = false;
    remove_entry (engine, 0);
  }
  check (engine);
}

void
vhm_engine_run (vhm_engine *engine, vhm_cycles until)
{
  VHM_REQUIRE (!engine->is_running);
  VHM_REQUIRE (until.raw >= engine->now_cyc);
  engine->is_running = true;
  engine->is_stopped = false;
  while (engine->n > 0 && time_of (engine->entries[0]) <= until.raw
         && !engine->is_stopped)
    run_first (engine);
  engine->is_running = false;
  if (!engine->is_stopped)
    engine->now_cyc = until.raw;
}

void
vhm_engine_stop (vhm_engine *engine)
{
  engine->is_stopped = true;
}

/* --- the whole structure ------------------------------------------------ */

static bool
is_entry_valid (const vhm_engine *engine, uint32_t i)
{
  entry e = engine->entries[i];
  if (i > 0 && engine->entries[(i - 1) / ARITY] >= e)
    return false;
  if (i == 0 && engine->has_hole)
    return e == HOLE;
  uint32_t slot = slot_of (order_of (e));
  return slot < engine->n_slots && engine->position[slot] == i
         && slot_of (engine->slots[slot].handle) == slot
         && time_of (e) >= engine->now_cyc;
}

static uint64_t
n_free_slots (const vhm_engine *engine)
{
  uint64_t n = 0;
  for (uint32_t slot = engine->free_slot;
       slot != NO_SLOT && n <= engine->n_slots; slot = engine->position[slot])
    n++;
  return n;
}

bool
vhm_engine_is_valid (const vhm_engine *engine)
{
  for (uint32_t i = 0; i < engine->n; i++)
    if (!is_entry_valid (engine, i))
      return false;
  for (uint32_t i = engine->n; i < engine->n + ARITY; i++)
    if (engine->entries[i] != LAST)
      return false;
  return vhm_engine_n_pending (engine) + n_free_slots (engine)
         == engine->n_slots;
}
