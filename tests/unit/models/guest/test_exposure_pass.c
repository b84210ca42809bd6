/* A pass: whose turn it is, what it draws, what counts. */
#include "exposure.h"
#include "exposure_world.h"
#include "suite.h"

START_TEST (each_takes_its_turns_and_counts_them)
{
  struct world w;
  struct vhm_cpu_config cpu = small_cpu ();
  open_world (&w, &cpu);
  struct puppet busy = a_puppet (4000, 0, 1, 500, 1e6, 0);
  struct puppet light = a_puppet (1000, 0, 1, 500, 1000, S);
  vhm_guest *guests[2] = { boot (&w, &busy), boot (&w, &light) };
  world_run (&w, S);
  struct round *r = vhm_round_new (guests, 2, &asked, w.processors, NULL);
  uint32_t turn = round_part (r, 0)->turn;
  ck_assert_uint_eq (turn, 20000); /* 10 ms at 1 GHz */
  /* a thousandth of the references, in every fourth pass: as few as a mean needs */
  uint32_t few = round_part (r, 1)->drawn;
  ck_assert_uint_eq (few, SLICE / 8);
  for (int i = 0; i < 8; i++) {
    vhm_round_pass (r, false);
    bool both = r->pass_references > turn;
    ck_assert_uint_eq (r->pass_references, both ? turn + few : turn);
    ck_assert_uint_eq (r->steady_references, turn);
    ck_assert_double_gt (r->steady_cyc, 0);
  }
  ck_assert_uint_eq (round_part (r, 0)->n_drawn, 8 * turn);
  ck_assert_uint_eq (round_part (r, 1)->n_drawn, 8 / LEAST_OFTEN * few);
  ck_assert_uint_eq (round_part (r, 0)->batches->len, 0);
  for (int i = 0; i < 4; i++)
    vhm_round_pass (r, true);
  ck_assert_uint_eq (round_part (r, 0)->batches->len, 4);
  ck_assert_uint_eq (round_part (r, 1)->batches->len, 1);
  ck_assert_uint_eq (round_part (r, 1)->n_references, few);
  ck_assert_uint_eq (round_part (r, 1)->n_drawn, 3 * few);
  vhm_round_free (r);
  world_close (&w);
}
END_TEST

/* Half of the pages are in memory: references to the others take part, each in
 * some frame of the guest. With large pages they are left out. */
START_TEST (absent_pages_are_referenced_too)
{
  for (int size = 0; size < 2; size++) {
    struct world w;
    struct vhm_cpu_config cpu = small_cpu ();
    open_world (&w, &cpu);
    w.page_size = size == 0 ? VHM_PAGE_4K : VHM_PAGE_2M;
    struct puppet puppet = a_puppet (4000, 0, 1, 500, 1e6, 0);
    vhm_guest *guest = boot (&w, &puppet);
    while (puppet.process->translation->n_mapped_now < 2000)
      world_run (&w, S / 10000);
    struct round *r = vhm_round_new (&guest, 1, &asked, w.processors, NULL);
    vhm_round_pass (r, true);
    struct part *part = round_part (r, 0);
    ck_assert_uint_eq (part->n_references, SLICE);
    if (size == 0) { /* of the second half of the turn, a half; +- 3.5 x 23 */
      ck_assert_uint_gt (r->n_absent, 46 * (SLICE / 2) / 100);
      ck_assert_uint_lt (r->n_absent, 54 * (SLICE / 2) / 100);
    } else {
      ck_assert_uint_eq (r->n_absent, 0);
    }
    for (uint32_t k = 0; k < r->n_absent; k++) {
      const struct absent *x = &r->absent[k];
      ck_assert (!vhm_refs_is_mapped (part->process->refs, x->page));
      ck_assert_uint_eq (r->accesses[x->at].vpn, x->page);
      ck_assert_uint_lt (r->accesses[x->at].gfn, 12000);
    }
    vhm_round_free (r);
    world_close (&w);
  }
}
END_TEST

/* A page in ten references loses its entry: the caches of upper entries are
 * empty as often, and walks longer. */
START_TEST (lost_entries_are_invalidated)
{
  double cyc[2];
  for (int loses = 0; loses < 2; loses++) {
    struct world w;
    struct vhm_cpu_config cpu = small_cpu ();
    open_world (&w, &cpu);
    struct puppet puppet = a_puppet (8000, 0, 1, 500, 1e6, 0);
    vhm_guest *guest = boot (&w, &puppet);
    world_run (&w, S);
    struct vhm_translation *t = puppet.process->translation;
    double issued = vhm_process_references_since (puppet.process);
    t->ever.lost = loses * issued / 10;
    struct round *r = vhm_round_new (&guest, 1, &asked, w.processors, NULL);
    ck_assert_double_eq_tol (round_part (r, 0)->lost_rate, loses * .1, 1e-6);
    for (int i = 0; i < 20; i++)
      vhm_round_pass (r, i >= 10);
    cyc[loses]
        = vhm_part_exposure (r, round_part (r, 0)).cyc[VHM_EXPOSED_GUEST_WALK];
    vhm_round_free (r);
    world_close (&w);
  }
  ck_assert_double_gt (cyc[1], 1.05 * cyc[0]);
}
END_TEST

SUITE ("exposure pass", tcase_add_test (tc, absent_pages_are_referenced_too);
       tcase_add_test (tc, lost_entries_are_invalidated);
       tcase_add_test (tc, each_takes_its_turns_and_counts_them);)
