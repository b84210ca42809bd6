#!/bin/sh
# A recording, from the text of another program to a run that replays it.
. "${SOURCE:?}/tests/cli/common.sh"

# 20,000 pages one after the other, every second one written, twice
awk 'BEGIN { for (lap = 0; lap < 2; lap++) for (i = 0; i < 20000; i++)
  printf " %s %x,8\n", i % 2 ? "L" : "S", 65536 + i * 4096 }' >loop.lk
mkdir sub
vhm import lackey loop.lk --out sub/loop.vhmt.zst --quiet
expect_status 0 "import"

scenario () { # file, keys of the guest, file of the trace
  cat >"$1" <<END
duration: 2 min
host: {memory: 1 GiB, cpus: 1, root_reserve: 128 MiB, disks: [{name: d0}],
       balancer: {kind: static}}
guests:
  - name: tape
    memory: {startup: 64 MiB, minimum: 64 MiB, maximum: 64 MiB}
    $2
    workloads: [{kind: trace, file: $3}]
END
}

# the file lies beside the scenario, wherever the program is started
scenario sub/run.yaml "os: ideal-lru" loop.vhmt.zst
vhm run sub/run.yaml --no-figures --out o
expect_status 0 "a run"
# 64 MiB are 16,384 pages: a loop over 20,000 always misses
expect_text o/result.json "loop.vhmt.zst: 40000 visits to 20000 pages" "a run"
vhm run sub/run.yaml --no-figures --out o2
expect_same o/result.json o2/result.json "twice"
vhm run sub/run.yaml --no-figures --out o3 --set reference=every
expect_same o/series.csv o3/series.csv "in either mode of the scenario"

expect_complaint () { # first line, about what
  vhm check bad.yaml
  expect_status 3 "$2"
  expect_first_line err "$1" "$2"
  vhm run bad.yaml --no-figures --out none
  expect_status 3 "$2, run"
  expect_first_line err "$1" "$2, run"
  [ ! -e none ] || complain "$2: something was written"
}
scenario bad.yaml "os: {kind: windows, page_file: 1 MiB, page_file_maximum: 8 MiB}" sub/loop.vhmt.zst
expect_complaint "bad.yaml:8:37: guests.tape.workloads.0.file: the trace touches 20000 pages; the guest can have 18432 (memory and page file); a larger memory.maximum or page file, or a part of the trace" "too many pages"
scenario bad.yaml "reference: next-fault" sub/loop.vhmt.zst
expect_complaint "bad.yaml:7:16: guests.tape.reference: next-fault, for a guest that replays a recorded trace; every, or leave the key out: the trace is replayed reference by reference" "the wrong mode"
scenario bad.yaml "" sub/absent.vhmt
expect_complaint "bad.yaml:8:37: guests.tape.workloads.0.file: sub/absent.vhmt: cannot be read: No such file or directory" "no file"
scenario bad.yaml "" sub
expect_complaint "bad.yaml:8:37: guests.tape.workloads.0.file: sub: cannot be read: it is a directory" "a folder"
scenario bad.yaml "" '"-"'
expect_complaint "bad.yaml:8:37: guests.tape.workloads.0.file: standard input is no trace to replay; a file" "standard input"
scenario bad.yaml "" loop.lk
expect_complaint "bad.yaml:8:37: guests.tape.workloads.0.file: loop.lk: byte 0: this is no recorded trace; a file made by \`vhm import\`" "a foreign file"
head -c 100 sub/loop.vhmt.zst >cut.zst
scenario bad.yaml "" cut.zst
vhm check bad.yaml
expect_status 3 "a trace cut short"
expect_text err "guests.tape.workloads.0.file: cut.zst: byte 100: as Zstandard data it is damaged" "a trace cut short"
vhm import lackey loop.lk --out large.vhmt --page-size 2M --quiet
scenario bad.yaml "" large.vhmt
vhm check bad.yaml
expect_status 3 "large pages"
expect_text err "recorded with pages that are not of 4 KiB; import it again with --page-size 4K" "large pages"
printf 'I  1000,4\n' >code.lk
vhm import lackey code.lk --out none.vhmt --no-fetches --quiet
scenario bad.yaml "" none.vhmt
vhm check bad.yaml
expect_status 3 "no visit"
expect_text err "a trace without a visit; one with some" "no visit"
exit $failures
