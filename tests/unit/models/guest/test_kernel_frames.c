/* A guest's system waits for its own frames: every entry into it, to the cycle;
 * how often, against the law; and those that it touches stay. */
#include "guest.h"
#include "suite.h"
#include "world.h"

#include <math.h>

#define S VHM_NS_PER_S
#define MS (S / 1000)
#define VISIBLE 1200
#define POOL 256 /* nonpaged_pool: 1 MiB */
#define ALL 1e9  /* touches that leave no frame out */
#define SIGMAS 4 /* and a seed that is fixed */

static struct vhm_swap_config swap = {
  .read_ahead = 1, .batch = 32, .n_writes = 64, .fault_ns = 0, .minor_ns = 0
};

struct scene {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
  struct vhm_backing_counts before;
};

/* A process of 100 pages at a millisecond each, which it has touched, and a
 * thread that is held. */
static void
open_scene (struct scene *s, enum vhm_victims victims,
            struct vhm_kernel_touches kernel, double references)
{
  swap.victims = victims;
  world_open (&s->w, 1, 4000);
  world_os (&s->w, "windows", "nonpaged_pool: 1 MiB");
  s->w.swap = &swap;
  s->w.swap_bytes = 16 * VHM_MIB;
  s->w.kernel = kernel;
  s->p = a_puppet (100, 0, 1, 1e6, references, 0);
  world_puppet (&s->w, &s->p);
  s->guest = world_boot (&s->w, 1, VISIBLE, VISIBLE);
  world_run (&s->w, 2 * S);
  vhm_process_hold (s->p.process);
}

/* The host takes all but a few frames, and then gives as many as are asked for;
 * the process's own come back. Returns how many of the system's are away. */
static uint32_t
take_away (struct scene *s)
{
  vhm_guest_set_limit (s->guest, 40);
  world_run (&s->w, 2 * S);
  vhm_guest_set_limit (s->guest, UINT32_MAX);
  for (uint32_t page = 0; page < 100; page++) {
    if (!vhm_refs_is_mapped (s->p.process->refs, page))
      continue;
    const struct vhm_reference r = { .page = page & VHM_REFERENCE_PAGES };
    uint32_t gfn;
    s->guest->os->frames (s->guest->os_state, s->p.process, 1, &r, &gfn);
    vhm_guest_begin (s->guest);
    if (!vhm_backing_touch (s->guest, gfn, NULL, false)) {
      const struct frame_waiter waiter = { .gfn = gfn,
                                           .kind = WAITS_REFERENCE,
                                           .process = s->p.process,
                                           .thread = SWEEPER };
      vhm_backing_wait (s->guest, &waiter);
    }
    vhm_guest_end (s->guest);
  }
  world_run (&s->w, 2 * S);
  s->before = vhm_guest_backing (s->guest);
  const struct kernel_frames *k = &s->guest->backing.kernel;
  return k->n_away[0] + k->n_away[1];
}

static uint64_t
kernel_faults (const struct scene *s)
{
  return vhm_guest_backing (s->guest).kernel_faults - s->before.kernel_faults;
}

static void
close_scene (struct scene *s)
{
  vhm_guest_stop (s->guest);
  world_close (&s->w);
}

/* One after the other, the one thread waits for each of them: at the end of an
 * operation of a millisecond. */
START_TEST (the_end_of_an_operation_waits)
{
  struct scene s;
  open_scene (&s, VHM_VICTIMS_RANDOM,
              (struct vhm_kernel_touches){ .touches = ALL }, 1);
  uint32_t away = take_away (&s);
  ck_assert_uint_gt (away, POOL / 2);
  uint64_t done = vhm_guest_operations (s.guest);
  double clock = s.guest->backing.kernel.clock[0];
  uint64_t blocked = vhm_guest_ledger (s.guest).cyc[VHM_ACCOUNT_BLOCKED_SWAP];
  vhm_process_release (s.p.process);
  world_run (&s.w, away * 10 * MS);
  ck_assert_uint_eq (vhm_guest_operations (s.guest), done);
  world_run (&s.w, 3 * MS / 2);
  ck_assert_uint_eq (vhm_guest_operations (s.guest), done + 1);
  ck_assert_uint_eq (kernel_faults (&s), away);
  ck_assert_double_eq (s.guest->backing.kernel.clock[0],
                       clock + ALL); /* once */
  vhm_guest_sync (s.guest);
  ck_assert_uint_eq (vhm_guest_ledger (s.guest).cyc[VHM_ACCOUNT_BLOCKED_SWAP]
                         - blocked,
                     away * 10 * MS);
  world_run (&s.w, 10 * MS);
  ck_assert_uint_eq (vhm_guest_operations (s.guest), done + 11);
  close_scene (&s);
}
END_TEST

