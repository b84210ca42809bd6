#!/bin/sh
# vhm size: the answer against a closed form and against looking at every size;
# files; mistakes; same bytes.
. "${SOURCE:?}/tests/cli/common.sh"

# A reference takes 10 us, a miss 100 us more, and 1 - C / N of them miss: with
# 16384 pages slow-down is 10 (1 - MiB / 64).
cat >uniform.yaml <<'EOF2'
question: How much does a uniform program need?
duration: 10 s
sample: 1 s
host: {memory: 1 GiB, clock: 1 GHz, balancer: static, paging: none, root_reserve: 64 MiB,
       disks: [{name: d0, model: {kind: far-memory, latency: 99 us, bandwidth: 4096 MB/s}}]}
guests:
  - name: web
    memory: {startup: 48 MiB, minimum: 40 MiB, maximum: 48 MiB}
    os: ideal-lru
    workloads: [{kind: pattern, size: 64 MiB, pattern: uniform, threads: 1, references: 10,
                 cycles_per_reference: 10000, writes: 0 %}]
EOF2
size () {
  vhm size uniform.yaml --from 00:00:03 --resolution 1MiB --least 40MiB "$@"
}

size --slowdown "100 %" --runs 2 --jobs 1 --out one --no-figures
expect_status 0 "size"
[ ! -s err ] || complain "size: $(head -1 err)"
expect_text out "Smallest size within 100 % of slow-down: 58 MiB, to a resolution of 1 MiB." "the answer"
expect_text out "It is more than the guest's maximum, 48 MiB." "the maximum"
expect_text out "Knee of the paging curve: 64 MiB;" "the knee"
expect_text out "with ample memory, 96 MiB" "ample memory is found by doubling"
expect_text out "with the same seeds (1 to 2)" "seeds"
grep -qE '^ *58 +2 .* <- answer$' out || complain "the row: $(grep '<- answer' out)"
[ "$(ls -A one | tr '\n' ' ')" = "report.html size.csv size.json " ] ||
  complain "--out: $(ls -A one)"
[ "$(wc -l <one/size.csv)" -lt 25 ] || complain "looked at $(wc -l <one/size.csv) of 57 sizes"
cp out table

# any --jobs, and --json: same bytes
size --slowdown "100 %" --runs 2 --jobs 2 --out two --no-figures --json
expect_same one/size.json out "--json and --out"
expect_same one/report.html two/report.html "--jobs 1 and 2"

# looking at every size says the same
size --slowdown "100 %" --runs 2 --grid
expect_status 0 "--grid"
[ "$(grep -c '|' out)" -eq 57 ] || complain "--grid: $(grep -c '|' out) sizes"
for what in '^Smallest' '^Its runs leave' '^Knee'; do
  grep "$what" table >few
  grep "$what" out >all
  [ -s few ] || complain "no line $what"
  expect_same few all "--grid: $what"
done

# what comes after the window is not simulated, and changes nothing
size --to 00:00:06 --runs 1 --resolution 8MiB --json
cp out cut
size --set duration=6s --runs 1 --resolution 8MiB --json
expect_same cut out "--to and a shorter run"

# every slow-down is that of the closed form, within 3 %
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "slowdown") at = i }
  NR > 1 { s = $at; x = $1 / 1048576; t = x < 64 ? 10 * (1 - x / 64) : 0
           if (s - t > 0.03 * t + 1e-3 || t - s > 0.03 * t + 1e-3) print x, s, t }' \
  one/size.csv >wrong
[ ! -s wrong ] || complain "slow-down and theory: $(cat wrong)"

# a bound that no size of the range keeps; work as operations; one run
size --most 50MiB --runs 1 --work operations
expect_status 1 "too little"
expect_text out "No size up to 50 MiB keeps web within 5 % of slow-down." "too little"
expect_text out "slow-down is the work (operations)" "operations"
expect_text out "One run of each size" "one run"

