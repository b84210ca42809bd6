/* An audit that finds nothing proves nothing unless it would have found
 * something: each invariant is broken once, by hand, and the audit must name it.
 *
 * Looks inside on purpose: the private records of guest, Windows and host are
 * what is corrupted, and machine.c is compiled in because its records are in no
 * header (the linker then leaves the library's copy out). */
#include "cpu_config.h"
#include "guest.h"
#include "machine.c"
#include "suite.h"

#include "windows.h"
#include "world.h"
#include <unistd.h>

#define S VHM_NS_PER_S
#define NORMAL 5 /* of standby pages */

struct scene {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
  struct windows *os;
};

/* Pages in every state: 6000 frames, 9000 pages in use, the disk at work, a
 * balloon, a page dropped in the middle of its transfer; a host that maps at
 * first touch. */
static void
open_scene (struct scene *s)
{
  const struct vhm_cpu_config cpu = skylake_config ();
  world_open (&s->w, 1, 10000);
  s->w.maps_at_touch = true;
  world_translates (&s->w, &cpu, 1, VHM_PAGING_SLAT, VHM_PAGE_4K);
  world_os (&s->w, "windows",
            "nonpaged_pool: 1 MiB, page_file: 32 MiB, writer_starts_at: 300, "
            "trim_to: 20 %, write_cluster: 20, read_cluster: 2");
  s->p = a_puppet (12000, 0.5, 6, 10000, 100, 0);
  s->p.regions[0].n_active = 0;
  world_puppet (&s->w, &s->p);
  s->guest = world_boot (&s->w, 2, 6000, 7000);
  s->os = s->guest->os_state;
  ck_assert_uint_eq (vhm_guest_inflate (s->guest, 100, 0), 100);
  vhm_process_allocate (s->p.process, 0, 0, 9000);
  world_run (&s->w, 60 * S);
  ck_assert (!vhm_process_is_allocating (s->p.process));
  vhm_process_set_active (s->p.process, 0, 9000);
  world_run (&s->w, S / 2);
}

static uint32_t
page_in (const struct scene *s, enum page_state state)
{
  for (uint32_t v = 0; v < s->os->n_pages; v++)
    if (s->os->pages[v].state == state)
      return v;
  ck_abort_msg ("no page in state %d", (int) state);
  return 0;
}

static uint32_t
frame_of (const struct scene *s, uint32_t owner)
{
  for (uint32_t gfn = 0; gfn < s->os->n_frames; gfn++)
    if (s->os->frames[gfn].owner == owner)
      return gfn;
  ck_abort_msg ("no frame of owner %x", owner);
  return 0;
}

/* --- machine ------------------------------------------------------------------- */

static void
break_owner (struct scene *s)
{
  s->w.machine->owner[s->guest->mfn[7]] = VHM_OWNER_ROOT;
}

static void
break_free_bitmap (struct scene *s)
{
  s->w.machine->blocks[0].free[0] ^= 1;
}

static void
swap_free_bits (struct scene *s) /* counts stay right */
{
  vhm_machine *m = s->w.machine;
  for (uint32_t f = 0; f + 1 < m->n_frames; f++) {
    uint32_t b = f / 512, k = f % 512;
    if (k % 64 == 63 || m->owner[f] == m->owner[f + 1]
        || (m->owner[f] && m->owner[f + 1]))
      continue;
    m->blocks[b].free[k / 64] ^= UINT64_C (3) << (k % 64);
    return;
  }
  ck_abort ();
}

static void
break_block_count (struct scene *s)
{
  s->w.machine->blocks[1].n_free++;
}

static void
break_machine_count (struct scene *s)
{
  s->w.machine->n_free++;
}

static void
break_owner_count (struct scene *s)
{
  s->w.machine->n_owned[VHM_OWNER_FIRST_GUEST]++;
  s->w.machine->n_owned[VHM_OWNER_ROOT]--;
}

static void
lose_a_block (struct scene *s)
{
  vhm_machine *m = s->w.machine;
  uint32_t *head = m->whole != NO_BLOCK ? &m->whole : &m->broken;
  *head = m->blocks[*head].next;
}

/* --- guest ----------------------------------------------------------------------- */

static void
break_back_pointer (struct scene *s)
{
  s->w.machine->gfn[s->guest->mfn[7]] = 8;
}

