# Where the time of each guest went, version by version.
upto(i) = (i < 1) ? 0 : (sum [k=1:i] column(k + 2))
set xrange [0:100]
set format x '%g %%' numeric
set xtics 10
set xlabel 'share of the virtual processors'' cycles'
set yrange [bar_at[bar_n] + 0.6:0.4]
set ytics ('' -1) # no automatic ones
set for [i=1:bar_n] ytics add (bar_name[i] bar_at[i])
set ytics scale 0 noenhanced
set grid noytics
set key bmargin center horizontal samplen 1.5 width 1
# eight colours, then the same eight hatched; doing nothing is grey
colours = '#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #6E4A9E #F0E442'
name(i) = (i <= s1_n) ? s1_name[i] : ''
colour(i) = (name(i) eq 'idle') ? '#D0D0D0' : word(colours, 1 + (i - 1) % 8)
plot for [i=1:(s1_n > 8 ? 8 : s1_n)] data \
       using (upto(i - 1)):2:(upto(i - 1)):(upto(i)):($2 - 0.36):($2 + 0.36) \
       with boxxyerror lc rgb colour(i) fs solid 0.85 noborder \
       title name(i), \
     for [i=9:s1_n] data \
       using (upto(i - 1)):2:(upto(i - 1)):(upto(i)):($2 - 0.36):($2 + 0.36) \
       with boxxyerror lc rgb colour(i) fs pattern 2 border \
       title name(i)
