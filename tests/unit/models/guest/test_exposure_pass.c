/* A pass: whose turn it is, what it draws, what counts. */
#include "cpu_config.h"
#include "exposure.h"
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

static const struct vhm_exposure_config asked
    = { .error = 0.05, .confidence = 0.95, .most = 200000, .change = 0.2 };

static struct vhm_cpu_config
small_cpu (void)
{
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.llc.size_bytes = 64 * VHM_KIB; /* warm soon */
  cpu.llc.ways = 8;
  cpu.l2.size_bytes = 32 * VHM_KIB;
  cpu.l2.ways = 8;
  return cpu;
}

static void
open_world (struct world *w, const struct vhm_cpu_config *cpu)
{
  world_open (w, 1, 40000);
  world_translates (w, cpu, 1, VHM_PAGING_SLAT, VHM_PAGE_4K);
  world_os (w, "ideal-lru", "");
}

static vhm_guest *
boot (struct world *w, struct puppet *puppet)
{
  world_puppet (w, puppet);
  return world_boot (w, 1, 12000, 12000);
}

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

SUITE ("exposure pass",
       tcase_add_test (tc, each_takes_its_turns_and_counts_them);)