/* A page fault of the guest goes on when they are all there. */
START_TEST (a_page_fault_waits)
{
  struct scene s;
  open_scene (&s, VHM_VICTIMS_RANDOM,
              (struct vhm_kernel_touches){ .touches = ALL }, 1e9);
  uint32_t away = take_away (&s);
  vhm_process_drop (s.p.process, 0, 0, 100);
  uint64_t zeroed = vhm_guest_counters (s.guest).demand_zero_faults;
  bool sweeps = _i == 1;
  if (sweeps)
    vhm_process_sweep (s.p.process, 0, 0, 1, 1e6, false);
  else
    vhm_process_release (s.p.process);
  world_run (&s.w, 2 * MS + 10 * MS * (away - 1));
  ck_assert_uint_eq (vhm_guest_counters (s.guest).demand_zero_faults, zeroed);
  ck_assert_uint_eq (kernel_faults (&s), away);
  world_run (&s.w, 10 * MS);
  ck_assert_uint_gt (vhm_guest_counters (s.guest).demand_zero_faults, zeroed);
  ck_assert_uint_eq (kernel_faults (&s), away);
  close_scene (&s);
}
END_TEST

static void
note_time (void *context, uint64_t tag)
{
  struct scene *s = context;
  ck_assert_uint_eq (tag, 42);
  s->w.seed = vhm_engine_now (s->w.engine).raw; /* nobody needs it any more */
}

START_TEST (the_end_of_a_transfer_waits)
{
  struct scene s;
  open_scene (&s, VHM_VICTIMS_RANDOM,
              (struct vhm_kernel_touches){ .touches = ALL }, 1e9);
  uint32_t away = take_away (&s), gfn = 0;
  while (s.guest->os->frame_use (s.guest->os_state, gfn).kind != VHM_FRAME_FREE
         || s.guest->mfn[gfn] == VHM_NO_FRAME)
    gfn++;
  const struct vhm_guest_io io = {
    .file = VHM_FILE_IMAGE,
    .n = 1,
    .gfns = &gfn,
    .done = note_time,
    .context = &s,
    .tag = 42,
  };
  uint64_t start = vhm_engine_now (s.w.engine).raw;
  vhm_guest_begin (s.guest);
  vhm_guest_io (s.guest, &io);
  vhm_guest_end (s.guest);
  world_run (&s.w, 10 * MS * (away + 2));
  ck_assert_uint_eq (s.w.seed, start + 10 * MS * (away + 1));
  ck_assert_uint_eq (kernel_faults (&s), away);
  ck_assert_uint_eq (s.guest->backing.guest_transfers->len, 0);
  close_scene (&s);
}
END_TEST

/* After e entries frame i has not been asked for with chance exp (-r_i e m), m
 * touches an entry. Nothing goes away meanwhile. */
START_TEST (as_often_as_the_law_says)
{
  const struct vhm_kernel_touches rows[] = {
    { .touches = 0.5 },
    { .touches = 0.5, .hot_ppm = VHM_PPM, .hot_touches_ppm = VHM_PPM / 2 },
    { .touches = 0.5, .hot_ppm = 250000, .hot_touches_ppm = 750000 },
    { .touches = 2, .hot_ppm = 100000, .hot_touches_ppm = 500000 },
  };
  const struct vhm_kernel_touches *how = &rows[_i];
  struct scene s;
  open_scene (&s, VHM_VICTIMS_RANDOM, *how, 1);
  take_away (&s);
  const struct kernel_frames *k = &s.guest->backing.kernel;
  ck_assert_uint_eq (k->n, POOL);
  uint32_t n_hot = (uint32_t) (POOL * how->hot_ppm / VHM_PPM);
  uint32_t away[2] = { k->n_away[0], k->n_away[1] };
  uint64_t done = vhm_guest_operations (s.guest);
  vhm_process_release (s.p.process);
  world_run (&s.w, 3 * S);
  double m = how->touches * (double) (vhm_guest_operations (s.guest) - done);
  ck_assert_double_gt (m, 50);
  double w = (double) how->hot_touches_ppm / VHM_PPM;
  if (n_hot == 0 || n_hot == POOL)
    w = n_hot > 0;
  for (uint32_t hot = 0; hot < 2; hot++) {
    uint32_t n = hot ? n_hot : POOL - n_hot;
    if (n == 0)
      continue;
    double left = exp (-(hot ? w : 1 - w) / n * m);
    double sigma = sqrt (away[hot] * left * (1 - left));
    ck_assert_double_le (fabs (k->n_away[hot] - away[hot] * left),
                         SIGMAS * sigma + 1);
  }
  uint32_t came = away[0] + away[1] - k->n_away[0] - k->n_away[1];
  ck_assert_uint_ge (kernel_faults (&s), came);
  ck_assert_uint_le (kernel_faults (&s), came + 1); /* the thread waits now */
  close_scene (&s);
}
END_TEST

