/* When a measurement knows enough. */
#include "exposure.h"
#include "exposure_world.h"
#include "suite.h"

struct one {
  struct world w;
  struct vhm_cpu_config cpu;
  struct puppet puppet;
  vhm_guest *guest;
  struct vhm_exposure_config config;
  struct round *round;
  struct part *part;
};

/* A round of one process that computes 1000 cycles a reference. */
static void
one_open (struct one *o)
{
  o->cpu = small_cpu ();
  o->config = asked;
  open_world (&o->w, &o->cpu);
  o->puppet = a_puppet (4000, 0, 1, 1000, 1e6, 0);
  o->guest = boot (&o->w, &o->puppet);
  world_run (&o->w, S);
  o->round = vhm_round_new (&o->guest, 1, &o->config, o->w.processors, NULL);
  o->part = round_part (o->round, 0);
}

static void
one_close (struct one *o)
{
  vhm_round_free (o->round);
  world_close (&o->w);
}

/* n batches, mean +- spread by turns. */
static void
batches (struct one *o, int n, double mean, double spread)
{
  g_array_set_size (o->part->batches, 0);
  for (int i = 0; i < n; i++) {
    double batch = mean + (i % 2 ? spread : -spread);
    g_array_append_val (o->part->batches, batch);
  }
  o->part->n_references = (uint64_t) n * SLICE;
}

START_TEST (narrow_is_a_share_of_the_cost_or_of_computing)
{
  struct one o;
  one_open (&o);
  batches (&o, 8, 100, 1);
  ck_assert (vhm_part_is_precise (o.round, o.part));
  batches (&o, 8, 100, 20);
  ck_assert (!vhm_part_is_precise (o.round, o.part));
  /* 5 % of 1 % of 1000 cycles */
  batches (&o, 8, 0.1, 0.4);
  ck_assert (vhm_part_is_precise (o.round, o.part));
  batches (&o, 8, 0.1, 1);
  ck_assert (!vhm_part_is_precise (o.round, o.part));
  o.part->is_negligible = true; /* of 10 % */
  ck_assert (vhm_part_is_precise (o.round, o.part));
  one_close (&o);
}
END_TEST

START_TEST (it_ends_at_a_look_or_when_the_references_are_used_up)
{
  struct one o;
  one_open (&o);
  batches (&o, 8, 100, 1);
  ck_assert (!vhm_round_is_over (o.round, false));
  ck_assert (vhm_round_is_over (o.round, true));
  batches (&o, 8, 100, 50);
  ck_assert (!vhm_round_is_over (o.round, true));
  o.config.is_rough = true;
  ck_assert (vhm_round_is_over (o.round, false)); /* 32768 of 25000 */
  o.config.is_rough = false;
  batches (&o, 49, 100, 80);
  ck_assert (vhm_round_is_over (o.round, false)); /* 200704 of 200000 */
  /* but not before the fewest batches */
  batches (&o, LEAST_BATCHES - 1, 100, 0);
  o.part->n_references = 1000000;
  ck_assert (!vhm_round_is_over (o.round, true));
  batches (&o, LEAST_BATCHES, 100, 0);
  ck_assert (vhm_round_is_over (o.round, true));
  one_close (&o);
}
END_TEST

START_TEST (light_and_known_processes_do_not_hold_it_up)
{
  struct one o;
  one_open (&o);
  o.part->every = LEAST_OFTEN;
  o.part->is_negligible = true;
  batches (&o, 2, 100, 50);
  ck_assert (!vhm_round_is_over (o.round, true));
  batches (&o, 3, 100, 50);
  ck_assert (vhm_round_is_over (o.round, true));
  batches (&o, 1, 100, 0);
  ck_assert (!vhm_round_is_over (o.round, true));
  o.part->is_known = true;
  ck_assert (vhm_round_is_over (o.round, true));
  one_close (&o);
}
END_TEST

SUITE ("exposure end",
       tcase_add_test (tc, narrow_is_a_share_of_the_cost_or_of_computing);
       tcase_add_test (tc,
                       it_ends_at_a_look_or_when_the_references_are_used_up);
       tcase_add_test (tc, light_and_known_processes_do_not_hold_it_up);)
