#include <signal.h>
#include <suite.h>
#include <toy_schema.h>
#include <vhm/sim/plugin.h>

START_TEST (a_plugin_is_found_by_kind_and_name)
{
  const struct vhm_plugin *esx
      = vhm_plugin_find (toy_registry, VHM_PLUGIN_BALANCER, "esx");
  ck_assert_ptr_eq (esx, &toy_plugins[3]);
  ck_assert_ptr_null (vhm_plugin_find (toy_registry, VHM_PLUGIN_DISK, "esx"));
  ck_assert_ptr_null (
      vhm_plugin_find (toy_registry, VHM_PLUGIN_BALANCER, "ESX"));
}
END_TEST

START_TEST (every_kind_has_a_name_of_its_own)
{
  for (int i = 0; i < VHM_N_PLUGIN_KINDS; i++)
    for (int j = 0; j < i; j++)
      ck_assert_str_ne (vhm_plugin_kind_name ((enum vhm_plugin_kind) i),
                        vhm_plugin_kind_name ((enum vhm_plugin_kind) j));
}
END_TEST

START_TEST (an_unknown_kind_is_a_bug)
{
  vhm_plugin_kind_name (VHM_N_PLUGIN_KINDS);
}
END_TEST

SUITE ("plugin", tcase_add_test (tc, a_plugin_is_found_by_kind_and_name);
       tcase_add_test (tc, every_kind_has_a_name_of_its_own);
       if (suite_can_fork ())
           tcase_add_test_raise_signal (tc, an_unknown_kind_is_a_bug, SIGABRT);)
