/* When a guest boots, boots with smart paging, waits, is refused. */
#include "suite.h"

#include "start_rule.h"

/* What Microsoft's text says, one condition after the other: smart paging bridges
 * only (1) a restart (2) for want of memory (3) when nothing can be reclaimed. */
static enum vhm_start_answer
by_the_text (const struct vhm_start_facts *f)
{
  bool wants_memory = f->available < f->needs;
  bool nothing_comes = f->reclaimable == 0 || f->is_late;
  bool can_run = f->least <= f->available;
  bool has_something_to_bridge = f->least < f->needs;
  if (!wants_memory)
    return VHM_START_BOOTS;
  if (f->has_smart_paging && f->is_restart && nothing_comes && can_run
      && has_something_to_bridge)
    return VHM_START_BRIDGES;
  if (f->is_late)
    return VHM_START_REFUSED;
  return VHM_START_WAITS;
}

/* Every truth of every condition, amounts on both sides of their lines. */
START_TEST (the_whole_table)
{
  static const uint64_t amounts[] = { 0, 4, 5, 9, 10, 11 };
  int n_seen[VHM_N_START_ANSWERS] = { 0 };
  for (int bits = 0; bits < 16; bits++)
    for (size_t a = 0; a < G_N_ELEMENTS (amounts); a++)
      for (size_t least = 0; least < G_N_ELEMENTS (amounts); least++) {
        const struct vhm_start_facts f = {
          .needs = 10,
          .least = amounts[least],
          .available = amounts[a],
          .reclaimable = bits & 1,
          .is_restart = bits & 2,
          .has_smart_paging = bits & 4,
          .is_late = bits & 8,
        };
        enum vhm_start_answer got = vhm_start_decide (&f);
        ck_assert_int_eq (got, by_the_text (&f));
        n_seen[got]++;
      }
  for (int i = 0; i < VHM_N_START_ANSWERS; i++)
    ck_assert_int_gt (n_seen[i], 0);
}
END_TEST

static const struct vhm_start_facts bridged = {
  .needs = 10,
  .least = 5,
  .available = 5,
  .is_restart = true,
  .has_smart_paging = true,
};

START_TEST (one_condition_less_and_it_is_not_bridged)
{
  ck_assert_int_eq (vhm_start_decide (&bridged), VHM_START_BRIDGES);
  struct vhm_start_facts f = bridged;
  f.is_restart = false; /* a start from off */
  ck_assert_int_eq (vhm_start_decide (&f), VHM_START_WAITS);
  f.is_late = true;
  ck_assert_int_eq (vhm_start_decide (&f), VHM_START_REFUSED);
  f = bridged;
  f.reclaimable = 1;
  ck_assert_int_eq (vhm_start_decide (&f), VHM_START_WAITS);
  f = bridged;
  f.available = 10;
  ck_assert_int_eq (vhm_start_decide (&f), VHM_START_BOOTS);
  f = bridged;
  f.available = 4; /* not even its minimum */
  ck_assert_int_eq (vhm_start_decide (&f), VHM_START_WAITS);
  f = bridged;
  f.least = f.needs; /* nothing to bridge */
  ck_assert_int_eq (vhm_start_decide (&f), VHM_START_WAITS);
  f = bridged;
  f.has_smart_paging = false;
  ck_assert_int_eq (vhm_start_decide (&f), VHM_START_WAITS);
}
END_TEST

SUITE ("start rule", tcase_add_test (tc, the_whole_table);
       tcase_add_test (tc, one_condition_less_and_it_is_not_bridged);)
