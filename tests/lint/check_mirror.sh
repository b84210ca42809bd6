#!/bin/sh
# Each source file has its test file at the mirrored path: sim/engine.c has
# tests/unit/sim/test_engine.c. A file that was split shares the test of the
# whole: sim/expect_eval.c may do with test_expect.c. Not asked for: sim/main.c
# and sim/command/ (tests/cli runs them as a user does), and what mirror.txt
# excuses.
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
has_test () { # sim/a_b_c.c: of sim/a_b_c, sim/a_b or sim/a
  folder=tests/unit/${1%/*}
  name=${1##*/}
  name=${name%.c}
  until [ -e "$folder/test_$name.c" ]; do
    case $name in
    *_*) name=${name%_*} ;;
    *) return 1 ;;
    esac
  done
}
for source in $(find sim models reports -name '*.c' 2>/dev/null | sort); do
  case $source in sim/main.c | sim/command/*) continue ;; esac
  has_test "$source" || is_excused "$source" ||
    complain "$source: has no tests/unit/${source%/*}/test_${source##*/}"
done
for file in $(sed '/^#/d; s/[[:space:]].*//' "$excuses"); do
  [ -e "$file" ] || complain "$excuses: there is no $file"
done
exit $status
