#!/bin/sh
# Where results go: all of them or none, and an earlier result stays whole.
. "${SOURCE:?}/tests/cli/common.sh"

small_scenario x.yaml </dev/null
vhm run x.yaml --no-figures --out good
expect_status 0 "a run"
expect_text err "vhm: report in good/report.html" "a run"
for file in result.json series.csv report.html; do
  [ -s good/$file ] || complain "good/$file is missing"
done
[ "$(ls -A good | wc -l)" -eq 3 ] || complain "more than the results: $(ls -A good)"
vhm run x.yaml --no-figures
expect_status 0 "the usual place"
[ -s vhm-out/x/result.json ] || complain "vhm-out/x/result.json is missing"

: >file
vhm run x.yaml --no-figures --out file
expect_status 4 "a file for a folder"
expect_first_line err "vhm: file: cannot create the folder: Not a directory" "a file for a folder"
vhm run x.yaml --no-figures --out file/below
expect_status 4 "a folder below a file"
if [ "$(id -u)" -ne 0 ]; then
  mkdir locked && chmod 555 locked
  vhm run x.yaml --no-figures --out locked
  expect_status 4 "a folder without write permission"
  expect_first_line err "vhm: locked: cannot create files in this folder: Permission denied" "no permission"
  [ -z "$(ls -A locked)" ] || complain "something in the locked folder"
fi
# refused before the run, not after it: this one would take hours
vhm run x.yaml --no-figures --out file --set duration=300d --set sample=1h
expect_status 4 "a long run to nowhere"

# a file system that is full: here a limit on the size of files
cp -r good before
(
  trap '' XFSZ
  ulimit -f 1
  exec "$VHM" run x.yaml --no-figures --seed 2 --out good >/dev/null 2>"$folder/err"
) 2>/dev/null
status=$?
if [ $status -ne 0 ]; then
  expect_status 4 "a full disk"
  expect_text err "File too large" "a full disk"
  diff -r before good || complain "a full disk: the earlier result has changed"
fi
(
  trap '' XFSZ
  ulimit -f 1
  exec "$VHM" run x.yaml --no-figures --out fresh >/dev/null 2>&1
) 2>/dev/null
[ ! -e fresh ] || complain "a full disk: left $(ls -A fresh)"

# standard output: the table, or JSON and nothing else
vhm run x.yaml --no-figures --out good
expect_first_line out "$(printf 'GUEST       ON  MEMORY HELD  PRESSURE  OPERATIONS     P50     P99')" "the table"
vhm run x.yaml --no-figures --out good --quiet
[ ! -s err ] || complain "--quiet: $(cat err)"
vhm run x.yaml --no-figures --out good --json --quiet
cmp out good/result.json || complain "--json differs from result.json"
"$VHM" run x.yaml --no-figures --out good >both 2>&1
[ "$(tail -n 1 both)" = "vhm: report in good/report.html" ] ||
  complain "one pipe for both streams: out of order"
printf '\033' >escape
if grep -qF "$(cat escape)" both; then complain "colours in a pipe"; fi

# on a terminal there is a progress bar, wiped out in the end
if command -v script >/dev/null; then
  TERM=xterm script -qec "'$VHM' run x.yaml --no-figures --out good --set duration=2h" /dev/null >tty </dev/null
  expect_text tty "simulating" "a terminal"
  expect_text tty "00:00 of 02:00" "a terminal"
  TERM=xterm NO_COLOR=1 script -qec "'$VHM' run x.yaml --no-figures --out good" /dev/null >tty </dev/null
  if grep -qF "$(cat escape)" tty; then complain "NO_COLOR: an escape sequence"; fi
  TERM=xterm script -qec "'$VHM' run x.yaml --no-figures --out good --quiet" /dev/null >tty </dev/null
  expect_no_text tty "simulating" "--quiet on a terminal"
fi
exit $failures
