/* Writing HTML so that text stays text. */
#ifndef VHM_REPORTS_HTML_H
#define VHM_REPORTS_HTML_H

#include <glib.h>
#include <stdbool.h>

/* Text with everything escaped that HTML could read as markup, in content and
 * in quoted attributes. NULL is nothing. */
void vhm_html_text (GString *out, const char *text);
/* <tag>text</tag>; class may be NULL. Tag and class are our own words. */
void vhm_html_element (GString *out, const char *tag, const char *class,
                       const char *text);
/* A row of cells, NULL-terminated; those from `first_number` (from 0) on are
 * set right-aligned. */
void vhm_html_row (GString *out, const char *cell_tag, unsigned first_number,
                   const char *const *cells);

/* An SVG document as an inline element: no script, no event handler, no link
 * that leaves the page, ids made unique by `prefix`. */
void vhm_html_svg (GString *out, const char *svg, const char *prefix,
                   const char *label);

#endif
