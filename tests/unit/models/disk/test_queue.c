/* The queue in front of a disk, with a model whose service times are known. */
#include "suite.h"

#include <vhm/model/disk.h>

#define HZ UINT64_C (1000000000) /* a cycle is 1 ns */
#define MAX_DONE 1000

/* Serves a request in as many ns as it has bytes. */
struct toy {
  uint64_t n_served;
};

static void
toy_init (void *state, const void *config, const struct vhm_rng *rng)
{
  struct toy *toy = state;
  ck_assert_uint_eq (toy->n_served, 0); /* zeroed, as promised */
  (void) config;
  (void) rng;
}

static uint64_t
toy_service_ns (void *state, const struct vhm_disk_request *request)
{
  struct toy *toy = state;
  toy->n_served++;
  return request->size_bytes;
}

static const struct vhm_disk_ops toy_ops
    = { .init = toy_init, .service_ns = toy_service_ns };
static const struct vhm_plugin toy_plugin = { .kind = VHM_PLUGIN_DISK,
                                              .name = "toy",
                                              .state_size = sizeof (struct toy),
                                              .ops = &toy_ops };

/* Takes three requests at once, each for as many ns as it has bytes. */
#define WIDE_DEPTH 3

static uint64_t
wide_end_ns (void *state, const struct vhm_disk_request *request,
             uint64_t now_ns)
{
  return now_ns + toy_service_ns (state, request);
}

static uint64_t
wide_depth (const void *config)
{
  (void) config;
  return WIDE_DEPTH;
}

static const struct vhm_disk_ops wide_ops
    = { .init = toy_init, .end_ns = wide_end_ns, .depth = wide_depth };
static const struct vhm_plugin wide_plugin
    = { .kind = VHM_PLUGIN_DISK,
        .name = "wide",
        .state_size = sizeof (struct toy),
        .ops = &wide_ops };

/* Serves the smallest of the first three that wait, in as many ns as it has
 * bytes; nobody before a time. */
#define PICKY_WINDOW 3
#define PICKY_FROM_NS 20

static struct vhm_disk_choice
picky_choose (void *state, const struct vhm_disk_waiting *waiting, uint64_t n,
              uint64_t now_ns)
{
  ck_assert_uint_ge (n, 1);
  ck_assert_uint_le (n, PICKY_WINDOW);
  if (now_ns < PICKY_FROM_NS)
    return (struct vhm_disk_choice){ .index = VHM_DISK_NONE,
                                     .again_ns = PICKY_FROM_NS };
  uint64_t best = 0;
  for (uint64_t i = 0; i < n; i++) {
    ck_assert_uint_le (waiting[i].since_ns, now_ns);
    ck_assert (i == 0 || waiting[i].since_ns >= waiting[i - 1].since_ns);
    if (waiting[i].request.size_bytes < waiting[best].request.size_bytes)
      best = i;
  }
  return (struct vhm_disk_choice){
    .index = best, .service_ns = toy_service_ns (state, &waiting[best].request)
  };
}

static uint64_t
picky_window (const void *config)
{
  (void) config;
  return PICKY_WINDOW;
}

static uint64_t
picky_depth (const void *config)
{
  (void) config;
  return 1;
}

static size_t n_cleared;

static void
picky_clear (void *state)
{
  (void) state;
  n_cleared++;
}

static const struct vhm_disk_ops picky_ops = { .init = toy_init,
                                               .choose = picky_choose,
                                               .window = picky_window,
                                               .depth = picky_depth,
                                               .clear = picky_clear };
static const struct vhm_plugin picky_plugin
    = { .kind = VHM_PLUGIN_DISK,
        .name = "picky",
        .state_size = sizeof (struct toy),
        .ops = &picky_ops };

struct world {
  vhm_engine *engine;
  vhm_disk *disk;
  size_t n_done;
  uint64_t tags[MAX_DONE], at_cyc[MAX_DONE];
  uint64_t again; /* requests to submit from the completion */
};

static void submit (struct world *w, uint64_t tag, uint64_t size_bytes);

static void
note_done (void *context, uint64_t tag)
{
  struct world *w = context;
  w->tags[w->n_done] = tag;
  w->at_cyc[w->n_done++] = vhm_engine_now (w->engine).raw;
  if (w->again > 0) {
    w->again--;
    submit (w, 100 + tag, 10);
  }
}

