# id: translation
# title: What virtualization costs here
# caption: Cycles a page reference that perfect translation would save, under each kind of paging; of each guest the process in which the run spent most cycles on translation (cost a reference x references issued).
# table: translation
upto(i) = (i < 1) ? 0 : (sum [k=1:i] column(k + 1))
set xrange [0:*]
set format x '%g' numeric
set xtics autofreq
set xlabel 'cycles a page reference'
set yrange [guest_n + 0.6:0.4]
set ytics ('' -1) # no automatic ones
set for [g=1:guest_n] ytics add (guest_name[g] g)
set ytics scale 0 noenhanced
unset key
set grid noytics
set key outside right center vertical samplen 1.5 width 0
unset rmargin
colours = '#56B4E9 #0072B2 #D55E00 #CC79A7 #009E73'
plot for [i=1:s1_n] data \
       using (upto(i - 1)):1:(upto(i - 1)):(upto(i)):($1 - 0.36):($1 + 0.36) \
       with boxxyerror lc rgb word(colours, i) fs solid 0.85 noborder \
       title s1_name[i]
