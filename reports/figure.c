/* Reads what figure scripts declare in their head comment. The scripts are part
 * of the program, so a wrong one is our own bug; a test reads them all. */
#include "figure.h"

#include <string.h>

static void
free_published (void *item)
{
  struct published *published = item;
  g_free (published->id);
  g_free (published->meaning);
  g_free (published);
}

void
vhm_figure_free (struct figure *figure)
{
  if (!figure)
    return;
  g_free (figure->id);
  g_free (figure->title);
  g_free (figure->caption);
  g_ptr_array_unref (figure->patterns);
  g_array_unref (figure->is_needed);
  g_ptr_array_unref (figure->published);
  g_free (figure);
}

static void
add_pattern (struct figure *figure, const char *pattern, bool is_needed)
{
  g_ptr_array_add (figure->patterns, g_strdup (pattern));
  g_array_append_val (figure->is_needed, is_needed);
}

static void
add_published (struct figure *figure, const char *id, const char *meaning)
{
  struct published *published = g_new0 (struct published, 1);
  published->id = g_strdup (id);
  published->meaning = g_strdup (meaning);
  g_ptr_array_add (figure->published, published);
}

static void
set_text (char **field, const char *value)
{
  g_free (*field);
  *field = g_strdup (value);
}

static void
take_line (struct figure *figure, const char *key, const char *value)
{
  if (strcmp (key, "id") == 0)
    set_text (&figure->id, value);
  else if (strcmp (key, "title") == 0)
    set_text (&figure->title, value);
  else if (strcmp (key, "caption") == 0)
    set_text (&figure->caption, value);
  else if (strcmp (key, "each") == 0)
    figure->is_each = true;
  else if (strcmp (key, "gaps") == 0)
    figure->holds_gaps = strcmp (value, "hold") == 0;
  else if (strcmp (key, "section") == 0)
    figure->is_diagnosis = strcmp (value, "diagnosis") == 0;
  else if (strcmp (key, "zeros") == 0)
    figure->needs_some = strcmp (value, "skip") == 0;
  else if (strcmp (key, "table") == 0) {
    figure->is_ledger = strcmp (value, "ledger") == 0;
    figure->is_translation = strcmp (value, "translation") == 0;
  } else if (strcmp (key, "series") == 0 || strcmp (key, "maybe") == 0)
    add_pattern (figure, value, strcmp (key, "series") == 0);
  else if (g_str_has_prefix (key, "fig-"))
    add_published (figure, key, value);
}

struct figure *
vhm_figure_new (const char *script)
{
  struct figure *figure = g_new0 (struct figure, 1);
  figure->script = script;
  figure->patterns = g_ptr_array_new_with_free_func (g_free);
  figure->is_needed = g_array_new (FALSE, FALSE, sizeof (bool));
  figure->published = g_ptr_array_new_with_free_func (free_published);
  g_auto (GStrv) lines = g_strsplit (script, "\n", -1);
  for (char **line = lines; *line && g_str_has_prefix (*line, "# "); line++) {
    g_auto (GStrv) parts = g_strsplit (*line + 2, ": ", 2);
    if (parts[0] && parts[1])
      take_line (figure, parts[0], g_strstrip (parts[1]));
  }
  if (figure->id && figure->title && figure->caption)
    return figure;
  vhm_figure_free (figure);
  return NULL;
}

GPtrArray *
vhm_figure_list_new (void)
{
  GPtrArray *list
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vhm_figure_free);
  for (const struct vhm_embedded *file = vhm_embedded_figures; file->name;
       file++) {
    if (!g_str_has_suffix (file->name, ".gp"))
      continue;
    struct figure *figure = vhm_figure_new (file->text);
    if (figure)
      g_ptr_array_add (list, figure);
  }
  return list;
}
