# id: class
# title: Class of the host over time
# caption: A bar where the interval's class is the one of the row, by the rules of the diagnosis.
# section: diagnosis
# series: host.class_over_committed
# series: host.class_under_provisioned
# series: host.class_efficient
# series: host.class_over_provisioned
unset key
set yrange [4.6:0.4]
set ytics ('over-committed host' 1, 'under-provisioned guest' 2, \
           'efficiently provisioned host' 3, 'over-provisioned host' 4)
set ytics scale 0
set grid noytics
bar(row, on) = row - 0.36 + 0.72 * (on > 0.5 ? 1 : 0)
plot data using 1:(bar(1, column(s1_col))) with filledcurves y1=0.64 \
       lc rgb '#D55E00' fs solid 0.85, \
     data using 1:(bar(2, column(s2_col))) with filledcurves y1=1.64 \
       lc rgb '#E69F00' fs solid 0.85, \
     data using 1:(bar(3, column(s3_col))) with filledcurves y1=2.64 \
       lc rgb '#009E73' fs solid 0.85, \
     data using 1:(bar(4, column(s4_col))) with filledcurves y1=3.64 \
       lc rgb '#56B4E9' fs solid 0.85
