# Curves of versions side by side: a panel a guest, a line a version. Data: a
# block a panel and line, panel by panel. The first version is wider, so that it is
# seen below others that are the same.
set multiplot layout panel_lines,panel_columns title fig_title noenhanced \
  margins char 10.5, char 3, char (4.4 + key_lines * 1.1), char 4.2 spacing char 11.5, char 5.5
set xrange [0:x_end]
set format x '%g' numeric
set xtics autofreq
set ylabel y_label
set xlabel x_label
set yrange [0:*]
set offsets 0, 0, graph 0.06, 0
unset key
do for [p=1:panel_n] {
  set title panel_name[p] noenhanced offset 0,-0.5
  if (p == panel_n) {
    set key at screen 0.5, screen 0.0 bottom center horizontal
  }
  plot for [i=1:line_n] data index ((p - 1) * line_n + i - 1) using 2:3 \
       with lines ls i lw (i == 1 ? 3.5 : 2) title line_name[i]
}
unset multiplot
