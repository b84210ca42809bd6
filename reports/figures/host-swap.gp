# id: host-swap
# title: Swapped by the hypervisor
# caption: Memory of each guest whose contents lie in the hypervisor's swap file, of which the guest knows nothing.
# series: *.host_swapped_bytes
set ylabel s1_label
plot for [i=1:s1_n] data using 1:(column(s1_col + i - 1)) \
       with linespoints ls i pi -mark title s1_name[i]
