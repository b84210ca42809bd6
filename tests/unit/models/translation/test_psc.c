/* Where a walk begins after another one. */
#include "cpu_config.h"
#include "psc.h"
#include "suite.h"

static const struct {
  const char *name;
  uint64_t next;             /* page, after a walk for page 0 */
  unsigned leaf;             /* of the next walk */
  unsigned first_4, first_5; /* where it begins, with 4 and 5 levels */
} cases[] = {
  { "the same table", 511, 1, 1, 1 },
  { "the next level-1 table", 512, 1, 2, 2 },
  { "the next level-2 table", 1 << 18, 1, 3, 3 },
  { "the next level-3 table", 1 << 27, 1, 4, 4 },
  { "a 2M page beside it", 512, 2, 2, 2 },
  { "a 1G page beside it", 1 << 18, 3, 3, 3 },
};

static unsigned
first_after_page_0 (size_t i, unsigned top, bool has_pml5e)
{
  struct vhm_cpu_config cpu = skylake_config ();
  if (has_pml5e)
    cpu.guest_psc[VHM_PSC_PML5E] = (struct vhm_cpu_psc){ 1, 0 };
  struct psc psc;
  psc_init (&psc, cpu.guest_psc, 1);
  ck_assert_uint_eq (psc_find (&psc, ADDRESS_VALID, 0, 1, top), top);
  unsigned first
      = psc_find (&psc, ADDRESS_VALID, cases[i].next, cases[i].leaf, top);
  uint64_t other = ADDRESS_VALID | address_pcid_tag (1);
  ck_assert_uint_eq (psc_find (&psc, other, cases[i].next, cases[i].leaf, top),
                     top);
  psc_clear (&psc);
  return first;
}

START_TEST (a_walk_begins_below_the_deepest_entry_at_hand)
{
  size_t i = (size_t) _i;
  ck_assert_msg (first_after_page_0 (i, 4, false) == cases[i].first_4, "%s",
                 cases[i].name);
  ck_assert_msg (first_after_page_0 (i, 5, true) == cases[i].first_5, "%s",
                 cases[i].name);
}
END_TEST

START_TEST (leaves_no_leaf)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct psc psc;
  psc_init (&psc, cpu.guest_psc, 1);
  const struct assoc_rule all = { 0 };
  for (unsigned walks = 1; walks <= 2; walks++) {
    ck_assert_uint_eq (psc_find (&psc, ADDRESS_VALID, 0, 2, 4), 4); /* 2M */
    if (walks == 2) /* its leaf is not at hand for a walk to a 4K page */
      ck_assert_uint_eq (psc_find (&psc, ADDRESS_VALID, 0, 1, 4), 2);
    ck_assert_uint_eq (psc_drop (&psc, &all), walks + 1);
  }
  psc_clear (&psc);
}
END_TEST

START_TEST (what_does_not_exist_takes_no_time)
{
  struct vhm_cpu_config none = forgetful_config (), some = skylake_config ();
  struct psc psc;
  psc_init (&psc, none.guest_psc, 1);
  ck_assert_double_eq (psc.latency_cyc, 0);
  for (int i = 0; i < 2; i++)
    ck_assert_uint_eq (psc_find (&psc, ADDRESS_VALID, 0, 1, 4), 4);
  psc_clear (&psc);
  psc_init (&psc, some.guest_psc, 1);
  ck_assert_double_eq (psc.latency_cyc, 1);
  psc_clear (&psc);
}
END_TEST

SUITE ("psc",
       tcase_add_loop_test (tc, a_walk_begins_below_the_deepest_entry_at_hand,
                            0, G_N_ELEMENTS (cases));
       tcase_add_test (tc, leaves_no_leaf);
       tcase_add_test (tc, what_does_not_exist_takes_no_time);)
