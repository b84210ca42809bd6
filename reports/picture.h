/* A picture from data and gnuplot commands. */
#ifndef VHM_REPORTS_PICTURE_H
#define VHM_REPORTS_PICTURE_H

#include "gnuplot.h"

/* The embedded script of this name ("theme.gp"); "" if there is none. */
const char *vhm_picture_script (const char *name);

struct picture {
  const char *name;          /* of its files, without suffix */
  const char *data;          /* stands in the file that `data` names */
  const char *commands;      /* run once for each form */
  unsigned width, height;    /* of the SVG in pixels; the PNG is as large */
};

/* Draws out_dir/NAME.svg and .png in a folder of its own there, which goes away
 * again. ret_svg, if not NULL, gets the text of the SVG. */
bool vhm_picture_draw (const struct picture *picture,
                       const struct gnuplot *gnuplot, const char *out_dir,
                       char **ret_svg, GError **error);

#endif
