/* A magnetic disk in a closed loop: as many requests as ever wait, each replaced
 * by the next one when it is done, at random positions or in sequential streams;
 * and the bare law of the order in which it serves, on the line from 0 to 1,
 * without disk, queue or clock. Means come with an interval by batch means. */
#ifndef VHM_TESTS_HDD_LOOP_H
#define VHM_TESTS_HDD_LOOP_H

#include <check.h>
#include <math.h>

#include <vhm/model/disk.h>
#include <vhm/sim/stats.h>

#include "hdd_config.h"

#define HZ VHM_NS_PER_S /* a cycle is 1 ns */
#define N_BATCHES 30
#define CONFIDENCE 0.999
#define ENDLESS_NS (60 * VHM_NS_PER_MIN)
#define MS UINT64_C (1000000)
#define WARM_UP 3000
#define N_MEASURED 60000
#define N_LOOP (WARM_UP + N_MEASURED)
#define MAX_STREAMS 64

enum order { ARRIVAL, ELEVATOR, NEAREST }; /* as the key's choices */

struct rig {
  vhm_engine *engine;
  vhm_disk *disk;
  void *config;
  struct vhm_rng positions, arrivals;
};

/* The settings change those of hdd_config.h. */
static inline void
open_rig (struct rig *rig, const struct setting *settings, size_t n)
{
  struct vhm_rng rng;
  rig->engine = vhm_engine_new ();
  rig->config = hdd_config ();
  for (size_t i = 0; i < n; i++)
    plugin_config_set (&vhm_disk_hdd, rig->config, settings[i].key,
                       settings[i].value);
  struct vhm_plugin_choice choice = { &vhm_disk_hdd, rig->config };
  vhm_rng_init (&rng, 1, "disk");
  vhm_rng_init (&rig->positions, 1, "positions");
  vhm_rng_init (&rig->arrivals, 1, "arrivals");
  rig->disk = vhm_disk_new (rig->engine, HZ, "d", &choice, &rng);
}

static inline void
close_rig (struct rig *rig)
{
  vhm_disk_free (rig->disk);
  vhm_engine_free (rig->engine);
  g_free (rig->config);
}

static inline uint64_t
now_ns (const struct rig *rig)
{
  return vhm_engine_now (rig->engine).raw;
}

/* What goes round in a loop: n_waiting + 1 requests, so that n_waiting are there
 * to choose from when one ends. */
struct load {
  uint64_t n_waiting, size_bytes;
  bool is_write;
  bool has_streams; /* one a request, each sequential; else random */
  uint64_t think_ns; /* of each request, from its end to the next */
};

struct loop {
  struct rig rig;
  struct load load;
  uint64_t stream_bytes[MAX_STREAMS]; /* where each goes on */
  uint64_t last_ns, n_done;
  double gap_ns[N_LOOP]; /* from end to end */
  struct round {
    struct loop *loop;
    uint64_t tag;
  } rounds[MAX_STREAMS];
};

static inline void note_end (void *context, uint64_t tag);

static inline void
submit_next (void *context)
{
  const struct round *round = context;
  struct loop *loop = round->loop;
  struct rig *rig = &loop->rig;
  uint64_t n_pages = VHM_TIB / VHM_PAGE_BYTES;
  struct vhm_disk_request request = {
    .at_bytes = loop->load.has_streams
                    ? loop->stream_bytes[round->tag]
                    : vhm_rng_below (&rig->positions, n_pages) * VHM_PAGE_BYTES,
    .size_bytes = loop->load.size_bytes,
    .is_write = loop->load.is_write,
    .done = note_end,
    .context = loop,
    .tag = round->tag,
  };
  loop->stream_bytes[round->tag] += request.size_bytes;
  vhm_disk_submit (rig->disk, &request);
}