/* One entry waits many times; what has been touched before the wait is not touched
 * again after it. */
START_TEST (a_wait_does_not_begin_anew)
{
  const double touches = 50;
  struct scene s;
  open_scene (&s, VHM_VICTIMS_RANDOM,
              (struct vhm_kernel_touches){ .touches = touches }, 1);
  uint32_t away = take_away (&s);
  uint64_t done = vhm_guest_operations (s.guest);
  vhm_process_release (s.p.process);
  while (vhm_guest_operations (s.guest) == done)
    world_run (&s.w, MS);
  double p = 1 - exp (-touches / POOL);
  ck_assert_double_le (fabs ((double) kernel_faults (&s) - away * p),
                       SIGMAS * sqrt (away * p * (1 - p)));
  close_scene (&s);
}
END_TEST

/* What nobody has seen is drawn when it is asked for, and only once. Page faults
 * have a part of their own. */
START_TEST (touches_of_what_is_there_are_drawn_when_asked_for)
{
  struct scene s;
  open_scene (&s, VHM_VICTIMS_CLOCK,
              (struct vhm_kernel_touches){ .touches = 2,
                                           .hot_ppm = 250000,
                                           .hot_touches_ppm = 600000,
                                           .fault_hot_touches_ppm = 900000 },
              1e9);
  const double w = _i == 0 ? 0.6 : 0.9;
  struct kernel_frames *k = &s.guest->backing.kernel;
  ck_assert_uint_eq (k->n, POOL);
  uint32_t n[2] = { 0, 0 };
  for (uint32_t i = 0; i < POOL; i++)
    vhm_kernel_was_touched (s.guest, k->gfns[i]);
  for (int entry = 0; entry < 60; entry++)
    vhm_kernel_enter (s.guest, _i == 1);
  for (uint32_t i = 0; i < POOL; i++)
    n[i < POOL / 4] += vhm_kernel_was_touched (s.guest, k->gfns[i]);
  const double rate[2] = { (1 - w) / (POOL * 3 / 4), w / (POOL / 4) };
  const uint32_t of[2] = { POOL * 3 / 4, POOL / 4 };
  for (int hot = 0; hot < 2; hot++) {
    double p = 1 - exp (-rate[hot] * 120);
    ck_assert_double_le (fabs (n[hot] - of[hot] * p),
                         SIGMAS * sqrt (of[hot] * p * (1 - p)));
  }
  for (uint32_t i = 0; i < POOL; i++)
    ck_assert (!vhm_kernel_was_touched (s.guest, k->gfns[i]));
  close_scene (&s);
}
END_TEST

/* Taken in turn, the frames that the system touches stay; taken by chance they go
 * like others. */
START_TEST (a_host_that_looks_spares_what_is_used)
{
  uint64_t out[2];
  for (int used = 0; used < 2; used++) {
    struct scene s;
    struct vhm_kernel_touches kernel = { .touches = used ? 200 : 1e-9 };
    open_scene (&s, _i == 0 ? VHM_VICTIMS_CLOCK : VHM_VICTIMS_RANDOM, kernel,
                1);
    vhm_process_release (s.p.process);
    vhm_guest_set_limit (s.guest, VISIBLE - 300);
    world_run (&s.w, 20 * S);
    out[used] = vhm_guest_backing (s.guest).kernel_out;
    close_scene (&s);
  }
  ck_assert_uint_gt (out[0], 20);
  if (_i == 0)
    ck_assert_uint_eq (out[1], 0);
  else
    ck_assert_uint_gt (out[1], 20);
}
END_TEST

SUITE_TWICE (
    "kernel frames", "every reference", world_every_reference, world_next_fault,
    tcase_set_timeout (tc, 20);
    tcase_add_test (tc, the_end_of_an_operation_waits);
    tcase_add_loop_test (tc, a_page_fault_waits, 0, 2);
    tcase_add_test (tc, the_end_of_a_transfer_waits);
    tcase_add_loop_test (tc, as_often_as_the_law_says, 0, 4);
    tcase_add_test (tc, a_wait_does_not_begin_anew);
    tcase_add_loop_test (tc, touches_of_what_is_there_are_drawn_when_asked_for,
                         0, 2);
    tcase_add_loop_test (tc, a_host_that_looks_spares_what_is_used, 0, 2);)
