/* Page sharing as a scenario asks for it: kinds, salting, counters, the ledger. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define HOST(sharing)                                                     \
  "duration: 3 min\nsample: 10 s\nhost: {paging: none, memory: 512 MiB, " \
  "root_reserve: 64 MiB, vm_overhead: 0 B, cpus: 2, gives: at-touch, "    \
  "balancer: static, disks: [{name: d0}], sharing: " sharing "}\n"        \
  "guests:\n"
#define LIKE "[{kind: zeros, part: 10 %}, {kind: image, part: 50 %, image: os}]"
#define GUESTS(name, count)                                                  \
  "  - {name: " name ", count: " count ", os: ideal-lru, content: " LIKE     \
  ", memory: {startup: 32 MiB, minimum: 32 MiB, maximum: 32 MiB}, "          \
  "workloads: [{kind: pattern, size: 16 MiB, pattern: uniform, writes: 0 %," \
  " cycles_per_reference: 20000}]}\n"
#define FAST "guest_pages: 1000, host_pages: 10000, pass: 0 s"
#define MIB ((double) VHM_MIB)

static double
last_of (const struct vhm_result *r, const char *instance, const char *key)
{
  const struct vhm_series *s = vhm_result_find (r, instance, key);
  ck_assert_msg (s != NULL, "no %s.%s", instance, key);
  return s->values[r->n_samples - 1];
}

static double
sum_of (const struct vhm_result *r, const char *instance, const char *key)
{
  const struct vhm_series *s = vhm_result_find (r, instance, key);
  double sum = 0;
  for (size_t i = 1; i < r->n_samples; i++)
    sum += s->values[i] * r->interval_s;
  return sum;
}

static uint64_t
cycles (const struct vhm_result *r, const char *guest, enum vhm_account account)
{
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    if (g_str_equal (row->guest, guest)
        && g_str_equal (row->account, vhm_account_name (account)))
      return row->cycles;
  }
  ck_abort_msg ("no such account");
}

/* 60 % of four times 16 MiB is shared; of the image one copy stays, of the zeros
 * a page. */
START_TEST (like_guests_share_whatever_the_kind)
{
  struct vhm_result *r = host_glance (
      _i ? HOST ("{kind: ksm, pages_to_scan: 200, sleep: 100 ms}")
              GUESTS ("a", "2") GUESTS ("b", "2")
         : HOST ("{kind: esx, " FAST "}") GUESTS ("a", "2") GUESTS ("b", "2"));
  double shared = last_of (r, "host", "shared_bytes");
  double common = last_of (r, "host", "shared_common_bytes");
  ck_assert_double_eq_tol (shared / MIB, 4 * 0.6 * 16, 0.2);
  ck_assert_double_eq_tol (common / MIB, 8, 0.1);
  ck_assert_double_eq (last_of (r, "host", "shared_saving_bytes"),
                       shared - common);
  ck_assert_double_eq_tol (last_of (r, "host", "shared_zero_bytes") / MIB,
                           4 * 1.6, 0.1);
  ck_assert_double_eq_tol (last_of (r, "b[2]", "shared_bytes") / MIB, 9.6, 0.1);
  ck_assert_double_eq_tol (last_of (r, "b[2]", "shared_zero_bytes") / MIB, 1.6,
                           0.1);
  double consumed = last_of (r, "b[2]", "consumed_bytes");
  ck_assert_double_eq_tol (consumed / MIB, 6.4, 0.1);
  ck_assert_double_eq (last_of (r, "host", "sum_of_memory"), 512 * MIB);
  ck_assert_double_gt (sum_of (r, "a[1]", "pages_scanned_per_s"), 4096);
  ck_assert_double_eq (sum_of (r, "host", "cow_breaks_per_s"), 0);
  ck_assert_uint_gt (cycles (r, "a[1]", VHM_ACCOUNT_SHARING), 0);
  ck_assert_uint_eq (cycles (r, "a[1]", VHM_ACCOUNT_COW), 0);
  vhm_result_free (r);
}
END_TEST