static void
break_guest_frame (struct scene *s)
{
  uint32_t x = s->guest->mfn[7];
  s->guest->mfn[7] = s->guest->mfn[8];
  s->guest->mfn[8] = x;
}

static void
lose_a_backing (struct scene *s)
{
  s->guest->mfn[7] = VHM_NO_FRAME;
}

static void
map_a_ballooned_frame (struct scene *s)
{
  uint32_t gfn = g_array_index (s->guest->ballooned, uint32_t, 0);
  s->guest->entries.has[gfn / 64] |= UINT64_C (1) << (gfn % 64);
}

static void
lose_an_entry (struct scene *s)
{
  uint32_t gfn = s->os->pages[page_in (s, PAGE_ACTIVE)].gfn;
  vhm_entries_lost (&s->guest->entries, gfn);
}

static void
forget_a_ballooned_frame (struct scene *s)
{
  g_array_set_size (s->guest->ballooned, s->guest->ballooned->len - 1);
}

static void
hold_a_frame_too_many (struct scene *s)
{
  uint32_t mfns[1];
  vhm_machine_take (s->w.machine, s->guest->owner, 0, 1, mfns);
}

static void
balloon_a_backed_frame (struct scene *s)
{
  g_array_index (s->guest->ballooned, uint32_t, 0) = 7;
}

static void
break_ledger (struct scene *s)
{
  s->guest->ledger.cyc[VHM_ACCOUNT_IDLE]++;
}

static void
touch_behind_the_back (struct scene *s)
{
  uint32_t v = page_in (s, PAGE_OUT);
  vhm_refs_map (s->p.process->refs, v, false, false);
}

/* --- Windows ---------------------------------------------------------------------- */

static void
break_frame_owner (struct scene *s)
{
  uint32_t v = page_in (s, PAGE_ACTIVE);
  s->os->frames[s->os->pages[v].gfn].owner = v + 1;
}

static void
lose_a_kernel_frame (struct scene *s)
{
  s->os->kernel_pages--;
}

static void
lose_a_balloon_frame (struct scene *s)
{
  s->os->balloon_pages++;
}

static void
lose_a_free_frame (struct scene *s)
{
  s->os->frames[frame_of (s, FRAME_KERNEL)].owner = FRAME_FREE;
  s->os->kernel_pages--;
}

static void
leave_a_frame_under_no_transfer (struct scene *s)
{
  s->os->frames[frame_of (s, FRAME_KERNEL)].owner = FRAME_IO;
  s->os->kernel_pages--;
}

static void
break_list_link (struct scene *s)
{
  struct frame *f = s->os->frames;
  f[f[s->os->standby[NORMAL].head].next].prev = NONE;
}

static void
break_list_count (struct scene *s)
{
  s->os->standby[NORMAL].n++;
}

static void
break_list_member (struct scene *s)
{
  s->os->pages[s->os->frames[s->os->standby[NORMAL].head].owner].state
      = PAGE_WRITING;
}

static void
break_priority (struct scene *s)
{
  s->os->priority[s->os->standby[NORMAL].head]++;
}

static void
break_standby_count (struct scene *s)
{
  s->os->n_standby++;
  s->os->fetch.n_cached++; /* so that pages and lists agree */
}

static void
break_fetched_count (struct scene *s)
{
  s->os->fetch.n_cached++;
}

static void
break_page_frame (struct scene *s)
{
  s->os->pages[page_in (s, PAGE_OUT)].gfn
      = s->os->pages[page_in (s, PAGE_ACTIVE)].gfn;
}

static void
break_mapped (struct scene *s)
{
  vhm_refs_unmap (s->p.process->refs, page_in (s, PAGE_ACTIVE));
}

static void
break_active_count (struct scene *s)
{
  s->os->n_active++;
}

static void
break_commit (struct scene *s)
{
  s->os->commit_pages = 9000;
}

static void
break_limit (struct scene *s)
{
  s->os->commit_pages = (uint64_t) s->os->n_frames + s->os->slots.n + 1;
}

static void
break_slot_owner (struct scene *s)
{
  s->os->slots.page[s->os->pages[page_in (s, PAGE_OUT)].slot] = 1;
}

static void
break_slot_count (struct scene *s)
{
  s->os->slots.n_free++;
}

static void
list_a_slot_twice (struct scene *s)
{
  g_array_append_val (s->os->active_slots, s->os->pages[0].gfn);
}