static void
submit (struct world *w, uint64_t tag, uint64_t size_bytes)
{
  struct vhm_disk_request request = { .size_bytes = size_bytes,
                                      .is_write = tag % 2 == 1,
                                      .done = note_done,
                                      .context = w,
                                      .tag = tag };
  vhm_disk_submit (w->disk, &request);
}

static void
open_with (struct world *w, const struct vhm_plugin *plugin, uint64_t hz)
{
  struct vhm_plugin_choice model = { plugin, NULL };
  struct vhm_rng rng = { { 1, 2, 3, 4 } };
  *w = (struct world){ .engine = vhm_engine_new () };
  w->disk = vhm_disk_new (w->engine, hz, "d0", &model, &rng);
}

static void
open_world (struct world *w, uint64_t hz)
{
  open_with (w, &toy_plugin, hz);
}

static void
run_to (struct world *w, uint64_t cyc)
{
  vhm_engine_run (w->engine, vhm_cycles_make (cyc));
}

static void
close_world (struct world *w)
{
  vhm_disk_free (w->disk);
  ck_assert_uint_eq (vhm_engine_n_pending (w->engine), 0);
  vhm_engine_free (w->engine);
}

START_TEST (serves_in_order_of_arrival_one_at_a_time)
{
  struct world w;
  open_world (&w, HZ);
  submit (&w, 0, 300);
  submit (&w, 1, 10);
  run_to (&w, 305);
  submit (&w, 2, 5);
  run_to (&w, 1000);
  static const uint64_t at_cyc[] = { 300, 310, 315 };
  ck_assert_uint_eq (w.n_done, 3);
  for (size_t i = 0; i < 3; i++) {
    ck_assert_uint_eq (w.tags[i], i);
    ck_assert_uint_eq (w.at_cyc[i], at_cyc[i]);
  }
  ck_assert_str_eq (vhm_disk_name (w.disk), "d0");
  close_world (&w);
}
END_TEST

START_TEST (counts_reads_writes_waiting_and_busy_time)
{
  struct world w;
  open_world (&w, HZ);
  run_to (&w, 1000);
  submit (&w, 0, 100);
  submit (&w, 1, 40);
  run_to (&w, 1120);
  struct vhm_disk_counts c = vhm_disk_counts (w.disk);
  ck_assert_uint_eq (c.n_reads, 1);
  ck_assert_uint_eq (c.n_writes, 0); /* not finished */
  ck_assert_uint_eq (c.busy_cyc, 120);
  ck_assert_uint_eq (c.queue_length, 1);
  run_to (&w, 2000);
  c = vhm_disk_counts (w.disk);
  ck_assert_uint_eq (c.n_writes, 1);
  ck_assert_uint_eq (c.read_bytes, 100);
  ck_assert_uint_eq (c.written_bytes, 40);
  ck_assert_uint_eq (c.busy_cyc, 140);
  ck_assert_uint_eq (c.wait_cyc, 100 + 140);
  ck_assert_uint_eq (c.queue_length, 0);
  ck_assert_uint_eq (c.max_queue_length, 2);
  close_world (&w);
}
END_TEST

START_TEST (an_answer_goes_behind_those_who_wait)
{
  struct world w;
  open_world (&w, HZ);
  w.again = 1;
  submit (&w, 0, 10);
  submit (&w, 1, 10);
  run_to (&w, 1000);
  ck_assert_uint_eq (w.n_done, 3);
  ck_assert_uint_eq (w.tags[1], 1);
  ck_assert_uint_eq (w.tags[2], 100);
  ck_assert_uint_eq (w.at_cyc[2], 30);
  close_world (&w);
}
END_TEST

START_TEST (a_long_queue_that_wraps_round_stays_in_order)
{
  struct world w;
  open_world (&w, HZ);
  for (uint64_t i = 0; i < MAX_DONE; i++) {
    submit (&w, i, 3);
    if (i % 3 == 0)
      run_to (&w, i); /* a third is served while the queue grows */
  }
  run_to (&w, 3 * MAX_DONE);
  ck_assert_uint_eq (w.n_done, MAX_DONE);
  for (uint64_t i = 0; i < MAX_DONE; i++) {
    ck_assert_uint_eq (w.tags[i], i);
    ck_assert_uint_eq (w.at_cyc[i], 3 * (i + 1));
  }
  ck_assert_uint_eq (vhm_disk_counts (w.disk).busy_cyc, 3 * MAX_DONE);
  close_world (&w);
}
END_TEST

