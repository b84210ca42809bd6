/* Who owns each frame of the host's RAM.
 *
 * Blocks of 512 frames carry a bitmap of their free frames and hang in one of
 * two doubly linked lists: whole (all free) and broken (some free). A single
 * frame comes from the first broken block, a whole block is broken only when
 * there is no other. Lists are last-in first-out, so the answer depends on the
 * order of calls alone.
 *
 * Invariant: a block is in `whole` iff n_free = 512, in `broken` iff
 * 0 < n_free < 512; the sum of n_free is n_free of the machine.
 * Cost: O(1) a frame (one 64-bit word search in a block of eight words).
 * Left out: NUMA nodes, 1 GiB blocks.
 */
#include <vhm/base/require.h>
#include <vhm/model/machine.h>

#include <string.h>

#define WORDS ((uint32_t) (VHM_BLOCK_PAGES / 64))
#define NO_BLOCK UINT32_MAX

struct block {
  uint64_t free[WORDS]; /* bit set: the frame is free */
  uint32_t prev, next;
  uint32_t n_free;
};

struct vhm_machine {
  uint32_t n_frames, n_free, n_promised, n_blocks;
  uint16_t *owner;
  uint32_t *gfn;
  struct block *blocks;
  uint32_t whole, broken; /* list heads */
  uint32_t n_owned[UINT16_MAX + 1];
};

static uint32_t *
list_of (vhm_machine *m, const struct block *b)
{
  if (b->n_free == 0)
    return NULL;
  return b->n_free == VHM_BLOCK_PAGES ? &m->whole : &m->broken;
}

static void
unlink_block (vhm_machine *m, uint32_t i)
{
  struct block *b = &m->blocks[i];
  uint32_t *head = list_of (m, b);
  if (!head)
    return;
  if (b->prev == NO_BLOCK)
    *head = b->next;
  else
    m->blocks[b->prev].next = b->next;
  if (b->next != NO_BLOCK)
    m->blocks[b->next].prev = b->prev;
}

static void
link_block (vhm_machine *m, uint32_t i)
{
  struct block *b = &m->blocks[i];
  uint32_t *head = list_of (m, b);
  if (!head)
    return;
  b->prev = NO_BLOCK;
  b->next = *head;
  if (*head != NO_BLOCK)
    m->blocks[*head].prev = i;
  *head = i;
}

vhm_machine *
vhm_machine_new (uint32_t n_frames)
{
  VHM_REQUIRE (n_frames > 0 && n_frames < VHM_NO_FRAME - VHM_BLOCK_PAGES);
  vhm_machine *m = g_new0 (vhm_machine, 1);
  m->n_frames = m->n_free = n_frames;
  m->n_blocks = (uint32_t) ((n_frames + VHM_BLOCK_PAGES - 1) / VHM_BLOCK_PAGES);
  m->owner = g_new0 (uint16_t, n_frames);
  m->gfn = g_new (uint32_t, n_frames);
  memset (m->gfn, 0xff, n_frames * sizeof *m->gfn);
  m->blocks = g_new0 (struct block, m->n_blocks);
  m->whole = m->broken = NO_BLOCK;
  m->n_owned[VHM_OWNER_FREE] = n_frames;
  for (uint32_t i = m->n_blocks; i-- > 0;) {
    struct block *b = &m->blocks[i];
    uint32_t first = i * (uint32_t) VHM_BLOCK_PAGES;
    b->n_free = (uint32_t) MIN (VHM_BLOCK_PAGES, n_frames - first);
    for (uint32_t k = 0; k < b->n_free; k++)
      b->free[k / 64] |= UINT64_C (1) << (k % 64);
    link_block (m, i);
  }
  return m;
}

void
vhm_machine_free (vhm_machine *m)
{
  g_free (m->owner);
  g_free (m->gfn);
  g_free (m->blocks);
  g_free (m);
}

uint32_t
vhm_machine_n_frames (const vhm_machine *m)
{
  return m->n_frames;
}

uint32_t
vhm_machine_n_free (const vhm_machine *m)
{
  return m->n_free;
}

