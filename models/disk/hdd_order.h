/* Which of those who wait a magnetic disk serves next. */
#ifndef MODELS_DISK_HDD_ORDER_H
#define MODELS_DISK_HDD_ORDER_H

#include <vhm/model/disk.h>

#include "hdd_arm.h"

/* How late a request there comes by its position; less is sooner. */
uint64_t hdd_order_rank (const struct hdd_arm *arm, uint64_t at_bytes);

/* The next one of those offered so far. */
struct hdd_pick {
  uint64_t index; /* VHM_DISK_NONE: nobody was */
  uint64_t rank;
  bool is_read, is_overdue;
};

#define HDD_PICK_NONE ((struct hdd_pick){ .index = VHM_DISK_NONE })

/* Offers waiting[index], for which the arm would go to at_bytes; those that wait
 * are offered in order of arrival. */
void hdd_order_offer (struct hdd_pick *pick, const struct hdd_arm *arm,
                      const struct vhm_disk_waiting *waiting, uint64_t index,
                      uint64_t at_bytes, uint64_t now_ns);

#endif
