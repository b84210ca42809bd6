#!/bin/sh
# Mistakes in scenarios: exit status 3, the place and the remedy in one line.
. "${SOURCE:?}/tests/cli/common.sh"

refuse () { # about what, the first line; the scenario is in x.yaml
  vhm check x.yaml
  expect_status 3 "$1"
  expect_first_line err "$2" "$1"
  [ ! -s out ] || complain "$1: something on standard output"
  vhm run x.yaml --out never
  expect_status 3 "$1 (run)"
  expect_first_line err "$2" "$1 (run)"
  [ ! -e never ] || complain "$1: a folder was created"
}

change () { # sed program on the small scenario
  small_scenario y.yaml </dev/null
  sed "$1" y.yaml >x.yaml
}

change 's/memory: 2 GiB/memory: 2 Gib/'
refuse "a wrong unit" 'x.yaml:2:16: host.memory: "2 Gib" has the unknown unit "Gib"; write an amount of memory like 4 GiB, 512 MiB, 1500 kB, 7 pages'
change 's/memory: 2 GiB/memory: 2/'
refuse "no unit" 'x.yaml:2:16: host.memory: "2" has no unit; write an amount of memory like 4 GiB, 512 MiB, 1500 kB, 7 pages'
change 's/^duration:/durations:/'
refuse "an unknown key" 'x.yaml:1:1: unknown key "durations"; did you mean "duration"? known: question, source, reading, axis, start, duration, sample, seed, reference, host, guests, timeline, expect, assumed, figures, variants'
change 's/^duration: 1 min/duration: 1 min\nduration: 2 min/'
refuse "a key twice" 'x.yaml:2:1: key "duration" stands here twice, first in line 1, column 1; keep one of the two'
change 's/minimum: 256 MiB/minimum: 2 GiB/'
refuse "a startup below the minimum" 'x.yaml:5:23: guests.web.memory.startup: below minimum; at least minimum'
expect_text err 'x.yaml:5:41: guests.web.memory.minimum: above maximum; at most maximum' "all mistakes at once"
change 's/maximum: 1 GiB/maximum: 1 GiB, weight: 10001/'
refuse "out of range" 'x.yaml:5:74: guests.web.memory.weight: "10001" is too large; from 0 to 10000'
change 's/kind: idle/kind: idel/'
refuse "an unknown workload" 'x.yaml:6:24: guests.web.workloads.0: unknown workload "idel"; did you mean "idle"? known: idle, soaker, gc_heap, service, pattern, trace, jobs, contention, buffer_pool, store_cache, java_heap, vdi_desktop'
change 's/memory: 2 GiB/memory: 16 TiB/'
refuse "a host beyond all bounds" 'x.yaml:2:16: host.memory: "16 TiB" is too large; from 64 MiB to 8 TiB'
change 's/memory: 2 GiB/memory: 2 GiB, speeds: [{busy: 1, speed: 90 %}]/'
refuse "speeds without turns" 'x.yaml:2:31: host.speeds: set, and the scheduler is fluid; scheduler: quantum'
change 's/memory: 2 GiB/memory: 2 GiB, scheduler: quantum, speeds: [{busy: 2, speed: 90 %}, {busy: 1, speed: 100 %}]/'
refuse "speeds out of order" 'x.yaml:2:51: host.speeds: not in order of `busy`; more busy processors last'
change 's/name: web/name: web\n    cpu: {affinity: [{from: 0, to: 99}]}/'
refuse "affinity without turns" 'x.yaml:4:3: guests: cpu.affinity, and host.scheduler is fluid; host.scheduler: quantum'
expect_text err 'guests: cpu.affinity to processors the host has not; at most host.cpus - 1' "affinity to nowhere"
change 's/commit: 100 MiB/commit: 1 TiB/'
refuse "a process beyond all bounds" 'x.yaml:6:38: guests.web.workloads.0.commit: "1 TiB" is too large; from 16 MiB to 256 GiB'
change 's/name: web/name: web\n    count: 1000\n  - {name: more, count: 1000, memory: {startup: 1 GiB, maximum: 1 GiB}, workloads: [idle]}\n  - name: web2/'
sed -i '/^    count: 1000$/a\    memory: {startup: 1 GiB, maximum: 1 GiB}\n    workloads: [idle]' x.yaml
refuse "too many guests" 'x.yaml:4:3: guests: more than 1024 guests; at most 1024, as on a Hyper-V host'
change 's/name: d0/name: d0, model: {kind: hdd, capacity: 1 GiB}/'
refuse "a disk below the page files" 'x.yaml:2:31: host.disks.d0: too small: 1 page files can grow to 4 GiB, it holds 1 GiB; a larger capacity, smaller page_file_maximum, or another disk'
change 's/name: web/name: web\n    os: linux/; s/kind: idle.*/kind: pattern, size: 30 GiB, file: true}]/'
refuse "files beyond the virtual disk" 'x.yaml:4:5: guests.web.image: smaller than the files of the workloads and what the system reads of it; at least their sizes together'
change 's/name: web/name: web\n    os: linux/; s/kind: idle.*/kind: pattern, size: 1 MiB, file: true}]/; s/name: d0/name: d0, model: {kind: hdd, capacity: 20 GiB}/'
refuse "a disk below the virtual disks" 'x.yaml:2:31: host.disks.d0: too small: 1 page files and virtual disks can grow to 21 GiB, it holds 20 GiB; a larger capacity, smaller image, or another disk'
jobs () { # keys of the workload
  change "s/name: web/name: web\\n    os: linux\\n    image: 200 GiB/; s/kind: idle.*/kind: jobs, $1}]/"
}
jobs 'reads: 1 MiB'
refuse "jobs that read files there are none of" 'x.yaml:8:37: guests.web.workloads.0.reads: more than there is; at most input'
jobs 'input: 1 MiB'
refuse "files that no job reads" 'x.yaml:8:37: guests.web.workloads.0.input: nobody reads it; reads, or no input'
jobs 'writes: 1 MiB'
refuse "jobs that write nowhere" 'x.yaml:8:38: guests.web.workloads.0.writes: more than there is room for; at most output'
jobs 'output: 1 MiB'
refuse "room for what no job writes" 'x.yaml:8:38: guests.web.workloads.0.output: nobody writes there; writes, or no output'
jobs 'input: 1 MiB, reads: 8 KiB, order: zipf'
refuse "a file that no job reads to its end" 'x.yaml:8:17: guests.web.workloads.0.file: a job does not read a whole file; at most reads'
jobs 'ahead: 3'
refuse "a reader ahead of nothing" 'x.yaml:8:37: guests.web.workloads.0.ahead: there is nothing to read; reads and input'
jobs 'input: 128 GiB, reads: 1 GiB, ahead: 100'
refuse "buffers beyond all bounds" 'x.yaml:8:67: guests.web.workloads.0.ahead: the buffers are larger than 64 GiB; fewer, or smaller reads'
change 's/maximum: 1 GiB/maximum: 1 GiB, limit: 300 MiB/'
refuse "a limit that nothing keeps" 'x.yaml:5:73: guests.web.memory.limit: nothing keeps it: host.reclaim has no swap; host.reclaim: [swap], or no limit'
change 's/maximum: 1 GiB/maximum: 1 GiB, limit: 300 KiB/'
refuse "a limit that is none" 'x.yaml:5:73: guests.web.memory.limit: too little for any guest to run in; at least 16 MiB, or 0 B for no limit'
change 's/memory: 2 GiB/memory: 2 GiB, reclaim: [swp]/'
refuse "a way to reclaim that is none" 'x.yaml:2:33: host.reclaim: unknown choice "swp"; did you mean "swap"? known: balloon, swap, compression'
change 's/memory: 2 GiB/memory: 2 GiB, reclaim: [balloon, compression]/'
refuse "compression of nothing" 'x.yaml:2:32: host.reclaim: compression without swap: only pages on their way to the swap file are compressed; [swap, compression], with balloon or without'
change 's/memory: 2 GiB/memory: 2 GiB, clock: 100 MHz, overheads: {enabled: true, interrupt_cycles: 100000}/; s/name: web/name: web\n    tick: 1 kHz/'
refuse "a clock that leaves no time" 'x.yaml:5:11: guests.web.tick: interrupts of its clock take more than half of its processors'"'"' time; a slower tick, or lower costs in host.overheads'
change 's/memory: 2 GiB/memory: 2 GiB, swap: {disk: d9}/'
refuse "a swap disk that is none" 'x.yaml:2:36: host.swap.disk: there is no disk "d9"; did you mean "d0"? known: d0'
change 's/memory: 2 GiB/memory: 2 GiB, smart_paging: {enabled: true, disk: d9}/'
refuse "no disk for smart paging" 'x.yaml:2:59: host.smart_paging.disk: there is no disk "d9"; did you mean "d0"? known: d0'
change 's/name: web/name: disk.d0/'
refuse "a name of the host's own" "x.yaml:4:11: guests.0.name: the name is taken by the host's own counters; another name"

