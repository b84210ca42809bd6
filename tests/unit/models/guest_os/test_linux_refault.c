/* Refault distances by hand. */
#include "linux.h"
#include "suite.h"

#define N_PAGES 8
#define THIS 3

struct bed {
  struct linux_os s;
  struct linux_page pages[N_PAGES];
  struct linux_frame frames[N_PAGES];
};

/* 20 active and 30 inactive file pages, 5 active and 7 inactive anonymous ones. */
static void
make (struct bed *b, bool has_swap, uint32_t evictions)
{
  *b = (struct bed){ .s.evictions = evictions };
  b->s.pages = b->pages;
  b->s.frames = b->frames;
  b->s.slots.n_free = has_swap ? 100 : 0;
  b->s.lru[LINUX_ACTIVE_FILE].n = 20;
  b->s.lru[LINUX_INACTIVE_FILE].n = 30;
  b->s.lru[LINUX_ACTIVE_ANON].n = 5;
  b->s.lru[LINUX_INACTIVE_ANON].n = 7;
}

static const struct {
  bool is_file, has_swap;
  uint32_t farthest; /* distance at which it still becomes active */
} rules[] = {
  { true, false, 20 },
  { true, true, 20 + 5 + 7 },
  { false, true, 20 + 30 + 5 },
};

/* Also where the count of evictions wraps round. */
static const uint32_t starts[] = { 0, 1000, UINT32_C (0x3ffffff0), UINT32_MAX };

static bool
is_active_after (int i, uint32_t start, uint32_t distance, uint32_t flags)
{
  struct bed b;
  make (&b, rules[i].has_swap, start);
  linux_went_out (&b.s, THIS, flags);
  b.s.evictions += distance - 1; /* it was one itself */
  b.frames[1].flags = rules[i].is_file ? LINUX_FILE : 0;
  linux_came_back (&b.s, THIS, 1);
  ck_assert_uint_eq (b.s.count.refaults[rules[i].is_file], 1);
  bool active = b.frames[1].flags & LINUX_ACTIVE;
  ck_assert_uint_eq (b.s.count.activations[rules[i].is_file], active);
  bool was = (flags & LINUX_WORKINGSET) && active;
  ck_assert_int_eq ((b.frames[1].flags & LINUX_WORKINGSET) != 0, was);
  ck_assert_int_eq (b.s.cost[rules[i].is_file] > 0, was);
  return active;
}

START_TEST (a_page_that_would_still_be_here_becomes_active)
{
  for (size_t k = 0; k < G_N_ELEMENTS (starts); k++) {
    uint32_t d = rules[_i].farthest;
    ck_assert (is_active_after (_i, starts[k], 1, 0));
    ck_assert (is_active_after (_i, starts[k], d, 0));
    ck_assert (!is_active_after (_i, starts[k], d + 1, 0));
    ck_assert (is_active_after (_i, starts[k], d, LINUX_WORKINGSET));
    ck_assert (!is_active_after (_i, starts[k], d + 1, LINUX_WORKINGSET));
  }
}
END_TEST

START_TEST (a_page_never_seen_has_no_distance)
{
  struct bed b;
  make (&b, true, 77);
  b.pages[THIS].where = LINUX_NONE;
  linux_came_back (&b.s, THIS, 1);
  ck_assert_uint_eq (b.frames[1].flags, 0);
  ck_assert_uint_eq (b.s.count.refaults[0], 0);
}
END_TEST

SUITE ("linux refault",
       tcase_add_loop_test (tc, a_page_that_would_still_be_here_becomes_active,
                            0, G_N_ELEMENTS (rules));
       tcase_add_test (tc, a_page_never_seen_has_no_distance);)
