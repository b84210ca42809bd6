# id: paging-guest
# title: Paging
# caption: Pages read to serve hard faults and pages written to make room, on a logarithmic scale; what is below 0.1 per second is not drawn.
# each: guest
# series: *.pages_input_per_s
# series: *.pages_output_per_s
set ylabel 'pages per second'
set logscale y
set yrange [0.1:1<*] # of nothing at all, too
set format y '%g'
shown(c) = (column(c) >= 0.1) ? column(c) : NaN
plot data using 1:(shown(s1_col)) with linespoints ls 1 pi -mark title s1_label, \
     data using 1:(shown(s2_col)) with linespoints ls 2 pi -mark title s2_label, \
     data every ::0::0 using 1:(0.1) with points ps 0 notitle # gnuplot refuses to draw nothing
