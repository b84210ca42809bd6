# id: nonpaged-pool
# title: Nonpaged pool with the balloon
# caption: The balloon driver takes its pages from the nonpaged pool, so the pool grows by as much as the balloon.
# each: guest
# series: *.pool_nonpaged_bytes
# maybe: *.balloon_bytes
# fig-16: the pool of a guest while a balloon inflates shortly after 5 pm and deflates about an hour later.
set ylabel s1_label
plot data using 1:s1_col with linespoints ls 1 pi -mark title s1_label, \
     for [i=1:s2_n] data using 1:s2_col with lines ls 2 title 'of it balloon'