static void
lose_a_slot (struct scene *s)
{
  uint32_t slot = s->os->pages[page_in (s, PAGE_OUT)].slot;
  s->os->slots.page[slot] = NONE;
}

static void
lose_contents (struct scene *s)
{
  windows_free_slot (s->os, page_in (s, PAGE_OUT));
}

static const struct {
  const char *name;
  void (*corrupt) (struct scene *scene);
  const char *says;
} cases[] = {
  { "owner", break_owner, "an owner's count differs" },
  { "bitmap", break_free_bitmap, "count of free frames differs" },
  { "bits", swap_free_bits, "free in the bitmap and owned in the table" },
  { "block count", break_block_count, "count of free frames differs" },
  { "machine count", break_machine_count, "do not add up to the machine's" },
  { "owner count", break_owner_count, "an owner's count differs" },
  { "block list", lose_a_block, "on the wrong list" },
  { "back pointer", break_back_pointer, "machine frame that does not name it" },
  { "guest frame", break_guest_frame, "machine frame that does not name it" },
  { "backing", lose_a_backing, "backed frames are miscounted" },
  { "balloon", forget_a_ballooned_frame, "do not add up to the visible ones" },
  { "one too many", hold_a_frame_too_many, "does not hold the machine frames" },
  { "backed balloon", balloon_a_backed_frame, "a ballooned frame is backed" },
  { "mapped balloon", map_a_ballooned_frame,
    "maps a frame that is not backed" },
  { "entry", lose_an_entry, "has no entry in the host's table" },
  { "ledger", break_ledger, "ledger does not sum" },
  { "mapped out", touch_behind_the_back, "mapped and not in a working set" },
  { "frame owner", break_frame_owner, "names a page that does not name it" },
  { "kernel", lose_a_kernel_frame, "nonpaged and ballooned" },
  { "balloon count", lose_a_balloon_frame, "nonpaged and ballooned" },
  { "free", lose_a_free_frame, "a free frame is on no list" },
  { "left over", leave_a_frame_under_no_transfer, "is in no transfer" },
  { "link", break_list_link, "not doubly linked" },
  { "list count", break_list_count, "miscounts" },
  { "list member", break_list_member, "belongs to something else" },
  { "priority", break_priority, "on the list of another priority" },
  { "standby", break_standby_count, "the standby lists do not add up" },
  { "fetched", break_fetched_count, "SuperFetch has read are miscounted" },
  { "page frame", break_page_frame, "state and its frame contradict" },
  { "unmapped", break_mapped, "mapped and not in a working set" },
  { "active", break_active_count, "page counts and the page states" },
  { "commit", break_commit, "more pages are in use than are committed" },
  { "limit", break_limit, "more is committed than" },
  { "slot owner", break_slot_owner, "a page-file slot and its page disagree" },
  { "slot count", break_slot_count, "slots are miscounted" },
  { "listed slot", list_a_slot_twice, "listed twice" },
  { "slot", lose_a_slot, "belongs to nobody" },
  { "contents", lose_contents, "has no slot" },
};

START_TEST (a_broken_invariant_is_named)
{
  struct scene s;
  open_scene (&s);
  world_audit (&s.w); /* clean so far */
  cases[_i].corrupt (&s);
  const char *wrong = vhm_machine_audit (s.w.machine);
  if (!wrong)
    wrong = vhm_guest_audit (s.guest);
  ck_assert_msg (wrong && strstr (wrong, cases[_i].says), "%s: audit says: %s",
                 cases[_i].name, wrong ? wrong : "nothing");
  _exit (0); /* what is broken cannot be taken down in order */
}
END_TEST

START_TEST (a_guest_that_is_off_holds_nothing)
{
  struct scene s;
  uint32_t mfns[1];
  open_scene (&s);
  vhm_guest_stop (s.guest);
  ck_assert (vhm_guest_audit (s.guest) == NULL);
  vhm_machine_take (s.w.machine, s.guest->owner, 0, 1, mfns);
  ck_assert_str_eq (vhm_guest_audit (s.guest),
                    "a guest that is off holds machine frames");
  vhm_machine_give (s.w.machine, vhm_mfn_make (mfns[0]));
  world_close (&s.w);
}
END_TEST

SUITE ("audit", if (suite_can_fork ())
                    tcase_add_loop_exit_test (tc, a_broken_invariant_is_named,
                                              0, 0, G_N_ELEMENTS (cases));
       tcase_add_test (tc, a_guest_that_is_off_holds_nothing);)
