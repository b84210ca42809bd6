/* What of a drawing may stand in the page, whatever drew it. */
#include "suite.h"

#include "report_folder.h"
#include "synthetic_result.h"

static const struct {
  const char *svg, *page;
} cases[] = {
  { "<?xml version='1.0'?><svg width='5'><path d='M0,0'/></svg>",
    "<svg width=\"5\"><path d=\"M0,0\"/></svg>" },
  { "<svg><script>alert(1)</script><text>a</text></svg>",
    "<svg><text>a</text></svg>" },
  { "<svg><g onclick='x()' fill='red' onload=\"y()\"></g></svg>",
    "<svg><g fill=\"red\"></g></svg>" },
  { "<svg><use xlink:href='#p'/><use xlink:href='http://a/b.svg#p'/></svg>",
    "<svg><use href=\"#pressure-p\"/><use/></svg>" },
  { "<svg><rect id='p' fill = 'url(#q)' stroke='url(http://a)'/></svg>",
    "<svg><rect id=\"pressure-p\" fill=\"url(#pressure-q)\"/></svg>" },
  { "<svg><rect style='fill:URL(http://a)'/><rect style='fill:none'/></svg>",
    "<svg><rect/><rect style=\"fill:none\"/></svg>" },
  { "<svg><rect style='fill:\\75rl(//a)'/></svg>", "<svg><rect/></svg>" },
  { "<svg><image xlink:href='http://a'/><a href='#'>x</a>b</svg>",
    "<svg>b</svg>" },
  { "<svg><foreignObject><iframe/></foreignObject></svg>", "<svg></svg>" },
  { "<svg><!-- > <script> --><text a='>'>t</text></svg>",
    "<svg><text>t</text></svg>" },
  { "<svg><script>alert(1)", "<svg>" },
  { "<svg><g fill='red", "<svg>" },
  { "no drawing at all", "" },
};

START_TEST (keeps_the_drawing_and_nothing_that_acts)
{
  g_autofree char *script = g_strdup_printf (
      "cat > figure.svg <<'END'\n%s\nEND\n: > figure.png\n", cases[_i].svg);
  g_autofree char *bin = fake_gnuplot (script);
  g_autofree char *folder = new_folder ();
  struct vhm_figure_request one = { .id = "pressure" };
  struct vhm_report_options options = { .figures = &one, .n_figures = 1 };
  struct vhm_result *result = synthetic_result ();
  ck_assert (vhm_report_write (result, folder, &options, NULL));
  g_autofree char *page = content (folder, "report.html");
  g_auto (GStrv) halves = g_strsplit (page, "pressure of all guests\">", 2);
  ck_assert_uint_eq (g_strv_length (halves), 2);
  g_auto (GStrv) inside = g_strsplit (halves[1], "</div>", 2);
  ck_assert_str_eq (g_strchomp (inside[0]), cases[_i].page);
  vhm_result_free (result);
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

SUITE ("svg", tcase_add_loop_test (tc, keeps_the_drawing_and_nothing_that_acts,
                                   0, G_N_ELEMENTS (cases));)
