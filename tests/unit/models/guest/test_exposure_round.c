/* Who takes part in a measurement, how often, and who only competes. */
#include "exposure.h"
#include "exposure_world.h"
#include "suite.h"

/* A busy guest, one with a third of its references, and a light one. */
struct three {
  struct world w;
  struct vhm_cpu_config cpu;
  struct puppet puppets[3];
  vhm_guest *guests[3];
};

static void
three_open (struct three *t)
{
  t->cpu = small_cpu ();
  open_world (&t->w, &t->cpu);
  t->puppets[0] = a_puppet (4000, 0, 1, 500, 1e6, 0);
  t->puppets[1] = a_puppet (4000, 0, 1, 1500, 1e6, 0);
  t->puppets[2] = a_puppet (1000, 0, 1, 500, 1000, S);
  for (int i = 0; i < 3; i++)
    t->guests[i] = boot (&t->w, &t->puppets[i]);
  world_run (&t->w, 2 * S);
}

static struct part
part_of (const struct three *t, const struct vhm_exposure_config *config,
         const bool *tells, guint i)
{
  struct round *r
      = vhm_round_new (t->guests, 3, config, t->w.processors, tells);
  ck_assert_uint_eq (r->parts->len, 3);
  struct part part = *round_part (r, i);
  part.batches = NULL;
  part.sampler = NULL;
  vhm_round_free (r);
  return part;
}

START_TEST (turns_follow_what_was_issued)
{
  struct three t;
  three_open (&t);
  ck_assert_uint_eq (part_of (&t, &asked, NULL, 0).every, 1);
  /* a third of the references, in a third of a turn: as many turns */
  ck_assert_uint_eq (part_of (&t, &asked, NULL, 0).turn, 20000);
  ck_assert_uint_eq (part_of (&t, &asked, NULL, 1).turn, 6666);
  ck_assert_uint_eq (part_of (&t, &asked, NULL, 1).every, 1);
  ck_assert_uint_eq (part_of (&t, &asked, NULL, 2).every, LEAST_OFTEN);
  for (guint i = 0; i < 3; i++) {
    ck_assert (part_of (&t, &asked, NULL, i).is_negligible == (i == 2));
    ck_assert (!part_of (&t, &asked, NULL, i).is_known);
  }
  world_close (&t.w);
}
END_TEST

/* Beside turns of 2000 references it takes 17 passes until others have made
 * enough to leave nothing of a light one's. Whoever comes more often than it has
 * turns draws fewer. */
START_TEST (a_light_process_waits_until_it_is_forgotten)
{
  struct world w;
  struct vhm_cpu_config cpu = small_cpu ();
  open_world (&w, &cpu);
  struct puppet busy = a_puppet (4000, 0, 1, 5000, 1e6, 0);
  struct puppet light = a_puppet (1000, 0, 1, 500, 1000, S);
  vhm_guest *guests[2] = { boot (&w, &busy), boot (&w, &light) };
  world_run (&w, 2 * S);
  struct round *r = vhm_round_new (guests, 2, &asked, w.processors, NULL);
  ck_assert_uint_eq (round_part (r, 0)->turn, 2000);
  ck_assert_uint_eq (round_part (r, 0)->drawn, 2000);
  ck_assert_uint_eq (round_part (r, 0)->every, 1);
  ck_assert_uint_eq (round_part (r, 1)->every, 17);
  ck_assert_uint_lt (round_part (r, 1)->drawn, round_part (r, 1)->turn);
  vhm_round_free (r);
  world_close (&w);
}
END_TEST

START_TEST (a_light_process_whose_cost_is_known_only_competes)
{
  struct three t;
  three_open (&t);
  struct vhm_exposure_config rough = asked, anew = asked;
  rough.is_rough = anew.is_anew = true;
  vhm_guests_measure (t.guests, 3, &rough);
  world_run (&t.w, S);
  ck_assert (part_of (&t, &rough, NULL, 2).is_known);
  ck_assert (!part_of (&t, &asked, NULL, 2).is_known); /* not well enough */
  vhm_guests_measure (t.guests, 3, &asked);
  world_run (&t.w, S);
  struct part light = part_of (&t, &asked, NULL, 2);
  ck_assert (light.is_known);
  ck_assert_uint_eq (light.every, NEGLIGIBLE_PART);
  ck_assert (!part_of (&t, &asked, NULL, 0).is_known);
  ck_assert (!part_of (&t, &asked, NULL, 1).is_known);
  ck_assert (!part_of (&t, &anew, NULL, 2).is_known);
  vhm_process_set_active (t.puppets[2].process, 0, 100);
  ck_assert (!part_of (&t, &asked, NULL, 2).is_known);
  world_close (&t.w);
}
END_TEST

/* It keeps its cost for some measurements, and is measured then. */
START_TEST (nobody_is_known_for_ever)
{
  struct three t;
  three_open (&t);
  world_run (&t.w, 10 * S); /* all of the light one's pages are there */
  vhm_guests_measure (t.guests, 3, &asked);
  uint64_t n = vhm_process_n_measurements (t.puppets[2].process);
  struct vhm_exposure before = vhm_process_exposure (t.puppets[2].process);
  int kept = 0;
  for (; vhm_process_n_measurements (t.puppets[2].process) == n; kept++) {
    struct vhm_exposure x = vhm_process_exposure (t.puppets[2].process);
    ck_assert_mem_eq (&before, &x, sizeof x);
    world_run (&t.w, S);
    vhm_guests_measure (t.guests, 3, &asked);
    ck_assert_int_lt (kept, 20);
  }
  ck_assert_int_eq (kept, 8 + 1);
  ck_assert_uint_eq (vhm_process_n_measurements (t.puppets[0].process),
                     n + (uint64_t) kept);
  world_close (&t.w);
}
END_TEST

START_TEST (a_comparison_asks_for_those_it_tells)
{
  static const bool tells[] = { false, false, true };
  struct three t;
  three_open (&t);
  ck_assert (part_of (&t, &asked, tells, 0).is_known);
  ck_assert_uint_eq (part_of (&t, &asked, tells, 0).every, 1);
  ck_assert (part_of (&t, &asked, tells, 1).is_known);
  ck_assert (!part_of (&t, &asked, tells, 2).is_known);
  world_close (&t.w);
}
END_TEST

SUITE ("exposure round", tcase_add_test (tc, turns_follow_what_was_issued);
       tcase_add_test (tc, a_light_process_waits_until_it_is_forgotten);
       tcase_add_test (tc, a_light_process_whose_cost_is_known_only_competes);
       tcase_add_test (tc, nobody_is_known_for_ever);
       tcase_add_test (tc, a_comparison_asks_for_those_it_tells);)
