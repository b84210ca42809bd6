/* The hazard clock of a region: h advances by (share / total weight) dR.
 *
 * A page of weight w is referenced as a Poisson process of rate w in h, always:
 * share, active pages and weight sum change only the slope dh/dR. So a page's
 * history before such a change keeps the old rate without touching the page.
 * h(R) is piecewise linear; a list of bends, the newest in the struct itself,
 * because nearly every look stays behind the last bend.
 *
 * Cost: O(1) behind the last bend, else O(log bends). At most MAX_BENDS are
 * kept: beyond, every second one of the older half is dropped, so conversions
 * that reach thousands of changes back interpolate.
 */
#include "refs.h"

#define MAX_BENDS 4096

void
hazard_init (struct hazard *hazard, double r)
{
  *hazard = (struct hazard){
    .last = { .r = r }, .past = g_array_new (FALSE, FALSE, sizeof (struct bend))
  };
}

void
hazard_clear (struct hazard *hazard)
{
  g_array_unref (hazard->past);
}

static void
thin (GArray *past)
{
  struct bend *bend = (struct bend *) (void *) past->data;
  guint half = past->len / 2, kept = 0;
  for (guint i = 0; i < past->len; i++)
    if (i >= half || i % 2 == 0)
      bend[kept++] = bend[i];
  g_array_set_size (past, kept);
}

void
hazard_bend (struct hazard *hazard, double r, double slope)
{
  if (slope == hazard->slope)
    return;
  if (r > hazard->last.r) {
    struct bend now = { r, hazard_at (hazard, r) };
    g_array_append_val (hazard->past, hazard->last);
    hazard->last = now;
    if (hazard->past->len > MAX_BENDS)
      thin (hazard->past);
  }
  hazard->slope = slope;
}

/* Number of past bends for which `before` holds: r <= x, or h < x. */
static guint
bends_before (const struct hazard *hazard, double x, bool by_h)
{
  const struct bend *bend
      = (const struct bend *) (const void *) hazard->past->data;
  guint low = 0, high = hazard->past->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (by_h ? bend[middle].h < x : bend[middle].r <= x)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static struct bend
bend_at (const struct hazard *hazard, guint i)
{
  return i < hazard->past->len ? g_array_index (hazard->past, struct bend, i)
                               : hazard->last;
}

double
hazard_past_at (const struct hazard *hazard, double r)
{
  guint i = bends_before (hazard, r, false);
  if (i == 0)
    return bend_at (hazard, 0).h;
  struct bend a = bend_at (hazard, i - 1), b = bend_at (hazard, i);
  return a.h + (b.h - a.h) * ((r - a.r) / (b.r - a.r));
}

/* Where the clock stands still, the moment at which it stopped. */
double
hazard_past_to_r (const struct hazard *hazard, double h)
{
  guint i = bends_before (hazard, h, true);
  if (i == 0)
    return bend_at (hazard, 0).r;
  struct bend a = bend_at (hazard, i - 1), b = bend_at (hazard, i);
  if (b.h <= a.h)
    return a.r;
  return a.r + (b.r - a.r) * ((h - a.h) / (b.h - a.h));
}
