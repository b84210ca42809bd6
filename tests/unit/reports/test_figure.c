/* What a figure script declares about itself; and that all of them do. */
#include "figure.h"
#include "suite.h"

#include <string.h>

#define SCRIPT                           \
  "# id: a\n"                            \
  "# title: Committed: bytes\n"          \
  "# caption:   one sentence.  \n"       \
  "# each: guest\n"                      \
  "# series: *.committed_bytes\n"        \
  "# maybe: balancer.available_memory\n" \
  "# gaps: hold\n"                       \
  "# fig-20: the first phase\n"          \
  "# nonsense: is passed over\n"         \
  "plot data\n"                          \
  "# id: b\n"

START_TEST (reads_its_head_comment_and_no_further)
{
  struct figure *f = vhm_figure_new (SCRIPT);
  ck_assert_ptr_nonnull (f);
  ck_assert_str_eq (f->id, "a");
  ck_assert_str_eq (f->title, "Committed: bytes");
  ck_assert_str_eq (f->caption, "one sentence.");
  ck_assert (f->is_each && f->holds_gaps && !f->is_ledger);
  ck_assert_uint_eq (f->patterns->len, 2);
  ck_assert_str_eq (f->patterns->pdata[0], "*.committed_bytes");
  ck_assert (g_array_index (f->is_needed, bool, 0));
  ck_assert_str_eq (f->patterns->pdata[1], "balancer.available_memory");
  ck_assert (!g_array_index (f->is_needed, bool, 1));
  ck_assert_uint_eq (f->published->len, 1);
  const struct published *p = f->published->pdata[0];
  ck_assert_str_eq (p->id, "fig-20");
  ck_assert_str_eq (p->meaning, "the first phase");
  vhm_figure_free (f);
}
END_TEST

static const char *const incomplete[] = {
  "",
  "plot data\n",
  "# title: t\n# caption: c\n",
  "# id: a\n# caption: c\n",
  "# id: a\n# title: t\n",
  "# a comment\n\n# id: a\n# title: t\n# caption: c\n",
};

START_TEST (without_id_title_and_caption_it_is_no_figure)
{
  ck_assert_ptr_null (vhm_figure_new (incomplete[_i]));
}
END_TEST

/* theme.gp has no id, nor have the pictures of walks, sizes, comparisons and validations; all others have one, each its own, that is a good part of
 * a file's name and that of its script. */
START_TEST (every_script_of_the_program_declares_itself)
{
  g_autoptr (GPtrArray) all = vhm_figure_list_new ();
  guint n_scripts = 0;
  for (const struct vhm_embedded *e = vhm_embedded_figures; e->name; e++)
    n_scripts += g_str_has_suffix (e->name, ".gp")
                 && !g_str_has_suffix (e->name, "theme.gp")
                 && !g_str_has_prefix (e->name, "walk-")
                 && !g_str_has_prefix (e->name, "sizing")
                 && !g_str_has_prefix (e->name, "compare-")
                 && !g_str_has_prefix (e->name, "validate-");
  ck_assert_uint_gt (all->len, 0);
  ck_assert_uint_eq (all->len, n_scripts);
  for (guint i = 0; i < all->len; i++) {
    const struct figure *f = all->pdata[i];
    ck_assert_uint_eq (strspn (f->id, "abcdefghijklmnopqrstuvwxyz-"),
                       strlen (f->id));
    ck_assert_msg (f->is_ledger || f->is_translation || f->patterns->len > 0,
                   "%s draws nothing", f->id);
    ck_assert_msg (g_str_has_suffix (f->caption, "."), "%s: no sentence",
                   f->id);
    for (guint k = 0; k < i; k++)
      ck_assert_str_ne (f->id, ((const struct figure *) all->pdata[k])->id);
  }
}
END_TEST

START_TEST (no_published_figure_has_two_scripts)
{
  g_autoptr (GPtrArray) all = vhm_figure_list_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < all->len; i++) {
    const struct figure *f = all->pdata[i];
    for (guint k = 0; k < f->published->len; k++) {
      const struct published *p = f->published->pdata[k];
      ck_assert_msg (g_hash_table_add (seen, p->id), "%s in %s, too", p->id,
                     f->id);
    }
  }
}
END_TEST

SUITE ("figure", tcase_add_test (tc, reads_its_head_comment_and_no_further);
       tcase_add_loop_test (tc, without_id_title_and_caption_it_is_no_figure, 0,
                            G_N_ELEMENTS (incomplete));
       tcase_add_test (tc, every_script_of_the_program_declares_itself);
       tcase_add_test (tc, no_published_figure_has_two_scripts);)
