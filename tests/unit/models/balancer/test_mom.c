/* `mom`: samples, means, targets that stand. */
#include "suite.h"
#include "view.h"

/* Takes a sample and decides at each second. */
#define QUICK "statistics: 1 s, period: 1 s, samples: 1"

/* Holds so much, unused so much; minimum 64 MiB. */
static struct vhm_vm_view
holds (uint32_t id, uint64_t held_mib, uint64_t free_mib)
{
  struct vhm_vm_view vm = a_vm (id, 100, held_mib);
  vm.maximum_bytes = 4000 * MB;
  vm.free_bytes = free_mib * MB;
  return vm;
}

/* Of a machine of 10 000 MB. */
static void
look (struct balancer *b, uint64_t now_s, uint64_t available_mib,
      const struct vhm_vm_view *vms, uint32_t n, uint64_t *ret_targets)
{
  const struct vhm_balance_view view = { .now_ns = now_s * VHM_NS_PER_S,
                                         .available_bytes = available_mib * MB,
                                         .n = n,
                                         .vms = vms,
                                         .machine_bytes = 10000 * MB };
  b->ops->balance (b->state, b->scenario->config, &view, ret_targets);
}

/* 10 % free: 2000 with 300 unused keep 200, so 1900; 2000 with 1000 unused give
 * the largest step; 2000 with 100 unused stay. */
START_TEST (guests_shrink_by_what_they_have_to_spare)
{
  uint64_t t[3];
  struct balancer b = named_balancer ("mom", QUICK);
  struct vhm_vm_view vms[]
      = { holds (0, 2000, 250), holds (1, 2000, 1000), holds (2, 2000, 100) };
  look (&b, 1, 1000, vms, 3, t);
  ck_assert_uint_eq (t[0], 1950 * MB);
  ck_assert_uint_eq (t[1], 1900 * MB);
  ck_assert_uint_eq (t[2], 2000 * MB);
  balancer_clear (&b);
}
END_TEST

START_TEST (above_the_line_all_grow)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("mom", QUICK);
  struct vhm_vm_view vms[] = { holds (0, 2000, 1000), holds (1, 2000, 100) };
  look (&b, 1, 2000, vms, 2, t);
  ck_assert_uint_eq (t[0], 2100 * MB);
  ck_assert_uint_eq (t[1], 2300 * MB);
  balancer_clear (&b);
}
END_TEST

/* 300 more pages a decision under pressure, 50 fewer without, none where there is
 * room for all; nothing before the first decision, whatever the samples. */
START_TEST (the_scanner_is_controlled_with_the_balloons)
{
  uint64_t t[1];
  struct balancer b
      = named_balancer ("mom", "statistics: 1 s, period: 2 s, samples: 1");
  const struct vhm_vm_view vm = holds (0, 2000, 250);
  struct vhm_balance_view view = { .available_bytes = 1000 * MB,
                                   .n = 1,
                                   .vms = &vm,
                                   .machine_bytes = 10000 * MB,
                                   .scannable_bytes = 2000 * MB };
  static const struct {
    uint64_t now_s, available_mib;
    uint32_t pages;
  } looks[] = {
    { 1, 1000, 0 },   { 2, 1000, 300 }, { 3, 1000, 300 },
    { 4, 1999, 600 }, { 6, 2000, 550 }, { 8, 2001, 0 },
  };
  ck_assert_uint_eq (b.ops->scan (b.state).pages_to_scan, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (looks); i++) {
    view.now_ns = looks[i].now_s * VHM_NS_PER_S;
    view.available_bytes = looks[i].available_mib * MB;
    b.ops->balance (b.state, b.scenario->config, &view, t);
    ck_assert_uint_eq (b.ops->scan (b.state).pages_to_scan, looks[i].pages);
  }
  view.now_ns = 10 * VHM_NS_PER_S; /* more to share than there is room for */
  view.scannable_bytes = 8000 * MB;
  b.ops->balance (b.state, b.scenario->config, &view, t);
  ck_assert_uint_eq (b.ops->scan (b.state).pages_to_scan, 500);
  /* 10 ms x 16 GiB / 10 000 MiB */
  ck_assert_uint_eq (b.ops->scan (b.state).sleep_ns, 16 * VHM_NS_PER_S / 1000);
  balancer_clear (&b);
}
END_TEST

START_TEST (a_target_stands_until_the_next_decision)
{
  uint64_t t;
  struct balancer b
      = named_balancer ("mom", "statistics: 5 s, period: 10 s, samples: 1");
  ck_assert_uint_eq (b.ops->period_ns (b.scenario->config), 5 * VHM_NS_PER_S);
  struct vhm_vm_view vm = holds (0, 2000, 1000);
  look (&b, 5, 1000, &vm, 1, &t);
  ck_assert_uint_eq (t, 2000 * MB); /* no decision yet */
  look (&b, 10, 1000, &vm, 1, &t);
  ck_assert_uint_eq (t, 1900 * MB);
  vm.held_bytes = 1950 * MB; /* on its way */
  look (&b, 15, 1000, &vm, 1, &t);
  ck_assert_uint_eq (t, 1900 * MB);
  vm.held_bytes = 1910 * MB;
  vm.free_bytes = 191 * MB; /* as it should be: nothing new is asked for */
  look (&b, 20, 1000, &vm, 1, &t);
  ck_assert_uint_eq (t, 1900 * MB);
  balancer_clear (&b);
}
END_TEST

/* Free of the host: 30 % and 0 % make 15 %, pressure. Held 2000 and 1900,
 * unused 100 and 400: uses 1700, keeps 15 % of 1900. */
