/* The table of plug-ins: complete, and each describes itself. */
#include "suite.h"

#include <string.h>

#include <vhm/host/registry.h>
#include <vhm/model/disk.h>

#define WORD "abcdefghijklmnopqrstuvwxyz0123456789_-"

START_TEST (finds_each_by_kind_and_name)
{
  for (vhm_registry p = vhm_all_plugins; *p; p++) {
    ck_assert_uint_lt ((*p)->kind, VHM_N_PLUGIN_KINDS);
    ck_assert_uint_eq (strspn ((*p)->name, WORD), strlen ((*p)->name));
    ck_assert_msg (
        vhm_plugin_find (vhm_all_plugins, (*p)->kind, (*p)->name) == *p,
        "%s %s is there twice", vhm_plugin_kind_name ((*p)->kind), (*p)->name);
  }
  ck_assert_ptr_null (
      vhm_plugin_find (vhm_all_plugins, VHM_PLUGIN_DISK, "windows"));
}
END_TEST

START_TEST (has_what_the_parameter_tables_fall_back_to)
{
  static const struct {
    enum vhm_plugin_kind kind;
    const char *name;
  } needed[] = {
    { VHM_PLUGIN_GUEST_OS, "windows" },
    { VHM_PLUGIN_BALANCER, "hyperv" },
    { VHM_PLUGIN_DISK, "hdd" },
    { VHM_PLUGIN_WORKLOAD, "idle" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (needed); i++)
    ck_assert_ptr_nonnull (
        vhm_plugin_find (vhm_all_plugins, needed[i].kind, needed[i].name));
}
END_TEST

START_TEST (each_has_a_summary_operations_and_documented_keys)
{
  for (vhm_registry p = vhm_all_plugins; *p; p++) {
    const struct vhm_schema *schema = &(*p)->config;
    ck_assert_msg ((*p)->summary && *(*p)->summary, "%s", (*p)->name);
    ck_assert_msg ((*p)->ops != NULL, "%s", (*p)->name);
    for (size_t i = 0; i < schema->n_params; i++) {
      const struct vhm_param *key = &schema->params[i];
      ck_assert_msg (key->help && *key->help, "%s.%s", (*p)->name, key->key);
      ck_assert_msg (key->offset < schema->size, "%s.%s", (*p)->name, key->key);
      for (size_t k = 0; k < i; k++)
        ck_assert_msg (strcmp (schema->params[k].key, key->key) != 0,
                       "%s.%s is there twice", (*p)->name, key->key);
    }
  }
}
END_TEST

/* An input that no source gives says why it has its value; a number that a user
 * must give has no value and needs no reason. */
START_TEST (every_default_has_a_source_or_is_a_plain_choice)
{
  for (const struct vhm_plugin *const *p = vhm_all_plugins; *p; p++)
    for (size_t i = 0; i < (*p)->config.n_params; i++) {
      const struct vhm_param *param = &(*p)->config.params[i];
      if (param->source && strncmp (param->source, "assumed: ", 9) == 0)
        ck_assert_msg (param->source[9] != '\0', "%s.%s assumes without reason",
                       (*p)->name, param->key);
    }
}
END_TEST

SUITE ("registry", tcase_add_test (tc, finds_each_by_kind_and_name);
       tcase_add_test (tc, has_what_the_parameter_tables_fall_back_to);
       tcase_add_test (tc, every_default_has_a_source_or_is_a_plain_choice);
       tcase_add_test (tc, each_has_a_summary_operations_and_documented_keys);)
