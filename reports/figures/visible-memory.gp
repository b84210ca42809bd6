# id: visible-memory
# title: Visible memory and operations
# caption: RAM that the guest sees (left axis) and the operations that added or removed memory so far (right axis).
# each: guest
# series: *.visible_memory
# series: *.add_operations
# series: *.remove_operations
# fig-09: the same counters; there the guest went from 4 GB to its maximum of 8 GB after two other guests had been shut down.
set ylabel s1_label
set y2label 'operations so far'
set y2tics nomirror
set y2range [0:*]
set border 11
set rmargin 10
plot data using 1:s1_col with linespoints ls 1 pi -mark title s1_label, \
     data using 1:s2_col axes x1y2 with lines ls 2 title s2_label.' (right)', \
     data using 1:s3_col axes x1y2 with lines ls 3 title s3_label.' (right)'
