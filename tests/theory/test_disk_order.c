/* The order in which a magnetic disk serves, against the textbook.
 *
 * n random positions to choose from, each replaced as it is served: the mean
 * distance of a seek must be that of the bare law, simulated here without disk,
 * queue or clock, on the line from 0 to 1; of C-LOOK about 1 / n as well
 * (hdd_order.c), of one request 1/3. A disk whose seek takes a time
 * proportional to the distance tells it through its mean service.
 *
 * Reads before writes: two classes, Poisson arrivals, one server, no
 * pre-emption. A. Cobham, "Priority assignment in waiting line problems",
 * Operations Research 2, 1954:
 *
 *   W1 = R / (1 - r1)    W2 = R / ((1 - r1) (1 - r1 - r2))
 *
 * r: loads of the classes, R = (sum of rate x E S^2) / 2. Here S = overhead +
 * seek, both constant, + a wait uniform in one turn.
 *
 * Means within intervals by batch means at 99.9 %, seeds fixed.
 */
#include "hdd_loop.h"
#include "suite.h"

/* Mean share of the stroke of a seek. */
static struct vhm_interval
loop_distance (enum order order, uint64_t n_waiting)
{
  const struct setting settings[]
      = { LINEAR_SEEK, { "queue_depth", n_waiting }, { "order", order } };
  struct load load = { .n_waiting = n_waiting };
  return distance_of (loop_gap (&load, settings, G_N_ELEMENTS (settings)), 0);
}

static const struct {
  enum order order;
  size_t n;
} loops[]
    = { { ARRIVAL, 4 }, { ELEVATOR, 1 }, { ELEVATOR, 8 }, { ELEVATOR, 32 },
        { NEAREST, 1 }, { NEAREST, 4 },  { NEAREST, 32 } };

START_TEST (mean_seek_is_that_of_the_law)
{
  struct vhm_interval disk = loop_distance (loops[_i].order, loops[_i].n);
  double law = law_distance (loops[_i].order, loops[_i].n);
  ck_assert_msg (fabs (disk.mean - law) <= disk.half_width + LAW_ERROR * law,
                 "order %d of %zu: %g +- %g instead of %g", loops[_i].order,
                 loops[_i].n, disk.mean, disk.half_width, law);
  ck_assert_double_le (disk.half_width, 0.05 * law);
}
END_TEST

START_TEST (closed_forms_of_one_and_of_many)
{
  ck_assert_double_eq_tol (law_distance (ARRIVAL, 4), 1.0 / 3, 1e-3);
  ck_assert_double_eq_tol (law_distance (ELEVATOR, 1), 1.0 / 3, 1e-3);
  /* the sweep ends at the highest that waits, not at the end of the disk */
  double sweep = law_distance (ELEVATOR, MAX_POINTS) * MAX_POINTS;
  ck_assert_double_le (sweep, 1.0);
  ck_assert_double_ge (sweep, 0.95);
}
END_TEST

/* With the seek times of the defaults. That a queue of 32 about doubles the
 * random requests a second of such a disk is what its makers say of native
 * command queuing (from memory, unchecked). */
START_TEST (a_deep_queue_doubles_the_throughput)
{
  const struct setting settings[]
      = { { "queue_depth", 32 }, { "max_wait", ENDLESS_NS } };
  struct load one = { .size_bytes = VHM_PAGE_BYTES };
  struct load many = { .size_bytes = VHM_PAGE_BYTES, .n_waiting = 31 };
  double alone = loop_gap (&one, NULL, 0).mean;
  double deep = loop_gap (&many, settings, 2).mean;
  ck_assert_double_ge (alone / deep, 1.7);
  ck_assert_double_le (alone / deep, 2.3);
}
END_TEST

/* --- no one starves ------------------------------------------------------ */

#define BOUND_NS (200 * MS)
#define N_CROWD 5000

struct crowd {
  struct rig rig;
  uint64_t n_done, n_near, far_done_ns;
};

static void
note_crowd (void *context, uint64_t tag)
{
  struct crowd *crowd = context;
  crowd->n_done++;
  if (tag == 1) {
    crowd->far_done_ns = now_ns (&crowd->rig);
    vhm_engine_stop (crowd->rig.engine);
    return;
  }
  struct vhm_disk_request request
      = { .at_bytes = crowd->n_near++ * VHM_PAGE_BYTES,
          .size_bytes = VHM_PAGE_BYTES,
          .done = note_crowd,
          .context = crowd };
  if (crowd->n_near < N_CROWD)
    vhm_disk_submit (crowd->rig.disk, &request);
}

