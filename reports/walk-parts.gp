# Where a visit's cycles go, one bar a kind of paging and page sizes. The part
# due to translation is what perfect translation would save.
upto(i) = (i < 1) ? 0 : (sum [k=1:i] column(k + 1))
array part[4] = ['work and data', 'L2 TLB', 'walk: guest''s tables', 'walk: host''s tables']
colours = '#BDBDBD #F0E442 #0072B2 #D55E00'
unset offsets
set xrange [0:*]
set format x '%g' numeric
set xtics autofreq
set xlabel 'cycles a visit'
set yrange [row_n + 0.6:0.4]
set ytics ('' -1) # no automatic ones
set for [i=1:row_n] ytics add (row_name[i] i)
set ytics scale 0 noenhanced
set grid noytics
set key bmargin center horizontal
plot for [k=1:4] data \
       using (upto(k - 1)):1:(upto(k - 1)):(upto(k)):($1 - 0.36):($1 + 0.36) \
       with boxxyerror lc rgb word(colours, k) fs solid 0.9 noborder \
       title part[k], \
     data using (upto(4)):1:6 with xerrorbars lc rgb '#000000' pt 0 lw 1 \
       notitle, \
     data using (upto(4)):1:(sprintf('  %.0f', upto(4))) with labels left \
       offset 0.6,0 notitle