void
vhm_machine_promise (vhm_machine *m, uint32_t n)
{
  VHM_REQUIRE (n <= m->n_free - m->n_promised);
  m->n_promised += n;
}

void
vhm_machine_redeem (vhm_machine *m, uint32_t n)
{
  VHM_REQUIRE (n <= m->n_promised);
  m->n_promised -= n;
}

uint32_t
vhm_machine_n_spare (const vhm_machine *m)
{
  return m->n_free > m->n_promised ? m->n_free - m->n_promised : 0;
}

bool
vhm_machine_has_block (const vhm_machine *m)
{
  return m->whole != NO_BLOCK;
}

uint32_t
vhm_machine_n_owned (const vhm_machine *m, uint16_t owner)
{
  return m->n_owned[owner];
}

static void
set_owner (vhm_machine *m, uint32_t mfn, uint16_t owner, uint32_t gfn)
{
  m->n_owned[m->owner[mfn]]--;
  m->n_owned[owner]++;
  m->owner[mfn] = owner;
  m->gfn[mfn] = gfn;
}

static uint32_t
take_one (vhm_machine *m)
{
  uint32_t i = m->broken != NO_BLOCK ? m->broken : m->whole;
  struct block *b = &m->blocks[i];
  uint32_t w = 0;
  while (b->free[w] == 0)
    w++;
  uint32_t bit = (uint32_t) __builtin_ctzll (b->free[w]);
  bool moves = b->n_free == VHM_BLOCK_PAGES || b->n_free == 1;
  if (moves)
    unlink_block (m, i);
  b->free[w] &= b->free[w] - 1;
  b->n_free--;
  if (moves)
    link_block (m, i);
  m->n_free--;
  return i * (uint32_t) VHM_BLOCK_PAGES + w * 64 + bit;
}

static void
take_block (vhm_machine *m, uint16_t owner, uint32_t gfn, uint32_t *mfns)
{
  uint32_t i = m->whole;
  unlink_block (m, i);
  memset (m->blocks[i].free, 0, sizeof m->blocks[i].free);
  m->blocks[i].n_free = 0;
  m->n_free -= (uint32_t) VHM_BLOCK_PAGES;
  for (uint32_t k = 0; k < VHM_BLOCK_PAGES; k++) {
    uint32_t mfn = i * (uint32_t) VHM_BLOCK_PAGES + k;
    set_owner (m, mfn, owner, gfn + k);
    mfns[gfn + k] = mfn;
  }
}

void
vhm_machine_take (vhm_machine *m, uint16_t owner, uint32_t first, uint32_t n,
                  uint32_t *mfns)
{
  VHM_REQUIRE (owner != VHM_OWNER_FREE && n <= m->n_free);
  for (uint32_t gfn = first; gfn < first + n;) {
    if (mfns && gfn % VHM_BLOCK_PAGES == 0 && first + n - gfn >= VHM_BLOCK_PAGES
        && m->whole != NO_BLOCK) {
      take_block (m, owner, gfn, mfns);
      gfn += (uint32_t) VHM_BLOCK_PAGES;
      continue;
    }
    uint32_t mfn = take_one (m);
    set_owner (m, mfn, owner, mfns ? gfn : VHM_NO_FRAME);
    if (mfns)
      mfns[gfn] = mfn;
    gfn++;
  }
}

void
vhm_machine_give (vhm_machine *m, vhm_mfn mfn)
{
  VHM_REQUIRE (mfn.raw < m->n_frames && m->owner[mfn.raw] != VHM_OWNER_FREE);
  uint32_t i = mfn.raw / (uint32_t) VHM_BLOCK_PAGES;
  uint32_t k = mfn.raw % (uint32_t) VHM_BLOCK_PAGES;
  struct block *b = &m->blocks[i];
  bool moves = b->n_free == 0 || b->n_free == VHM_BLOCK_PAGES - 1;
  if (moves)
    unlink_block (m, i);
  b->free[k / 64] |= UINT64_C (1) << (k % 64);
  b->n_free++;
  if (moves)
    link_block (m, i);
  m->n_free++;
  set_owner (m, mfn.raw, VHM_OWNER_FREE, VHM_NO_FRAME);
}

