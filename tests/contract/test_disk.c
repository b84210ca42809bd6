/* What every disk model promises (include/vhm/model/disk.h), whichever it is.
 * Loops over the registry; every key has its default. */
#include "suite.h"

#include <vhm/host/registry.h>
#include <vhm/model/disk.h>
#include <vhm/sim/scenario.h>

#define HZ UINT64_C (2400000000)
#define N_REQUESTS 2000

static const struct vhm_plugin *
model (int i)
{
  for (const struct vhm_plugin *const *p = vhm_all_plugins; *p; p++)
    if ((*p)->kind == VHM_PLUGIN_DISK && i-- == 0)
      return *p;
  return NULL;
}

static int
n_models (void)
{
  int n = 0;
  while (model (n))
    n++;
  return n;
}

struct run {
  vhm_engine *engine;
  vhm_disk *disk;
  struct vhm_rng rng;
  uint64_t submitted_cyc[N_REQUESTS], done_cyc[N_REQUESTS];
  uint32_t n_submitted, n_done;
  uint64_t end_bytes; /* of the last request */
};

static void
note_done (void *context, uint64_t tag)
{
  struct run *run = context;
  ck_assert_uint_eq (run->done_cyc[tag], 0); /* exactly once */
  run->done_cyc[tag] = vhm_engine_now (run->engine).raw;
  run->n_done++;
}

/* One in three goes on where the last one ended. */
static void
submit_one (void *context)
{
  struct run *run = context;
  static const uint64_t far = UINT64_C (3) << 40; /* some beyond the capacity */
  uint64_t size = vhm_rng_below (&run->rng, 65) * VHM_PAGE_BYTES;
  uint64_t at = run->n_submitted % 3 > 0 ? vhm_rng_below (&run->rng, far)
                                         : run->end_bytes;
  run->end_bytes = at + size;
  struct vhm_disk_request request
      = { .at_bytes = at,
          .size_bytes = size,
          .is_write = vhm_rng_chance (&run->rng, .5),
          .done = note_done,
          .context = run,
          .tag = run->n_submitted };
  run->submitted_cyc[run->n_submitted++] = vhm_engine_now (run->engine).raw;
  vhm_disk_submit (run->disk, &request);
}

static void
open_run (struct run *run, int i, struct vhm_scenario **ret_config)
{
  struct vhm_rng rng;
  const struct vhm_scenario_rules rules = { .schema = &model (i)->config };
  *ret_config = vhm_scenario_read_text ("disk", "{}", 2, &rules, NULL);
  ck_assert (*ret_config != NULL);
  struct vhm_plugin_choice choice = { model (i), (*ret_config)->config };
  *run = (struct run){ .engine = vhm_engine_new () };
  vhm_rng_init (&run->rng, 7, "requests");
  vhm_rng_init (&rng, 7, "disk");
  run->disk = vhm_disk_new (run->engine, HZ, "d", &choice, &rng);
}

/* Arrivals over this time: idle stretches and small crowds at a magnetic disk,
 * nearly all at once at any. */
static const uint64_t spread_cyc[] = { 25 * HZ, HZ / 1000 };
#define N_SPREADS ((int) G_N_ELEMENTS (spread_cyc))

static void
drive (struct run *run, int i)
{
  struct vhm_scenario *config;
  uint64_t spread = spread_cyc[i % N_SPREADS];
  open_run (run, i / N_SPREADS, &config);
  for (uint32_t k = 0; k < N_REQUESTS; k++)
    vhm_engine_schedule (run->engine,
                         vhm_cycles_make (vhm_rng_below (&run->rng, spread)),
                         VHM_PRIORITY_NORMAL, submit_one, run);
  uint64_t end_cyc = 0;
  while (run->n_done < N_REQUESTS) {
    end_cyc += spread / 250 + end_cyc / 100;
    vhm_engine_run (run->engine, vhm_cycles_make (end_cyc));
    struct vhm_disk_counts c = vhm_disk_counts (run->disk);
    ck_assert_uint_le (c.busy_cyc, end_cyc);
    ck_assert_uint_eq (c.n_reads + c.n_writes, run->n_done);
    ck_assert_uint_eq (c.queue_length, run->n_submitted - run->n_done);
  }
  vhm_scenario_free (config);
}

