#include "suite.h"

#include <signal.h>

#include <vhm/sim/engine.h>
#include <vhm/sim/rng.h>

/* --- a small world ------------------------------------------------------ */

#define MAX_LOG 16

struct world {
  vhm_engine *engine;
  int log[MAX_LOG];
  int n_log;
};

struct mark {
  struct world *world;
  int id;
};

static void
write_mark (void *context)
{
  struct mark *mark = context;
  mark->world->log[mark->world->n_log++] = mark->id;
}

static vhm_event
at (struct world *world, struct mark *mark, uint64_t cyc, int priority, int id)
{
  *mark = (struct mark){ world, id };
  return vhm_engine_schedule (world->engine, vhm_cycles_make (cyc), priority,
                              write_mark, mark);
}

static void
do_nothing (void *context)
{
  (void) context;
}

static vhm_event
nothing_at (vhm_engine *engine, uint64_t cyc)
{
  return vhm_engine_schedule (engine, vhm_cycles_make (cyc),
                              VHM_PRIORITY_NORMAL, do_nothing, NULL);
}

static void
assert_log (const struct world *world, const int *expected, int n)
{
  ck_assert_int_eq (world->n_log, n);
  for (int i = 0; i < n; i++)
    ck_assert_int_eq (world->log[i], expected[i]);
}

/* --- order -------------------------------------------------------------- */

START_TEST (orders_by_time_then_priority_then_arrival)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  struct world w = { .engine = engine };
  struct mark m[6];
  at (&w, &m[0], 7, VHM_PRIORITY_DEVICE, 6);
  at (&w, &m[1], 5, VHM_PRIORITY_OBSERVER, 5);
  at (&w, &m[2], 5, VHM_PRIORITY_NORMAL, 3);
  at (&w, &m[3], 5, VHM_PRIORITY_NORMAL, 4);
  at (&w, &m[4], 5, VHM_PRIORITY_DEVICE, 2);
  at (&w, &m[5], 0, 63, 1);
  vhm_engine_run (engine, vhm_cycles_make (7));
  assert_log (&w, (const int[]){ 1, 2, 3, 4, 5, 6 }, 6);
}
END_TEST

START_TEST (rearming_counts_as_scheduling_anew)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  struct world w = { .engine = engine };
  struct mark m[3];
  vhm_event first = at (&w, &m[0], 5, VHM_PRIORITY_NORMAL, 1);
  at (&w, &m[1], 5, VHM_PRIORITY_NORMAL, 2);
  at (&w, &m[2], 5, VHM_PRIORITY_POLICY, 3);
  vhm_engine_rearm (engine, first, vhm_cycles_make (5));
  ck_assert (vhm_engine_is_pending (engine, first));
  vhm_engine_run (engine, vhm_cycles_make (5));
  assert_log (&w, (const int[]){ 2, 1, 3 }, 3); /* and keeps its priority */
}
END_TEST

struct nested {
  struct world *world;
  struct mark late, early;
};

static void
schedule_now (void *context)
{
  struct nested *nested = context;
  uint64_t now_cyc = vhm_engine_now (nested->world->engine).raw;
  at (nested->world, &nested->late, now_cyc, VHM_PRIORITY_NORMAL, 3);
  at (nested->world, &nested->early, now_cyc, VHM_PRIORITY_DEVICE, 1);
}

START_TEST (an_event_may_schedule_at_its_own_cycle)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  struct world w = { .engine = engine };
  struct nested nested = { .world = &w };
  struct mark m[2];
  vhm_engine_schedule (engine, vhm_cycles_make (9), VHM_PRIORITY_NORMAL,
                       schedule_now, &nested);
  at (&w, &m[0], 9, VHM_PRIORITY_NORMAL, 2);
  at (&w, &m[1], 9, VHM_PRIORITY_POLICY, 4);
  vhm_engine_run (engine, vhm_cycles_make (9));
  assert_log (&w, (const int[]){ 1, 2, 3, 4 }, 4);
}
END_TEST

