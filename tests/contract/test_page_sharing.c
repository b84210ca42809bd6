/* All invariants of page sharing under random operations, with every guest system:
 * guests that allocate, drop, sweep, page, balloon and grow, are limited and
 * swapped out, stop and start, while scanners go over them. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define N_STEPS 250
#define N_GUESTS 3
#define VISIBLE 1600
#define PAGES 2400

static const struct vhm_content_class content[] = {
  { .kind = VHM_CONTENT_ZEROS, .part_ppm = 100000 },
  { VHM_CONTENT_IMAGE, 300000, "twice", 0, 2 },
  { VHM_CONTENT_IMAGE, 500000, "os", 50000, 1 },
};
static const struct vhm_swap_config swap = {
  .victims = VHM_VICTIMS_RANDOM, .read_ahead = 8, .batch = 16, .n_writes = 2
};
static const struct vhm_swap_config turns = {
  .victims = VHM_VICTIMS_CLOCK, .read_ahead = 8, .batch = 16, .n_writes = 2
};
static const struct vhm_shared_memory_config esx
    = { .sharing = { .hash_ns = 700 }, .before_swap = true };
static const struct vhm_shared_memory_config ksm
    = { .sharing = { .stable_scans = 1, .last = VHM_SHARING_LAST_COPIES } };

static const struct {
  const struct vhm_shared_memory_config *shared;
  const struct vhm_swap_config *swap;
  bool at_touch;
  uint32_t n_frames;
} hosts[] = {
  { &esx, NULL, false, 8000 },
  { &esx, &swap, true, 3600 },
  { &ksm, &turns, true, 3600 },
  { &ksm, &swap, false, 6400 },
};
#define N_HOSTS ((int) G_N_ELEMENTS (hosts))

struct scene {
  struct world w;
  struct puppet p[64];
  uint32_t n_puppets;
  vhm_guest *g[N_GUESTS];
  struct puppet *of[N_GUESTS];
  struct vhm_rng rng;
  const struct vhm_swap_config *swap;
};

static const struct vhm_plugin *
os_at (int i)
{
  for (const struct vhm_plugin *const *p = vhm_all_plugins; *p; p++)
    if ((*p)->kind == VHM_PLUGIN_GUEST_OS && i-- == 0)
      return *p;
  return NULL;
}

static int
n_systems (void)
{
  int n = 0;
  while (os_at (n))
    n++;
  return n;
}

static uint32_t
below (struct scene *s, uint32_t n)
{
  return (uint32_t) vhm_rng_below (&s->rng, n);
}

static void
start (struct scene *s, uint32_t i)
{
  struct puppet *p = &s->p[s->n_puppets++];
  *p = a_puppet (PAGES, 0.02, 2, 1e5, 100, 0);
  world_puppet (&s->w, p);
  s->g[i] = world_boot (&s->w, 2, VISIBLE, VISIBLE + 400);
  s->of[i] = p;
}

static void
scan (struct scene *s, vhm_guest *g)
{
  uint32_t gfns[400], n = vhm_guest_visible_pages (g);
  for (uint32_t k = 0; k < 400; k++)
    gfns[k] = below (s, n);
  ck_assert_uint_le (vhm_guest_scan (g, gfns, 400), 400);
}

/* What the workload does. */
static void
work (struct scene *s, struct puppet *p, uint32_t what)
{
  uint32_t first = below (s, PAGES), n = below (s, PAGES - first);
  if (what == 0 && !vhm_process_is_allocating (p->process))
    vhm_process_allocate (p->process, 0, first, n);
  else if (what == 1 && !vhm_process_is_allocating (p->process)
           && !vhm_process_is_sweeping (p->process))
    vhm_process_drop (p->process, 0, first, n / 4);
  else if (what == 2 && !vhm_process_is_sweeping (p->process))
    vhm_process_sweep (p->process, 0, first, first + n, 3e4, below (s, 2));
}

static bool
restarts (struct scene *s, uint32_t i)
{
  if (s->n_puppets == G_N_ELEMENTS (s->p) || below (s, 4) > 0)
    return false;
  vhm_guest_stop (s->g[i]);
  world_audit (&s->w);
  start (s, i);
  return true;
}

static void
manage (struct scene *s, uint32_t i)
{
  vhm_guest *g = s->g[i];
  uint32_t n = 1 + below (s, 300), spare = vhm_machine_n_free (s->w.machine);
  switch (below (s, 5)) {
  case 0:
    if (vhm_guest_held_pages (g) > 900)
      vhm_guest_inflate (g, n, 10);
    break;
  case 1:
    n = MIN (n, vhm_guest_ballooned_pages (g));
    if (n <= spare)
      vhm_guest_deflate (g, n, 10);
    break;
  case 2:
    n = MIN (n, VISIBLE + 400 - vhm_guest_visible_pages (g));
    if (n <= spare)
      vhm_guest_hot_add (g, n);
    break;
  case 3:
    if (s->swap)
      vhm_guest_set_limit (g, below (s, 3) ? 700 + n : UINT32_MAX);
    break;
  default:
    restarts (s, i);
  }
}

static void
open_scene (struct scene *s, int i)
{
  const char *os = os_at (i / N_HOSTS)->name;
  world_open (&s->w, 2, hosts[i % N_HOSTS].n_frames);
  world_os (&s->w, os,
            g_str_equal (os, "windows") ? "nonpaged_pool: 1 MiB"
            : g_str_equal (os, "linux") ? "kernel: 1 MiB"
                                        : "");
  world_shares (&s->w, hosts[i % N_HOSTS].shared);
  s->w.content = content;
  s->w.n_content = G_N_ELEMENTS (content);
  s->swap = s->w.swap = hosts[i % N_HOSTS].swap;
  s->w.swap_bytes = 32 * VHM_MIB;
  s->w.backed_at_touch = hosts[i % N_HOSTS].at_touch;
  vhm_rng_init (&s->rng, (uint64_t) i, "operations");
  s->n_puppets = 0;
  for (uint32_t k = 0; k < N_GUESTS; k++)
    start (s, k);
}

START_TEST (invariants_hold_whatever_happens)
{
  struct scene s;
  uint64_t n_shared = 0;
  open_scene (&s, _i);
  for (int step = 0; step < N_STEPS; step++) {
    uint32_t i = below (&s, N_GUESTS), what = below (&s, 8);
    if (what < 3)
      work (&s, s.of[i], what);
    else if (what < 6)
      scan (&s, s.g[i]);
    else
      manage (&s, i);
    world_run (&s.w, below (&s, S / 4));
    n_shared += vhm_shared_memory_counts (s.w.shared).n_shared;
  }
  struct vhm_sharing_counts c = vhm_shared_memory_counts (s.w.shared);
  ck_assert_uint_gt (n_shared / N_STEPS, 50);
  ck_assert_uint_gt (c.n_joined, 100);
  ck_assert_uint_gt (c.n_paired, 100);
  ck_assert_uint_gt (c.n_breaks, 100);
  ck_assert_uint_gt (c.n_copied, 50);
  world_close (&s.w);
}
END_TEST

SUITE_TWICE ("page sharing", "every reference", world_every_reference,
             world_next_fault, tcase_set_timeout (tc, 120);
             tcase_add_loop_test (tc, invariants_hold_whatever_happens, 0,
                                  N_HOSTS *n_systems ());)