START_TEST (service_is_rounded_up_to_cycles)
{
  static const struct {
    uint64_t hz, ns, cyc;
  } cases[] = { { 2400000000, 10, 24 },
                { 2400000000, 11, 27 }, /* 26.4 */
                { 1, 1, 1 },
                { 1, 3000000001, 4 } };
  struct world w;
  open_world (&w, cases[_i].hz);
  submit (&w, 0, cases[_i].ns);
  run_to (&w, 1000);
  ck_assert_uint_eq (w.n_done, 1);
  ck_assert_uint_eq (w.at_cyc[0], cases[_i].cyc);
  close_world (&w);
}
END_TEST

START_TEST (a_disk_may_go_with_requests_in_flight)
{
  struct world w;
  open_world (&w, HZ);
  submit (&w, 0, 10);
  submit (&w, 1, 10);
  close_world (&w);
}
END_TEST

START_TEST (a_device_takes_as_many_as_its_depth_and_they_overtake)
{
  struct world w;
  open_with (&w, &wide_plugin, HZ);
  static const uint64_t size[] = { 100, 50, 80, 10, 5 };
  for (size_t i = 0; i < 5; i++)
    submit (&w, i, size[i]);
  run_to (&w, 1000);
  /* 3 enters when 1 leaves, 4 when 3 does */
  static const uint64_t tags[] = { 1, 3, 4, 2, 0 };
  static const uint64_t at_cyc[] = { 50, 60, 65, 80, 100 };
  ck_assert_uint_eq (w.n_done, 5);
  for (size_t i = 0; i < 5; i++) {
    ck_assert_uint_eq (w.tags[i], tags[i]);
    ck_assert_uint_eq (w.at_cyc[i], at_cyc[i]);
  }
  ck_assert_uint_eq (vhm_disk_counts (w.disk).max_queue_length, 5);
  close_world (&w);
}
END_TEST

START_TEST (busy_time_counts_once_what_overlaps)
{
  struct world w;
  open_with (&w, &wide_plugin, HZ);
  submit (&w, 0, 100);
  run_to (&w, 40);
  submit (&w, 1, 30);
  run_to (&w, 50);
  ck_assert_uint_eq (vhm_disk_counts (w.disk).busy_cyc, 50);
  ck_assert_uint_eq (vhm_disk_counts (w.disk).queue_length, 2);
  run_to (&w, 200);
  submit (&w, 2, 7);
  run_to (&w, 300);
  ck_assert_uint_eq (vhm_disk_counts (w.disk).busy_cyc, 107);
  ck_assert_uint_eq (vhm_disk_counts (w.disk).wait_cyc, 100 + 30 + 7);
  close_world (&w);
}
END_TEST

/* 5 cycles of 2.4 GHz are 2.08 ns: taken as 3; the end at 13 ns is 31.2. */
START_TEST (no_request_is_faster_than_its_device)
{
  struct world w;
  open_with (&w, &wide_plugin, 2400000000);
  run_to (&w, 5);
  submit (&w, 0, 10);
  run_to (&w, 1000);
  ck_assert_uint_eq (w.at_cyc[0], 32);
  close_world (&w);
}
END_TEST

START_TEST (a_deep_disk_may_go_with_requests_in_flight)
{
  struct world w;
  open_with (&w, &wide_plugin, HZ);
  for (uint64_t i = 0; i < 5; i++)
    submit (&w, i, 10 * (i + 1));
  run_to (&w, 15);
  close_world (&w);
}
END_TEST

START_TEST (a_device_may_choose_among_its_window)
{
  struct world w;
  open_with (&w, &picky_plugin, HZ);
  run_to (&w, PICKY_FROM_NS);
  static const uint64_t size[] = { 9, 8, 7, 6, 5, 1 };
  for (size_t i = 0; i < 6; i++)
    submit (&w, i, size[i]);
  run_to (&w, 1000);
  /* 0 entered alone; then of 1 2 3, of 1 2 4, of 1 2 5, of 1 2 */
  static const uint64_t tags[] = { 0, 3, 4, 5, 2, 1 };
  uint64_t at_cyc = PICKY_FROM_NS;
  ck_assert_uint_eq (w.n_done, 6);
  for (size_t i = 0; i < 6; i++) {
    at_cyc += size[tags[i]];
    ck_assert_uint_eq (w.tags[i], tags[i]);
    ck_assert_uint_eq (w.at_cyc[i], at_cyc);
  }
  close_world (&w);
}
END_TEST