static void
close_run (struct run *run)
{
  vhm_disk_free (run->disk);
  ck_assert_uint_eq (vhm_engine_n_pending (run->engine), 0);
  vhm_engine_free (run->engine);
}

START_TEST (completes_each_request_once_after_it_was_made)
{
  struct run run;
  uint64_t wait_cyc = 0;
  drive (&run, _i);
  ck_assert_uint_eq (run.n_done, N_REQUESTS);
  for (int k = 0; k < N_REQUESTS; k++) {
    ck_assert_uint_gt (run.done_cyc[k], run.submitted_cyc[k]);
    wait_cyc += run.done_cyc[k] - run.submitted_cyc[k];
  }
  ck_assert_uint_eq (vhm_disk_counts (run.disk).wait_cyc, wait_cyc);
  close_run (&run);
}
END_TEST

START_TEST (same_requests_same_times)
{
  struct run first, second;
  drive (&first, _i);
  drive (&second, _i);
  for (int k = 0; k < N_REQUESTS; k++)
    ck_assert_uint_eq (first.done_cyc[k], second.done_cyc[k]);
  close_run (&first);
  close_run (&second);
}
END_TEST

static uint64_t
depth (const struct vhm_plugin *plugin, const void *config)
{
  const struct vhm_disk_ops *ops = plugin->ops;
  return ops->depth ? ops->depth (config) : 1;
}

/* The longest of lone requests bounds what one of a few can wait for. */
START_TEST (nothing_waits_without_reason)
{
  struct run run;
  struct vhm_scenario *config;
  const struct vhm_plugin *plugin = model (_i);
  open_run (&run, _i, &config);
  ck_assert_uint_ge (depth (plugin, config->config), 1);
  uint64_t alone_cyc = 0;
  for (uint32_t k = 0; k < 100; k++) {
    submit_one (&run);
    ck_assert_uint_eq (vhm_disk_counts (run.disk).queue_length, 1);
    while (run.n_done == k)
      vhm_engine_run (run.engine,
                      vhm_cycles_make (vhm_engine_now (run.engine).raw + 100));
    alone_cyc = MAX (alone_cyc, run.done_cyc[k] - run.submitted_cyc[k]);
    ck_assert_uint_eq (vhm_disk_counts (run.disk).queue_length, 0);
  }
  enum { CROWD = 20 };
  uint64_t begin_cyc = vhm_engine_now (run.engine).raw;
  for (int k = 0; k < CROWD; k++)
    submit_one (&run);
  /* twice: a request of the crowd may be longer than all of the hundred */
  vhm_engine_run (run.engine,
                  vhm_cycles_make (begin_cyc + 2 * CROWD * alone_cyc));
  ck_assert_uint_eq (run.n_done, 100 + CROWD);
  vhm_scenario_free (config);
  close_run (&run);
}
END_TEST

START_TEST (describes_itself)
{
  const struct vhm_plugin *plugin = model (_i);
  const struct vhm_disk_ops *ops = plugin->ops;
  ck_assert_int_eq (plugin->kind, VHM_PLUGIN_DISK);
  ck_assert (plugin->name && plugin->summary && plugin->config.help);
  ck_assert (ops->init != NULL);
  ck_assert_int_eq (!!ops->service_ns + !!ops->end_ns + !!ops->choose, 1);
  ck_assert (!ops->depth == !!ops->service_ns);
  ck_assert (!ops->window == !ops->choose);
  for (size_t i = 0; i < plugin->config.n_params; i++) {
    const struct vhm_param *param = &plugin->config.params[i];
    bool has_bounds
        = param->type != VHM_PARAM_BOOL && param->type != VHM_PARAM_CHOICE;
    ck_assert (param->fallback != NULL);
    ck_assert (!has_bounds || (param->min && param->max));
    ck_assert (param->help && param->source);
  }
}
END_TEST

SUITE ("every disk", int n = n_models ();
       tcase_add_loop_test (tc, completes_each_request_once_after_it_was_made,
                            0, n *N_SPREADS);
       tcase_add_loop_test (tc, same_requests_same_times, 0, n *N_SPREADS);
       tcase_add_loop_test (tc, nothing_waits_without_reason, 0, n);
       tcase_add_loop_test (tc, describes_itself, 0, n);)
