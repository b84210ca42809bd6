#!/bin/sh
# The verdict is the exit status.
. "${SOURCE:?}/tests/cli/common.sh"

try () { # status, state, more keys of the expectation
  small_scenario x.yaml <<END
expect: [{name: held, that: "max(web.physical_memory)", $3}]
END
  vhm run x.yaml --out o --no-figures
  expect_status "$1" "$3"
  grep -q "^$2 *held" out || complain "$3: not $2: $(grep held out)"
}
try 0 PASS 'at_least: 512 MiB, at_most: 1 GiB'
try 1 FAIL 'at_most: 511 MiB'
try 1 FAIL 'at_least: 1025 MiB'
try 0 "KNOWN MISS" 'at_most: 1 MiB, known_miss: the model leaves it out'
try 1 SURPRISE 'at_most: 1 GiB, known_miss: it passes'

# a guest that never ran has no samples: no value, so it fails, and the run goes on
small_scenario x.yaml <<'END'
expect: [{name: held, that: "max(web.committed_bytes)", at_most: 1 GiB}]
END
vhm run x.yaml --out o --no-figures --set guests.web.start=1h
expect_status 1 "a guest that never ran"
grep -q "^FAIL *held *- *at most 1 GiB" out || complain "no value: $(grep held out)"

# Memory is short: a thing of the simulated world, not an error of the program.
cat >short.yaml <<'END'
duration: 5 min
start: "09:00"
host: {memory: 2 GiB, disks: [{name: d0}]}
guests:
  - {name: one, memory: {startup: 1 GiB, minimum: 1 GiB, maximum: 1 GiB}, workloads: [idle]}
  - {name: two, memory: {startup: 1 GiB, minimum: 1 GiB, maximum: 1 GiB}, workloads: [idle]}
END
vhm run short.yaml --out s --no-figures
expect_status 0 "memory is short"
expect_first_line err "vhm: 09:02:00: two: start refused: 1024 MiB of startup memory and 32 MiB of overhead are needed, 548 MiB are available and the other guests gave back too little (Hyper-V reports 0x8007000E)" "memory is short"
expect_text s/result.json "0x8007000E" "memory is short"
expect_text s/report.html "0x8007000E" "memory is short"
echo 'expect: [{name: both run, that: "last(two.physical_memory)", at_least: 1 GiB}]' >>short.yaml
vhm run short.yaml --out s --no-figures
expect_status 1 "memory is short, and was expected not to be"
exit $failures