add () { # lines at the end of the small scenario
  small_scenario x.yaml
}
add <<'END'
timeline: [{at: "00:00:30", shutdown: wbe}]
END
refuse "a timeline that names no guest" 'x.yaml:7:39: timeline.0.shutdown: there is no guest "wbe"; did you mean "web"? known: web'
add <<'END'
figures: [{id: comit}]
END
refuse "a figure that is none" "x.yaml:7:16: figures.0.id: there is no figure \"comit\"; did you mean \"commit\"? known: $("$VHM" list figures | awk 'NR > 1 { printf "%s%s", c, $1; c = ", " }')"
add <<'END'
start: "23:59:30"
figures: [{id: commit, from: "00:00", to: "00:00:20"}, {id: commit, from: "12:00"}]
END
refuse "a window outside the run" 'x.yaml:8:75: figures.1.from: not within the run; a clock of day between start and start + duration'
add <<'END'
expect: [{name: a, that: "mean(web.presure)", at_most: 100 %}]
END
vhm check x.yaml
expect_status 3 "an unknown counter"
head -n 1 err >line
expect_text line 'x.yaml:7:26: expect.0.that: column 6: ' "an unknown counter"
expect_text line 'pressure' "an unknown counter: the nearest name"
add <<'END'
expect: [{name: a, that: "mean(web.pressure) from 12:00 to 13:00", at_most: 100 %}]
END
vhm check x.yaml
expect_status 3 "an expectation outside the run"
add <<'END'
expect: [{name: a, that: "mean(web.pressure)"}]
END
refuse "an expectation without a bound" 'x.yaml:7:26: expect.a.that: no bound; at_least, at_most or both, or value and tolerance'
add <<'END'
assumed: [{key: host.memroy, why: none}]
END
refuse "an assumption about nothing" 'x.yaml:7:17: assumed.0.key: no such key in this scenario; the path of a key that stands in it, as in --set'

