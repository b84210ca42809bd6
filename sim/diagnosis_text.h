/* Expressions of rules, made those of one guest. */
#ifndef SIM_DIAGNOSIS_TEXT_H
#define SIM_DIAGNOSIS_TEXT_H

#include <vhm/sim/diagnosis.h>

/* {guest}, {maximum}, {minimum}, {vcpus}, {disk} replaced; guest NULL: as it stands.
 * g_free it. */
char *vhm_rule_text (const char *value, const struct vhm_diagnosed_guest *guest);

/* A text that may be left out. */
static inline const char *
vhm_rule_or_nothing (const char *text)
{
  return text ? text : "";
}

/* Signals of all instances, in the order of the rules; struct vhm_signal *. */
GPtrArray *vhm_signals_find (const struct vhm_rules *rules,
                             const struct vhm_diagnosed *what,
                             const struct vhm_result *result, GError **error);

#endif
