/* Whose turn it is: fake members that note when they ran. */
#include "suite.h"

#include <vhm/model/turns.h>

#define MOST 64

struct runner {
  struct vhm_turns_member member;
  char name;
};

static char order[MOST + 1];
static uint32_t length[MOST];
static size_t n_runs;

static void
run (struct vhm_turns_member *member, uint32_t n)
{
  ck_assert_uint_le (n, member->n);
  ck_assert_uint_lt (n_runs, MOST);
  order[n_runs] = ((struct runner *) member)->name;
  length[n_runs++] = n;
  member->n -= n;
}

static void
issue (struct vhm_turns *turns, struct runner *runner, uint32_t n)
{
  runner->member.n += n;
  vhm_turns_go_on (turns);
}

static struct runner
runner_of (char name, uint32_t turn)
{
  return (struct runner){ .member = { .run = run, .turn = turn },
                          .name = name };
}

START_TEST (a_turn_is_a_quantum_of_accesses)
{
  ck_assert_uint_eq (vhm_turn_length (21e6, 2000), 10500);
  ck_assert_uint_eq (vhm_turn_length (21e6, 50), VHM_MOST_IN_TURN);
  ck_assert_uint_eq (vhm_turn_length (1000, 2000), 1);
}
END_TEST

START_TEST (busy_ones_take_turns_however_many_come_at_a_time)
{
  struct runner a = runner_of ('a', 100), b = runner_of ('b', 200);
  struct vhm_turns turns = { 0 };
  vhm_turns_join (&turns, &a.member);
  vhm_turns_join (&turns, &b.member);
  issue (&turns, &a, 350); /* ran last, as it were: waits for the other */
  ck_assert_uint_eq (n_runs, 0);
  issue (&turns, &b, 700);
  ck_assert_str_eq (order, "bababa");
  for (size_t i = 0; i < n_runs; i++)
    ck_assert_uint_eq (length[i], order[i] == 'a' ? 100 : 200);
  ck_assert_uint_eq (a.member.n, 50);
  ck_assert_uint_eq (b.member.n, 100);
  vhm_turns_clear (&turns);
}
END_TEST

START_TEST (who_is_alone_never_waits_for_a_turn)
{
  struct runner a = runner_of ('a', 60000), b = runner_of ('b', 60000);
  struct vhm_turns turns = { 0 };
  vhm_turns_join (&turns, &a.member);
  vhm_turns_join (&turns, &b.member);
  for (int i = 0; i < 5; i++)
    issue (&turns, &a, 5000);
  ck_assert_str_eq (order, "aaaaa");
  ck_assert_uint_eq (a.member.n, 0);
  issue (&turns, &b, 5000); /* another one does, and then a */
  issue (&turns, &a, 60000);
  ck_assert_str_eq (order, "aaaaa");
  vhm_turns_leave (&turns, &b.member); /* until that one is gone */
  issue (&turns, &a, 1);
  ck_assert_str_eq (order, "aaaaaa");
  vhm_turns_clear (&turns);
}
END_TEST

/* One that issues a tenth has a tenth of the turns. */
START_TEST (idle_ones_run_rarely)
{
  struct runner a = runner_of ('a', 1000), b = runner_of ('b', 1000);
  struct vhm_turns turns = { 0 };
  size_t n = 0, switches = 0;
  vhm_turns_join (&turns, &b.member);
  vhm_turns_join (&turns, &a.member);
  for (int i = 0; i < 400; i++) {
    issue (&turns, &b, 10);
    issue (&turns, &a, 100);
    for (size_t k = 0; k < n_runs; k++)
      n += order[k] == 'b';
    switches += n_runs > 0 && order[0] == 'b';
    n_runs = 0;
  }
  ck_assert_uint_eq (n, 4);
  ck_assert_uint_eq (switches, 4);
  ck_assert_uint_lt (a.member.n, 1000 + 8192);
  vhm_turns_clear (&turns);
}
END_TEST

START_TEST (all_who_wait_are_served_in_order)
{
  struct runner r[3]
      = { runner_of ('a', 10), runner_of ('b', 10), runner_of ('c', 10) };
  struct vhm_turns turns = { 0 };
  for (int i = 0; i < 3; i++)
    vhm_turns_join (&turns, &r[i].member);
  r[0].member.n = r[1].member.n = r[2].member.n = 30;
  vhm_turns_go_on (&turns);
  ck_assert_str_eq (order, "bcabcabca");
  vhm_turns_clear (&turns);
}
END_TEST

/* After the one that ran last has gone, whoever stood behind it is next. */
START_TEST (who_leaves_takes_nobodys_turn)
{
  for (int gone = 0; gone < 3; gone++) {
    struct runner r[3]
        = { runner_of ('a', 10), runner_of ('b', 10), runner_of ('c', 10) };
    struct vhm_turns turns = { .last = (guint) gone };
    for (int i = 0; i < 3; i++)
      vhm_turns_join (&turns, &r[i].member);
    vhm_turns_leave (&turns, &r[gone].member);
    for (int i = 0; i < 3; i++)
      r[i].member.n = i == gone ? 0 : 10;
    n_runs = 0;
    vhm_turns_go_on (&turns);
    ck_assert_int_eq (order[0], 'a' + (gone + 1) % 3);
    vhm_turns_clear (&turns);
  }
}
END_TEST

/* Less than a turn of one waits, nothing of another: the last one is not alone. */
START_TEST (whoever_waits_counts_in_whatever_place)
{
  for (int waits = 1; waits < 3; waits++) {
    struct runner r[3] = { runner_of ('a', 10), runner_of ('b', 60000),
                           runner_of ('c', 60000) };
    struct vhm_turns turns = { 0 };
    for (int i = 0; i < 3; i++)
      vhm_turns_join (&turns, &r[i].member);
    r[waits].member.n = 1;
    issue (&turns, &r[0], 8000);
    ck_assert_uint_eq (n_runs, 0);
    vhm_turns_clear (&turns);
  }
}
END_TEST

SUITE ("turns", tcase_add_test (tc, a_turn_is_a_quantum_of_accesses);
       tcase_add_test (tc, busy_ones_take_turns_however_many_come_at_a_time);
       tcase_add_test (tc, who_is_alone_never_waits_for_a_turn);
       tcase_add_test (tc, idle_ones_run_rarely);
       tcase_add_test (tc, all_who_wait_are_served_in_order);
       tcase_add_test (tc, who_leaves_takes_nobodys_turn);
       tcase_add_test (tc, whoever_waits_counts_in_whatever_place);)
