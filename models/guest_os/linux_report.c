/* Free page reporting of a Linux guest: the host takes back what lies free.
 *
 * Every so often the guest names free blocks of 2 MiB and more that it has not
 * named before, at most
 *
 *   32 ceil (blocks / 512)
 *
 * of an order, those at the end of its list first. They stay free in the guest;
 * the host forgets what they hold and takes the frames, and gives others when
 * they are touched again. A block that has been in use, or has merged with another,
 * is named again. A host that gives memory at start takes nothing.
 *
 * Cost: O(free blocks of these orders) a time. Left out: the time it takes.
 * Source: mm/page_reporting.c (pageblock_order, PAGE_REPORTING_DELAY of 2 s,
 * PAGE_REPORTING_CAPACITY, page_reporting_cycle); from memory, unchecked.
 */
#include "linux.h"

#define LEAST_ORDER 9 /* 2 MiB, pageblock_order of x86 */
#define CAPACITY 32
#define PARTS 16

static void
report_order (struct linux_os *s, uint32_t order)
{
  uint32_t n = s->free.blocks[order].n;
  uint32_t most = CAPACITY * ((n + CAPACITY * PARTS - 1) / (CAPACITY * PARTS));
  g_autofree uint32_t *gfns = g_new (uint32_t, MAX (most, 1));
  n = linux_name_blocks (s, order, most, gfns);
  for (uint32_t i = 0; i < n; i++)
    vhm_guest_report_free (s->guest, gfns[i], UINT32_C (1) << order);
}

static void
report (void *context)
{
  struct linux_os *s = context;
  if (!vhm_guest_is_running (s->guest))
    return;
  vhm_guest_begin (s->guest);
  for (uint32_t order = LEAST_ORDER; order < LINUX_ORDERS; order++)
    report_order (s, order);
  linux_start_reporting (s);
  vhm_guest_end (s->guest);
}

void
linux_start_reporting (struct linux_os *s)
{
  if (s->config->report_ns == 0)
    return;
  uint64_t wait
      = vhm_ns_to_cycles (vhm_guest_clock_hz (s->guest), s->config->report_ns);
  vhm_guest_timer_set (&s->reporter, s->guest, wait, report, s);
}
