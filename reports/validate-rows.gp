# What is simulated beside what is published, row by row, on what is accepted.
unset offsets
set format x '%+g %%' numeric
set xtics autofreq
set xrange [*:*]
set xlabel 'simulated, difference from published'
set yrange [row_n + 0.6:0.4]
set ytics ('' -1) # no automatic ones
set for [i=1:row_n] ytics add (row_name[i] i)
set ytics scale 0 noenhanced
set grid noytics
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb '#333333' lw 1.5 front
# across the figure: names of rows may take half of it
set key at screen 0.5, screen 0 center bottom horizontal
set bmargin 5
plot data using 2:1:3:4:($1 - 0.3):($1 + 0.3) with boxxyerror \
       lc rgb '#B8D4E8' fs solid 0.7 noborder title 'accepted', \
     data using ($5 > 0 ? $2 : NaN):1 with points lc rgb '#0072B2' pt 7 ps 1.2 \
       title 'simulated', \
     data using ($5 > 0 ? NaN : $2):1 with points lc rgb '#D55E00' pt 5 ps 1.2 \
       title 'simulated, misses'
