/* Free frames, against a naive account of them: which are free, and how they fall
 * into the largest aligned blocks. */
#include "suite.h"

#include "linux.h"
#include <vhm/sim/rng.h>

#define N 5000 /* no power of two */
#define WHOLE 4096
#define MAX_BLOCK (1u << (LINUX_ORDERS - 1))

struct bench {
  struct linux_os os;
  struct linux_frame frames[2 * N];
  bool is_held[2 * N];
  uint32_t held[2 * N], n_held;
};

static void
open_bench (struct bench *b, uint32_t n)
{
  *b = (struct bench){ .os = { .n_frames = n } };
  b->os.frames = b->frames;
  linux_buddy_init (&b->os);
  linux_buddy_add (&b->os, 0, n);
}

static uint32_t
take_as (struct bench *b, enum linux_warmth warmth)
{
  uint32_t gfn = linux_pop_free (&b->os, warmth);
  if (gfn == LINUX_NONE)
    return gfn;
  ck_assert_uint_lt (gfn, b->os.n_frames);
  ck_assert (!b->is_held[gfn]);
  b->is_held[gfn] = true;
  b->os.frames[gfn].owner = LINUX_KERNEL;
  b->held[b->n_held++] = gfn;
  return gfn;
}

static uint32_t
take (struct bench *b)
{
  return take_as (b, LINUX_HOT);
}

static void
give_as (struct bench *b, uint32_t k, enum linux_warmth warmth)
{
  uint32_t gfn = b->held[k];
  b->held[k] = b->held[--b->n_held];
  b->is_held[gfn] = false;
  linux_free_frame (&b->os, gfn, warmth);
}

static void
give (struct bench *b, uint32_t k)
{
  give_as (b, k, LINUX_HOT);
}

/* By order, the blocks that frames neither held nor on the processor's list make:
 * from each, the largest aligned stretch of such frames. */
static void
check_blocks (struct bench *b)
{
  const struct linux_os *s = &b->os;
  static bool is_free[2 * N];
  uint32_t n_hot = 0;
  for (uint32_t gfn = 0; gfn < s->n_frames; gfn++)
    is_free[gfn] = !b->is_held[gfn];
  for (uint32_t gfn = s->free.own.head; gfn != LINUX_NONE;
       gfn = s->frames[gfn].next, n_hot++)
    is_free[gfn] = false;
  ck_assert_uint_eq (n_hot, s->free.own.n);
  uint32_t n_blocks[LINUX_ORDERS] = { 0 };
  for (uint32_t gfn = 0; gfn < s->n_frames;) {
    uint32_t order = 0, best = 0;
    for (; is_free[gfn] && order < LINUX_ORDERS; order++) {
      uint32_t size = 1u << order, k = 0;
      while (gfn % size == 0 && k < size && gfn + k < s->n_frames
             && is_free[gfn + k])
        k++;
      if (k == size)
        best = order;
    }
    if (is_free[gfn])
      n_blocks[best]++;
    gfn += is_free[gfn] ? 1u << best : 1;
  }
  for (uint32_t order = 0; order < LINUX_ORDERS; order++)
    ck_assert_uint_eq (s->free.blocks[order].n, n_blocks[order]);
  ck_assert_uint_eq (s->free.n, s->n_frames - b->n_held);
  const char *wrong = linux_audit_buddy (s);
  ck_assert_msg (wrong == NULL, "%s", wrong);
}

static struct bench bench;

START_TEST (blocks_are_the_largest_there_can_be)
{
  struct bench *b = &bench;
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "buddy");
  open_bench (b, N);
  check_blocks (b);
  for (int i = 0; i < 20000; i++) {
    bool takes = vhm_rng_chance (&rng, i / 4000 % 2 == 0 ? 0.8 : 0.2);
    enum linux_warmth warmth
        = vhm_rng_chance (&rng, 0.5) ? LINUX_HOT : LINUX_COLD;
    if (takes)
      take_as (b, warmth);
    else if (b->n_held > 0)
      give_as (b, (uint32_t) vhm_rng_below (&rng, b->n_held), warmth);
    if (i % 100 == 0)
      check_blocks (b);
    if (i == 9000) {
      b->os.n_frames += 1500; /* hot-added */
      linux_buddy_add (&b->os, N, 1500);
    }
  }
  while (b->n_held > 0)
    give (b, 0);
  check_blocks (b);
}
END_TEST

/* Frames added are one with those before. */
START_TEST (added_frames_merge)
{
  struct bench *b = &bench;
  open_bench (b, N);
  b->os.n_frames += 1500;
  linux_buddy_add (&b->os, N, 1500);
  check_blocks (b);
}
END_TEST

START_TEST (all_frames_can_be_had_and_no_more)
{
  struct bench *b = &bench;
  open_bench (b, WHOLE);
  for (uint32_t gfn = 0; gfn < WHOLE; gfn++)
    ck_assert_uint_eq (take (b), gfn); /* in order of addresses */
  ck_assert_uint_eq (take (b), LINUX_NONE);
  ck_assert_uint_eq (b->os.free.n, 0);
  check_blocks (b);
}
END_TEST

