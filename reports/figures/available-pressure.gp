# id: available-pressure
# title: Available Memory and average pressure
# caption: Machine memory left for guests (left axis) and the balancer's average pressure (right axis).
# series: balancer.available_memory
# series: balancer.average_pressure
# fig-14: the same two counters of the balancer.
set ylabel s1_label
set y2label s2_label
set y2tics nomirror
set y2range [0:*]
set border 11
set rmargin 10
plot data using 1:s1_col with linespoints ls 1 pi -mark title s1_label, \
     data using 1:s2_col axes x1y2 with lines ls 2 title s2_label.' (right)'
