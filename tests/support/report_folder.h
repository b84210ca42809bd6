/* A folder for a report, and what is in it afterwards. */
#ifndef VHM_TESTS_REPORT_FOLDER_H
#define VHM_TESTS_REPORT_FOLDER_H

#include <glib/gstdio.h>
#include <string.h>

#include <vhm/base/error.h>
#include <vhm/report/report.h>

static char *
new_folder (void)
{
  return g_dir_make_tmp ("vhm-test-XXXXXX", NULL);
}

static char *
content (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Names in the folder, sorted, with a blank between. */
static char *
names_in (const char *folder)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GDir *dir = g_dir_open (folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir));)
    g_ptr_array_add (names, g_strdup (name));
  g_dir_close (dir);
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **)names->pdata);
}

static void
remove_folder (const char *folder)
{
  g_autofree char *names = names_in (folder);
  g_auto (GStrv) list = g_strsplit (names, " ", -1);
  for (char **name = list; *name; name++) {
    g_autofree char *path = g_build_filename (folder, *name, NULL);
    g_remove (path);
  }
  g_rmdir (folder);
}

/* Puts a program called gnuplot, a shell script, first into PATH. The folder
 * it lies in is the caller's. */
static char *
fake_gnuplot (const char *script)
{
  char *folder = new_folder ();
  g_autofree char *path = g_build_filename (folder, "gnuplot", NULL);
  g_autofree char *text = g_strconcat ("#!/bin/sh\n", script, NULL);
  g_file_set_contents (path, text, -1, NULL);
  g_chmod (path, 0755);
  g_autofree char *search = g_strconcat (folder, ":", g_getenv ("PATH"), NULL);
  g_setenv ("PATH", search, TRUE);
  return folder;
}

static unsigned
n_occurrences (const char *text, const char *part)
{
  unsigned n = 0;
  for (const char *c = text; (c = strstr (c, part)); c += strlen (part))
    n++;
  return n;
}

#endif
