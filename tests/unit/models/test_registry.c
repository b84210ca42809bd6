/* The table of plug-ins. */
#include "suite.h"

#include <string.h>
#include <vhm/host/registry.h>

START_TEST (every_plugin_can_be_found_and_described)
{
  for (const struct vhm_plugin *const *p = vhm_all_plugins; *p; p++) {
    ck_assert_ptr_eq (vhm_plugin_find (vhm_all_plugins, (*p)->kind, (*p)->name),
                      *p);
    ck_assert ((*p)->summary && *(*p)->summary && (*p)->ops);
    for (size_t i = 0; i < (*p)->config.n_params; i++)
      ck_assert_msg ((*p)->config.params[i].help != NULL, "%s.%s", (*p)->name,
                     (*p)->config.params[i].key);
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

SUITE ("registry", tcase_add_test (tc, every_plugin_can_be_found_and_described);
       tcase_add_test (tc, every_default_has_a_source_or_is_a_plain_choice);)