/* Two streams at the head keep it there; one request is far, and a write. */
START_TEST (a_far_request_waits_no_longer_than_the_bound)
{
  struct setting settings[] = { { "queue_depth", 32 },
                                { "reads_first", _i == 0 },
                                { "order", (uint64_t) _i },
                                { "max_wait", BOUND_NS } };
  struct crowd crowd = { 0 };
  open_rig (&crowd.rig, settings, G_N_ELEMENTS (settings));
  note_crowd (&crowd, 0);
  note_crowd (&crowd, 0);
  struct vhm_disk_request far = { .at_bytes = VHM_TIB / 2,
                                  .is_write = true,
                                  .done = note_crowd,
                                  .context = &crowd,
                                  .tag = 1 };
  vhm_disk_submit (crowd.rig.disk, &far);
  vhm_engine_run (crowd.rig.engine, VHM_NEVER);
  /* one service ends, another begins: each below 30 ms */
  ck_assert_uint_ge (crowd.far_done_ns, BOUND_NS);
  ck_assert_uint_le (crowd.far_done_ns, BOUND_NS + 60 * MS);
  close_rig (&crowd.rig);
}
END_TEST

/* --- reads before writes ------------------------------------------------- */

#define SEEK_NS UINT64_C (3000000)
#define TURN_NS (VHM_NS_PER_MIN / 7200)
#define N_ARRIVALS 300000
#define N_SKIPPED 5000

struct classes {
  struct rig rig;
  double gap_ns, read_share;
  uint64_t n_arrived, n_done[2];
  uint64_t arrival_ns[N_ARRIVALS];
  double response_ns[2][N_ARRIVALS];
};

static void
note_class (void *context, uint64_t tag)
{
  struct classes *classes = context;
  uint64_t arrival = tag / 2, class = tag % 2;
  classes->response_ns[class][classes->n_done[class]++]
      = (double) (now_ns (&classes->rig) - classes->arrival_ns[arrival]);
}

static void
arrive (void *context)
{
  struct classes *classes = context;
  struct rig *rig = &classes->rig;
  bool is_write = !vhm_rng_chance (&rig->positions, classes->read_share);
  struct vhm_disk_request request
      = { .at_bytes = vhm_rng_below (&rig->positions, VHM_TIB),
          .is_write = is_write,
          .done = note_class,
          .context = classes,
          .tag = classes->n_arrived * 2 + is_write };
  classes->arrival_ns[classes->n_arrived++] = now_ns (rig);
  vhm_disk_submit (rig->disk, &request);
  if (classes->n_arrived == N_ARRIVALS)
    return;
  uint64_t gap = (uint64_t) (vhm_rng_exp (&rig->arrivals) * classes->gap_ns);
  vhm_engine_schedule (rig->engine, vhm_cycles_make (now_ns (rig) + gap),
                       VHM_PRIORITY_NORMAL, arrive, classes);
}

static const struct {
  double reads, writes; /* load of each */
} loads[] = { { 0.3, 0.3 }, { 0.2, 0.65 } };

static void
check_class (const struct classes *classes, size_t class, double expected_ns)
{
  struct vhm_interval response
      = vhm_batch_means (classes->response_ns[class], classes->n_done[class],
                         N_SKIPPED, N_BATCHES, CONFIDENCE);
  ck_assert_msg (fabs (response.mean - expected_ns) <= response.half_width,
                 "class %zu: %g +- %g instead of %g", class, response.mean,
                 response.half_width, expected_ns);
  ck_assert_double_le (response.half_width, 0.1 * expected_ns);
}

START_TEST (waits_of_two_classes_are_those_of_cobham)
{
  const struct setting settings[]
      = { { "track_seek", SEEK_NS },  { "average_seek", SEEK_NS },
          { "full_seek", SEEK_NS },   { "overhead", 0 },
          { "sequential_window", 0 }, { "queue_depth", 1024 },
          { "order", ARRIVAL },       { "reads_first", true },
          { "max_wait", ENDLESS_NS } };
  double seek = (double) SEEK_NS, turn = (double) TURN_NS;
  double mean = seek + turn / 2;
  double square = mean * mean + turn * turn / 12;
  double r1 = loads[_i].reads, r2 = loads[_i].writes;
  g_autofree struct classes *classes = g_new0 (struct classes, 1);
  classes->read_share = r1 / (r1 + r2);
  classes->gap_ns = mean / (r1 + r2);
  open_rig (&classes->rig, settings, G_N_ELEMENTS (settings));
  arrive (classes);
  vhm_engine_run (classes->rig.engine, VHM_NEVER);
  double residual = square / classes->gap_ns / 2;
  check_class (classes, 0, mean + residual / (1 - r1));
  check_class (classes, 1, mean + residual / ((1 - r1) * (1 - r1 - r2)));
  close_rig (&classes->rig);
}
END_TEST

