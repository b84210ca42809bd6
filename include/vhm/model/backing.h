/* How a host backs a guest's memory: which frames it gives when, and which it
 * takes away without asking (hypervisor swap).
 *
 * A guest frame is backed by a machine frame, or in the balloon, or swapped (its
 * contents lie in the hypervisor's swap file), or compressed (they lie in memory of
 * the host's), or untouched (it never had any). A touch of one that is not backed is
 * a host fault: the guest's system knows nothing of it, and whoever touched waits
 * for the disk or is charged for the work. Touches are references of processes to
 * pages mapped there, those of the system when it zeroes a page or uses its own, and
 * those of the hypervisor for the guest's disk.
 */
#ifndef VHM_MODEL_BACKING_H
#define VHM_MODEL_BACKING_H

#include <stdbool.h>
#include <stdint.h>

/* Which frames are taken. */
enum vhm_victims {
  VHM_VICTIMS_RANDOM, /* any, with the same chance (ESX) */
  VHM_VICTIMS_CLOCK,  /* in turn, but for those accessed since their last turn
                         (a host's own page replacement, as under KVM) */
  VHM_VICTIMS_TWO_LISTS, /* the oldest of an inactive list, refilled from an
                            active one (Linux) */
  VHM_N_VICTIMS
};

/* What a guest does while the emulator of its disk waits for a frame of its. */
enum vhm_emulator {
  VHM_EMULATOR_RUNS_BESIDE, /* it runs on */
  VHM_EMULATOR_STOPS_GUEST,
  VHM_N_EMULATORS
};

/* Which host faults leave the guest's processor to its other threads. */
enum vhm_asynchronous {
  VHM_ASYNCHRONOUS_ALWAYS,
  VHM_ASYNCHRONOUS_USER, /* of programs; not of the guest's system */
  VHM_ASYNCHRONOUS_NEVER,
  VHM_N_ASYNCHRONOUS
};

struct vhm_swap_config {
  int victims;          /* enum vhm_victims */
  uint64_t read_ahead;  /* slots of the aligned stretch read at a fault */
  uint64_t batch;       /* frames taken at a time */
  uint64_t n_writes;    /* batches on their way to the disk at once */
  bool until_free;      /* takes more until frames are free, not on their way */
  uint64_t cluster;     /* empty slots looked for first; 0, 1: the next one */
  bool keeps_slots;     /* a frame read ahead and then only read keeps its slot */
  /* Frames read ahead count in no limit before they are used; two lists only. */
  bool ahead_is_free;
  int emulator;         /* enum vhm_emulator */
  int asynchronous;     /* enum vhm_asynchronous */
  uint64_t fault_ns;    /* processor time of a fault that reads */
  uint64_t minor_ns;    /* of one that finds the frame there, or an empty one */
};

/* How a guest's system touches its own frames, which it never pages: each entry
 * into it (a page fault, the end of a transfer or of an operation) makes `touches`
 * in the mean, as a Poisson process. Some frames are hot. */
struct vhm_kernel_touches {
  double touches;                 /* an entry; 0: none */
  uint64_t hot_ppm;               /* of the system's frames */
  uint64_t hot_touches_ppm;       /* of the touches go to these */
  uint64_t fault_hot_touches_ppm; /* of those of a page fault */
};

/* Counts since boot, in pages unless they say something else. */
struct vhm_backing_counts {
  uint64_t first_touches; /* that gave one page */
  uint64_t block_touches; /* that gave a whole block: blocks */
  uint64_t faults;       /* host faults that waited for the swap file */
  uint64_t guest_faults; /* of these, of references: the guest was running */
  uint64_t minor_faults; /* found the frame read ahead, or still being written */
  uint64_t swap_reads, swapped_in;   /* requests; read ahead included */
  uint64_t swap_writes, swapped_out; /* requests */
  uint64_t silent_writes; /* swapped out though the guest's disk has the same */
  uint64_t kernel_out;    /* taken: pages of the guest's kernel */
  uint64_t free_out;      /* taken: pages that the guest does not use */
  uint64_t kernel_faults; /* the kernel waited for a page of its own */
  uint64_t stale_reads;   /* read only to be overwritten by the guest's disk */
  uint64_t false_reads;   /* read only to be overwritten by the guest */
  uint64_t double_paging; /* read because the guest wrote them to its disk */
  /* Pages that stayed in memory compressed, of those taken; the last ones were
   * compressed in vain. */
  uint64_t compressed_in, decompressed, compressed_evicted, compress_refused;
  uint64_t compressed;    /* now */
  uint64_t ahead; /* now: read ahead and in no limit, for nobody has used them */
  uint64_t unused; /* now: came with their blocks, and nobody has touched them */
};

#endif
