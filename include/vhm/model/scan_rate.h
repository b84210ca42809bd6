/* How many pages a page-sharing scanner may look at in a stretch of time.
 *
 * ESX bounds a rate for each guest and one for the host; KSM takes a batch, then
 * sleeps. Both are asked with the time since they were asked last, and keep what
 * is left over in `carry`, so that many short steps come to exactly what one
 * long step would. Start a carry at 0; it may go on when rates change.
 *
 *                     ESX 2   ESX 4 and later            KSM
 *   once a guest      -       ShareScanTime 60 min       -
 *   most of a guest   50/s    ShareRateMax 1024/s        -
 *   most of the host  200/s   ShareScanGHz, 4 MB/s/GHz   100 pages, 20 ms
 *
 * ESX 2 and 4 from their manuals (Mem.ShareScan*, advanced settings), KSM from
 * the Linux admin guide (pages_to_scan, sleep_millisecs; some systems ship
 * 200 ms).
 */
#ifndef VHM_MODEL_SCAN_RATE_H
#define VHM_MODEL_SCAN_RATE_H

#include <vhm/base/units.h>

#define VHM_SCAN_UPAGES VHM_PPM /* rates are in millionths of a page a second */

struct vhm_scan_limits {
  uint64_t pass_ns;           /* each guest once in so long; 0: as it may */
  uint64_t guest_pages_per_s; /* most of one guest; 0: as the host may */
  uint64_t host_pages_per_s;  /* most of all together; 0: none at all */
};

/* Pages a second that a host of hz cycles a second, all processors together,
 * may scan at so many bytes a second per GHz. 4 MiB on 16 GHz: 16,384. */
uint64_t vhm_scan_host_pages_per_s (uint64_t bytes_per_s_per_ghz, uint64_t hz);

/* Rates of n guests of so many pages. Where the host's bound is met, each guest
 * gives way in proportion (ESX's rule is not published). */
void vhm_scan_rates (const struct vhm_scan_limits *limits,
                     const uint64_t *guest_pages, uint32_t n,
                     uint64_t *ret_upages_per_s);
/* Pages that are due after elapsed_ns at a rate. */
uint64_t vhm_scan_due (uint64_t upages_per_s, uint64_t elapsed_ns,
                       uint64_t *carry);

struct vhm_scan_batch {
  uint32_t pages_to_scan;
  uint64_t sleep_ns; /* between batches */
  uint64_t page_ns;  /* the scanner itself takes for a page; one of the two
                        times is above 0 */
};
/* Pages of the batches that end within elapsed_ns. */
uint64_t vhm_scan_batch_due (const struct vhm_scan_batch *batch,
                             uint64_t elapsed_ns, uint64_t *carry_ns);

#endif
