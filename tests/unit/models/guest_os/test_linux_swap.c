/* Swap space: which slots, how much is read round a fault, who keeps a slot. */
#include "linux.h"
#include "linux_guest.h"
#include "suite.h"

START_TEST (slots_are_handed_out_round_and_round)
{
  struct linux_os s = { 0 };
  uint32_t first;
  linux_swap_init (&s, 200);
  ck_assert_uint_eq (linux_take_slots (&s, 150, &first), 150);
  ck_assert_uint_eq (first, 0);
  linux_give_slots (&s, 10, 5);
  ck_assert_uint_eq (linux_take_slots (&s, 32, &first), 32);
  ck_assert_uint_eq (first, 150);
  ck_assert_uint_eq (linux_take_slots (&s, 32, &first), 18); /* to the end */
  ck_assert_uint_eq (first, 182);
  ck_assert_uint_eq (linux_take_slots (&s, 32, &first), 5);
  ck_assert_uint_eq (first, 10);
  ck_assert_uint_eq (linux_take_slots (&s, 32, &first), 0);
  ck_assert_uint_eq (s.slots.n_free, 0);
  slots_clear (&s.slots);
}
END_TEST

/* 8000 frames, 12000 pages written in order, so the first ones are out. */
static vhm_guest *
fill (struct world *w, struct puppet *p, const char *yaml)
{
  *p = a_still_puppet (20000, false);
  vhm_guest *guest = boot_linux (w, p, yaml, 8000);
  allocate (w, p, 0, 12000);
  world_run (w, 10 * S);
  return guest;
}

static const struct {
  const char *yaml;
  double pages; /* a read */
} clusters[] = {
  { BARE "swap: 256 MiB, page_cluster: 0", 1 },
  { BARE "swap: 256 MiB, page_cluster: 2", 4 },
  { BARE "swap: 256 MiB", 8 },
};

START_TEST (a_fault_reads_the_window_round_its_slot)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = fill (&w, &p, clusters[_i].yaml);
  visit (&w, &p, 0, 3000, false);
  struct vhm_guest_counters c = counters (guest);
  double pages = (double) c.pages_input / (double) c.page_reads;
  ck_assert_double_le (pages, clusters[_i].pages);
  ck_assert_double_ge (pages, 0.85 * clusters[_i].pages);
  ck_assert_uint_eq (c.major_faults, c.page_reads);
  world_close (&w);
}
END_TEST

/* Every 16th page: no page read ahead is ever used. */
START_TEST (without_hits_only_the_page_itself_is_read)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = fill (&w, &p, BARE "swap: 256 MiB");
  for (uint32_t page = 0; page < 3200; page += 16)
    visit (&w, &p, page, page + 1, false);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_gt (c.page_reads, 150);
  ck_assert_uint_lt (c.pages_input, c.page_reads + 10);
  world_close (&w);
}
END_TEST

/* Reading goes round and round over all pages. */
static const struct {
  const char *yaml;
  bool keeps;
} sizes[] = { { BARE "swap: 256 MiB", true }, { BARE "swap: 48 MiB", false } };

START_TEST (a_page_read_keeps_its_slot_while_there_are_many)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = fill (&w, &p, sizes[_i].yaml);
  visit (&w, &p, 0, 12000, false);
  visit (&w, &p, 0, 12000, false);
  struct vhm_guest_counters c = counters (guest);
  visit (&w, &p, 0, 12000, false);
  struct vhm_guest_counters d = counters (guest);
  uint64_t out = d.pages_output - c.pages_output;
  uint64_t in = d.pages_input - c.pages_input;
  ck_assert_uint_gt (in, 4000);
  if (sizes[_i].keeps)
    ck_assert_uint_eq (out, 0);
  else
    ck_assert_uint_gt (out, 1000);
  world_close (&w);
}
END_TEST

/* A page that was read back, kept its slot and was written to since. */
START_TEST (a_slot_out_of_date_is_given_up)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = fill (&w, &p, BARE "swap: 256 MiB");
  for (int i = 0; i < 2; i++) {
    visit (&w, &p, 0, 3000, false);
    visit (&w, &p, 0, 3000, true);
    visit (&w, &p, 3000, 12000, false);
  }
  ck_assert_uint_le (counters (guest).swap_used_pages, 12000);
  ck_assert_uint_gt (counters (guest).swapped_out, 12000 - 8000 + 3000);
  world_close (&w);
}
END_TEST

SUITE ("linux swap", tcase_add_test (tc, slots_are_handed_out_round_and_round);
       tcase_add_loop_test (tc, a_fault_reads_the_window_round_its_slot, 0,
                            G_N_ELEMENTS (clusters));
       tcase_add_test (tc, a_slot_out_of_date_is_given_up);
       tcase_add_test (tc, without_hits_only_the_page_itself_is_read);
       tcase_add_loop_test (tc, a_page_read_keeps_its_slot_while_there_are_many,
                            0, G_N_ELEMENTS (sizes));)
