# id: ledger
# title: Where did the time go
# caption: Every cycle of each guest's virtual processors, by account; each bar is the whole of it.
# table: ledger
upto(i) = (i < 1) ? 0 : (sum [k=1:i] column(k + 1))
set xrange [0:100]
set format x '%g %%'
set xtics 10
set xlabel 'share of the virtual processors'' cycles'
set yrange [guest_n + 0.6:0.4]
unset ytics
set for [g=1:guest_n] ytics add (guest_name[g] g)
set ytics scale 0 noenhanced
unset key
set grid noytics
set key outside right center vertical samplen 1.5 width 0
unset rmargin
plot for [i=1:s1_n] data using (upto(i - 1)):1:(upto(i - 1)):(upto(i)):($1 - 0.36):($1 + 0.36) \
       with boxxyerror fs (i > 10 ? 'pattern 5' : 'solid') 0.75 border lc rgb '#ffffff' \
       lc rgb word('#0072B2 #56B4E9 #009E73 #E69F00 #F0E442 #D55E00 #CC79A7 #BBBBBB #6E4A9E #8A7A00 #0072B2 #56B4E9 #009E73 #E69F00 #F0E442 #D55E00 #CC79A7 #BBBBBB', 1 + (i - 1) % 18) \
       title s1_name[i]
