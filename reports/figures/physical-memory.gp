# id: physical-memory
# title: Physical memory of all guests
# caption: Machine memory that each guest holds, stacked; on top what is available for guests.
# series: *.physical_memory
# gaps: hold
# maybe: balancer.available_memory
# fig-18: allocations of all guests in the first two hours; two of them stay at their minimum of 2 GB.
# fig-23: the guests that are still running at the end; one is close to its maximum of 8 GB.
upto(i) = (i < 1) ? 0 : (sum [k=1:i] column(s1_col + k - 1))
set ylabel s1_label
plot for [i=1:s1_n] data using 1:(upto(i - 1)):(upto(i)) with filledcurves \
       fs transparent solid 0.6 noborder ls i title s1_name[i], \
     for [i=1:s1_n] data using 1:(upto(i)) with lines ls 21 lw 0.8 notitle, \
     for [i=1:s2_n] data using 1:(upto(s1_n)):(upto(s1_n) + column(s2_col)) \
       with filledcurves fs pattern 4 noborder lc rgb '#999999' \
       title 'available'
