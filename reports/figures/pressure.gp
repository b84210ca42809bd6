# id: pressure
# title: Memory pressure of all guests
# caption: 100 x committed / visible memory of each guest; above the line at 100 more is committed than the guest sees.
# series: *.pressure
# fig-19: guests at their minimum stay below 40, the others exceed 100 from about 1:20 pm.
# fig-24: the guests that are still running at the end stay high and fluctuate.
set ylabel s1_label
plot for [i=1:s1_n] data using 1:(column(s1_col + i - 1)) \
       with linespoints ls i pi -mark title s1_name[i], \
     100 with lines ls 20 title '100'
