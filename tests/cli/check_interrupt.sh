#!/bin/sh
# A run that is stopped tidies up, says so, and leaves what was there.
. "${SOURCE:?}/tests/cli/common.sh"

small_scenario x.yaml </dev/null
vhm run x.yaml --no-figures --out o
expect_status 0 "the earlier run"
cp -r o before

stop () { # signal, its number, folder
  # more than anybody waits for
  "$VHM" run x.yaml --no-figures --out "$3" --set duration=30d >out 2>err &
  pid=$!
  tries=0 # it runs once its folder for unfinished results is there
  until ls -A "$3" 2>/dev/null | grep -q part || [ $tries -ge 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  sleep 0.2
  kill -s "$1" $pid
  wait $pid
  status=$?
  expect_status $((128 + $2)) "$1"
  expect_first_line err "vhm: stopped by a signal; nothing was written" "$1"
}

stop TERM 15 o
diff -r before o || complain "TERM: the earlier result has changed"
stop HUP 1 o
diff -r before o || complain "HUP: the earlier result has changed"
stop TERM 15 fresh
[ ! -e fresh ] || complain "left behind: $(ls -A fresh)"
exit $failures
