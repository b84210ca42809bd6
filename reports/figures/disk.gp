# id: disk
# title: Disk utilisation
# caption: Share of time in which each disk was busy; a disk that is always busy makes every fault wait its turn.
# series: disk.*.utilization_percent
set ylabel s1_label
set yrange [0:105]
plot for [i=1:s1_n] data using 1:(column(s1_col + i - 1)) \
       with linespoints ls i pi -mark title s1_name[i]
