/* Has gnuplot draw one picture, as SVG and as PNG.
 *
 * gnuplot works in a folder of its own inside the results, so that neither its
 * files nor its failures touch them:
 *
 *   OUT/.figure-XXXXXX/ data.txt script.gp  ->  figure.svg figure.png
 *
 * The script runs the same commands once for each form. A PNG made by another
 * gnuplot may differ; an SVG repeats byte for byte.
 */
#include "picture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include <vhm/base/error.h>
#include <vhm/sim/atomic_file.h>
#include <vhm/sim/embedded.h>

#define DATA_NAME "data.txt"
#define TERMINAL_SVG                                                \
  "set terminal svg size %u,%u font 'Arial,13' background 'white' " \
  "noenhanced\nset output 'figure.svg'\n"
#define TERMINAL_PNG                                                    \
  "set output\nreset\nset terminal pngcairo size %u,%u font 'Sans,10' " \
  "background 'white' noenhanced\nset output 'figure.png'\n"

const char *
vhm_picture_script (const char *name)
{
  const struct vhm_embedded *file = vhm_embedded_figures;
  while (file->name && strcmp (file->name, name) != 0)
    file++;
  return file->name ? file->text : "";
}

static const char *const work_files[]
    = { DATA_NAME, "script.gp", "errors.txt", "figure.svg", "figure.png" };

static void
remove_work (const char *work)
{
  for (size_t i = 0; i < G_N_ELEMENTS (work_files); i++) {
    g_autofree char *path = g_build_filename (work, work_files[i], NULL);
    g_unlink (path);
  }
  g_rmdir (work);
}

static bool
prepare (const struct picture *picture, const char *work, GError **error)
{
  g_autofree char *part
      = g_strconcat ("data = '" DATA_NAME "'\n", picture->commands, NULL);
  g_autofree char *svg
      = g_strdup_printf (TERMINAL_SVG, picture->width, picture->height);
  g_autofree char *png
      = g_strdup_printf (TERMINAL_PNG, picture->width, picture->height);
  g_autofree char *script = g_strconcat (svg, part, png, part, NULL);
  return vhm_atomic_write (work, DATA_NAME, picture->data,
                           strlen (picture->data), error)
         && vhm_atomic_write (work, "script.gp", script, strlen (script),
                              error);
}

static bool
keep (const struct picture *picture, const char *work, const char *suffix,
      const char *out_dir, char **ret_text, GError **error)
{
  g_autofree char *made = g_strconcat ("figure.", suffix, NULL);
  g_autofree char *path = g_build_filename (work, made, NULL);
  g_autofree char *name = g_strconcat (picture->name, ".", suffix, NULL);
  g_autofree char *content = NULL;
  gsize size;
  if (!g_file_get_contents (path, &content, &size, NULL)) {
    g_set_error (error, VHM_ERROR, VHM_ERROR_TOOL, "gnuplot made no %s", made);
    return false;
  }
  if (!vhm_atomic_write (out_dir, name, content, size, error))
    return false;
  if (ret_text)
    *ret_text = g_steal_pointer (&content);
  return true;
}

bool
vhm_picture_draw (const struct picture *picture, const struct gnuplot *gnuplot,
                  const char *out_dir, char **ret_svg, GError **error)
{
  g_autofree char *work = g_build_filename (out_dir, ".figure-XXXXXX", NULL);
  if (!g_mkdtemp (work)) {
    g_set_error (error, VHM_ERROR, VHM_ERROR_IO,
                 "%s: cannot create a folder in it: %s", out_dir,
                 g_strerror (errno));
    return false;
  }
  g_autofree char *svg = NULL;
  bool is_drawn = prepare (picture, work, error)
                  && vhm_gnuplot_run (gnuplot, work, "script.gp", error)
                  && keep (picture, work, "svg", out_dir, &svg, error)
                  && keep (picture, work, "png", out_dir, NULL, error);
  remove_work (work);
  if (!is_drawn)
    g_prefix_error (error, "figure %s: ", picture->name);
  else if (ret_svg)
    *ret_svg = g_steal_pointer (&svg);
  return is_drawn;
}
