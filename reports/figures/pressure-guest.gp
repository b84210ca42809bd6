# id: pressure-guest
# title: Current Pressure
# caption: 100 x memory that the guest has committed / memory that it sees; above 100 it must page sooner or later.
# each: guest
# series: *.pressure
# fig-10: the same counter over the whole run; published as 150 until the memory doubled.
set ylabel s1_label
plot data using 1:s1_col with lines ls 1 title s1_name[1], \
     100 with lines ls 20 title 'committed = visible (100)'
