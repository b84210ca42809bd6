#!/bin/sh
# No library of the product keeps state outside its handles: two runs in one
# process must not meet. Asks the symbol tables for objects in writable sections
# (.data.rel.ro is written by the loader alone: constant tables of pointers).
# VHM names the program beside which the libraries lie.
here=$(dirname "$0")
cd "${SOURCE:-$here/../..}" || exit 2
libraries=$(find "$(dirname "${VHM:-build/dev/vhm}")" -maxdepth 1 \
  -name 'libvhm_*.a' | sort)
[ -n "$libraries" ] || { echo "no libraries built"; exit 77; }
command -v nm >/dev/null || { echo "nm is missing"; exit 77; }
for library in $libraries; do
  nm -f sysv "$library" || { echo "nm cannot read $library"; exit 2; }
done | awk -F '|' -v excuses=tests/lint/state.txt '
BEGIN {
  while ((getline line < excuses) > 0)
    if (line !~ /^#/ && split(line, word, /[ \t]+/) > 1) excused[word[1]] = 1
}
/^Symbols from / { object = $0; sub(/^.*\[/, "", object); sub(/\].*/, "", object) }
NF >= 7 {
  n++
  gsub(/ /, "", $1); gsub(/ /, "", $4); gsub(/ /, "", $7)
  if (($4 != "OBJECT" && $4 != "TLS") || $7 !~ /^\.t?(data|bss)/ || $7 ~ /^\.data\.rel\.ro/) next
  name = $1; sub(/\.[0-9]+$/, "", name)       # a static inside a function
  if (name in excused || name ~ /^__/) next   # __: made by a sanitizer
  print object ": " name " can change and belongs to no handle"; bad = 1
}
END {
  if (n == 0) { print "no symbols: nothing was checked"; bad = 1 }
  exit bad
}'
