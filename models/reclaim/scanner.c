/* Decides which frames page sharing is shown next.
 *
 *   ESX   in pass k of a guest of n frames, number i is
 *         (start + i x stride) mod n     start, stride drawn; gcd (stride, n) = 1
 *         so each frame has its turn once, in an order nobody can foresee; n is
 *         that of the beginning of the pass
 *   KSM   a cursor over guests and their frames; a pass ends with the last guest
 *
 * What is due since the last step is done at once. Frames that cannot be looked
 * at cost nothing, but at most one pass of the guest (KSM: of all guests) is
 * walked a step.
 *
 * Invariant: pages looked at up to a step <= rate x time. Cost: an event a step;
 * O(frames walked). Left out: a better random order than that (Waldspurger's is
 * not published); KSM skipping guests that did not ask to be merged.
 * Source: Waldspurger 2002, 4.3; Linux mm/ksm.c (ksm_do_scan).
 */
#include <vhm/base/require.h>
#include <vhm/model/scanner.h>
#include <vhm/model/shared_memory.h>

/* Frames shown at a time: fits a stack, and is enough to make calls cheap. */
#define AT_ONCE 256

struct place {
  vhm_guest *guest;
  uint32_t n, next; /* of the pass: frames, number of the next */
  uint32_t start, stride;
  uint64_t carry;
  struct vhm_rng rng; /* the guest's, so that others do not matter */
};

struct vhm_scanner {
  vhm_engine *engine;
  uint64_t hz;
  struct vhm_scanner_config config;
  GArray *places; /* struct place */
  uint32_t at;    /* KSM: the place of the cursor */
  uint64_t carry_ns, n_passes;
  vhm_event step;
};

static void step (void *context);

static void
schedule (vhm_scanner *s)
{
  uint64_t cyc = vhm_ns_to_cycles (s->hz, s->config.step_ns);
  s->step = vhm_engine_schedule (
      s->engine,
      vhm_cycles_add (vhm_engine_now (s->engine), vhm_cycles_make (cyc)),
      VHM_PRIORITY_POLICY, step, s);
}

vhm_scanner *
vhm_scanner_new (vhm_engine *engine, uint64_t clock_hz,
                 const struct vhm_scanner_config *config)
{
  VHM_REQUIRE (config->step_ns > 0);
  vhm_scanner *s = g_new0 (vhm_scanner, 1);
  s->engine = engine;
  s->hz = clock_hz;
  s->config = *config;
  s->places = g_array_new (FALSE, TRUE, sizeof (struct place));
  schedule (s);
  return s;
}

void
vhm_scanner_free (vhm_scanner *s)
{
  if (vhm_engine_is_pending (s->engine, s->step))
    vhm_engine_cancel (s->engine, s->step);
  g_array_unref (s->places);
  g_free (s);
}

void
vhm_scanner_set_guest (vhm_scanner *s, uint32_t place, vhm_guest *guest)
{
  if (place >= s->places->len)
    g_array_set_size (s->places, place + 1);
  struct place *p = &g_array_index (s->places, struct place, place);
  *p = (struct place){ .guest = guest };
  if (guest)
    p->rng = vhm_guest_stream (guest, "scanner");
}

void
vhm_scanner_set_batch (vhm_scanner *s, const struct vhm_scan_batch *batch)
{
  s->config.batch = *batch;
}

uint64_t
vhm_scanner_n_passes (const vhm_scanner *s)
{
  return s->n_passes;
}

/* --- order ---------------------------------------------------------------------- */