START_TEST (a_device_is_asked_again_when_it_says)
{
  struct world w;
  open_with (&w, &picky_plugin, HZ);
  run_to (&w, 5);
  submit (&w, 0, 10);
  run_to (&w, 8);
  submit (&w, 1, 7); /* asks again: still one event */
  ck_assert_uint_eq (vhm_engine_n_pending (w.engine), 1);
  struct vhm_disk_counts c = vhm_disk_counts (w.disk);
  ck_assert_uint_eq (c.queue_length, 2);
  ck_assert_uint_eq (c.busy_cyc, 3); /* somebody waits */
  run_to (&w, 1000);
  ck_assert_uint_eq (w.tags[0], 1);
  ck_assert_uint_eq (w.at_cyc[0], PICKY_FROM_NS + 7);
  ck_assert_uint_eq (w.at_cyc[1], PICKY_FROM_NS + 17);
  c = vhm_disk_counts (w.disk);
  ck_assert_uint_eq (c.busy_cyc, PICKY_FROM_NS + 17 - 5);
  ck_assert_uint_eq (c.wait_cyc, 2 * PICKY_FROM_NS + 17 + 7 - 5 - 8);
  close_world (&w);
}
END_TEST

START_TEST (a_disk_that_waits_to_be_asked_may_go)
{
  struct world w;
  open_with (&w, &picky_plugin, HZ);
  submit (&w, 0, 10);
  n_cleared = 0;
  close_world (&w);
  ck_assert_uint_eq (n_cleared, 1);
}
END_TEST

/* The array that holds those who wait slides and grows under a choice. */
START_TEST (a_long_queue_loses_nobody_when_out_of_order)
{
  struct world w;
  bool is_done[MAX_DONE] = { false };
  open_with (&w, &picky_plugin, HZ);
  for (uint64_t i = 0; i < MAX_DONE; i++) {
    submit (&w, i, 1 + i * 7 % 5);
    if (i % 3 == 0)
      run_to (&w, PICKY_FROM_NS + 2 * i);
  }
  run_to (&w, 6 * MAX_DONE);
  ck_assert_uint_eq (w.n_done, MAX_DONE);
  for (uint64_t i = 0; i < MAX_DONE; i++) {
    ck_assert (!is_done[w.tags[i]]);
    is_done[w.tags[i]] = true;
  }
  ck_assert_uint_eq (vhm_disk_counts (w.disk).queue_length, 0);
  close_world (&w);
}
END_TEST

START_TEST (an_end_that_is_not_later_is_a_bug)
{
  struct world w;
  open_with (&w, &wide_plugin, HZ);
  submit (&w, 0, 0);
}
END_TEST

START_TEST (a_service_of_no_time_is_a_bug)
{
  struct world w;
  open_world (&w, HZ);
  submit (&w, 0, 0);
}
END_TEST

SUITE (
    "disk queue", tcase_add_test (tc, serves_in_order_of_arrival_one_at_a_time);
    tcase_add_test (tc, counts_reads_writes_waiting_and_busy_time);
    tcase_add_test (tc, an_answer_goes_behind_those_who_wait);
    tcase_add_test (tc, a_long_queue_that_wraps_round_stays_in_order);
    tcase_add_loop_test (tc, service_is_rounded_up_to_cycles, 0, 4);
    tcase_add_test (tc, a_disk_may_go_with_requests_in_flight);
    tcase_add_test (tc, a_device_takes_as_many_as_its_depth_and_they_overtake);
    tcase_add_test (tc, busy_time_counts_once_what_overlaps);
    tcase_add_test (tc, no_request_is_faster_than_its_device);
    tcase_add_test (tc, a_deep_disk_may_go_with_requests_in_flight);
    tcase_add_test (tc, a_device_may_choose_among_its_window);
    tcase_add_test (tc, a_device_is_asked_again_when_it_says);
    tcase_add_test (tc, a_disk_that_waits_to_be_asked_may_go);
    tcase_add_test (tc, a_long_queue_loses_nobody_when_out_of_order);
    if (suite_can_fork ()) {
      tcase_add_test_raise_signal (tc, a_service_of_no_time_is_a_bug, SIGABRT);
      tcase_add_test_raise_signal (tc, an_end_that_is_not_later_is_a_bug,
                                   SIGABRT);
    })