/* What was freed last comes first, while the processor's list has it. */
START_TEST (the_frame_freed_last_is_handed_out_first)
{
  struct bench *b = &bench;
  open_bench (b, N);
  for (int i = 0; i < 1000; i++)
    take (b);
  give (b, 500);
  uint32_t last = b->held[3];
  give (b, 3);
  ck_assert_uint_eq (take (b), last);
  check_blocks (b);
}
END_TEST

/* Cold frames stand at the other end, and are handed out there. */
START_TEST (cold_frames_go_to_those_who_want_cold_ones)
{
  struct bench *b = &bench;
  open_bench (b, WHOLE);
  for (int i = 0; i < 31; i++)
    take (b);
  uint32_t hot = b->held[5];
  give_as (b, 5, LINUX_HOT);
  uint32_t cold = b->held[7];
  give_as (b, 7, LINUX_COLD);
  uint32_t colder = b->held[9];
  give_as (b, 9, LINUX_COLD);
  ck_assert_uint_eq (take_as (b, LINUX_COLD), colder);
  ck_assert_uint_eq (take_as (b, LINUX_HOT), hot);
  ck_assert_uint_eq (take_as (b, LINUX_COLD), cold);
  check_blocks (b);
}
END_TEST

/* Whoever asks: an empty list is filled in order of addresses. */
START_TEST (an_empty_list_is_filled_from_its_end)
{
  struct bench *b = &bench;
  open_bench (b, WHOLE);
  b->os.free.batch = 7;
  ck_assert_uint_eq (take_as (b, LINUX_COLD), 0);
  ck_assert_uint_eq (take_as (b, LINUX_COLD), 1);
  ck_assert_uint_eq (take_as (b, LINUX_HOT), 6);
  check_blocks (b);
}
END_TEST

/* With `high` on the processor's list the `batch` oldest go to the blocks. */
START_TEST (the_oldest_leave_the_processors_list)
{
  struct bench *b = &bench;
  open_bench (b, WHOLE);
  uint32_t batch = b->os.free.batch, high = b->os.free.high;
  for (uint32_t i = 0; i < WHOLE; i++)
    take (b);
  for (uint32_t i = 0; i < high - 1; i++) {
    ck_assert_uint_eq (b->held[b->n_held - 1], WHOLE - 1 - i);
    give (b, b->n_held - 1);
  }
  ck_assert_uint_eq (b->os.free.own.n, high - 1);
  ck_assert_uint_eq (b->os.free.own.tail, WHOLE - 1);
  give (b, b->n_held - 1);
  ck_assert_uint_eq (b->os.free.own.n, high - batch);
  ck_assert_uint_eq (b->os.free.own.tail, WHOLE - 1 - batch);
  check_blocks (b);
}
END_TEST

/* A request splits the smallest block there is, and leaves its upper halves. */
START_TEST (the_smallest_block_is_split_first)
{
  struct bench *b = &bench;
  open_bench (b, 2 * MAX_BLOCK + 8);
  uint32_t batch = b->os.free.batch;
  ck_assert_uint_eq (b->os.free.blocks[LINUX_ORDERS - 1].n, 2);
  ck_assert_uint_eq (b->os.free.blocks[3].n, 1);
  ck_assert_uint_eq (take (b), 2 * MAX_BLOCK); /* the block of 8 */
  ck_assert_uint_eq (b->os.free.own.n, batch - 1);
  for (uint32_t i = 1; i < 8; i++)
    ck_assert_uint_eq (take (b), 2 * MAX_BLOCK + i);
  ck_assert_uint_eq (take (b), 0);
  check_blocks (b);
}
END_TEST

/* Sizes of Linux: 31 and 186 from 512 MiB on. */
static const struct {
  uint32_t n, batch;
} batches[] = { { 1000, 1 },   { 8192, 1 },    { 16384, 3 },   { 32768, 7 },
                { 65536, 15 }, { 131072, 31 }, { 1048576, 31 } };

START_TEST (batches_grow_with_memory)
{
  uint32_t n = batches[_i].n;
  struct linux_os os = { .n_frames = n };
  os.frames = g_new0 (struct linux_frame, n);
  linux_buddy_init (&os);
  linux_buddy_add (&os, 0, n);
  ck_assert_uint_eq (os.free.batch, batches[_i].batch);
  ck_assert_uint_eq (os.free.high, 6 * batches[_i].batch);
  g_free (os.frames);
}
END_TEST

SUITE ("linux buddy", tcase_add_test (tc, blocks_are_the_largest_there_can_be);
       tcase_add_test (tc, added_frames_merge);
       tcase_add_test (tc, all_frames_can_be_had_and_no_more);
       tcase_add_test (tc, the_frame_freed_last_is_handed_out_first);
       tcase_add_test (tc, cold_frames_go_to_those_who_want_cold_ones);
       tcase_add_test (tc, an_empty_list_is_filled_from_its_end);
       tcase_add_test (tc, the_oldest_leave_the_processors_list);
       tcase_add_test (tc, the_smallest_block_is_split_first);
       tcase_add_loop_test (tc, batches_grow_with_memory, 0,
                            G_N_ELEMENTS (batches));)
