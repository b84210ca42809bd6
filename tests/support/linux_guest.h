/* A Linux guest whose one process does nothing but the test's bidding. */
#ifndef VHM_TESTS_LINUX_GUEST_H
#define VHM_TESTS_LINUX_GUEST_H

#include "world.h"

#define S VHM_NS_PER_S
#define MIB_PAGES 256
/* The kernel takes 256 pages and no more. */
#define BARE "kernel: 1 MiB, page_struct: 0 B, "

static inline struct vhm_guest_counters
counters (const vhm_guest *guest)
{
  return vhm_guest_counters (guest);
}

/* n pages, of a file or anonymous. */
static inline struct puppet
a_still_puppet (uint32_t n, bool is_file)
{
  struct puppet p = a_puppet (n, 0, 1, 1e6, 1e9, 0);
  p.regions[0].n_active = 0;
  p.regions[0].is_file = is_file;
  p.commit_pages = 1;
  return p;
}

static inline vhm_guest *
boot_linux (struct world *w, struct puppet *p, const char *yaml, uint32_t n)
{
  world_open (w, 2, 2 * n + 1000);
  world_os (w, "linux", yaml);
  world_puppet (w, p);
  return world_boot (w, 2, n, n + n / 2);
}

static inline void
allocate (struct world *w, struct puppet *p, uint32_t from, uint32_t n)
{
  vhm_process_allocate (p->process, 0, from, n);
  for (int i = 0; i < 600 && vhm_process_is_allocating (p->process); i++)
    world_run (w, S);
  ck_assert (!vhm_process_is_allocating (p->process));
}

/* Visits each page [from, to) once, in order. */
static inline void
visit (struct world *w, struct puppet *p, uint32_t from, uint32_t to,
       bool write)
{
  vhm_process_sweep (p->process, 0, from, to, 1000, write);
  for (int i = 0; i < 600 && vhm_process_is_sweeping (p->process); i++)
    world_run (w, S);
  ck_assert (!vhm_process_is_sweeping (p->process));
}

#endif
