#!/bin/sh
# The command line itself: help, mistakes in it, streams.
. "${SOURCE:?}/tests/cli/common.sh"

vhm
expect_status 2 "no arguments"
expect_first_line err "Usage: vhm COMMAND [OPTIONS] ..." "no arguments"
for word in --help -h help; do
  vhm $word
  expect_status 0 "$word"
  expect_first_line out "Usage: vhm COMMAND [OPTIONS] ..." "$word"
done
vhm --version
expect_status 0 --version
grep -qE '^vhm [0-9]+\.[0-9]+\.[0-9]+$' out || complain "--version: $(cat out)"
for command in run check compare import list explain schema translate validate; do
  vhm $command --help
  expect_status 0 "$command --help"
  expect_text out "vhm $command [OPTION" "$command --help"
  cp out long
  vhm help $command
  expect_same long out "help $command"
  vhm $command --bogus
  expect_status 2 "$command --bogus"
  expect_first_line err "vhm $command: Unknown option --bogus" "$command --bogus"
  expect_text err "Try \`vhm $command --help\`." "$command --bogus"
  [ ! -s out ] || complain "$command --bogus: something on standard output"
done
vhm rum
expect_status 2 "a slip"
expect_first_line err 'vhm: unknown command "rum"; did you mean "run"?' "a slip"
vhm "$(printf 'x\033[31m')"
expect_status 2 "a command with an escape sequence"
expect_first_line err 'vhm: unknown command "x\x1b[31m"' "an escape sequence"
vhm run
expect_status 2 "run without a scenario"
expect_first_line err "vhm run: an argument is missing" "run without a scenario"
vhm run a b
expect_status 2 "run of two"
expect_first_line err "vhm run: too many arguments" "run of two"
vhm list workloads
expect_status 2 "a kind that is none"
expect_first_line err 'vhm list: unknown kind "workloads"; did you mean "workload"? known: workload, guest_os, balancer, disk, presets, cpus, counters, signals, figures, units' "a kind that is none"
vhm explain guests.memory.minimun
expect_status 2 "a key that is none"
expect_first_line err 'vhm: "guests.memory.minimun": unknown key "minimun"; did you mean "minimum"? known: startup, minimum, maximum, buffer, weight, limit' "a key that is none"
vhm explain guests.memory.minimum
cp out by_name
vhm explain guests.12.memory.minimum
expect_status 0 "a key as messages name it"
tail -n +2 by_name >a; tail -n +2 out >b
expect_same a b "a key as messages name it"

if [ -w /dev/full ]; then
  "$VHM" list >/dev/full 2>err
  status=$?
  expect_status 4 "a full disk behind standard output"
  expect_first_line err "vhm: cannot write to standard output: No space left on device" "a full disk"
fi
"$VHM" list 2>err | head -n 1 >out
[ ! -s err ] || complain "a closed pipe: $(cat err)"
expect_first_line out "workload:" "list"

# each listed name is one that the tables know, and columns stand in line
vhm list
for kind in workload guest_os balancer disk presets cpus counters figures units; do
  expect_text out "$kind:" "list"
  "$VHM" list $kind >part || complain "list $kind"
  awk 'NR > 1 && !/^  [^ ]/ { exit 1 } END { exit NR < 2 }' part ||
    complain "list $kind is badly set"
done
"$VHM" list counters | awk 'NR > 1 { match($0, /^  [^ ]+ +/); n[RLENGTH]++ }
  END { for (k in n) columns++; exit columns != 1 }' ||
  complain "counters: columns out of line"
exit $failures
