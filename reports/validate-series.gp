# Published points against simulated ones: a panel a unit, a colour a series. Data:
# a block a series.
colours = '#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #6E4A9E #000000'
set multiplot layout panel_n,1 title fig_title noenhanced
set format x '%g' numeric
set xtics autofreq
set xrange [*:*]
set yrange [0:*]
set offsets graph 0.03, graph 0.03, graph 0.08, 0
set xlabel x_label
unset title
do for [p=1:panel_n] {
  set ylabel panel_unit[p]
  plot for [i=panel_from[p]:panel_to[p]] data index (i - 1) using 2:3 \
         with linespoints lc rgb word(colours, 1 + i - panel_from[p]) \
         lw 1 dt (6,4) pt 6 ps 1.3 title line_name[i].', published', \
       for [i=panel_from[p]:panel_to[p]] data index (i - 1) using 2:4 \
         with linespoints lc rgb word(colours, 1 + i - panel_from[p]) \
         lw 2 dt 1 pt 7 ps 0.8 title line_name[i].', simulated'
}
unset multiplot