/* --- clock -------------------------------------------------------------- */

START_TEST (runs_up_to_and_including_until)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  nothing_at (engine, 10);
  nothing_at (engine, 11);
  vhm_engine_run (engine, vhm_cycles_make (10));
  ck_assert_uint_eq (vhm_engine_n_events (engine), 1);
  ck_assert_uint_eq (vhm_engine_n_pending (engine), 1);
  vhm_engine_run (engine, vhm_cycles_make (100));
  ck_assert_uint_eq (vhm_engine_now (engine).raw, 100);
  ck_assert_uint_eq (*vhm_engine_now_ptr (engine), 100);
}
END_TEST

static void
stop (void *context)
{
  vhm_engine_stop (context);
}

START_TEST (stop_leaves_the_clock_at_the_running_event)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  vhm_engine_schedule (engine, vhm_cycles_make (4), VHM_PRIORITY_NORMAL, stop,
                       engine);
  nothing_at (engine, 4);
  vhm_engine_run (engine, vhm_cycles_make (50));
  ck_assert_uint_eq (vhm_engine_now (engine).raw, 4);
  ck_assert_uint_eq (vhm_engine_n_pending (engine), 1);
  vhm_engine_run (engine, vhm_cycles_make (50));
  ck_assert_uint_eq (vhm_engine_n_events (engine), 2);
}
END_TEST

START_TEST (an_event_at_never_runs_only_when_asked_for_all)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  nothing_at (engine, VHM_NEVER.raw);
  vhm_engine_run (engine, vhm_cycles_make (VHM_NEVER.raw - 1));
  ck_assert_uint_eq (vhm_engine_n_events (engine), 0);
  vhm_engine_run (engine, VHM_NEVER);
  ck_assert_uint_eq (vhm_engine_n_events (engine), 1);
}
END_TEST

/* --- handles ------------------------------------------------------------ */

START_TEST (no_event_is_never_pending)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  ck_assert (!vhm_engine_is_pending (engine, VHM_NO_EVENT));
  vhm_event event = nothing_at (engine, 1);
  ck_assert_uint_ne (event.raw, VHM_NO_EVENT.raw);
  ck_assert (!vhm_engine_is_pending (engine, VHM_NO_EVENT));
}
END_TEST

START_TEST (a_recycled_slot_does_not_revive_a_handle)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  vhm_event cancelled = nothing_at (engine, 1);
  vhm_engine_cancel (engine, cancelled);
  vhm_event ran = nothing_at (engine, 1);
  vhm_engine_run (engine, vhm_cycles_make (1));
  vhm_event pending = nothing_at (engine, 2);
  ck_assert (!vhm_engine_is_pending (engine, cancelled));
  ck_assert (!vhm_engine_is_pending (engine, ran));
  ck_assert (vhm_engine_is_pending (engine, pending));
  ck_assert_uint_eq (vhm_engine_when (engine, pending).raw, 2);
}
END_TEST

struct self {
  vhm_engine *engine;
  vhm_event event;
  bool was_pending;
};

static void
ask_for_itself (void *context)
{
  struct self *self = context;
  self->was_pending = vhm_engine_is_pending (self->engine, self->event);
}

START_TEST (a_running_event_is_not_pending)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  struct self self = { .engine = engine, .was_pending = true };
  self.event = vhm_engine_schedule (engine, vhm_cycles_make (1),
                                    VHM_PRIORITY_NORMAL, ask_for_itself, &self);
  vhm_engine_run (engine, vhm_cycles_make (1));
  ck_assert (!self.was_pending);
}
END_TEST

/* --- against a list ----------------------------------------------------- */

/* The reference keeps all pending events unsorted and takes the least. Times
 * come from a small range, so that ties are the rule; events act from inside
 * the running engine, as in a simulation. */
#define MAX_ITEMS 400
#define N_STEPS 15000

struct property;

struct item {
  struct property *property;
  vhm_event event;
  uint64_t time_cyc, sequence;
  int priority;
  bool is_pending;
};

