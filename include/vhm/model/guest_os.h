/* A guest operating system: owns every guest frame and every virtual page of
 * its guest, and serves faults.
 *
 * Promise: each visible gfn has exactly one owner (free list, a virtual page,
 * the kernel, the balloon); a page is mapped in the process's reference stream
 * exactly when it is resident in a working set; what was committed can always
 * be stored (commit charge <= commit limit); same calls, same answers.
 * Life: boot -> (add_process)* -> anything -> stop.
 */
#ifndef VHM_MODEL_GUEST_OS_H
#define VHM_MODEL_GUEST_OS_H

#include <vhm/model/guest.h>

struct vhm_fault {
  vhm_process *process;
  uint32_t page;   /* of the process */
  uint32_t thread; /* for vhm_process_fault_served */
  bool write;
  bool overwrites; /* the whole page: what it held is of no use */
};

enum vhm_fault_outcome {
  VHM_FAULT_SERVED, /* the page is mapped; the thread runs on */
  VHM_FAULT_WAITS,  /* vhm_process_fault_served will be called */
  VHM_N_FAULT_OUTCOMES
};

/* What a guest frame is used for. */
enum vhm_frame_kind {
  VHM_FRAME_FREE,
  VHM_FRAME_KERNEL, /* never paged by the guest; the same ones from boot on */
  VHM_FRAME_BALLOON,
  VHM_FRAME_MAPPED, /* a page that a process has mapped */
  VHM_FRAME_CACHE,  /* a page, or a file's contents, that no process maps */
  VHM_FRAME_IO,     /* on its way to or from the disk */
  VHM_N_FRAME_KINDS
};

struct vhm_frame_use {
  enum vhm_frame_kind kind;
  bool on_disk; /* the guest could drop it: its contents are on its disk, too.
                   MAPPED: they were when it was last looked at */
  /* MAPPED; CACHE: if it is a page that some process may map, else NULL */
  vhm_process *process;
  uint32_t page; /* of the process */
};

struct vhm_guest_os_ops {
  /* Once. n_pages guest frames exist; `state` is zeroed. Keeps config. */
  void (*boot) (void *state, const void *config, vhm_guest *guest,
                uint32_t n_pages);
  /* Frees what the state holds outside itself. */
  void (*stop) (void *state);
  /* After the process has all its regions, before it runs. */
  void (*add_process) (void *state, vhm_process *process);
  /* Promises storage for n pages; false when the commit limit refuses. */
  bool (*commit) (void *state, uint32_t n_pages);
  void (*uncommit) (void *state, uint32_t n_pages);
  /* A reference to an unmapped page. */
  enum vhm_fault_outcome (*fault) (void *state, const struct vhm_fault *fault);
  /* First touch, by writing, of pages [first, first + n) in order, but for
   * those that references have touched already. Returns how many were done. If fewer, vhm_process_frames_ready follows. */
  uint32_t (*fill) (void *state, vhm_process *process, uint32_t first,
                    uint32_t n);
  /* The contents of these pages are no longer needed: untouched again. Pages
   * under I/O are let go when it ends. Those of files stay cached. */
  void (*drop) (void *state, vhm_process *process, uint32_t first, uint32_t n);
  /* These pages, of a file, have no contents any more, on the disk or in memory.
   * May be NULL: they stay until they are written again. */
  void (*truncate) (void *state, vhm_process *process, uint32_t first,
                    uint32_t n);
  /* Takes up to n frames for the balloon driver, in the order the system gives
   * them, and writes their gfns. Returns how many. May come again. */
  uint32_t (*balloon) (void *state, uint32_t n, uint32_t *ret_gfns);
  void (*unballoon) (void *state, const uint32_t *gfns, uint32_t n);
  /* Frames [first, first + n) have been added. */
  void (*hot_added) (void *state, uint32_t first, uint32_t n);
  /* Guest frames of n pages of the process, which are mapped now. */
  void (*frames) (const void *state, const vhm_process *process, size_t n,
                  const struct vhm_reference *references, uint32_t *ret_gfns);
  struct vhm_frame_use (*frame_use) (const void *state, uint32_t gfn);
  void (*counters) (const void *state, struct vhm_guest_counters *counters);
  const char *(*audit) (const void *state); /* NULL or a sentence */
  uint64_t (*bytes) (const void *state);
  /* Largest that the page file can become in a guest that boots with so much
   * RAM, from the config alone. May be NULL: nobody knows. */
  uint64_t (*page_file_bytes) (const void *config, uint64_t startup_bytes);
  /* What it reads of its virtual disk that no process has; may be NULL: nothing. */
  uint64_t (*image_bytes) (const void *config);
  bool has_lists; /* its counters have the part for lists by use */
  bool has_priorities; /* and that for standby pages by priority */
};

#endif