START_TEST (means_count)
{
  uint64_t t;
  struct balancer b
      = named_balancer ("mom", "statistics: 5 s, period: 10 s, samples: 2");
  struct vhm_vm_view vm = holds (0, 2000, 100);
  look (&b, 1, 9000, &vm, 1, &t);
  look (&b, 5, 3000, &vm, 1, &t);
  vm = holds (0, 1900, 400);
  look (&b, 10, 0, &vm, 1, &t);
  ck_assert_uint_eq (t, 1900 * MB); /* 1700 + 285: no growth */
  vm = holds (0, 1900, 700);
  look (&b, 15, 2000, &vm, 1, &t);
  look (&b, 20, 1000, &vm, 1, &t); /* 15 %; 1200 + 285, a step */
  ck_assert_uint_eq (t, 1805 * MB);
  balancer_clear (&b);
}
END_TEST

START_TEST (cache_is_unused_unless_told_otherwise)
{
  uint64_t t;
  struct vhm_vm_view vm = holds (0, 2000, 200);
  vm.cache_bytes = 60 * MB;
  struct balancer b = named_balancer ("mom", QUICK);
  look (&b, 1, 1000, &vm, 1, &t);
  ck_assert_uint_eq (t, 1940 * MB);
  balancer_clear (&b);
  b = named_balancer ("mom", QUICK ", unused: free");
  look (&b, 1, 1000, &vm, 1, &t);
  ck_assert_uint_eq (t, 2000 * MB);
  balancer_clear (&b);
}
END_TEST

START_TEST (who_has_not_reported_is_left_alone)
{
  uint64_t t;
  struct balancer b = named_balancer ("mom", QUICK);
  struct vhm_vm_view vm = holds (0, 2000, 1000);
  vm.demand_bytes = 0;
  look (&b, 1, 1000, &vm, 1, &t);
  ck_assert_uint_eq (t, 2000 * MB);
  look (&b, 2, 5000, &vm, 1, &t);
  ck_assert_uint_eq (t, 2000 * MB);
  vm.demand_bytes = MB;
  look (&b, 3, 1000, &vm, 1, &t);
  ck_assert_uint_eq (t, 1900 * MB);
  vm.demand_bytes = 0; /* it has started anew */
  look (&b, 4, 1000, &vm, 1, &t);
  ck_assert_uint_eq (t, 2000 * MB);
  balancer_clear (&b);
}
END_TEST

/* Gone for a look: what is known of it is forgotten, its target too. */
START_TEST (a_guest_that_comes_back_is_new)
{
  uint64_t t[2];
  struct balancer b
      = named_balancer ("mom", "statistics: 1 s, period: 2 s, samples: 9");
  struct vhm_vm_view vms[] = { holds (0, 2000, 2000), holds (1, 2000, 1000) };
  look (&b, 1, 1000, vms, 2, t);
  look (&b, 2, 1000, vms, 2, t);
  ck_assert_uint_eq (t[1], 1900 * MB);
  look (&b, 3, 1000, vms, 1, t);
  look (&b, 4, 1000, vms, 1, t);
  vms[1] = holds (1, 2000, 230);
  look (&b, 5, 1000, vms, 2, t);
  ck_assert_uint_eq (t[1], 2000 * MB);
  look (&b, 6, 1000, vms, 2, t);
  ck_assert_uint_eq (t[1], 1970 * MB);
  balancer_clear (&b);
}
END_TEST

/* 2000 + 1000 held, 100 left, pressure at 0.5 %: 5 % more each are 150, the
 * level at which 100 do is 3.3333 %. */
START_TEST (growth_ends_with_the_memory)
{
  uint64_t t[2];
  struct balancer b
      = named_balancer ("mom", QUICK ", pressure: 0.5 %, critical: 0.1 %");
  struct vhm_vm_view vms[] = { holds (0, 2000, 1000), holds (1, 1000, 500) };
  look (&b, 1, 100, vms, 2, t);
  ck_assert_double_eq_tol ((double) t[0] / MB, 2066.667, .01);
  ck_assert_double_eq_tol ((double) t[1] / MB, 1033.333, .01);
  ck_assert_uint_le (t[0] + t[1], 3100 * MB);
  balancer_clear (&b);
}
END_TEST

static void
refuse (const char *yaml, const char *message)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_plugin *plugin
      = vhm_plugin_find (vhm_all_plugins, VHM_PLUGIN_BALANCER, "mom");
  const struct vhm_scenario_rules rules = { .schema = &plugin->config };
  ck_assert_ptr_null (
      vhm_scenario_read_text ("mom", yaml, strlen (yaml), &rules, &error));
  ck_assert_msg (strstr (error->message, message) != NULL, "%s",
                 error->message);
}

START_TEST (contradictory_lines_are_refused)
{
  refuse ("{pressure: 10 %, critical: 11 %}",
          "mom:1:28: critical: above pressure");
  refuse ("{largest_step: 1 %, smallest_step: 1 %}",
          "mom:1:36: smallest_step: not below largest_step");
  refuse ("{samples: 65}", "samples");
}
END_TEST

SUITE ("mom", tcase_add_test (tc, the_scanner_is_controlled_with_the_balloons);
       tcase_add_test (tc, guests_shrink_by_what_they_have_to_spare);
       tcase_add_test (tc, above_the_line_all_grow);
       tcase_add_test (tc, a_target_stands_until_the_next_decision);
       tcase_add_test (tc, means_count);
       tcase_add_test (tc, cache_is_unused_unless_told_otherwise);
       tcase_add_test (tc, who_has_not_reported_is_left_alone);
       tcase_add_test (tc, a_guest_that_comes_back_is_new);
       tcase_add_test (tc, growth_ends_with_the_memory);
       tcase_add_test (tc, contradictory_lines_are_refused);)