struct property {
  vhm_engine *engine;
  struct vhm_rng rng;
  struct item items[MAX_ITEMS];
  uint64_t sequence, n_pending, n_run, n_wanted;
  bool agrees;
};

static bool
comes_before (const struct item *a, const struct item *b)
{
  if (a->time_cyc != b->time_cyc)
    return a->time_cyc < b->time_cyc;
  if (a->priority != b->priority)
    return a->priority < b->priority;
  return a->sequence < b->sequence;
}

static const struct item *
first_item (const struct property *p)
{
  const struct item *first = NULL;
  for (int i = 0; i < MAX_ITEMS; i++)
    if (p->items[i].is_pending
        && (first == NULL || comes_before (&p->items[i], first)))
      first = &p->items[i];
  return first;
}

static vhm_cycles
soon (struct property *p, struct item *item)
{
  item->time_cyc = vhm_engine_now (p->engine).raw + vhm_rng_below (&p->rng, 50);
  item->sequence = p->sequence++;
  return vhm_cycles_make (item->time_cyc);
}

static void run_item (void *context);

static void
schedule_item (struct property *p, struct item *item)
{
  vhm_cycles when = soon (p, item);
  item->priority = (int) vhm_rng_below (&p->rng, 4) * 21; /* 0 .. 63 */
  item->is_pending = true;
  item->event
      = vhm_engine_schedule (p->engine, when, item->priority, run_item, item);
  p->n_pending++;
}

static void
change_item (struct property *p, struct item *item)
{
  p->agrees
      &= vhm_engine_is_pending (p->engine, item->event) == item->is_pending;
  if (!item->is_pending) {
    if (p->n_pending < p->n_wanted)
      schedule_item (p, item);
  } else if (vhm_rng_chance (&p->rng, 0.5)) {
    vhm_engine_rearm (p->engine, item->event, soon (p, item));
  } else {
    vhm_engine_cancel (p->engine, item->event);
    item->is_pending = false;
    p->n_pending--;
  }
}

static void
run_item (void *context)
{
  struct item *item = context;
  struct property *p = item->property;
  p->agrees &= item == first_item (p)
               && vhm_engine_now (p->engine).raw == item->time_cyc;
  item->is_pending = false;
  p->n_pending--;
  for (uint64_t n = vhm_rng_below (&p->rng, 6); n > 0; n--)
    change_item (p, &p->items[vhm_rng_below (&p->rng, MAX_ITEMS)]);
  p->agrees &= vhm_engine_n_pending (p->engine) == p->n_pending;
  if (++p->n_run % 64 == 0) { /* not always: ck_assert is slow */
    ck_assert (p->agrees);
    ck_assert (vhm_engine_is_valid (p->engine));
    p->n_wanted = vhm_rng_below (&p->rng, MAX_ITEMS); /* grow, shrink, drain */
  }
}

START_TEST (agrees_with_a_list_for_any_schedule_cancel_rearm)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  g_autofree struct property *p = g_new0 (struct property, 1);
  p->engine = engine;
  p->agrees = true;
  vhm_rng_init (&p->rng, (uint64_t) _i, "property");
  for (int i = 0; i < MAX_ITEMS; i++)
    p->items[i].property = p;
  while (p->n_run < N_STEPS) {
    p->n_wanted = MAX_ITEMS;
    schedule_item (p, &p->items[0]);
    vhm_engine_run (engine,
                    vhm_cycles_make (vhm_engine_now (engine).raw + 100000));
    ck_assert_uint_eq (vhm_engine_n_pending (engine), p->n_pending);
    while (p->items[0].is_pending)
      change_item (p, &p->items[0]);
    ck_assert (vhm_engine_is_valid (engine));
  }
  ck_assert (p->agrees);
  ck_assert_uint_eq (vhm_engine_n_events (engine), p->n_run);
}
END_TEST

