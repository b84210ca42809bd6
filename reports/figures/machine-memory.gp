# id: machine-memory
# title: Machine memory behind all guests
# caption: Machine memory that each guest has, stacked, on top what is available; less than it holds where memory is given at touch.
# series: *.consumed_bytes
# gaps: hold
# maybe: balancer.available_memory
upto(i) = (i < 1) ? 0 : (sum [k=1:i] column(s1_col + k - 1))
set ylabel s1_label
plot for [i=1:s1_n] data using 1:(upto(i - 1)):(upto(i)) with filledcurves \
       fs transparent solid 0.6 noborder ls i title s1_name[i], \
     for [i=1:s1_n] data using 1:(upto(i)) with lines ls 21 lw 0.8 notitle, \
     for [i=1:s2_n] data using 1:(upto(s1_n)):(upto(s1_n) + column(s2_col)) \
       with filledcurves fs pattern 4 noborder lc rgb '#999999' \
       title 'available'
