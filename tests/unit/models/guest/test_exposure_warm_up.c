/* How long the structures are warmed up. */
#include "exposure.h"
#include "exposure_world.h"
#include "suite.h"

static uint64_t
warm_up (struct world *w, vhm_guest *guest,
         const struct vhm_exposure_config *config, uint64_t *ret_full)
{
  struct round *r = vhm_round_new (&guest, 1, config, w->processors, NULL);
  *ret_full = vhm_round_full_warm_up (r);
  vhm_rounds_warm_up (&r, 1);
  uint64_t n = round_part (r, 0)->n_drawn;
  ck_assert_uint_eq (round_part (r, 0)->batches->len, 0);
  vhm_round_free (r);
  return n;
}

/* What is cold has a long one, what is warm a short one, and a rough one does a
 * sixteenth whatever it finds. */
START_TEST (the_first_is_long_and_the_next_is_short)
{
  struct world w;
  struct vhm_cpu_config cpu = small_cpu ();
  cpu.llc.size_bytes = 16 * VHM_MIB;
  cpu.llc.ways = 16;
  open_world (&w, &cpu);
  struct puppet p = a_puppet (8000, 0, 1, 500, 1e6, 0);
  vhm_guest *guest = boot (&w, &p);
  world_run (&w, S);
  struct vhm_exposure_config rough = asked;
  rough.is_rough = true;
  uint64_t full;
  uint64_t n = warm_up (&w, guest, &rough, &full);
  ck_assert_uint_ge (n, full / 16);
  ck_assert_uint_le (n, full / 16 + SLICE);
  n = warm_up (&w, guest, &asked, &full);
  ck_assert_uint_ge (n, full * 3 / 4); /* a quarter and its double */
  n = warm_up (&w, guest, &asked, &full);
  ck_assert_uint_ge (n, full * 3 / 16);
  ck_assert_uint_le (n, full / 2);
  world_close (&w);
}
END_TEST

/* Little memory brings few lines: three times those of all its pages. */
START_TEST (little_memory_is_warm_soon)
{
  struct world w;
  struct vhm_cpu_config cpu = skylake_config ();
  open_world (&w, &cpu);
  struct puppet p = a_puppet (100, 0, 1, 500, 1e6, 0);
  vhm_guest *guest = boot (&w, &p);
  world_run (&w, S);
  uint64_t full;
  warm_up (&w, guest, &asked, &full);
  ck_assert_uint_eq (full, 3 * 66 * 100 / 2);
  world_close (&w);
}
END_TEST

SUITE ("exposure warm-up",
       tcase_add_test (tc, the_first_is_long_and_the_next_is_short);
       tcase_add_test (tc, little_memory_is_warm_soon);)