static inline void
note_end (void *context, uint64_t tag)
{
  struct loop *loop = context;
  uint64_t at_ns = now_ns (&loop->rig);
  loop->gap_ns[loop->n_done++] = (double) (at_ns - loop->last_ns);
  loop->last_ns = at_ns;
  if (loop->n_done == N_LOOP)
    vhm_engine_stop (loop->rig.engine);
  else if (loop->load.think_ns == 0)
    submit_next (&loop->rounds[tag]);
  else
    vhm_engine_schedule (loop->rig.engine,
                         vhm_cycles_make (at_ns + loop->load.think_ns),
                         VHM_PRIORITY_NORMAL, submit_next, &loop->rounds[tag]);
}

/* Mean time from one end to the next. */
static inline struct vhm_interval
loop_gap (const struct load *load, const struct setting *settings, size_t n)
{
  g_autofree struct loop *loop = g_new0 (struct loop, 1);
  uint64_t n_rounds = load->n_waiting + 1; /* one is in service */
  loop->load = *load;
  open_rig (&loop->rig, settings, n);
  ck_assert_uint_le (n_rounds, MAX_STREAMS);
  for (uint64_t i = 0; i < n_rounds; i++) {
    loop->stream_bytes[i] = VHM_TIB / n_rounds * i;
    loop->rounds[i] = (struct round){ loop, i };
    submit_next (&loop->rounds[i]);
  }
  vhm_engine_run (loop->rig.engine, VHM_NEVER);
  close_rig (&loop->rig);
  return vhm_batch_means (loop->gap_ns, N_LOOP, WARM_UP, N_BATCHES,
                          CONFIDENCE);
}

/* --- a disk whose seek takes a time proportional to the distance ---------- */

#define FULL_NS UINT64_C (18000000)
#define FAST_TURNS 30000
#define HALF_TURN_NS (VHM_NS_PER_MIN / FAST_TURNS / 2)

/* t = 0 and m = f / 3 of the law make it linear. */
#define LINEAR_SEEK                                                   \
  { "rpm", FAST_TURNS }, { "track_seek", 0 },                         \
      { "average_seek", FULL_NS / 3 }, { "full_seek", FULL_NS },      \
      { "sequential_window", 0 }, { "overhead", 0 },                  \
  {                                                                   \
    "max_wait", ENDLESS_NS                                            \
  }

/* Mean share of the stroke that a seek goes, from the mean time of a request
 * whose transfer takes transfer_ns. */
static inline struct vhm_interval
distance_of (struct vhm_interval gap, uint64_t transfer_ns)
{
  double rest_ns = (double) (HALF_TURN_NS + transfer_ns);
  gap.mean = (gap.mean - rest_ns) / (double) FULL_NS;
  gap.half_width /= (double) FULL_NS;
  return gap;
}

/* --- the bare law --------------------------------------------------------- */

#define MAX_POINTS 64
#define N_STEPS 1000000

static inline size_t
next_point (const double *points, size_t n, double head, enum order order)
{
  size_t best = 0;
  double best_cost = INFINITY;
  for (size_t i = 0; i < n; i++) {
    double ahead = points[i] - head;
    double cost = order == NEAREST    ? fabs (ahead)
                  : order == ELEVATOR ? ahead - floor (ahead)
                                      : (double) i;
    if (cost < best_cost) {
      best_cost = cost;
      best = i;
    }
  }
  return best;
}

static inline double
law_distance (enum order order, size_t n)
{
  double points[MAX_POINTS], head = 0.0, sum = 0.0;
  struct vhm_rng rng;
  vhm_rng_init (&rng, 2, "law");
  for (size_t i = 0; i < n; i++)
    points[i] = vhm_rng_uniform (&rng);
  for (size_t step = 0; step < N_STEPS; step++) {
    size_t i = next_point (points, n, head, order);
    sum += fabs (points[i] - head);
    head = points[i];
    memmove (points + i, points + i + 1, (n - 1 - i) * sizeof *points);
    points[n - 1] = vhm_rng_uniform (&rng);
  }
  return sum / N_STEPS;
}

/* Of the bare law from 1e6 steps: far below the noise of the disk. */
#define LAW_ERROR 0.005

#endif
