#!/bin/sh
# Each source file has its test file at the mirrored path: sim/engine.c has
# tests/unit/sim/test_engine.c. Not asked for: sim/main.c and sim/command/
# (tests/cli runs them as a user does), and what mirror.txt excuses.
cd "${SOURCE:-$(dirname "$0")/../..}" || exit 2
excuses=tests/lint/mirror.txt
status=0
complain () {
  echo "$*"
  status=1
}
is_excused () {
  awk -v file="$1" '$1 == file && NF > 1 { found = 1 } END { exit !found }' \
    "$excuses"
}
for source in $(find sim models reports -name '*.c' 2>/dev/null | sort); do
  case $source in sim/main.c | sim/command/*) continue ;; esac
  mirror=tests/unit/${source%/*}/test_${source##*/}
  [ -e "$mirror" ] || is_excused "$source" ||
    complain "$source: has no $mirror"
done
for file in $(sed '/^#/d; s/[[:space:]].*//' "$excuses"); do
  [ -e "$file" ] || complain "$excuses: there is no $file"
done
exit $status
