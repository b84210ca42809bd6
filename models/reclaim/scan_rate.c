/* Computes how many pages a scanner may look at.
 *
 *   guest   r = min (pages / pass, most of a guest)
 *   host    r' = r min (1, most of the host / sum of r)
 *   due     floor ((r' dt + carry) / unit), the rest carried
 *   KSM     pages_to_scan each sleep + pages_to_scan x time of a page
 *
 * Invariant: after steps dt1, dt2, ... at one rate the sum of what was due is
 * floor (r' (dt1 + dt2 + ...)): the carry loses nothing.
 * Units: rates in millionths of a page a second, rounded down (an error of a
 * page in 11 days at worst); carries in rate x ns, of a batch in ns.
 * Source: see scan_rate.h.
 */
#include <vhm/base/require.h>
#include <vhm/model/scan_rate.h>

#include <glib.h>

typedef unsigned __int128 wide;

#define HZ_PER_GHZ UINT64_C (1000000000)

uint64_t
vhm_scan_host_pages_per_s (uint64_t bytes_per_s_per_ghz, uint64_t hz)
{
  wide bytes_per_s = (wide) bytes_per_s_per_ghz * hz / HZ_PER_GHZ;
  return (uint64_t) (bytes_per_s / VHM_PAGE_BYTES);
}

static uint64_t
guest_rate (const struct vhm_scan_limits *limits, uint64_t pages)
{
  wide rate = UINT64_MAX; /* comes down to a part of the host's */
  if (limits->guest_pages_per_s > 0)
    rate = MIN (rate, (wide) limits->guest_pages_per_s * VHM_SCAN_UPAGES);
  if (limits->pass_ns > 0)
    rate = MIN (rate, (wide) pages * VHM_NS_PER_S * VHM_SCAN_UPAGES
                          / limits->pass_ns);
  return pages > 0 ? (uint64_t) rate : 0;
}

void
vhm_scan_rates (const struct vhm_scan_limits *limits,
                const uint64_t *guest_pages, uint32_t n,
                uint64_t *ret_upages_per_s)
{
  wide most = (wide) limits->host_pages_per_s * VHM_SCAN_UPAGES, sum = 0;
  VHM_REQUIRE (most < UINT64_MAX);
  for (uint32_t i = 0; i < n; i++)
    sum += ret_upages_per_s[i] = guest_rate (limits, guest_pages[i]);
  for (uint32_t i = 0; sum > most && i < n; i++)
    ret_upages_per_s[i] = (uint64_t) (ret_upages_per_s[i] * most / sum);
}

uint64_t
vhm_scan_due (uint64_t upages_per_s, uint64_t elapsed_ns, uint64_t *carry)
{
  const uint64_t unit = VHM_SCAN_UPAGES * VHM_NS_PER_S;
  wide total = (wide) upages_per_s * elapsed_ns + *carry;
  *carry = (uint64_t) (total % unit);
  return (uint64_t) (total / unit);
}

uint64_t
vhm_scan_batch_due (const struct vhm_scan_batch *batch, uint64_t elapsed_ns,
                    uint64_t *carry_ns)
{
  uint64_t period_ns = batch->sleep_ns + batch->pages_to_scan * batch->page_ns;
  VHM_REQUIRE (period_ns > 0);
  uint64_t total_ns = elapsed_ns + *carry_ns;
  *carry_ns = total_ns % period_ns;
  return total_ns / period_ns * batch->pages_to_scan;
}