/* --- idling for the next read ---------------------------------------------- */

#define IDLE_NS (8 * MS)
#define N_READS 1000

/* One who reads, thinks and reads again beside one who always writes. */
struct pair {
  struct rig rig;
  uint64_t think_ns, n_reads, n_writes;
  uint64_t written_ns, longest_ns; /* of the writes */
};

static void note_pair (void *context, uint64_t tag);

static void
submit_one (struct pair *pair, bool is_write)
{
  struct vhm_disk_request request
      = { .at_bytes = vhm_rng_below (&pair->rig.positions, VHM_TIB),
          .is_write = is_write,
          .done = note_pair,
          .context = pair,
          .tag = is_write };
  vhm_disk_submit (pair->rig.disk, &request);
}

static void
read_next (void *context)
{
  submit_one (context, false);
}

static void
note_pair (void *context, uint64_t tag)
{
  struct pair *pair = context;
  struct rig *rig = &pair->rig;
  *(tag == 1 ? &pair->n_writes : &pair->n_reads) += 1;
  if (tag == 1) {
    pair->longest_ns = MAX (pair->longest_ns, now_ns (rig) - pair->written_ns);
    pair->written_ns = now_ns (rig);
    submit_one (pair, true);
  } else if (pair->n_reads < N_READS)
    vhm_engine_schedule (rig->engine,
                         vhm_cycles_make (now_ns (rig) + pair->think_ns),
                         VHM_PRIORITY_NORMAL, read_next, pair);
  else
    vhm_engine_stop (rig->engine);
}

/* Writes by the time of the last read: none, where thinking is shorter than
 * idling; one between any two reads, where it is longer. Where max_wait lets them
 * through, each waits for a read in service at most: a ms and a turn each. */
static const struct {
  uint64_t think_ns, max_wait_ns, least, most, longest_ns;
} pairs[] = {
  { IDLE_NS - 1, ENDLESS_NS, 0, 0, 0 },
  { IDLE_NS + 1, ENDLESS_NS, N_READS - 1, N_READS, 2 * IDLE_NS },
  { IDLE_NS - 1, 0, N_READS - 1, 6 * N_READS, 6 * MS + 1 },
};

START_TEST (the_arm_idles_for_who_reads_again_soon)
{
  const struct setting settings[] = { { "rpm", FAST_TURNS },
                                      { "track_seek", MS },
                                      { "average_seek", MS },
                                      { "full_seek", MS },
                                      { "overhead", 0 },
                                      { "queue_depth", 32 },
                                      { "reads_first", true },
                                      { "slice_idle", IDLE_NS },
                                      { "max_wait", pairs[_i].max_wait_ns } };
  struct pair pair = { .think_ns = pairs[_i].think_ns };
  open_rig (&pair.rig, settings, G_N_ELEMENTS (settings));
  submit_one (&pair, false);
  submit_one (&pair, true);
  vhm_engine_run (pair.rig.engine, VHM_NEVER);
  ck_assert_uint_ge (pair.n_writes, pairs[_i].least);
  ck_assert_uint_le (pair.n_writes, pairs[_i].most);
  ck_assert_uint_le (pair.longest_ns, pairs[_i].longest_ns);
  close_rig (&pair.rig);
}
END_TEST

SUITE ("disk order", tcase_add_loop_test (tc, mean_seek_is_that_of_the_law, 0,
                                          G_N_ELEMENTS (loops));
       tcase_add_test (tc, closed_forms_of_one_and_of_many);
       tcase_add_test (tc, a_deep_queue_doubles_the_throughput);
       tcase_add_loop_test (tc, a_far_request_waits_no_longer_than_the_bound, 0,
                            3);
       tcase_add_loop_test (tc, the_arm_idles_for_who_reads_again_soon, 0,
                            G_N_ELEMENTS (pairs));
       tcase_add_loop_test (tc, waits_of_two_classes_are_those_of_cobham, 0,
                            G_N_ELEMENTS (loads));)
