/* When a migration sends on, stops the guest, gives up. */
#include "suite.h"

#include <vhm/base/units.h>

#include "migration_rule.h"

#include <math.h>

static const struct vhm_migration_facts usual = {
  .n_rounds = 3,
  .sent_pages = 1000,
  .dirty_pages = 900,
  .bytes_per_s = 1000 * VHM_PAGE_BYTES, /* 1000 pages a second */
  .stop_ns = VHM_NS_PER_S / 10,         /* that is, 100 pages */
  .most_rounds = 10,
};

START_TEST (each_line_of_the_table)
{
  struct vhm_migration_facts f = usual;
  ck_assert_int_eq (vhm_migration_decide (&f), VHM_MIGRATION_SENDS);
  f.dirty_pages = 101;
  ck_assert_int_eq (vhm_migration_decide (&f), VHM_MIGRATION_SENDS);
  f.dirty_pages = 100;
  ck_assert_int_eq (vhm_migration_decide (&f), VHM_MIGRATION_STOPS);
  f.n_rounds = 10;
  f.gives_up = true;
  ck_assert_int_eq (vhm_migration_decide (&f), VHM_MIGRATION_STOPS);
  for (int gives_up = 0; gives_up < 2; gives_up++) {
    int last = gives_up ? VHM_MIGRATION_GIVES_UP : VHM_MIGRATION_FORCES;
    f = usual;
    f.gives_up = gives_up;
    f.n_rounds = 10;
    ck_assert_int_eq (vhm_migration_decide (&f), last);
    f.n_rounds = 9;
    ck_assert_int_eq (vhm_migration_decide (&f), VHM_MIGRATION_SENDS);
    f.dirty_pages = 1000;
    ck_assert_int_eq (vhm_migration_decide (&f), last);
    f.dirty_pages = 999;
    ck_assert_int_eq (vhm_migration_decide (&f), VHM_MIGRATION_SENDS);
  }
}
END_TEST

/* A constant rate of writing: the geometric series, and the number of rounds that
 * make the rest small enough. */
START_TEST (a_constant_rate_gives_the_geometric_series)
{
  const double v = 1e6;
  for (double ratio = 0.05; ratio < 1; ratio += 0.05) {
    struct vhm_migration_facts f = usual;
    f.most_rounds = 1000;
    double left = v, sent = 0;
    enum vhm_migration_answer answer = VHM_MIGRATION_SENDS;
    for (f.n_rounds = 1; answer == VHM_MIGRATION_SENDS; f.n_rounds++) {
      f.sent_pages = (uint64_t) llround (left);
      sent += left;
      left *= ratio;
      f.dirty_pages = (uint64_t) llround (left);
      answer = vhm_migration_decide (&f);
    }
    double n = (double) f.n_rounds - 2; /* after the first */
    ck_assert_int_eq (answer, VHM_MIGRATION_STOPS);
    ck_assert_double_eq_tol (sent, v * (1 - pow (ratio, n + 1)) / (1 - ratio),
                             1e-6 * v);
    ck_assert_double_eq (n + 1, ceil (log (100.5 / v) / log (ratio)));
  }
}
END_TEST

START_TEST (large_numbers_do_not_overflow)
{
  struct vhm_migration_facts f = usual;
  f.sent_pages = f.dirty_pages = UINT64_C (1) << 32;
  f.bytes_per_s = VHM_TIB;
  f.stop_ns = UINT64_C (3600) * VHM_NS_PER_S;
  ck_assert_int_eq (vhm_migration_decide (&f), VHM_MIGRATION_STOPS);
  f.bytes_per_s = VHM_MIB;
  ck_assert_int_eq (vhm_migration_decide (&f), VHM_MIGRATION_FORCES);
}
END_TEST

SUITE ("when migrations stop", tcase_add_test (tc, each_line_of_the_table);
       tcase_add_test (tc, a_constant_rate_gives_the_geometric_series);
       tcase_add_test (tc, large_numbers_do_not_overflow);)
