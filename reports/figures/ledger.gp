# id: ledger
# title: Where did the time go
# caption: Every cycle of each guest's virtual processors, by account; each bar is the whole of it.
# table: ledger
upto(i) = (i < 1) ? 0 : (sum [k=1:i] column(k + 1))
set xrange [0:100]
set format x '%g %%' numeric
set xtics 10
set xlabel 'share of the virtual processors'' cycles'
set yrange [guest_n + 0.6:0.4]
set ytics ('' -1) # no automatic ones
set for [g=1:guest_n] ytics add (guest_name[g] g)
set ytics scale 0 noenhanced
unset key
set grid noytics
set key outside right center vertical samplen 1.5 width 0
unset rmargin
# eight colours, then the same eight hatched; doing nothing is grey
colours = '#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #6E4A9E #F0E442'
name(i) = (i <= s1_n) ? s1_name[i] : ''
colour(i) = (name(i) eq 'idle') ? '#D0D0D0' : word(colours, 1 + (i - 1) % 8)
plot for [i=1:(s1_n > 8 ? 8 : s1_n)] data \
       using (upto(i - 1)):1:(upto(i - 1)):(upto(i)):($1 - 0.36):($1 + 0.36) \
       with boxxyerror lc rgb colour(i) fs solid 0.85 noborder \
       title name(i), \
     for [i=9:s1_n] data \
       using (upto(i - 1)):1:(upto(i - 1)):(upto(i)):($1 - 0.36):($1 + 0.36) \
       with boxxyerror lc rgb colour(i) fs pattern 2 border \
       title name(i)
