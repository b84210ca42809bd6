/* Runs that end before their time: an audit that finds something, a wish to
 * stop. The guest whose audit fails runs the ideal system of the program under
 * another name, with an audit of its own. */
#include "host_run.h"
#include "suite.h"

#include <vhm/base/error.h>
#include <vhm/model/guest_os.h>

#define CASE                                                                \
  "duration: 2 min\nsample: 10 s\n"                                         \
  "host: {memory: 1 GiB, root_reserve: 64 MiB, disks: [{name: d0}]}\n"      \
  "guests:\n"                                                               \
  "  - {name: good, os: ideal-lru, memory: {startup: 64 MiB, minimum: 32 "  \
  "MiB, maximum: 64 MiB}, workloads: [{kind: idle, commit: 32 MiB}]}\n"     \
  "  - {name: bad, start: 25 s, os: planted, memory: {startup: 64 MiB, "    \
  "minimum: 32 MiB, maximum: 64 MiB}, workloads: [{kind: idle, commit: 32 " \
  "MiB}]}\n"

static const char *
find_fault (const void *state)
{
  (void) state;
  return "a planted fault";
}

/* The parts must outlive the scenario that is read with them. */
struct planted {
  struct vhm_guest_os_ops ops;
  struct vhm_plugin plugin;
  GPtrArray *list;
};

static void
plant (struct planted *p)
{
  const struct vhm_plugin *ideal
      = vhm_plugin_find (vhm_all_plugins, VHM_PLUGIN_GUEST_OS, "ideal-lru");
  p->ops = *(const struct vhm_guest_os_ops *) ideal->ops;
  p->ops.audit = find_fault;
  p->plugin = *ideal;
  p->plugin.name = "planted";
  p->plugin.ops = &p->ops;
  p->list = g_ptr_array_new ();
  g_ptr_array_add (p->list, &p->plugin);
  for (vhm_registry r = vhm_all_plugins; *r; r++)
    g_ptr_array_add (p->list, (gpointer) *r);
  g_ptr_array_add (p->list, NULL);
}

static bool
run (const struct vhm_host_options *options, struct vhm_result **ret_result,
     GError **error)
{
  struct planted planted;
  plant (&planted);
  g_autoptr (vhm_scenario) s
      = host_scenario_with (CASE, (vhm_registry) planted.list->pdata);
  g_autoptr (vhm_host) host = vhm_host_new (s->config, options);
  *ret_result = vhm_result_new ();
  bool fine = vhm_host_run (host, *ret_result, error);
  g_ptr_array_unref (planted.list);
  return fine;
}

START_TEST (an_audit_that_finds_something_ends_the_run)
{
  g_autoptr (GError) error = NULL;
  struct vhm_result *r;
  const struct vhm_host_options options = { .seed = 1, .audit = true };
  ck_assert (!run (&options, &r, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_TOOL));
  ck_assert_str_eq (error->message, "audit at 30.0 s: bad: a planted fault; "
                                    "this is a defect of vhm");
  vhm_result_free (r);
}
END_TEST

START_TEST (without_audits_nobody_looks)
{
  g_autoptr (GError) error = NULL;
  struct vhm_result *r;
  const struct vhm_host_options options = { .seed = 1 };
  ck_assert (run (&options, &r, &error));
  ck_assert_double_eq (summary_of (r, "bad", "time_on"), 95);
  vhm_result_free (r);
}
END_TEST

struct asked {
  int n, last;
};

static bool
is_last (void *context)
{
  struct asked *asked = context;
  return ++asked->n == asked->last;
}

START_TEST (a_wish_to_stop_is_granted_at_the_next_sample)
{
  g_autoptr (GError) error = NULL;
  struct vhm_result *r;
  struct asked asked = { .last = 4 };
  const struct vhm_host_options options
      = { .seed = 1, .wants_stop = is_last, .stop_context = &asked };
  ck_assert (!run (&options, &r, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_IO));
  ck_assert_int_eq (asked.n, 4);
  vhm_result_free (r);
}
END_TEST

START_TEST (asking_changes_nothing)
{
  struct vhm_result *plain, *asked_all;
  struct asked asked = { .last = 1000 };
  const struct vhm_host_options none = { .seed = 1 };
  const struct vhm_host_options options
      = { .seed = 1, .wants_stop = is_last, .stop_context = &asked };
  ck_assert (run (&none, &plain, NULL));
  ck_assert (run (&options, &asked_all, NULL));
  ck_assert_int_eq (asked.n, 13);
  ck_assert_uint_eq (plain->n_events, asked_all->n_events);
  ck_assert_uint_eq (plain->n_references, asked_all->n_references);
  vhm_result_free (plain);
  vhm_result_free (asked_all);
}
END_TEST

SUITE ("how a host ends",
       tcase_add_test (tc, an_audit_that_finds_something_ends_the_run);
       tcase_add_test (tc, without_audits_nobody_looks);
       tcase_add_test (tc, a_wish_to_stop_is_granted_at_the_next_sample);
       tcase_add_test (tc, asking_changes_nothing);)
