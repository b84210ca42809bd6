# id: commit
# title: Committed Bytes and Commit Limit
# caption: What the guest's processes have been promised against visible memory plus page files; gaps are samples that a guest without a processor took too late.
# each: guest
# series: *.committed_bytes
# series: *.commit_limit
# maybe: *.visible_memory
# fig-20: the first phase; published limit about 4.5 GB, then about 5.5 GB from 1:20 pm on.
# fig-21: after the shutdown of two guests at 4:30 pm; published limit 8 GB, an hour later 12 GB.
# fig-22: steady state; published commit close to 8 GB with peaks up to 10 GB, limit 12 GB.
set ylabel 'size, '.size_unit
plot data using 1:s1_col with lines ls 1 title s1_label, \
     data using 1:s2_col with linespoints ls 2 pi -mark title s2_label, \
     for [i=1:s3_n] data using 1:s3_col with linespoints ls 3 pi -mark \
       title s3_label
