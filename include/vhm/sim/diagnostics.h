/* Everything that is wrong with an input, told at once.
 *
 *   file:line:column: path.to.key: what is wrong; what would be right
 *     the source line
 *          ^
 *
 * Of an option of the command line, which is no file: `--option: what is wrong;
 * what would be right`.
 *
 * Sorted by place (file in order of adding, line, column), then in order of
 * telling; the same thing told twice about one place is told once. At most
 * VHM_DIAGNOSTICS_SHOWN are shown, the rest is counted. Text from the input is
 * never printed raw: control characters come out as \xNN.
 */
#ifndef VHM_SIM_DIAGNOSTICS_H
#define VHM_SIM_DIAGNOSTICS_H

#include <glib.h>
#include <stdbool.h>
#include <vhm/sim/param.h>

#define VHM_DIAGNOSTICS_SHOWN 50

enum vhm_severity {
  VHM_SEVERITY_ERROR,
  VHM_SEVERITY_WARNING,
  VHM_N_SEVERITIES
};

typedef struct vhm_diagnostics vhm_diagnostics;

vhm_diagnostics *vhm_diagnostics_new (void);
void vhm_diagnostics_free (vhm_diagnostics *diagnostics);

/* Makes a text known, so that its lines can be shown; copies both. Returns the
 * number for vhm_mark.file. The first one added is 0. */
uint32_t vhm_diagnostics_add_file (vhm_diagnostics *diagnostics,
                                   const char *name, const char *text,
                                   size_t size);
/* The same for the value of an option (`name` with its hyphens): neither lines nor
 * paths are shown. */
uint32_t vhm_diagnostics_add_option (vhm_diagnostics *diagnostics,
                                     const char *name, const char *text);
const char *vhm_diagnostics_file_name (const vhm_diagnostics *diagnostics,
                                       uint32_t file);

/* `path` and `right` may be NULL or empty. A mark with line 0 has no place in
 * a text: only the file's name is shown. */
void vhm_diagnostics_add (vhm_diagnostics *diagnostics,
                          enum vhm_severity severity, struct vhm_mark mark,
                          const char *path, const char *wrong,
                          const char *right);

size_t vhm_diagnostics_n (const vhm_diagnostics *diagnostics,
                          enum vhm_severity severity);
/* All of one severity as text, lines ended by '\n'; "" if there are none. */
char *vhm_diagnostics_text (vhm_diagnostics *diagnostics,
                            enum vhm_severity severity);
/* True if there is no error; else sets VHM_ERROR_SCENARIO with their text, or
 * VHM_ERROR_USAGE if all of them are about options. */
bool vhm_diagnostics_check (vhm_diagnostics *diagnostics, GError **error);

/* Place of byte `offset` of a text; columns count characters, from 1. Lines end
 * where YAML 1.1 says (LF, CR, CR LF, NEL, LS, PS). */
struct vhm_mark vhm_diagnostics_place (const char *text, size_t size,
                                       size_t offset);

/* Text fit for a terminal: control characters and bytes that are no UTF-8 come
 * out escaped. `size` bytes; (size_t) -1 means up to the terminating 0. */
char *vhm_escape (const char *text, size_t size);
/* The same in quotation marks, cut to a length that suits a message. */
char *vhm_quote (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_diagnostics, vhm_diagnostics_free)

#endif
