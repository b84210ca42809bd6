# id: host-faults
# title: Waiting for the hypervisor's swap files
# caption: Touches of guest memory that had to wait for the hypervisor's swap files, on a logarithmic scale; what is below 0.1 per second is not drawn.
# zeros: skip
# series: *.host_faults_per_s
set ylabel 'host faults per second'
set logscale y
set yrange [0.1:1<*] # of nothing at all, too
set format y '%g'
shown(c) = (column(c) >= 0.1) ? column(c) : NaN
plot for [i=1:s1_n] data using 1:(shown(s1_col + i - 1)) \
       with linespoints ls i pi -mark title s1_name[i], \
     data every ::0::0 using 1:(0.1) with points ps 0 notitle # gnuplot refuses to draw nothing
