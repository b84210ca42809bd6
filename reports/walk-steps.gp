# Walks of two dimensions, one panel a pair of page sizes: guest levels from top
# to bottom (the data page last), host levels from left to right, the guest's
# own entry last. Dark is dear; the number is mean cycles a walk.
unset offsets
unset key
unset grid
unset title
set border 0
set palette defined (0 '#f7fbff', 0.15 '#c6dbef', 0.4 '#6baed6', 0.7 '#2171b5', 1 '#08306b')
set cbrange [0:most]
unset colorbox
set format x '%g' numeric
set format y '%s'
unset xtics
unset ytics
unset xlabel
height = 60 + 260.0 * panel_lines # as the program makes the picture
set multiplot layout panel_lines, panel_columns title fig_title \
    noenhanced margins 0.09, 0.98, 35 / height, 1 - 85 / height spacing 0.11, 75 / height
do for [i=1:row_n] {
  set title sprintf('%s: mean cycles of a walk by step', row_name[i]) noenhanced offset 0,0.6
  set xrange [-0.5:host_top[i] + 0.5]
  set yrange [-0.5:guest_top[i] + 0.5]
  unset xtics
  unset ytics
  set xtics scale 0 offset 0,0.4 ('entry' host_top[i])
  set for [h=1:host_top[i]] xtics add (sprintf('host %d', h) host_top[i] - h)
  set ytics scale 0 ('data page' 0)
  set for [g=1:guest_top[i]] ytics add (sprintf('guest %d', g) g)
  plot data index (i - 1) using 1:2:3 with image, \
       data index (i - 1) using 1:2:4:($3 > 0.5 * most ? 0xffffff : 0x222222) \
         with labels textcolor rgb variable notitle
}
unset multiplot
