# id: host-swap
# title: Swapped by the host
# caption: Guest memory whose contents lie in the hypervisor's swap files. The guests know nothing of it.
# zeros: skip
# series: *.host_swapped_bytes
set ylabel s1_label
set yrange [0:1<*]
plot for [i=1:s1_n] data using 1:(column(s1_col + i - 1)) \
       with linespoints ls i pi -mark title s1_name[i]