# the page and the figure
size --runs 1 --out drawn
expect_status 0 "with a figure"
[ -s drawn/size.svg ] && [ -s drawn/size.png ] || complain "no figure"
expect_text drawn/report.html "<figure>" "the page"
expect_text drawn/report.html "Smallest size within 5 % of slow-down: " "the page"
if ls drawn/.[a-z]* 2>/dev/null; then complain "left behind"; fi
mkdir no-tools
PATH=$folder/no-tools "$VHM" size uniform.yaml --runs 1 --resolution 8MiB --out bare >out 2>err
status=$?
expect_status 4 "without gnuplot"
expect_text err "gnuplot is not in PATH" "without gnuplot"
[ -s bare/report.html ] && [ -s bare/size.json ] || complain "without gnuplot: $(ls -A bare)"

# other guests: as they are, or left out; a host too small for all gets more
cat >three.yaml <<'EOF2'
duration: 4 s
sample: 1 s
host: {memory: 256 MiB, balancer: static, paging: none, root_reserve: 64 MiB, disks: [{name: d0}]}
guests:
  - name: web
    memory: {startup: 48 MiB, minimum: 40 MiB, maximum: 64 MiB}
    os: ideal-lru
    workloads: [{kind: pattern, size: 40 MiB, threads: 1, references: 1000}]
  - name: db
    count: 2
    memory: {startup: 48 MiB, minimum: 40 MiB, maximum: 128 MiB}
    os: ideal-lru
    workloads: [{kind: pattern, size: 40 MiB, threads: 1, references: 1000}]
  - {name: off, start: 1 h, memory: {startup: 48 MiB, minimum: 40 MiB, maximum: 64 MiB}, workloads: [{kind: idle, commit: 20 MiB, breathing: 1 MiB}]}
EOF2
vhm size three.yaml --guest db --runs 1 --resolution 32MiB
expect_status 0 "a group"
expect_text out "All 2 guests of the group have that size; the first is judged." "a group"
expect_text out "in place of 256 MiB where that is needed" "a larger host"
vhm size three.yaml --guest web --alone --runs 1 --resolution 32MiB
expect_status 0 "--alone"
expect_text out "; the other guests are left out" "--alone"
expect_no_text out "in place of" "--alone"

# mistakes
mistake () { # about what, status, message, arguments
  what=$1 wanted=$2 message=$3
  shift 3
  vhm size "$@"
  expect_status "$wanted" "$what"
  expect_text err "$message" "$what"
  [ ! -s out ] || complain "$what: something on standard output"
}
mistake "no guest" 2 "vhm: --guest: which of them? known: web, db, off" three.yaml
mistake "a wrong guest" 2 'there is no guest "wep"; did you mean "web"? known: web, db, off' three.yaml --guest wep
mistake "one of a group" 2 '"db[2]" is one of a group; "db" sizes all of it alike' three.yaml --guest 'db[2]'
mistake "no work" 2 "off does no work in the time judged" three.yaml --guest off --from 00:00:01
mistake "a late beginning" 2 "vhm: --from: not within the run, from 00:00:00 to 00:00:10" uniform.yaml --from 01:00
mistake "a late end" 2 "vhm: --to: not within the run" uniform.yaml --to 01:00
mistake "no window" 2 "vhm: --to: no later than --from" uniform.yaml --from 00:00:05 --to 00:00:05
mistake "an empty range" 2 "vhm: --least: not below --most" uniform.yaml --least 2GiB --most 1GiB
mistake "a wrong unit" 2 'vhm: --resolution: "1 gib" has the unknown unit' uniform.yaml --resolution "1 gib"
mistake "no bound" 2 'vhm: --slowdown: "0%" is too small' uniform.yaml --slowdown 0%
mistake "a bad scenario" 3 "guests.web.memory.maximum" uniform.yaml --set guests.web.memory.maximum=1MiB
touch there
mistake "a folder in a file" 4 "there" uniform.yaml --out there/x
vhm size --help
expect_status 0 "--help"
expect_text out "Example: vhm size " "--help"
exit $failures
