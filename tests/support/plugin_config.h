/* Builds the config of a plug-in in a test, by the keys of its own table, in
 * base units (ns, bytes, B/s, ppm; 0 or 1; the index of a choice). Every key must be named: what is not in a
 * test's list would be zero and hide a forgotten key. */
#ifndef VHM_TESTS_PLUGIN_CONFIG_H
#define VHM_TESTS_PLUGIN_CONFIG_H

#include <glib.h>
#include <string.h>

#include <vhm/sim/plugin.h>

struct setting {
  const char *key;
  uint64_t value;
};

static inline const struct vhm_param *
plugin_param (const struct vhm_plugin *plugin, const char *key)
{
  for (size_t i = 0; i < plugin->config.n_params; i++)
    if (strcmp (plugin->config.params[i].key, key) == 0)
      return &plugin->config.params[i];
  g_error ("%s has no key %s", plugin->name, key);
}

static inline void
plugin_config_set (const struct vhm_plugin *plugin, void *config,
                   const char *key, uint64_t value)
{
  const struct vhm_param *param = plugin_param (plugin, key);
  void *field = (char *) config + param->offset;
  if (param->type == VHM_PARAM_BOOL)
    *(bool *) field = value != 0;
  else if (param->type == VHM_PARAM_CHOICE)
    *(int *) field = (int) value;
  else
    *(uint64_t *) field = value;
}

/* Free with g_free. */
static inline void *
plugin_config (const struct vhm_plugin *plugin, const struct setting *settings,
               size_t n)
{
  void *config = g_malloc0 (plugin->config.size);
  g_assert_cmpuint (n, ==, plugin->config.n_params);
  for (size_t i = 0; i < n; i++)
    plugin_config_set (plugin, config, settings[i].key, settings[i].value);
  return config;
}

#endif
