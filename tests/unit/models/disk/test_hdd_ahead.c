/* Read-ahead of a magnetic disk: what each segment holds when. A byte takes a
 * ns. */
#include "hdd_ahead.h"
#include "suite.h"

#include <vhm/base/units.h>

#define AHEAD 100
#define CAPACITY 100000

struct rig {
  struct hdd_config config;
  struct hdd_arm arm;
  struct hdd_ahead ahead;
};

static void
open_rig (struct rig *rig, uint64_t n_segments)
{
  *rig = (struct rig){ .config = { .rate = VHM_NS_PER_S,
                                   .capacity_bytes = CAPACITY,
                                   .n_segments = n_segments,
                                   .ahead_bytes = AHEAD } };
  rig->arm.config = &rig->config;
  hdd_ahead_init (&rig->ahead, &rig->config);
}

/* The arm reads it until end_ns. */
static void
read_until (struct rig *rig, uint64_t begin, uint64_t end, uint64_t end_ns)
{
  rig->arm.head_bytes = end;
  hdd_ahead_stop (&rig->ahead);
  hdd_ahead_follow (&rig->ahead, (struct hdd_extent){ begin, end }, end_ns);
}

/* The first byte from `begin` on that is not there. */
static uint64_t
held_until (const struct rig *rig, uint64_t begin)
{
  struct hdd_extent all = { begin, CAPACITY };
  return hdd_ahead_missing (&rig->ahead, all).begin_bytes;
}

static void
advance (struct rig *rig, uint64_t now_ns)
{
  hdd_ahead_advance (&rig->ahead, &rig->arm, now_ns);
}

START_TEST (the_arm_reads_on_at_the_rate_of_the_media)
{
  struct rig rig;
  open_rig (&rig, 2);
  read_until (&rig, 1000, 1020, 500);
  advance (&rig, 499);
  ck_assert_uint_eq (held_until (&rig, 1000), 1000); /* still under way */
  advance (&rig, 500);
  ck_assert_uint_eq (held_until (&rig, 1000), 1020);
  advance (&rig, 530);
  ck_assert_uint_eq (held_until (&rig, 1000), 1050);
  ck_assert_uint_eq (rig.arm.head_bytes, 1050);
  ck_assert_uint_eq (held_until (&rig, 999), 999);
  ck_assert_uint_eq (hdd_ahead_end_ns (&rig.ahead), 600);
  advance (&rig, 9999);
  ck_assert_uint_eq (held_until (&rig, 1100), 1120); /* and no farther */
  ck_assert_uint_eq (rig.arm.head_bytes, 1120);
  /* the oldest bytes made room for the newest */
  ck_assert_uint_eq (held_until (&rig, 1020), 1120);
  ck_assert_uint_eq (held_until (&rig, 1019), 1019);
}
END_TEST

START_TEST (a_read_from_the_segment_moves_the_aim_on)
{
  struct rig rig;
  open_rig (&rig, 2);
  read_until (&rig, 1000, 1020, 0);
  advance (&rig, 50);
  struct hdd_extent hit = { 1020, 1040 };
  ck_assert (hdd_ahead_holds (&rig.ahead, hit));
  hdd_ahead_hit (&rig.ahead, hit, 50);
  ck_assert_uint_eq (hdd_ahead_end_ns (&rig.ahead), 120);
  advance (&rig, 300); /* stands at 1140 since 120 */
  ck_assert_uint_eq (held_until (&rig, 1040), 1140);
  hit = (struct hdd_extent){ 1040, 1060 };
  hdd_ahead_hit (&rig.ahead, hit, 300);
  advance (&rig, 310);
  ck_assert_uint_eq (held_until (&rig, 1060), 1150); /* goes on from 300 */
  advance (&rig, 999);
  ck_assert_uint_eq (held_until (&rig, 1060), 1160);
}
END_TEST

