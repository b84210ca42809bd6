/* Carries balloon requests to the guest and memory back to it.
 *
 * One message is on its way at a time in each direction; a newer removal simply
 * changes the number the driver works towards. The driver wakes every step_ns
 * and takes rate x step pages, fewer if the guest has not got them: it does not
 * fight for memory, it comes again. In a guest that the host has blocked it does
 * nothing; what is given back to one is given by the host. While a guest stands
 * still so do its messages. One operation is counted for each request
 * that moved at least a page, as the Hyper-V counters count operations.
 *
 * Cost: one event a step while a request is open. Left out: NUMA, 2 MiB units.
 * Source: seeds (ballooning); Linux hv_balloon (un-balloon before hot-add).
 */
#include <vhm/base/require.h>
#include <vhm/model/reclaim.h>

struct vhm_balloon {
  vhm_machine *machine;
  struct vhm_balloon_config config;
  vhm_guest *guest;
  uint32_t maximum_pages;
  uint32_t pending, promised;
  bool moved; /* by the present removal request */
  struct vhm_guest_timer step, arrival;
  struct vhm_balloon_counts counts;
};

vhm_balloon *
vhm_balloon_new (vhm_machine *machine, const struct vhm_balloon_config *config,
                 vhm_guest *guest, uint32_t maximum_pages)
{
  vhm_balloon *b = g_new0 (vhm_balloon, 1);
  b->machine = machine;
  b->config = *config;
  b->guest = guest;
  b->maximum_pages = maximum_pages;
  return b;
}

void
vhm_balloon_free (vhm_balloon *b)
{
  vhm_balloon_reset (b);
  g_free (b);
}

void
vhm_balloon_reset (vhm_balloon *b)
{
  vhm_guest_timer_cancel (&b->step);
  vhm_guest_timer_cancel (&b->arrival);
  vhm_machine_redeem (b->machine, b->promised);
  b->pending = b->promised = 0;
}

/* On the guest's clock: in one that stands still nobody takes the message. */
static void
after (vhm_balloon *b, struct vhm_guest_timer *timer, uint64_t ns,
       vhm_engine_fn fn)
{
  uint64_t hz = vhm_guest_clock_hz (b->guest);
  vhm_guest_timer_set (timer, b->guest, vhm_ns_to_cycles (hz, ns), fn, b);
}

static uint64_t
page_cyc (const vhm_balloon *b)
{
  return vhm_ns_to_cycles (vhm_guest_clock_hz (b->guest), b->config.page_ns);
}

static void
inflate_step (void *context)
{
  vhm_balloon *b = context;
  if (b->pending == 0)
    return;
  uint64_t bytes = (uint64_t) ((unsigned __int128) b->config.rate_bytes_per_s
                               * b->config.step_ns / VHM_NS_PER_S);
  uint32_t most = (uint32_t) MAX (vhm_bytes_to_pages (bytes), 1);
  if (vhm_guest_is_blocked (b->guest))
    most = 0; /* nobody runs the driver */
  uint32_t got
      = vhm_guest_inflate (b->guest, MIN (most, b->pending), page_cyc (b));
  b->pending -= got;
  b->counts.removed_pages += got;
  if (got > 0 && !b->moved)
    b->counts.n_removes++;
  b->moved = b->moved || got > 0;
  if (b->pending > 0)
    after (b, &b->step, b->config.step_ns, inflate_step);
}

void
vhm_balloon_remove (vhm_balloon *b, uint32_t n)
{
  n = MIN (n, vhm_guest_held_pages (b->guest));
  if (n > 0 && b->pending == 0) {
    b->moved = false;
    after (b, &b->step, b->config.latency_ns, inflate_step);
  }
  b->pending = n;
}

static void
add_arrives (void *context)
{
  vhm_balloon *b = context;
  uint32_t n = b->promised;
  b->promised = 0;
  vhm_machine_redeem (b->machine, n);
  uint32_t back = MIN (n, vhm_guest_ballooned_pages (b->guest));
  if (back > 0)
    vhm_guest_deflate (b->guest, back, page_cyc (b));
  if (n > back)
    vhm_guest_hot_add (b->guest, n - back);
  b->counts.added_pages += n;
  b->counts.n_adds += n > 0;
}

uint32_t
vhm_balloon_add (vhm_balloon *b, uint32_t n)
{
  if (vhm_guest_timer_is_set (&b->arrival))
    return 0; /* the one before first */
  uint32_t unit = (uint32_t) MAX (vhm_bytes_to_pages (b->config.unit_bytes), 1);
  uint32_t back = MIN (n, vhm_guest_ballooned_pages (b->guest));
  uint32_t room = b->maximum_pages - vhm_guest_visible_pages (b->guest);
  uint32_t fresh = (n - back) / unit * unit;
  if (fresh > room)
    fresh = room;
  n = back + fresh;
  if (n == 0)
    return 0;
  vhm_machine_promise (b->machine, n);
  b->promised = n;
  after (b, &b->arrival, b->config.latency_ns, add_arrives);
  return n;
}

uint32_t
vhm_balloon_pending (const vhm_balloon *b)
{
  return b->pending;
}

uint32_t
vhm_balloon_promised (const vhm_balloon *b)
{
  return b->promised;
}

struct vhm_balloon_counts
vhm_balloon_counts (const vhm_balloon *b)
{
  return b->counts;
}
