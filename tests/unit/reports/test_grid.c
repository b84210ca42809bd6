/* Tables of text: alignment, width in characters, no control characters. */
#include "suite.h"

#include <math.h>

#include <vhm/report/grid.h>

START_TEST (columns_are_as_wide_as_their_widest_cell)
{
  g_autoptr (vhm_grid) grid = vhm_grid_new ("lrl");
  static const char *const cells[]
      = { "A", "B", "C", "long one", "1", "x", "b", "100", "" };
  for (size_t i = 0; i < G_N_ELEMENTS (cells); i++)
    vhm_grid_add (grid, cells[i]);
  g_autofree char *text = vhm_grid_text (grid);
  ck_assert_str_eq (text, "A           B  C\n"
                          "long one    1  x\n"
                          "b         100\n");
}
END_TEST

START_TEST (width_is_counted_in_characters)
{
  g_autoptr (vhm_grid) grid = vhm_grid_new ("ll");
  vhm_grid_add (grid, "\xc3\xa4\xc3\xb6\xc3\xbc"); /* three letters */
  vhm_grid_add (grid, "x");
  vhm_grid_add (grid, "abcd");
  vhm_grid_add (grid, "y");
  g_autofree char *text = vhm_grid_text (grid);
  ck_assert_str_eq (text, "\xc3\xa4\xc3\xb6\xc3\xbc   x\nabcd  y\n");
}
END_TEST

START_TEST (a_cell_cannot_steer_the_terminal)
{
  g_autoptr (vhm_grid) grid = vhm_grid_new ("l");
  vhm_grid_add (grid, "a\033[31m\nb");
  vhm_grid_add (grid, NULL);
  vhm_grid_add (grid, "\xff");
  g_autofree char *text = vhm_grid_text (grid);
  ck_assert_str_eq (text, "a?[31m?b\n\n\xef\xbf\xbd\n");
}
END_TEST

START_TEST (numbers_have_the_asked_decimals)
{
  g_autoptr (vhm_grid) grid = vhm_grid_new ("rrr");
  vhm_grid_add_number (grid, 1.005, 1);
  vhm_grid_add_number (grid, NAN, 1);
  vhm_grid_end_row (grid);
  vhm_grid_end_row (grid); /* of a full row: nothing */
  g_autofree char *text = vhm_grid_text (grid);
  ck_assert_str_eq (text, "1.0  -\n");
}
END_TEST

SUITE ("grid", tcase_add_test (tc, columns_are_as_wide_as_their_widest_cell);
       tcase_add_test (tc, width_is_counted_in_characters);
       tcase_add_test (tc, a_cell_cannot_steer_the_terminal);
       tcase_add_test (tc, numbers_have_the_asked_decimals);)