void
vhm_machine_give_root (vhm_machine *m, uint32_t n)
{
  VHM_REQUIRE (n <= m->n_owned[VHM_OWNER_ROOT]);
  for (uint32_t mfn = m->n_frames; n > 0; n--) {
    do
      mfn--;
    while (m->owner[mfn] != VHM_OWNER_ROOT);
    vhm_machine_give (m, vhm_mfn_make (mfn));
  }
}

void
vhm_machine_pass (vhm_machine *m, vhm_mfn mfn, uint16_t owner, uint32_t gfn)
{
  VHM_REQUIRE (mfn.raw < m->n_frames && owner >= VHM_OWNER_SHARED);
  VHM_REQUIRE (m->owner[mfn.raw] >= VHM_OWNER_SHARED);
  VHM_REQUIRE ((owner == VHM_OWNER_SHARED) == (gfn == VHM_NO_FRAME));
  set_owner (m, mfn.raw, owner, gfn);
}

uint16_t
vhm_machine_owner (const vhm_machine *m, vhm_mfn mfn)
{
  VHM_REQUIRE (mfn.raw < m->n_frames);
  return m->owner[mfn.raw];
}

vhm_gfn
vhm_machine_gfn (const vhm_machine *m, vhm_mfn mfn)
{
  VHM_REQUIRE (mfn.raw < m->n_frames);
  return vhm_gfn_make (m->gfn[mfn.raw]);
}

/* Blocks on the list, all of the right kind; NO_BLOCK if it is broken. */
static uint32_t
count_list (const vhm_machine *m, uint32_t head, bool whole)
{
  uint32_t n = 0, prev = NO_BLOCK;
  for (uint32_t i = head; i != NO_BLOCK; i = m->blocks[i].next) {
    const struct block *b = &m->blocks[i];
    if (n++ > m->n_blocks || b->prev != prev || b->n_free == 0
        || (b->n_free == VHM_BLOCK_PAGES) != whole)
      return NO_BLOCK;
    prev = i;
  }
  return n;
}

static const char *
audit_lists (const vhm_machine *m)
{
  uint32_t n_whole = 0, n_broken = 0;
  for (uint32_t i = 0; i < m->n_blocks; i++) {
    n_whole += m->blocks[i].n_free == VHM_BLOCK_PAGES;
    n_broken
        += m->blocks[i].n_free > 0 && m->blocks[i].n_free < VHM_BLOCK_PAGES;
  }
  if (count_list (m, m->whole, true) != n_whole
      || count_list (m, m->broken, false) != n_broken)
    return "a block with free frames is on the wrong list";
  return NULL;
}

const char *
vhm_machine_audit (const vhm_machine *m)
{
  uint32_t n_free = 0;
  for (uint32_t i = 0; i < m->n_blocks; i++) {
    uint32_t here = 0;
    for (uint32_t w = 0; w < WORDS; w++)
      here += (uint32_t) __builtin_popcountll (m->blocks[i].free[w]);
    if (here != m->blocks[i].n_free)
      return "a block's count of free frames differs from its bitmap";
    n_free += here;
  }
  if (n_free != m->n_free)
    return "the blocks' free frames do not add up to the machine's";
  g_autofree uint32_t *n_owned = g_new0 (uint32_t, UINT16_MAX + 1);
  for (uint32_t f = 0; f < m->n_frames; f++) {
    const struct block *b = &m->blocks[f / VHM_BLOCK_PAGES];
    uint32_t k = f % (uint32_t) VHM_BLOCK_PAGES;
    bool is_free = (b->free[k / 64] >> (k % 64)) & 1;
    if (is_free != (m->owner[f] == VHM_OWNER_FREE))
      return "a frame is free in the bitmap and owned in the table, or the "
             "other way round";
    n_owned[m->owner[f]]++;
  }
  for (uint32_t o = 0; o <= UINT16_MAX; o++)
    if (n_owned[o] != m->n_owned[o])
      return "an owner's count differs from the frames that name it";
  return audit_lists (m);
}