/* Copies of the image: one; one a group; one a guest. */
START_TEST (salting_says_who_shares_with_whom)
{
  static const struct {
    const char *text;
    double shared, common;
  } rows[] = {
    { HOST ("{kind: esx, " FAST ", salting: none}") GUESTS ("a", "2")
          GUESTS ("b", "1"),
      3 * 9.6, 8 },
    { HOST ("{kind: esx, " FAST ", salting: group}") GUESTS ("a", "2")
          GUESTS ("b", "1"),
      2 * 9.6 + 1.6, 8 },
    { HOST ("{kind: esx, " FAST ", salting: guest}") GUESTS ("a", "2")
          GUESTS ("b", "1"),
      3 * 1.6, 0 },
  };
  struct vhm_result *r = host_glance (rows[_i].text);
  ck_assert_double_eq_tol (last_of (r, "host", "shared_bytes") / MIB,
                           rows[_i].shared, 0.2);
  ck_assert_double_eq_tol (last_of (r, "host", "shared_common_bytes") / MIB,
                           rows[_i].common, 0.1);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_host_that_shares_nothing_says_nothing_of_it)
{
  struct vhm_result *r = host_glance (HOST ("{kind: none}") GUESTS ("a", "1"));
  ck_assert_ptr_null (vhm_result_find (r, "host", "shared_bytes"));
  ck_assert_ptr_null (vhm_result_find (r, "a", "shared_bytes"));
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    ck_assert_str_ne (row->account, vhm_account_name (VHM_ACCOUNT_SHARING));
  }
  vhm_result_free (r);
}
END_TEST

static struct vhm_result *
under_mom (const char *memory, const char *kind)
{
  g_autofree char *host = g_strdup_printf ("memory: %s", memory);
  g_autofree char *sharing = g_strdup_printf (
      "sharing: {kind: %s, " FAST ", pages_to_scan: 7}", kind);
  GString *text = g_string_new (HOST ("{}") GUESTS ("a", "4"));
  g_string_replace (text, "memory: 512 MiB", host, 1);
  g_string_replace (text, "sharing: {}", sharing, 1);
  g_string_replace (text, "balancer: static",
                    "balancer: {kind: mom, samples: 1}", 1);
  struct vhm_result *r = host_glance (text->str);
  g_string_free (text, TRUE);
  return r;
}

/* 87 % free: the scanner rests. 18 % of 156 MiB free: it goes at MOM's pace,
 * whatever the case says, from the first decision at 10 s on, and more after each.
 * The sleep is 10 ms x 16 GiB / 156 MiB = 1050 ms. ESX's own scanner is none of
 * its affairs. */
START_TEST (mom_controls_the_scanner_of_ksm)
{
  struct vhm_result *r = under_mom ("512 MiB", "ksm");
  ck_assert_double_eq (sum_of (r, "host", "pages_scanned_per_s"), 0);
  vhm_result_free (r);
  r = under_mom ("156 MiB", "ksm");
  const struct vhm_series *s
      = vhm_result_find (r, "host", "pages_scanned_per_s");
  ck_assert_double_eq (s->values[1], 0);
  ck_assert_double_eq_tol (s->values[2], 300 / 1.0502, 60);
  ck_assert_double_eq_tol (s->values[4], 900 / 1.0506, 120);
  ck_assert_double_gt (last_of (r, "host", "shared_bytes"), 25 * MIB);
  /* which leaves room for all: it rests again */
  ck_assert_double_eq (last_of (r, "host", "pages_scanned_per_s"), 0);
  vhm_result_free (r);
  r = under_mom ("512 MiB", "esx");
  ck_assert_double_gt (sum_of (r, "host", "pages_scanned_per_s"), 1000);
  vhm_result_free (r);
}
END_TEST

SUITE ("sharing of a host",
       tcase_add_loop_test (tc, like_guests_share_whatever_the_kind, 0, 2);
       tcase_add_loop_test (tc, salting_says_who_shares_with_whom, 0, 3);
       tcase_add_test (tc, a_host_that_shares_nothing_says_nothing_of_it);
       tcase_add_test (tc, mom_controls_the_scanner_of_ksm);)