START_TEST (stays_valid_with_many_events)
{
  enum { N = 50000 };
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "many");
  for (int i = 0; i < N; i++)
    nothing_at (engine, vhm_rng_below (&rng, N));
  ck_assert (vhm_engine_is_valid (engine));
  for (uint64_t cyc = 0; cyc < N; cyc += N / 10) {
    vhm_engine_run (engine, vhm_cycles_make (cyc));
    ck_assert (vhm_engine_is_valid (engine));
  }
  vhm_engine_run (engine, vhm_cycles_make (N));
  ck_assert_uint_eq (vhm_engine_n_events (engine), N);
}
END_TEST

/* --- the caller's bugs -------------------------------------------------- */

START_TEST (scheduling_in_the_past_aborts)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  vhm_engine_run (engine, vhm_cycles_make (2));
  nothing_at (engine, 1);
}
END_TEST

START_TEST (a_null_function_aborts)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  vhm_engine_schedule (engine, vhm_cycles_make (1), VHM_PRIORITY_NORMAL, NULL,
                       NULL);
}
END_TEST

START_TEST (a_priority_out_of_range_aborts)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  vhm_engine_schedule (engine, vhm_cycles_make (1), 64, do_nothing, NULL);
}
END_TEST

START_TEST (cancelling_twice_aborts)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  vhm_event event = nothing_at (engine, 1);
  vhm_engine_cancel (engine, event);
  vhm_engine_cancel (engine, event);
}
END_TEST

START_TEST (rearming_what_has_run_aborts)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  vhm_event event = nothing_at (engine, 1);
  vhm_engine_run (engine, vhm_cycles_make (1));
  vhm_engine_rearm (engine, event, vhm_cycles_make (2));
}
END_TEST

static void
run_again (void *context)
{
  vhm_engine_run (context, VHM_NEVER);
}

START_TEST (running_from_inside_an_event_aborts)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  vhm_engine_schedule (engine, vhm_cycles_make (1), VHM_PRIORITY_NORMAL,
                       run_again, engine);
  vhm_engine_run (engine, VHM_NEVER);
}
END_TEST

START_TEST (rearming_into_the_past_aborts)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  vhm_event event = nothing_at (engine, 9);
  vhm_engine_run (engine, vhm_cycles_make (5));
  vhm_engine_rearm (engine, event, vhm_cycles_make (4));
}
END_TEST

static void
add_death_tests (TCase *tc)
{
  if (!suite_can_fork ())
    return;
  tcase_add_test_raise_signal (tc, scheduling_in_the_past_aborts, SIGABRT);
  tcase_add_test_raise_signal (tc, a_null_function_aborts, SIGABRT);
  tcase_add_test_raise_signal (tc, a_priority_out_of_range_aborts, SIGABRT);
  tcase_add_test_raise_signal (tc, cancelling_twice_aborts, SIGABRT);
  tcase_add_test_raise_signal (tc, rearming_what_has_run_aborts, SIGABRT);
  tcase_add_test_raise_signal (tc, running_from_inside_an_event_aborts,
                               SIGABRT);
  tcase_add_test_raise_signal (tc, rearming_into_the_past_aborts, SIGABRT);
}

SUITE ("engine", tcase_add_test (tc, orders_by_time_then_priority_then_arrival);
       tcase_add_test (tc, rearming_counts_as_scheduling_anew);
       tcase_add_test (tc, an_event_may_schedule_at_its_own_cycle);
       tcase_add_test (tc, runs_up_to_and_including_until);
       tcase_add_test (tc, stop_leaves_the_clock_at_the_running_event);
       tcase_add_test (tc, an_event_at_never_runs_only_when_asked_for_all);
       tcase_add_test (tc, no_event_is_never_pending);
       tcase_add_test (tc, a_recycled_slot_does_not_revive_a_handle);
       tcase_add_test (tc, a_running_event_is_not_pending);
       tcase_add_loop_test (tc,
                            agrees_with_a_list_for_any_schedule_cancel_rearm, 0,
                            4);
       tcase_add_test (tc, stays_valid_with_many_events); add_death_tests (tc);)
