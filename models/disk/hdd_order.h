/* Which of those who wait a magnetic disk serves next. */
#ifndef MODELS_DISK_HDD_ORDER_H
#define MODELS_DISK_HDD_ORDER_H

#include <vhm/model/disk.h>

#include "hdd_arm.h"

/* How late a request there comes by its position; less is sooner. */
uint64_t hdd_order_rank (const struct hdd_arm *arm, uint64_t at_bytes);
/* The index of the next one of waiting[0] to waiting[n - 1], in order of
 * arrival, n >= 1. */
uint64_t hdd_order_pick (const struct hdd_arm *arm,
                         const struct vhm_disk_waiting *waiting, uint64_t n,
                         uint64_t now_ns);

#endif
