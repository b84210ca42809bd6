/* What translation costs, as tables, files and figures. */
#include "report_folder.h"
#include "suite.h"

#include <math.h>

#include <vhm/report/walks.h>

static void
add_row (struct vhm_walks *walks, const char *paging, const char *pages,
         bool has_host)
{
  struct vhm_walks_row row = { .paging = paging,
                               .pages = g_strdup (pages),
                               .has_host = has_host,
                               .guest_levels = 4,
                               .host_levels = 4,
                               .n_visits = 64000,
                               .n_warm_up = 1000000,
                               .is_warm = true,
                               .is_precise = true,
                               .total_cyc = 200,
                               .total_half_cyc = 2,
                               .exposed_cyc = 50,
                               .exposed_half_cyc = 0.5,
                               .l2_tlb_cyc = 5,
                               .guest_cyc = 25,
                               .host_cyc = 20,
                               .l1_miss = 0.75,
                               .l2_miss = 0.5,
                               .walk_cyc = 120,
                               .references = 3.5,
                               .dram = 0.25,
                               .ratio = has_host ? 1.25 : NAN };
  row.step_cyc[1][0] = 100;
  row.step_references[1][0] = 1;
  if (has_host) {
    row.step_cyc[0][1] = 20;
    row.step_references[0][1] = 0.5;
  }
  g_array_append_val (walks->rows, row);
}

static struct vhm_walks *
two_rows (void)
{
  struct vhm_walks *walks = vhm_walks_new ();
  walks->cpu = g_strdup ("A 'quoted' \"name\" `date`");
  walks->visits = g_strdup ("uniform over 1 GiB");
  walks->inputs = g_strdup ("cpu: {}\n");
  walks->version = "1.2.3";
  walks->seed = 7;
  walks->confidence = 0.95;
  add_row (walks, "native", "4K", false);
  add_row (walks, "SLAT", "4K+2M", true);
  return walks;
}

START_TEST (the_table_lines_up_with_units)
{
  g_autoptr (vhm_walks) walks = two_rows ();
  g_autofree char *text = vhm_walks_table (walks);
  ck_assert_str_eq (
      text,
      "PAGING  PAGES   VISIT  TRANSLATION      +-  OF TIME  L1 MISS  L2 MISS   "
      " WALK   READS  MEMORY      RATIO\n"
      "               cycles       cycles  cycles        %        %        %  "
      "cycles  a walk  a walk  to native\n"
      "native  4K      200.0        50.00    0.50     25.0    75.00    50.00   "
      "120.0    3.50    0.25          -\n"
      "SLAT    4K+2M   200.0        50.00    0.50     25.0    75.00    50.00   "
      "120.0    3.50    0.25       1.25\n");
}
END_TEST

START_TEST (steps_are_shown_for_two_dimensions_only)
{
  g_autoptr (vhm_walks) walks = two_rows ();
  g_autofree char *text = vhm_walks_steps_table (walks);
  ck_assert_uint_eq (n_occurrences (text, "by step"), 1);
  ck_assert_ptr_nonnull (strstr (
      text, "guest 1         -       -       -       -  100.00  100.00\n"
            "data page       -       -       -   20.00       -   20.00\n"));
  ck_assert_ptr_nonnull (strstr (text, "look-ups "));
  ck_assert_ptr_nonnull (strstr (text, "\nwalk "));
}
END_TEST

START_TEST (files_hold_every_number_with_its_unit)
{
  g_autoptr (vhm_walks) walks = two_rows ();
  size_t size;
  g_autofree char *json = vhm_walks_json (walks, &size);
  ck_assert_uint_eq (size, strlen (json));
  ck_assert_ptr_nonnull (strstr (json, "\"schema\": \"vhm-translate/1\""));
  ck_assert_ptr_nonnull (strstr (json, "\"exposed_cycles_per_visit\": 50"));
  ck_assert_ptr_nonnull (strstr (json, "\"ratio_to_native\": null"));
  ck_assert_ptr_nonnull (strstr (json, "\"inputs\": \"cpu: {}\\n\""));
  ck_assert_uint_eq (n_occurrences (json, "\"guest_level\""), 3);
  g_autofree char *csv = vhm_walks_csv (walks);
  ck_assert_ptr_nonnull (strstr (csv, "\nnative,4K,200,2,50,0.5,5,25,20,0.75,"
                                      "0.5,120,3.5,0.25,,64000,1000000\n"));
  ck_assert_ptr_nonnull (strstr (csv, "\nSLAT,4K+2M,"));
  g_autofree char *steps = vhm_walks_steps_csv (walks);
  ck_assert_str_eq (steps, "paging,pages,guest_level,host_level,"
                           "references_per_walk,cycles_per_walk\n"
                           "native,4K,1,0,1,100\n"
                           "SLAT,4K+2M,1,0,1,100\n"
                           "SLAT,4K+2M,0,1,0.5,20\n");
}
END_TEST

START_TEST (all_files_are_written_and_names_stay_text)
{
  g_autofree char *path = g_find_program_in_path ("gnuplot");
  if (!path)
    return;
  g_autoptr (vhm_walks) walks = two_rows ();
  g_autofree char *folder = new_folder ();
  g_autoptr (GError) error = NULL;
  ck_assert_msg (vhm_walks_write (walks, folder, false, &error), "%s",
                 error ? error->message : "?");
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, "translate-parts.png translate-parts.svg "
                           "translate-steps.csv translate-steps.png "
                           "translate-steps.svg translate.csv translate.json");
  g_autofree char *svg = content (folder, "translate-parts.svg");
  ck_assert_ptr_nonnull (strstr (svg, "`date`"));
  ck_assert_ptr_nonnull (strstr (svg, "SLAT 4K+2M"));
  remove_folder (folder);
}
END_TEST

START_TEST (without_two_dimensions_there_is_no_figure_of_steps)
{
  g_autofree char *path = g_find_program_in_path ("gnuplot");
  if (!path)
    return;
  g_autoptr (vhm_walks) walks = vhm_walks_new ();
  walks->cpu = g_strdup ("x");
  walks->visits = g_strdup ("y");
  add_row (walks, "native", "4K", false);
  g_autofree char *folder = new_folder ();
  ck_assert (vhm_walks_draw (walks, folder, NULL));
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, "translate-parts.png translate-parts.svg");
  remove_folder (folder);
}
END_TEST

START_TEST (without_gnuplot_the_numbers_are_written)
{
  g_autoptr (vhm_walks) walks = two_rows ();
  g_autofree char *folder = new_folder ();
  g_autoptr (GError) error = NULL;
  g_setenv ("PATH", "/nowhere", TRUE);
  ck_assert (!vhm_walks_write (walks, folder, false, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_TOOL));
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, "translate-steps.csv translate.csv translate.json");
  remove_folder (folder);
}
END_TEST

SUITE ("walks", tcase_add_test (tc, the_table_lines_up_with_units);
       tcase_add_test (tc, steps_are_shown_for_two_dimensions_only);
       tcase_add_test (tc, files_hold_every_number_with_its_unit);
       tcase_add_test (tc, all_files_are_written_and_names_stay_text);
       tcase_add_test (tc, without_two_dimensions_there_is_no_figure_of_steps);
       tcase_add_test (tc, without_gnuplot_the_numbers_are_written);)
