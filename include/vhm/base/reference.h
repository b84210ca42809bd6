/* One page reference: a visit of a process to a page, however many accesses it
 * made there in a row. */
#ifndef VHM_BASE_REFERENCE_H
#define VHM_BASE_REFERENCE_H

#include <stdint.h>

struct vhm_reference {
  uint32_t page : 31; /* of the process, or of the trace */
  uint32_t write : 1; /* it wrote, at least once */
};

#endif