# --set is held to the same
small_scenario x.yaml </dev/null
vhm check x.yaml --set guests.web.memory.maximum=1Gb
expect_status 3 "a wrong unit in --set"
expect_first_line err '--set:1:27: guests.web.memory.maximum: "1Gb" has the unknown unit "Gb"; write an amount of memory like 4 GiB, 512 MiB, 1500 kB, 7 pages' "--set"
vhm check x.yaml --set nothing
expect_status 3 "--set without a value"
vhm run x.yaml --seed x
expect_status 3 "a seed that is no number"
expect_first_line err '--set:1:6: seed: "x" does not start with a number; write a whole number like 12, 10_000' "--seed"

# reservations and shares that cannot be
vhm check x.yaml --set guests.web.memory.weight=0
expect_status 3 "no shares at all"
expect_text err 'guests.web.memory.weight: 0, like that of all others: nobody has any share; more than 0 for one guest at least' "no shares at all"
vhm check x.yaml --set host.gives=at-touch --set guests.web.memory.minimum=4GiB --set guests.web.memory.startup=4GiB --set guests.web.memory.maximum=8GiB
expect_status 3 "a reservation above the host"
expect_text err "guests.web.memory.minimum: a reservation above the host's memory; at most 1548 MiB, what it has beside the root's and this guest's overhead" "a reservation above the host"
change 's/512 MiB/512 MiB, weight: 0/'
refuse "no shares, in the file" 'x.yaml:5:40: guests.web.memory.weight: 0, like that of all others: nobody has any share; more than 0 for one guest at least'

# warnings do not refuse
warn () { # about what, text
  vhm check x.yaml
  expect_status 0 "$1"
  expect_text err "warning: $2" "$1"
}
change 's/maximum: 1 GiB/maximum: 8 GiB/'
warn "more than there is" "guests.web.memory.maximum: more than the host can ever give; the host has 1572 MiB beside the root's and this guest's overhead"
change 's/512 MiB/4 GiB/; s/1 GiB/8 GiB/'
warn "a guest that can never start" "guests.web.memory.startup: more than the host can ever give: the guest cannot start;"
change 's/name: web/name: web\n    vcpus: 5/'
warn "more processors than there are" "guests.web.vcpus: more virtual processors than the host has logical ones; at most host.cpus"
change 's/name: web/name: web\n    start: 2 min/'
warn "a start after the end" "guests.web.start: after the end of the run: the guest does not start;"
change 's/name: web/name: web\n    vcpus: 4\n    count: 2\n    cpu: {reserve: 60 %}/'
warn "too much reserved" "guests: the guests' processor reserves add up to more than the host has;"
small_scenario y.yaml <<'END'
timeline: [{at: "00:00:10", restart: web}]
END
sed 's/memory: 2 GiB/memory: 2 GiB, smart_paging: {enabled: true}/; s/minimum: 256 MiB/minimum: 512 MiB/' y.yaml >x.yaml
warn "a restart with nothing to bridge" "guests.web.memory.minimum: not below its startup memory: when it restarts smart paging has nothing to bridge; a lower minimum"
sed 's/restart: web/restart: web, start: web/' y.yaml >x.yaml
refuse "two orders at once" 'x.yaml:7:17: timeline.0.at: nothing or several things to do; one of shutdown, start, restart, pause, resume and migrate_out'
sed 's/restart: web/restart: wbe/' y.yaml >x.yaml
refuse "a restart of nobody" 'x.yaml:7:38: timeline.0.restart: there is no guest "wbe"; did you mean "web"? known: web'
sed 's/memory: 2 GiB/memory: 2 GiB, smart_paging: {enabled: true}/; s/name: d0/name: d0, model: {kind: hdd, capacity: 4352 MiB}/' y.yaml >x.yaml
refuse "a disk below the smart paging files" 'x.yaml:2:62: host.disks.d0: too small for page files and smart paging files, 4 GiB; a larger capacity, or another host.smart_paging.disk'
exit $failures
