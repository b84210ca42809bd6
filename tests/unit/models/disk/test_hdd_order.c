/* The choice of a magnetic disk among those who wait, against the rule at the
 * head of hdd_order.c read off all candidates side by side. */
#include "hdd_order.h"
#include "suite.h"

#define N 12
#define CAPACITY 1000
#define MAX_WAIT_NS 50

struct rig {
  struct hdd_config config;
  struct hdd_arm arm;
  struct vhm_disk_waiting waiting[N];
  uint64_t n, now_ns;
};

/* Random positions, kinds and times; ties and requests over the bound occur. */
static void
draw (struct rig *rig, struct vhm_rng *rng)
{
  rig->config
      = (struct hdd_config){ .capacity_bytes = CAPACITY,
                             .window_bytes = vhm_rng_below (rng, 20),
                             .max_wait_ns = MAX_WAIT_NS,
                             .order = (int) vhm_rng_below (rng, 3),
                             .is_reads_first = vhm_rng_chance (rng, .5) };
  rig->arm = (struct hdd_arm){ .config = &rig->config,
                               .head_bytes = vhm_rng_below (rng, CAPACITY) };
  rig->n = 1 + vhm_rng_below (rng, N);
  rig->now_ns = 0;
  for (uint64_t i = 0; i < rig->n; i++) {
    rig->now_ns += vhm_rng_below (rng, 10);
    rig->waiting[i] = (struct vhm_disk_waiting){
      .request = { .at_bytes = vhm_rng_below (rng, CAPACITY),
                   .is_write = vhm_rng_chance (rng, .6) },
      .since_ns = rig->now_ns,
    };
  }
}

/* Whether a is served before b, a's index below b's. */
static bool
comes_before (const struct rig *rig, const struct vhm_disk_request *a,
              const struct vhm_disk_request *b)
{
  int64_t head = (int64_t) rig->arm.head_bytes;
  int64_t to_a = (int64_t) a->at_bytes - head;
  int64_t to_b = (int64_t) b->at_bytes - head;
  int64_t window = (int64_t) rig->config.window_bytes;
  if (rig->config.is_reads_first && a->is_write != b->is_write)
    return !a->is_write;
  if (rig->config.order == HDD_ORDER_ELEVATOR)
    return (to_a >= 0) == (to_b >= 0) ? to_a <= to_b : to_a >= 0;
  if (rig->config.order == HDD_ORDER_NEAREST) {
    bool is_a_next = to_a >= 0 && to_a <= window;
    bool is_b_next = to_b >= 0 && to_b <= window;
    return is_a_next || (!is_b_next && ABS (to_a) <= ABS (to_b));
  }
  return true;
}

static uint64_t
expected_pick (const struct rig *rig)
{
  if (rig->now_ns - rig->waiting[0].since_ns > MAX_WAIT_NS)
    return 0;
  uint64_t best = 0;
  for (uint64_t i = 1; i < rig->n; i++)
    if (!comes_before (rig, &rig->waiting[best].request,
                       &rig->waiting[i].request))
      best = i;
  return best;
}

static uint64_t
pick_of (const struct rig *rig)
{
  struct hdd_pick pick = HDD_PICK_NONE;
  for (uint64_t i = 0; i < rig->n; i++)
    hdd_order_offer (&pick, &rig->arm, rig->waiting, i,
                     rig->waiting[i].request.at_bytes, rig->now_ns);
  return pick.index;
}

START_TEST (picks_what_the_rule_says)
{
  struct vhm_rng rng;
  struct rig rig;
  size_t n_over_bound = 0, n_not_first = 0;
  vhm_rng_init (&rng, 1, "order");
  for (int i = 0; i < 100000; i++) {
    draw (&rig, &rng);
    uint64_t expected = expected_pick (&rig);
    uint64_t pick = pick_of (&rig);
    ck_assert_uint_eq (pick, expected);
    n_over_bound += rig.now_ns - rig.waiting[0].since_ns > MAX_WAIT_NS;
    n_not_first += pick > 0;
  }
  ck_assert_uint_gt (n_over_bound, 1000); /* each part was asked */
  ck_assert_uint_gt (n_not_first, 10000);
}
END_TEST

START_TEST (positions_beyond_the_disk_count_as_the_last)
{
  struct hdd_config config
      = { .capacity_bytes = CAPACITY, .order = HDD_ORDER_NEAREST };
  struct hdd_arm arm = { .config = &config, .head_bytes = 400 };
  ck_assert_uint_eq (hdd_order_rank (&arm, 5 * CAPACITY), CAPACITY - 400);
}
END_TEST

SUITE ("hdd order", tcase_add_test (tc, picks_what_the_rule_says);
       tcase_add_test (tc, positions_beyond_the_disk_count_as_the_last);)