static uint32_t
common_divisor (uint32_t a, uint32_t b)
{
  while (b != 0) {
    uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static void
begin_pass (vhm_scanner *s, struct place *p)
{
  p->n = vhm_guest_visible_pages (p->guest);
  p->next = p->start = 0;
  p->stride = 1;
  if (s->config.is_ksm || p->n < 2)
    return;
  p->start = (uint32_t) vhm_rng_below (&p->rng, p->n);
  do
    p->stride = 1 + (uint32_t) vhm_rng_below (&p->rng, p->n - 1);
  while (common_divisor (p->stride, p->n) != 1);
}

/* The next frames of the pass under way, at most `most`. */
static uint32_t
take (struct place *p, uint32_t most, uint32_t *gfns)
{
  uint32_t n = MIN (most, p->n - p->next);
  for (uint32_t k = 0; k < n; k++, p->next++)
    gfns[k] = (uint32_t) ((p->start + (uint64_t) p->next * p->stride) % p->n);
  return n;
}

static bool
is_on (const struct place *p)
{
  return p->guest && vhm_guest_is_running (p->guest);
}

/* --- rates ---------------------------------------------------------------------- */

/* Shows so many of the guest's frames; walks past at most as many as it has. */
static void
scan_guest (vhm_scanner *s, struct place *p, uint64_t due)
{
  uint32_t gfns[AT_ONCE];
  uint64_t left = vhm_guest_visible_pages (p->guest);
  while (due > 0 && left > 0) {
    if (p->next >= p->n)
      begin_pass (s, p);
    uint32_t most = (uint32_t) MIN (MIN (due, left), AT_ONCE);
    uint32_t n = take (p, most, gfns);
    due -= vhm_guest_scan (p->guest, gfns, n);
    left -= n;
  }
}

static void
scan_at_rates (vhm_scanner *s)
{
  guint n = s->places->len;
  struct place *places = (struct place *) (void *) s->places->data;
  g_autofree uint64_t *pages = g_new (uint64_t, n + 1);
  g_autofree uint64_t *rates = g_new (uint64_t, n + 1);
  for (guint i = 0; i < n; i++)
    pages[i] = is_on (&places[i])
                   ? vhm_guest_backed_pages (places[i].guest)
                         + vhm_guest_shared_pages (places[i].guest)
                   : 0;
  vhm_scan_rates (&s->config.limits, pages, n, rates);
  for (guint i = 0; i < n; i++)
    if (is_on (&places[i]))
      scan_guest (s, &places[i],
                  vhm_scan_due (rates[i], s->config.step_ns, &places[i].carry));
}

static uint64_t
n_all_frames (const vhm_scanner *s)
{
  uint64_t n = 0;
  for (guint i = 0; i < s->places->len; i++) {
    const struct place *p = &g_array_index (s->places, struct place, i);
    n += is_on (p) ? vhm_guest_visible_pages (p->guest) : 0;
  }
  return n;
}

/* The cursor stands at a guest that runs and has frames left in this pass. */
static struct place *
go_to_next (vhm_scanner *s)
{
  for (;;) {
    struct place *p = &g_array_index (s->places, struct place, s->at);
    if (is_on (p) && p->n == 0)
      begin_pass (s, p);
    if (is_on (p) && p->next < p->n)
      return p;
    p->n = p->next = 0;
    if (++s->at == s->places->len) {
      s->at = 0;
      s->n_passes++;
    }
  }
}

static void
scan_in_turn (vhm_scanner *s)
{
  uint32_t gfns[AT_ONCE];
  if (s->config.batch.pages_to_scan == 0)
    return;
  uint64_t due
      = vhm_scan_batch_due (&s->config.batch, s->config.step_ns, &s->carry_ns);
  uint64_t left = n_all_frames (s);
  while (due > 0 && left > 0) {
    struct place *p = go_to_next (s);
    uint32_t n = take (p, (uint32_t) MIN (MIN (due, left), AT_ONCE), gfns);
    due -= vhm_guest_scan (p->guest, gfns, n);
    left -= n;
  }
}

static void
step (void *context)
{
  vhm_scanner *s = context;
  if (s->config.is_ksm)
    scan_in_turn (s);
  else
    scan_at_rates (s);
  schedule (s);
}
