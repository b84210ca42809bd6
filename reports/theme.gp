# The look of all figures. Colours: Okabe and Ito, "Color universal design"
# (2008), told apart with every common colour blindness; each line has a dash
# and a point of its own as well, for print without colour.
set encoding utf8
set termoption noenhanced
set title fig_title noenhanced
set border 3 lc rgb '#555555'
set tics nomirror out
set grid x y lc rgb '#c4c4c4' lw 1 dt 1
set key bmargin center horizontal Left reverse samplen 3 spacing 1.1 width 1 \
  height 1 noenhanced
set style line 1 lc rgb '#0072B2' lw 2 dt 1 pt 5 ps 0.7
set style line 2 lc rgb '#D55E00' lw 2 dt (12,3) pt 7 ps 0.8
set style line 3 lc rgb '#009E73' lw 2 dt (6,3) pt 9 ps 0.9
set style line 4 lc rgb '#CC79A7' lw 2 dt (12,3,3,3) pt 11 ps 0.9
set style line 5 lc rgb '#E69F00' lw 2 dt 1 pt 13 ps 0.9
set style line 6 lc rgb '#56B4E9' lw 2 dt (6,3) pt 4 ps 0.8
set style line 7 lc rgb '#000000' lw 2 dt (3,3) pt 6 ps 0.8
set style line 8 lc rgb '#8A7A00' lw 2 dt (12,3,3,3,3,3) pt 8 ps 0.9
set style line 9 lc rgb '#6E4A9E' lw 2 dt (3,2) pt 10 ps 0.9
set style line 10 lc rgb '#777777' lw 2 dt 1 pt 12 ps 0.9
# reference lines
set style line 20 lc rgb '#333333' lw 1.5 dt (4,4)
set style line 21 lc rgb '#555555' lw 1.5 dt 1
set xrange [x_from:x_to]
set format x x_format time
set xtics x_step
set xlabel 'wall clock' offset 0,0.4
set yrange [0:*]
set offsets 0, 0, graph 0.04, 0
set rmargin 4
