/* A case in which one guest has a fixed amount of memory, for finding out how much
 * it needs.
 *
 * Nothing else may decide what the guest has: startup = minimum = maximum, so no
 * balancer moves it; no limit; and a host with room for the maximum of every
 * guest beside the root and the overhead, which is the case's own host where that
 * is large enough. A root that keeps more on a larger host makes it larger yet:
 *
 *   memory = least m with root (m) + sum (maximum + overhead) <= m
 *
 * Of a group all guests get that size. The copy shares all that lies below it with
 * the case. Cost: O(guests). Left out: the host's processors and disks, which
 * stay as they are. */
#include <vhm/host/host.h>

#include <string.h>

#include <vhm/base/require.h>
#include <vhm/base/units.h>

#define GROWTH_BYTES (VHM_GIB / 4) /* hosts have whole modules; fine enough */
/* A root that keeps all that is added leaves none, however large the host. */
#define MOST_BYTES (64 * 1024 * VHM_GIB)

static uint64_t
wanted_bytes (const struct vhm_case *c)
{
  const struct vhm_case_guest *guests = c->guests.items;
  uint64_t sum = 0;
  for (size_t i = 0; i < c->guests.n; i++)
    sum += guests[i].count
           * (guests[i].memory.maximum_bytes
              + vhm_case_overhead_bytes (&c->host, &guests[i]));
  return sum;
}

static void
make_room (struct vhm_case *c)
{
  uint64_t wanted = wanted_bytes (c);
  while (vhm_case_root_bytes (&c->host) + wanted > c->host.memory_bytes
         && c->host.memory_bytes < MOST_BYTES)
    c->host.memory_bytes += GROWTH_BYTES;
}

static bool
is_about (const struct vhm_case_timeline *line,
          const struct vhm_case_guest *guest)
{
  const char *who = NULL;
  vhm_case_order_of (line, &who);
  for (uint64_t k = 0; k < guest->count; k++) {
    g_autofree char *name = vhm_case_guest_name (guest, k);
    if (g_strcmp0 (who, name) == 0)
      return true;
  }
  return false;
}

/* A copy of the timeline, without what happens to guests that are left out: all
 * but `only`, or none (NULL). */
static void
keep_timeline (struct vhm_case *c, const struct vhm_case_guest *only)
{
  const struct vhm_case_timeline *lines = c->timeline.items;
  struct vhm_case_timeline *kept
      = g_new0 (struct vhm_case_timeline, MAX (c->timeline.n, 1));
  size_t n = 0;
  for (size_t i = 0; i < c->timeline.n; i++)
    if (!only || is_about (&lines[i], only))
      kept[n++] = lines[i];
  c->timeline.items = kept;
  c->timeline.n = n;
}

struct vhm_case *
vhm_case_sized_new (const struct vhm_case *c, size_t guest, uint64_t bytes,
                    bool alone)
{
  VHM_REQUIRE (guest < c->guests.n);
  struct vhm_case *sized = g_memdup2 (c, sizeof *c);
  const struct vhm_case_guest *all = c->guests.items;
  size_t first = alone ? guest : 0, n = alone ? 1 : c->guests.n;
  struct vhm_case_guest *guests = g_memdup2 (all + first, n * sizeof *all);
  sized->guests.items = guests;
  sized->guests.n = n;
  keep_timeline (sized, alone ? &all[guest] : NULL);
  struct vhm_case_memory *memory = &guests[guest - first].memory;
  memory->startup_bytes = memory->minimum_bytes = memory->maximum_bytes = bytes;
  memory->limit_bytes = 0;
  make_room (sized);
  return sized;
}

void
vhm_case_sized_free (struct vhm_case *sized)
{
  g_free (sized->guests.items);
  g_free (sized->timeline.items);
  g_free (sized);
}
