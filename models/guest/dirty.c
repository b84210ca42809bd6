/* Which of a guest's frames have been written since somebody last asked: what a
 * hypervisor that migrates a guest must send again.
 *
 *   pages of processes   write-protected when the log begins and when they are
 *                        taken from it; the first write traps (protected.c) and
 *                        costs an exit. Writes are a Poisson process, so of a page
 *                        of rate p, a part q of which writes, R references on
 *
 *                          P (written) = 1 - exp (-p q R)
 *
 *                        in both modes, and a write delays the thread as it would
 *   filled by the system zeroed for a process or in advance, read from the disk
 *   frames that came     given at first touch, read back from the host's swap, with
 *                        the balloon deflated, hot-added
 *   the system's own     when asked: with chance 1 - exp (-touches / N), N frames of
 *                        its kind (kernel_frames.c)
 *
 * Invariant: while it is on, a page that can be written without a trap lies in a
 * frame that is in the log. Cost: a look and O(1) a page to protect, a trap at its
 * first write; O(visible frames) to begin, O(frames / 64 + written) to take.
 * Left out: breaking large pages first (KVM), dirty bits set by the processor in
 * place of faults (PML), what other vhm_kernel_was_touched has drawn for the same
 * touches.
 */
#include "guest.h"

#include <vhm/base/require.h>

#include <math.h>

#define WORD 64

static bool
has (const vhm_guest *g, uint32_t gfn)
{
  return g->dirty.bits[gfn / WORD] >> (gfn % WORD) & 1;
}

bool
vhm_dirty_wants (const vhm_guest *g, uint32_t gfn)
{
  return g->dirty.bits && !has (g, gfn);
}

void
vhm_dirty_mark (vhm_guest *g, uint32_t gfn)
{
  if (g->dirty.bits)
    g->dirty.bits[gfn / WORD] |= UINT64_C (1) << (gfn % WORD);
}

void
vhm_dirty_write_faulted (vhm_guest *g, uint32_t gfn, vhm_process *process)
{
  if (!vhm_dirty_wants (g, gfn))
    return;
  vhm_dirty_mark (g, gfn);
  g->dirty.n_faults++;
  vhm_process_charge (process, VHM_ACCOUNT_HOST_FAULT, g->dirty.fault_cyc);
}

static void
guard (vhm_guest *g, uint32_t gfn)
{
  struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
  if (use.kind == VHM_FRAME_MAPPED)
    vhm_process_guard (use.process, use.page, gfn);
}

void
vhm_guest_begin_dirty_log (vhm_guest *g, uint64_t fault_ns)
{
  VHM_REQUIRE (g->running && !g->dirty.bits);
  vhm_guest_begin (g);
  vhm_kernel_list (g);
  g->dirty = (struct dirty){
    .bits = g_new0 (uint64_t, g->config.maximum_pages / WORD + 1),
    .fault_cyc = vhm_ns_to_cycles (g->around.clock_hz, fault_ns),
    .rng = vhm_guest_stream (g, "dirty"),
  };
  for (int hot = 0; hot < 2; hot++)
    g->dirty.kernel_clock[hot] = g->backing.kernel.clock[hot];
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++)
    guard (g, gfn);
  vhm_guest_end (g);
}

/* The system's own frames: what was touched was written. */
static void
mark_kernel (vhm_guest *g)
{
  const struct kernel_frames *k = &g->backing.kernel;
  double never[2];
  for (int hot = 0; hot < 2; hot++) {
    double n = hot ? k->n_hot : k->n - k->n_hot;
    double touches = k->clock[hot] - g->dirty.kernel_clock[hot];
    never[hot] = n > 0 ? exp (-touches / n) : 1;
    g->dirty.kernel_clock[hot] = k->clock[hot];
  }
  for (uint32_t i = 0; i < k->n; i++)
    if (vhm_rng_uniform (&g->dirty.rng) >= never[i < k->n_hot])
      vhm_dirty_mark (g, k->gfns[i]);
}

bool
vhm_guest_in_memory (const vhm_guest *g, uint32_t gfn)
{
  return g->mfn[gfn] != VHM_NO_FRAME || vhm_compressed_has (&g->backing, gfn);
}

uint32_t
vhm_guest_take_dirty (vhm_guest *g)
{
  VHM_REQUIRE (g->dirty.bits);
  uint32_t n = 0;
  vhm_guest_begin (g);
  mark_kernel (g);
  for (uint32_t word = 0; word * WORD < g->n_visible; word++)
    while (g->dirty.bits[word] != 0) {
      uint32_t gfn
          = word * WORD + (uint32_t) __builtin_ctzll (g->dirty.bits[word]);
      g->dirty.bits[word] &= g->dirty.bits[word] - 1;
      n += vhm_guest_in_memory (g, gfn);
      guard (g, gfn);
    }
  vhm_guest_end (g);
  return n;
}

uint32_t
vhm_guest_n_in_memory (const vhm_guest *g)
{
  uint32_t n = 0;
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++)
    n += vhm_guest_in_memory (g, gfn);
  return n;
}

uint64_t
vhm_guest_dirty_faults (const vhm_guest *g)
{
  return g->dirty.n_faults;
}

void
vhm_dirty_clear (vhm_guest *g)
{
  g_clear_pointer (&g->dirty.bits, g_free);
}

/* Those that nobody else wants protected. */
void
vhm_guest_end_dirty_log (vhm_guest *g)
{
  vhm_guest_begin (g);
  vhm_dirty_clear (g);
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++) {
    struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
    if (use.kind == VHM_FRAME_MAPPED
        && vhm_refs_is_protected (use.process->refs, use.page))
      vhm_process_unguard (use.process, use.page, gfn);
  }
  vhm_guest_end (g);
}

const char *
vhm_dirty_audit (const vhm_guest *g)
{
  for (uint32_t gfn = 0; g->dirty.bits && gfn < g->n_visible; gfn++) {
    struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
    if (use.kind == VHM_FRAME_MAPPED && vhm_dirty_wants (g, gfn)
        && !vhm_refs_traps (use.process->refs, use.page)
        && !vhm_refs_is_protected (use.process->refs, use.page))
      return "a page can be written and nobody who migrates it would know";
  }
  return NULL;
}