START_TEST (what_was_read_stays_when_the_arm_goes_away)
{
  struct rig rig;
  open_rig (&rig, 2);
  read_until (&rig, 1000, 1020, 10);
  advance (&rig, 40);
  read_until (&rig, 5000, 5010, 100);
  ck_assert_uint_eq (held_until (&rig, 1000), 1050);
  advance (&rig, 120);
  ck_assert_uint_eq (held_until (&rig, 1000), 1050);
  ck_assert_uint_eq (held_until (&rig, 5000), 5030);
  /* a read at the end of a segment goes on in it */
  ck_assert (!hdd_ahead_holds (&rig.ahead, (struct hdd_extent){ 1040, 1060 }));
  read_until (&rig, 1050, 1060, 200);
  advance (&rig, 220);
  ck_assert_uint_eq (held_until (&rig, 1000), 1080);
  ck_assert_uint_eq (held_until (&rig, 5000), 5030);
}
END_TEST

START_TEST (the_segment_used_longest_ago_gives_way)
{
  struct rig rig;
  open_rig (&rig, 2);
  read_until (&rig, 1000, 1020, 10);
  advance (&rig, 10);
  read_until (&rig, 2000, 2020, 20);
  advance (&rig, 20);
  hdd_ahead_hit (&rig.ahead, (struct hdd_extent){ 1000, 1010 }, 30);
  read_until (&rig, 3000, 3020, 40);
  advance (&rig, 40);
  ck_assert_uint_eq (held_until (&rig, 1000), 1020);
  ck_assert_uint_eq (held_until (&rig, 2000), 2000);
  ck_assert_uint_eq (held_until (&rig, 3000), 3020);
}
END_TEST

/* Reads by turns, each with time for all of read-ahead: how many need the arm. */
static uint64_t
n_missed (uint64_t n_streams, uint64_t n_segments, uint64_t n_rounds)
{
  struct rig rig;
  uint64_t now_ns = 0, n = 0;
  open_rig (&rig, n_segments);
  for (uint64_t i = 0; i < n_rounds * n_streams; i++) {
    uint64_t begin = i % n_streams * 10000 + i / n_streams * 20;
    struct hdd_extent extent = { begin, begin + 20 };
    advance (&rig, now_ns += 1000);
    if (hdd_ahead_holds (&rig.ahead, extent))
      hdd_ahead_hit (&rig.ahead, extent, now_ns);
    else {
      read_until (&rig, begin, begin + 20, now_ns);
      n++;
    }
  }
  return n;
}

START_TEST (as_many_streams_as_segments_find_what_was_read_ahead)
{
  ck_assert_uint_eq (n_missed (1, 1, 60), 1);
  /* 100 bytes ahead are 5 reads */
  ck_assert_uint_le (n_missed (4, 4, 60), 4 * 60 / 6);
  ck_assert_uint_ge (n_missed (4, 4, 60), 3 * 60 / 6);
  ck_assert_uint_eq (n_missed (4, 3, 60), 4 * 60);
}
END_TEST

START_TEST (nothing_is_read_behind_the_end_or_without_segments)
{
  struct rig rig;
  open_rig (&rig, 1);
  read_until (&rig, CAPACITY - 40, CAPACITY - 20, 0);
  advance (&rig, 999);
  ck_assert_uint_eq (rig.arm.head_bytes, CAPACITY);
  open_rig (&rig, 1);
  rig.config.ahead_bytes = 0;
  read_until (&rig, 1000, 1020, 0);
  advance (&rig, 999);
  ck_assert_uint_eq (rig.arm.head_bytes, 1020);
  ck_assert_uint_eq (held_until (&rig, 1000), 1000);
  ck_assert_uint_eq (hdd_ahead_end_ns (&rig.ahead), 0);
}
END_TEST

SUITE ("hdd ahead",
       tcase_add_test (tc, the_arm_reads_on_at_the_rate_of_the_media);
       tcase_add_test (tc, a_read_from_the_segment_moves_the_aim_on);
       tcase_add_test (tc, what_was_read_stays_when_the_arm_goes_away);
       tcase_add_test (tc, the_segment_used_longest_ago_gives_way);
       tcase_add_test (tc,
                       as_many_streams_as_segments_find_what_was_read_ahead);
       tcase_add_test (tc, nothing_is_read_behind_the_end_or_without_segments);)
