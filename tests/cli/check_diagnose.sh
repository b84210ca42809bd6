#!/bin/sh
# vhm run --rules and --diagnose, as a user meets them.
. "${SOURCE:?}/tests/cli/common.sh"

cat >short.yaml <<'END'
duration: 8 min
host:
  preset: hyperv-2012r2
  memory: 300 MiB
  root_reserve: 64 MiB
  vm_overhead: 8 MiB
  paging: none
  disks: [{name: d0}]
guests:
  - name: one
    memory: {startup: 64 MiB, minimum: 32 MiB, maximum: 200 MiB}
    os: ideal-lru
    workloads: [{kind: pattern, size: 120 MiB, cycles_per_reference: 40000}]
  - name: two
    memory: {startup: 64 MiB, minimum: 32 MiB, maximum: 200 MiB}
    os: ideal-lru
    workloads: [{kind: pattern, size: 120 MiB, cycles_per_reference: 40000}]
END

vhm run short.yaml --no-figures --out a
expect_text out "Diagnosis: Over-committed host." "two guests on half a host"
expect_no_text out "REMEDY TRIED" "without --diagnose nothing is run again"
expect_text a/result.json '"class": "over_committed"' "result.json"
expect_text a/report.html "<h2>Diagnosis</h2>" "report.html"

# rules of the user's own decide
sed 's/class: over-committed-host/class: efficient-host/' \
  "$SOURCE/scenarios/diagnosis/rules.yaml" >mine.yaml
vhm run short.yaml --no-figures --rules mine.yaml --out b
expect_text out "Diagnosis: Efficiently provisioned host." "rules of one's own"
expect_status 0 "rules of one's own"

# and mistakes in them are told with their place, before the run
sed 's/host: available-low$/host: availble-low/' \
  "$SOURCE/scenarios/diagnosis/rules.yaml" >wrong.yaml
vhm run short.yaml --no-figures --rules wrong.yaml --out c
expect_status 3 "a signal that is not there"
expect_text err 'there is no signal "availble-low" of a host' "misspelt signal"
sed 's/value: host.cpu_percent/value: host.cpu_precent/' \
  "$SOURCE/scenarios/diagnosis/rules.yaml" >wrong.yaml
vhm run short.yaml --no-figures --rules wrong.yaml --out c
expect_status 3 "a counter that is not there"
expect_text err 'did you mean "host.cpu_percent"?' "misspelt counter"
[ ! -e c ] || complain "something was written in spite of wrong rules"

# running again: what the others cost, what would relieve, same bytes on any
# number of processors
vhm run short.yaml --no-figures --diagnose --jobs 1 --out d
expect_status 0 "--diagnose"
expect_text out "CONTENTION" "slow-downs"
expect_text out "Cycles an operation of one" "accounts"
expect_text out "of host memory" "the least memory"
expect_text out "two moved away" "departures"
grep -E '^two moved away +yes' out >/dev/null ||
  complain "one guest alone is not relieved"
grep -E 'of host memory +yes' out >/dev/null ||
  complain "no memory relieves"
vhm run short.yaml --no-figures --diagnose --jobs 3 --out e
expect_same d/result.json e/result.json "one job and three"

vhm list signals
expect_text out "available-low" "list signals"
exit $failures
