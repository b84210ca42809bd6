/* Memory that lives as long as one scenario: taken piece by piece, given back
 * at once. Each piece is an allocation of its own, so that a memory checker
 * still sees an overrun between two of them. */
#ifndef VHM_SIM_ARENA_H
#define VHM_SIM_ARENA_H

#include <glib.h>

typedef GPtrArray vhm_arena;

static inline vhm_arena *
vhm_arena_new (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

static inline void
vhm_arena_free (vhm_arena *arena)
{
  g_ptr_array_unref (arena);
}

/* Hands a g_malloc'd piece over to the arena; NULL stays NULL. */
static inline void *
vhm_arena_keep (vhm_arena *arena, void *piece)
{
  if (piece)
    g_ptr_array_add (arena, piece);
  return piece;
}

/* Zeroed; never NULL, even for 0 bytes. */
static inline void *
vhm_arena_take (vhm_arena *arena, size_t n, size_t size)
{
  return vhm_arena_keep (arena,
                         g_malloc0_n (n > 0 ? n : 1, size > 0 ? size : 1));
}

static inline const char *
vhm_arena_text (vhm_arena *arena, const char *text)
{
  return (const char *)vhm_arena_keep (arena, g_strdup (text));
}

#endif
