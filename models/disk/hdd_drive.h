/* A magnetic disk as a whole: arm, cache, link to the host, and what each does
 * when. See hdd_drive.c. */
#ifndef MODELS_DISK_HDD_DRIVE_H
#define MODELS_DISK_HDD_DRIVE_H

#include <vhm/model/disk.h>

#include "hdd_ahead.h"
#include "hdd_arm.h"
#include "hdd_cache.h"

struct hdd_drive {
  const struct hdd_config *config;
  struct hdd_arm arm;
  struct hdd_cache cache;
  struct hdd_ahead ahead;
  uint64_t arm_free_ns;    /* when what the arm does ends */
  uint64_t request_end_ns; /* when the last request of the arm ends or ended */
  uint64_t read_end_ns;    /* when the last read ends or ended */
  uint64_t link_free_ns;   /* when what is on the link has passed */
  uint64_t written_ns;     /* when the cache last took a write */
};

void hdd_drive_init (struct hdd_drive *drive, const struct hdd_config *config,
                     const struct vhm_rng *rng);
void hdd_drive_clear (struct hdd_drive *drive);
/* See vhm_disk_ops, choose. */
struct vhm_disk_choice
hdd_drive_choose (struct hdd_drive *drive,
                  const struct vhm_disk_waiting *waiting, uint64_t n,
                  uint64_t now_ns);

#endif
