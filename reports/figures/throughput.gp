# id: throughput
# title: Work done
# caption: Operations that each guest finished a second: what its users notice of all this.
# series: *.throughput_per_s
set ylabel s1_label
plot for [i=1:s1_n] data using 1:(column(s1_col + i - 1)) \
       with linespoints ls i pi -mark title s1_name[i]
