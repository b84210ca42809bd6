/* A YAML document as a tree of our own, with the place of everything.
 *
 * Aliases are expanded (each use is a copy of its own) and merge keys `<<`
 * resolved, so that what is read is what stands there: every node has one
 * parent and may be changed in place. Nodes live in an arena.
 *
 * Bounds, so that no input can exhaust memory or stack: see the constants.
 */
#ifndef VHM_SIM_YAML_TREE_H
#define VHM_SIM_YAML_TREE_H

#include <vhm/sim/arena.h>
#include <vhm/sim/diagnostics.h>

/* A scenario of 1,000 guests written out is below 1 MiB. */
#define VHM_YAML_MAX_BYTES ((size_t)16 << 20)
/* The deepest scenario shipped uses 7 levels. */
#define VHM_YAML_MAX_DEPTH 64
/* Nodes of the tree, aliases expanded: 1,000 guests of 200 keys each. */
#define VHM_YAML_MAX_NODES 400000

enum vhm_yaml_kind {
  VHM_YAML_SCALAR,
  VHM_YAML_SEQUENCE,
  VHM_YAML_MAPPING,
  VHM_N_YAML_KINDS
};

struct vhm_yaml_node;

struct vhm_yaml_entry {
  struct vhm_yaml_node *key; /* always a scalar; NULL in a sequence */
  struct vhm_yaml_node *value;
};

struct vhm_yaml_node {
  enum vhm_yaml_kind kind;
  bool is_plain; /* SCALAR: written without quotation marks */
  struct vhm_mark mark;
  const char *text;               /* SCALAR: UTF-8 without 0 bytes */
  struct vhm_yaml_entry *entries; /* SEQUENCE, MAPPING: in order */
  size_t n;
};

/* Parses the one document in `text`, already known to the diagnostics as
 * `file`. NULL when there is no tree to speak of; then at least one error was
 * added. Mistakes that leave a tree (duplicate keys) are added too. */
struct vhm_yaml_node *vhm_yaml_parse (vhm_arena *arena,
                                      vhm_diagnostics *diagnostics,
                                      uint32_t file, const char *text,
                                      size_t size);

struct vhm_yaml_node *vhm_yaml_new (vhm_arena *arena, enum vhm_yaml_kind kind,
                                    struct vhm_mark mark);
struct vhm_yaml_node *vhm_yaml_new_scalar (vhm_arena *arena, const char *text,
                                           struct vhm_mark mark);
struct vhm_yaml_node *vhm_yaml_copy (vhm_arena *arena,
                                     const struct vhm_yaml_node *node);
/* Collections one inside the other, 0 for a scalar. */
size_t vhm_yaml_depth (const struct vhm_yaml_node *node);
size_t vhm_yaml_n_nodes (const struct vhm_yaml_node *node);
/* Puts an entry at the end (key NULL for a sequence). */
void vhm_yaml_append (vhm_arena *arena, struct vhm_yaml_node *parent,
                      struct vhm_yaml_node *key, struct vhm_yaml_node *value);

/* Nothing written, `~` or `null`. */
bool vhm_yaml_is_null (const struct vhm_yaml_node *node);
/* The value of a key of a mapping; NULL if there is none (or no mapping). */
struct vhm_yaml_node *vhm_yaml_find (const struct vhm_yaml_node *node,
                                     const char *key);
/* Text of a scalar value of a key, or NULL. */
const char *vhm_yaml_find_text (const struct vhm_yaml_node *node,
                                const char *key);

/* One step of a path such as guests.guest5.memory: finds the entry of `node`
 * with which *path begins (a key; in a sequence the item whose `name` it is, or
 * its number from 0) and moves *path behind it and its dot. Names may hold dots
 * themselves; the longest that fits wins. NULL: no such entry. */
struct vhm_yaml_entry *vhm_yaml_step (const struct vhm_yaml_node *node,
                                      const char **path);
/* The name by which vhm_yaml_step finds item i of a sequence. */
char *vhm_yaml_item_name (const struct vhm_yaml_node *sequence, size_t i);
/* Place of the deepest node that `path` leads to. */
struct vhm_mark vhm_yaml_locate (const struct vhm_yaml_node *root,
                                 const char *path);

/* Fills the gaps of `upper` from `lower`: keys that only lower has are copied,
 * mappings present in both are merged in turn, all else stays as in upper. Two
 * mappings that both name a `kind` (a text stands for {kind: text}) are merged
 * only if it is the same one. */
void vhm_yaml_merge (vhm_arena *arena, struct vhm_yaml_node *upper,
                     const struct vhm_yaml_node *lower);

/* Appends the node as YAML that reads back as the same tree; `indent` is that
 * of the line it stands on, behind a key. */
void vhm_yaml_print (GString *out, const struct vhm_yaml_node *node,
                     unsigned indent);
/* The same for a whole document. */
void vhm_yaml_print_root (GString *out, const struct vhm_yaml_node *root);
/* Appends a scalar, in quotation marks if it needs them. */
void vhm_yaml_print_text (GString *out, const char *text);

#endif
