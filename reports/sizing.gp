# Paging rate and slow-down of a guest against its memory, one above the other.
# Data: size, pages/s, half width, slow-down in percent, half width. The knee is a
# ring on the curve, the answer an upright line, what is open about it a band.
set multiplot layout 2,1 title fig_title noenhanced \
  margins char 11, char 3, char 4.5, char 5.5 spacing char 3, char 7.5
unset title
set format x '%g' numeric
set xtics autofreq
set xrange [left_x:last_x]
set xlabel 'memory of the guest, '.size_unit
unset offsets
set key at graph 1, graph 1.2 right top horizontal Left reverse samplen 3 width -1
if (has_answer) {
  set arrow 2 from answer_x, graph 0 to answer_x, graph 1 nohead lc rgb '#D55E00' lw 2
  set object 1 rectangle from low_x, graph 0 to high_x, graph 1 behind \
    fc rgb '#D55E00' fs transparent solid 0.2 noborder
}
if (has_knee) {
  set arrow 3 from first_x, first_y to last_x, last_y nohead ls 20
  set label 1 '' at knee_x, knee_y point pt 6 ps 2.4 lw 2.5 lc rgb '#009E73'
}
set ylabel 'pages read in, /s'
set yrange [0:paging_end]
plot data using 1:2:3 with yerrorlines ls 1 title 'Pages Input/s', \
     NaN with lines ls 20 title (has_knee ? 'line between the ends' : ''), \
     NaN with points pt 6 ps 2 lw 2.5 lc rgb '#009E73' \
       title (has_knee ? knee_text : ''), \
     NaN with lines lc rgb '#D55E00' lw 2 title (has_answer ? answer_text : '')
unset arrow 3
unset label 1
set ylabel 'slow-down, %'
set yrange [-0.04 * slow_end:slow_end]
plot data using 1:4:5 with yerrorlines ls 1 title 'slow-down', \
     bound with lines ls 20 title 'bound, '.bound_text
unset multiplot
