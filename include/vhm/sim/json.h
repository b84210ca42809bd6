/* A JSON writer: values go in one after the other, text comes out, indented by
 * two spaces. Same calls, same bytes, in every locale.
 *
 *   struct vhm_json json;
 *   vhm_json_init (&json);
 *   vhm_json_begin_object (&json);
 *   vhm_json_key (&json, "seed");
 *   vhm_json_count (&json, 7);
 *   vhm_json_end (&json);
 *   g_autofree char *text = vhm_json_finish (&json, &size);
 *
 * The caller's bug (VHM_REQUIRE aborts): a value without a key inside an
 * object, a key outside one, an end too many, finishing with something open.
 */
#ifndef VHM_SIM_JSON_H
#define VHM_SIM_JSON_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define VHM_JSON_MAX_DEPTH 32

struct vhm_json {
  GString *out;
  unsigned depth;
  bool after_key;
  bool is_object[VHM_JSON_MAX_DEPTH];
  bool has_items[VHM_JSON_MAX_DEPTH];
};

void vhm_json_init (struct vhm_json *json);
/* Gives the text, with a final newline; the writer is empty afterwards. */
char *vhm_json_finish (struct vhm_json *json, size_t *ret_size);

void vhm_json_begin_object (struct vhm_json *json);
void vhm_json_begin_array (struct vhm_json *json);
void vhm_json_end (struct vhm_json *json); /* of the innermost */
void vhm_json_key (struct vhm_json *json, const char *key);

/* NULL becomes null. Bytes that are no UTF-8 become U+FFFD. */
void vhm_json_string (struct vhm_json *json, const char *text);
/* NAN and infinities become null. */
void vhm_json_number (struct vhm_json *json, double value);
void vhm_json_count (struct vhm_json *json, uint64_t value);
void vhm_json_bool (struct vhm_json *json, bool value);

#define VHM_DOUBLE_TEXT_SIZE 32
/* The shortest decimal text of a finite double that reads back as the same
 * double; also what the CSV writer prints. Returns buffer. */
const char *vhm_double_text (double value, char buffer[VHM_DOUBLE_TEXT_SIZE]);

#endif
