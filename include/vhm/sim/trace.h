/* Recorded traces: the pages a program visited, in order. The format is
 * described in scenarios/TRACE-FORMAT.md.
 *
 *   visit   a run of accesses to one page: it counts once as a reference
 *   page    numbered from 0 in order of first visit, without gaps; the number
 *           that the page had in the recorded program is kept beside it
 *
 * Writer and reader take one piece after the other in bounded memory; loading
 * brings a whole trace into memory, 4 bytes a visit and 8 a page.
 *
 * Errors: VHM_ERROR_SCENARIO with name and byte (of the uncompressed data) for
 * what is no trace, VHM_ERROR_IO for files.
 */
#ifndef VHM_SIM_TRACE_H
#define VHM_SIM_TRACE_H

#include <vhm/base/reference.h>
#include <vhm/sim/byte_stream.h>

#define VHM_TRACE_LEAST_SHIFT 12 /* pages of 4 KiB to 1 GiB */
#define VHM_TRACE_MOST_SHIFT 30
#define VHM_TRACE_MAX_RUN (UINT32_C (1) << 29) /* accesses of a visit */
#define VHM_TRACE_MAX_PAGES ((UINT32_C (1) << 31) - 1)
/* Larger traces can be read, but not loaded: 2 GiB of visits, and the pages of
 * a process that can be simulated. */
#define VHM_TRACE_MAX_LOADED (UINT64_C (1) << 29)
#define VHM_TRACE_MAX_LOADED_PAGES ((UINT32_C (1) << 27) - 1)

enum vhm_trace_kind {
  VHM_TRACE_LOAD = 1,
  VHM_TRACE_STORE = 2,
  VHM_TRACE_FETCH = 4, /* of an instruction */
  VHM_TRACE_ALL_KINDS = 7,
};

struct vhm_trace_visit {
  uint32_t page;
  uint32_t n_accesses : 29; /* less one */
  uint32_t kinds : 3;       /* that occurred in the run; at least one */
};

struct vhm_trace_totals {
  uint64_t n_visits, n_accesses, n_loads, n_stores, n_fetches;
  uint32_t n_pages;
};

/* --- writing ---------------------------------------------------------------*/

typedef struct vhm_trace_writer vhm_trace_writer;
/* `kinds`: those that were recorded. The sink stays the caller's, who commits
 * it after the finish; NULL: only count. */
vhm_trace_writer *vhm_trace_writer_new (vhm_sink *sink, unsigned page_shift,
                                        unsigned kinds);
/* A visit to the page that the recorded program calls `original` (its address
 * shifted), of 1 to VHM_TRACE_MAX_RUN accesses. */
bool vhm_trace_write (vhm_trace_writer *writer, uint64_t original,
                      uint32_t n_accesses, unsigned kinds, GError **error);
/* Ends the trace. Loads, stores and fetches are the caller's count: they must
 * sum to the accesses of all visits. */
bool vhm_trace_finish (vhm_trace_writer *writer, uint64_t n_loads,
                       uint64_t n_stores, uint64_t n_fetches, GError **error);
struct vhm_trace_totals vhm_trace_written (const vhm_trace_writer *writer);
void vhm_trace_writer_free (vhm_trace_writer *writer);

/* --- reading ---------------------------------------------------------------*/

typedef struct vhm_trace_reader vhm_trace_reader;
/* Reads the head. The source stays the caller's. */
vhm_trace_reader *vhm_trace_reader_new (vhm_source *source, GError **error);
void vhm_trace_reader_free (vhm_trace_reader *reader);
unsigned vhm_trace_page_shift (const vhm_trace_reader *reader);
unsigned vhm_trace_kinds (const vhm_trace_reader *reader);
/* The next visits, valid until the next call; *ret_n is 0 at the end, and then
 * all of the trace has been checked. */
bool vhm_trace_read (vhm_trace_reader *reader,
                     const struct vhm_trace_visit **ret, size_t *ret_n,
                     GError **error);
/* Numbers in the recorded program of the pages that came up for the first time
 * in the last piece, in order. */
const uint64_t *vhm_trace_new_pages (const vhm_trace_reader *reader,
                                     size_t *ret_n);
/* Up to now; loads, stores and fetches are known at the end. */
struct vhm_trace_totals vhm_trace_totals (const vhm_trace_reader *reader);

/* --- a whole trace in memory -----------------------------------------------*/

struct vhm_trace {
  char *path; /* as a scenario names it, or NULL */
  unsigned page_shift, kinds;
  struct vhm_trace_totals totals;
  struct vhm_reference *visits; /* totals.n_visits */
  uint64_t *original;           /* totals.n_pages */
};

struct vhm_trace *vhm_trace_load (vhm_source *source, GError **error);
void vhm_trace_free (struct vhm_trace *trace); /* NULL is fine */

typedef struct vhm_trace vhm_trace; /* g_autoptr wants one word */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_trace_writer, vhm_trace_writer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_trace_reader, vhm_trace_reader_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_trace, vhm_trace_free)

#endif
