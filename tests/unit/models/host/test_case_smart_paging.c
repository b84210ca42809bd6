/* Keys of smart paging. */
#include "host_run.h"
#include "suite.h"

#define SCENARIO(host)                                                      \
  "duration: 1 min\nhost: {memory: 2 GiB, disks: [{name: d0}], " host "}\n" \
  "guests:\n  - {name: a, memory: {startup: 512 MiB, minimum: 128 MiB, "    \
  "maximum: 512 MiB}, workloads: [{kind: idle}]}\n"

static struct vhm_case_smart_paging
read_keys (const char *text)
{
  g_autoptr (vhm_scenario) s = host_scenario (text);
  return ((const struct vhm_case *) s->config)->host.smart_paging;
}

START_TEST (it_is_for_those_who_ask_for_it)
{
  ck_assert (!read_keys (SCENARIO ("")).enabled);
  ck_assert (read_keys (SCENARIO ("smart_paging: {enabled: true}")).enabled);
}
END_TEST

START_TEST (patience_and_pace_are_read)
{
  struct vhm_case_smart_paging p = read_keys (SCENARIO (""));
  ck_assert_uint_eq (p.patience_ns, 30 * VHM_NS_PER_S);
  ck_assert_uint_eq (p.read_back_bytes_per_s, 32 * VHM_MIB);
  p = read_keys (
      SCENARIO ("smart_paging: {patience: 0 s, read_back: 1 MiB/s}"));
  ck_assert_uint_eq (p.patience_ns, 0);
  ck_assert_uint_eq (p.read_back_bytes_per_s, VHM_MIB);
}
END_TEST

SUITE ("case, smart paging",
       tcase_add_test (tc, it_is_for_those_who_ask_for_it);
       tcase_add_test (tc, patience_and_pace_are_read);)
