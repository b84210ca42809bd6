/* Windows' memory notifications, to the page.
 *
 *   low   available < L,  L = 32 MB per 4 GB of RAM, at most 64 MB
 *   high  available > 3 L
 *
 * and in between neither. The system looks once a second; a process whose memory is
 * set so that a certain number of pages is available a moment before it looks must
 * be told, or not. (hosts: low-memory notification: MSDN, Memory Resource
 * Notification; both read "about", so the comparison at the page itself is ours.) */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MS (S / 1000)
#define MIB_PAGES 256
#define GIB_PAGES (1024 * MIB_PAGES)
#define WINDOWS "nonpaged_pool: 16 MiB, page_file: 4 GiB"

/* Frames that are available when the system looks, and what it must say. */
static const struct {
  uint32_t ram_gib, low_mib;
  int32_t beyond_low, beyond_high; /* pages; one of them is used */
  bool is_high_mark, low, high;
} looks[] = {
  { 1, 32, -1, 0, false, true, false },  { 1, 32, 0, 0, false, false, false },
  { 1, 32, 1, 0, false, false, false },  { 1, 32, 0, -1, true, false, false },
  { 1, 32, 0, 0, true, false, false },   { 1, 32, 0, 1, true, false, true },
  { 4, 32, -1, 0, false, true, false },  { 4, 32, 0, 0, false, false, false },
  { 4, 32, 0, 0, true, false, false },   { 4, 32, 0, 1, true, false, true },
  { 5, 64, -1, 0, false, true, false },  { 5, 64, 0, 0, false, false, false },
  { 8, 64, -1, 0, false, true, false },  { 8, 64, 0, 0, false, false, false },
  { 8, 64, 0, 0, true, false, false },   { 8, 64, 0, 1, true, false, true },
  { 12, 64, -1, 0, false, true, false }, { 12, 64, 0, 0, false, false, false },
  { 12, 64, 0, 0, true, false, false },  { 12, 64, 0, 1, true, false, true },
};

static uint32_t
available (vhm_guest *guest)
{
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  return (uint32_t) (c.free_pages + c.standby_pages);
}

static void
run_to (struct world *w, uint64_t ns)
{
  vhm_engine_run (w->engine, vhm_cycles_make (ns));
}

START_TEST (it_is_told_at_the_page)
{
  struct world w;
  uint32_t ram = looks[_i].ram_gib * GIB_PAGES;
  uint32_t low = looks[_i].low_mib * MIB_PAGES;
  uint32_t want = (uint32_t) (looks[_i].is_high_mark
                                  ? (int32_t) (3 * low) + looks[_i].beyond_high
                                  : (int32_t) low + looks[_i].beyond_low);
  struct puppet puppet = a_puppet (ram, 0, 1, 1000, 1e9, 0);
  puppet.regions[0].n_active
      = 0; /* what it allocates it never looks at again */
  puppet.threads.held = true;
  world_open (&w, 1, ram);
  world_os (&w, "windows", WINDOWS);
  world_puppet (&w, &puppet);
  vhm_guest *guest = world_boot (&w, 1, ram, ram);
  run_to (&w, S - MS);
  ck_assert_uint_eq (puppet.n_notices[VHM_NOTICE_HIGH_MEMORY], 0);
  vhm_process_allocate (puppet.process, 0, 0, available (guest) - want);
  ck_assert_uint_eq (available (guest), want);
  run_to (&w, S + MS); /* it has looked; a disk is not that fast */
  ck_assert_uint_eq (available (guest), want);
  ck_assert_uint_eq (vhm_guest_counters (guest).low_memory, looks[_i].low);
  ck_assert_uint_eq (vhm_guest_counters (guest).high_memory, looks[_i].high);
  ck_assert_uint_eq (puppet.n_notices[VHM_NOTICE_LOW_MEMORY], looks[_i].low);
  ck_assert_uint_eq (puppet.n_notices[VHM_NOTICE_HIGH_MEMORY], looks[_i].high);
  world_close (&w);
}
END_TEST

/* It allocates, or drops what it allocated last, until so many are available; the
 * system has paged some out meanwhile. */
static void
make_available (struct puppet *puppet, vhm_guest *guest, uint32_t want,
                uint32_t *n)
{
  uint32_t has = available (guest);
  if (has > want) {
    vhm_process_allocate (puppet->process, 0, *n, has - want);
    *n += has - want;
  }
  while ((has = available (guest)) < want)
    vhm_process_drop (puppet->process, 0, --*n, 1);
  ck_assert_uint_eq (has, want);
}

/* Cleared at the page as well: by one page more than when it was low. */
START_TEST (it_is_cleared_at_the_page)
{
  struct world w;
  struct puppet puppet = a_puppet (2 * GIB_PAGES, 0, 1, 1000, 1e9, 0);
  const uint32_t low = 32 * MIB_PAGES;
  static const struct {
    int32_t beyond;
    bool low;
  } steps[] = {
    { -1, true }, { -1, true }, { 0, false }, { -1, true }, { 1, false }
  };
  uint32_t n = 0;
  puppet.regions[0].n_active = 0;
  puppet.threads.held = true;
  world_open (&w, 1, GIB_PAGES);
  world_os (&w, "windows", WINDOWS);
  world_puppet (&w, &puppet);
  vhm_guest *guest = world_boot (&w, 1, GIB_PAGES, GIB_PAGES);
  for (uint32_t i = 0; i < G_N_ELEMENTS (steps); i++) {
    run_to (&w, (1 + i) * S - MS);
    make_available (&puppet, guest,
                    (uint32_t) ((int32_t) low + steps[i].beyond), &n);
    run_to (&w, (1 + i) * S + MS);
    ck_assert_uint_eq (vhm_guest_counters (guest).low_memory, steps[i].low);
  }
  ck_assert_uint_eq (puppet.n_notices[VHM_NOTICE_LOW_MEMORY], 3);
  ck_assert_uint_eq (puppet.n_notices[VHM_NOTICE_HIGH_MEMORY], 0);
  world_close (&w);
}
END_TEST

SUITE ("memory notifications",
       tcase_add_loop_test (tc, it_is_told_at_the_page, 0,
                            (int) G_N_ELEMENTS (looks));
       tcase_add_test (tc, it_is_cleared_at_the_page);)
