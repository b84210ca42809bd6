/* A progress bar for a person who waits at a terminal.
 *
 *   guest memory, eight hours [########--------]  52 %  04:09 of 08:00  ETA
 * 0:31
 *
 * One line, redrawn in place at most five times a second of real time, erased
 * at the end. Nothing is written when the stream is no terminal (mode AUTO), so
 * logs and pipes stay clean; nothing is ever written to stdout. Results do not
 * depend on it.
 */
#ifndef VHM_SIM_PROGRESS_H
#define VHM_SIM_PROGRESS_H

#include <stdio.h>

#include <glib.h>

#include <vhm/base/units.h>

typedef struct vhm_progress vhm_progress;

enum vhm_progress_mode {
  VHM_PROGRESS_AUTO, /* when the stream is a terminal */
  VHM_PROGRESS_ON,   /* always; for tests */
  VHM_PROGRESS_OFF,  /* --quiet */
  VHM_N_PROGRESS_MODES
};

struct vhm_progress_options {
  FILE *stream; /* NULL: stderr */
  enum vhm_progress_mode mode;
  /* A clock of real time in ns that never goes back. NULL: the machine's. */
  uint64_t (*clock_ns) (void *context);
  void *clock_context;
};

/* `options` may be NULL: all defaults. `label` is copied. */
vhm_progress *vhm_progress_new (const char *label,
                                const struct vhm_progress_options *options);

/* `fraction` of the work is done, 0 to 1; `clock_text` says where simulated
 * time is ("04:09 of 08:00") and may be NULL. Cheap when no redraw is due. */
void vhm_progress_update (vhm_progress *progress, double fraction,
                          const char *clock_text);

/* Whether an update would draw now: lets the caller save the formatting. */
bool vhm_progress_is_due (const vhm_progress *progress);

/* Erases the line. NULL is fine. */
void vhm_progress_free (vhm_progress *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_progress, vhm_progress_free)

#endif
