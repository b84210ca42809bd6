# Work and latency of each guest beside the first version, with intervals. Data: a
# block a version.
unset offsets
set format x '%g %%' numeric
set xtics autofreq
set xrange [*:*]
base = 0
if (is_log) {
  base = 1
  set logscale x
}
eval x_axis
set xlabel (is_log ? 'times ' : 'difference from ').first_name noenhanced
set yrange [row_n + 0.6:0.4]
set ytics ('' -1) # no automatic ones
set for [i=1:row_n] ytics add (row_name[i] i)
set ytics scale 0 noenhanced
set grid noytics
set arrow from base, graph 0 to base, graph 1 nohead lc rgb '#333333' lw 1.5
set key bmargin center horizontal
half = 0.36 / line_n
plot for [i=1:line_n] data index (i - 1) \
       using 3:2:(base):3:($2 - half):($2 + half) \
       with boxxyerror lc rgb word('#0072B2 #D55E00 #009E73 #CC79A7 #E69F00', i) \
       fs solid 0.45 noborder title line_name[i], \
     for [i=1:line_n] data index (i - 1) using 3:2:4:5 \
       with xerrorbars lc rgb '#222222' pt 7 ps 0.4 lw 1.3 notitle
