#!/bin/sh
# vhm compare: what differs, what does not, mistakes in versions, same bytes.
. "${SOURCE:?}/tests/cli/common.sh"

# so little memory that the smaller guest must page
scenario () { # file; variants come on standard input
  {
    cat <<'EOF'
duration: 1 min
host: {memory: 2 GiB, disks: [{name: d0}], balancer: static, paging: none}
guests:
  - name: web
    memory: {startup: 768 MiB, minimum: 256 MiB, maximum: 1 GiB}
    workloads: [{kind: idle, commit: 100 MiB, breathing: 64 MiB, breath_every: 10 s}, {kind: soaker, size: 400 MiB}]
EOF
    cat
  } >"$1"
}
scenario two.yaml <<'EOF'
variants:
  - {name: as-is}
  - {name: same, set: {question: another question}}
  - name: tight
    set:
      guests.web.memory.startup: 384 MiB
      guests.web.memory.maximum: 384 MiB
EOF

vhm compare two.yaml --runs 3 --jobs 1 --out one --no-figures
expect_status 0 "compare"
[ ! -s err ] || complain "compare: $(head -1 err)"
cp out table
expect_first_line out 'OTHER: "same", compared with FIRST: "as-is"' "compare"
[ "$(ls -A one | tr '\n' ' ')" = "compare-series.csv compare.csv compare.json report.html " ] ||
  complain "--out: $(ls -A one)"
vhm compare two.yaml --runs 3 --jobs 2 --out two --json --no-figures
expect_status 0 "--jobs 2"
expect_same one/compare.json out "--json and --out"
expect_same one/compare.json two/compare.json "--jobs 1 and 2"
for file in compare.csv compare-series.csv report.html; do
  expect_same one/$file two/$file "--jobs 1 and 2"
done
vhm compare two.yaml --runs 2 --jobs 1 --set duration=10s
cp out short
vhm compare two.yaml --runs 2 --jobs 2 --set duration=10s
expect_same short out "--jobs 1 and 2"
vhm compare two.yaml --runs 2 --set duration=10s --set seed=2
expect_different short out "another seed"

# what is the same in both is not called different, row for row
sed -n '/^OTHER: "same"/,/^$/p' table | sed '1,2d; /^$/d' >same
[ "$(wc -l <same)" -ge 8 ] || complain "identical versions: $(wc -l <same) rows"
if grep -v 'no difference shown$' same; then complain "identical versions differ"; fi
# and what differs is
sed -n '/^OTHER: "tight"/,/^$/p' table >tight
grep -qE '^web .*mean page_reads_per_s .* higher$' tight ||
  complain "a third of the memory: $(grep page_reads tight)"
grep -qE '^web .*ledger: ' tight || complain "no accounts"
grep -qE '^disk.d0 .*mean reads_per_s .* higher$' tight || complain "no disk"
grep -qE '^web +latency_p99 .* (ms|us|s) ' tight || complain "no percentiles with units"
for key in physical_memory throughput_per_s time_on; do
  expect_no_text tight "$key" "unasked"
done

# the page says which, by how much and why, and shows it
expect_text one/report.html '“same” shows no difference that matters' "the page"
expect_text one/report.html '“tight” is worse' "the page"
grep -qE '“tight”: web does <b>[0-9.]+ %</b> less work .* ± .* Why: <b>blocked on guest paging</b> takes' one/report.html ||
  complain "the page's reason: $(grep '“tight”:' one/report.html)"
expect_text one/report.html '<code>guests.web.memory.startup: 384 MiB' "what a version sets"
vhm compare two.yaml --runs 2 --set duration=20s --out drawn
expect_status 0 "with figures"
for figure in differences held ledger pages-in work; do
  [ -s drawn/compare-$figure.svg ] && [ -s drawn/compare-$figure.png ] ||
    complain "no figure $figure"
done
[ "$(grep -c '<figure>' drawn/report.html)" -eq 5 ] || complain "figures of the page"
if ls drawn/.[a-z]* 2>/dev/null; then complain "left behind"; fi
mkdir no-tools
PATH=$folder/no-tools "$VHM" compare two.yaml --runs 2 --set duration=10s --out bare >out 2>err
status=$?
expect_status 4 "without gnuplot"
expect_text err "gnuplot is not in PATH" "without gnuplot"
[ -s bare/report.html ] && [ -s bare/compare.json ] || complain "without gnuplot: $(ls -A bare)"

# whatever a version is called, it stays text
vhm compare two.yaml --runs 2 --set duration=10s --out evil \
  --vary 'question="<script>alert(1)</script>","%s `touch gone` $(touch gone) '"'"'; set output"'
expect_status 0 "malicious names"
[ ! -e gone ] || complain "a name was run"
if grep -q '<script' evil/report.html; then complain "a name became markup"; fi
expect_text evil/report.html '&lt;script&gt;alert(1)&lt;/script&gt;' "malicious names"

# the rest, judged by itself: no verdict of the others changes
vhm compare two.yaml --runs 2 --set duration=10s
sed '/ \* /d; /^WHO/d; s/  */ /g; /other numbers/,$d' out >usual
vhm compare two.yaml --runs 2 --all --set duration=10s
expect_text out "mean physical_memory *" "--all"
expect_text out "time_on *" "--all"
sed '/ \* /d; /^WHO/d; s/  */ /g; /other numbers/,$d' out >all
grep ' [0-9]\.[0-9]* \|shown$\|er$' usual >usual.rows
grep ' [0-9]\.[0-9]* \|shown$\|er$' all >all.rows
[ -s usual.rows ] || complain "no rows"
expect_same usual.rows all.rows "--all and the usual rows"

# chosen quantities of all versions in one table, with the numbers of the pairs
vhm compare two.yaml --runs 3 --jobs 2 --show ' time_over_pressure, page_reads_per_s,latency_p99'
expect_status 0 "--show"
[ "$(sed -n 1p out | tr -s ' ')" = "QUANTITY WHO as-is same tight" ] || complain "--show: $(head -1 out)"
grep -qE '^time_over_pressure +web +0 s +0 s += +[0-9.]+ s +higher$' out ||
  complain "--show: $(grep time_over out)"
[ "$(sed -n 3p out | cut -d' ' -f1-2)" = "mean page_reads_per_s" ] || complain "--show: $(sed -n 3p out)"
expect_no_text out "OTHER" "--show: tables of pairs"
shown=$(grep -E '^web +latency_p99 ' tight | tr -s ' ' | cut -d' ' -f5-6)
expect_text out " $shown " "--show: the same mean"
vhm compare two.yaml --runs 2 --set duration=10s --show latency_p99,nothing
expect_text out '"nothing": no quantity of this comparison.' "--show: a key of nothing"

# pairs share their seeds: run by run the rows of the file are those of vhm run
if python3 -c '' 2>/dev/null; then
  for seed in 1 2; do
    "$VHM" run two.yaml --seed $seed --out a$seed --no-figures -q >/dev/null
    "$VHM" run two.yaml --seed $seed --out b$seed --no-figures -q \
      --set guests.web.memory.startup="384 MiB" \
      --set guests.web.memory.maximum="384 MiB" >/dev/null
  done
  vhm compare two.yaml --runs 2 --out pair -q
  python3 - <<'EOF' || complain "the mean difference is not that of single runs"
import json
def value(folder):
    for row in json.load(open(folder + "/result.json"))["summary"]:
        if row["key"] == "latency_mean":
            return row["value"]
d = [value("b%d" % i) - value("a%d" % i) for i in (1, 2)]
rows = [r for r in json.load(open("pair/compare.json"))["differences"]
        if r["other"] == "tight" and r["quantity"] == "latency_mean"]
assert len(rows) == 1, rows
r = rows[0]
mean = sum(d) / 2
assert mean != 0 and abs(r["difference"] / mean - 1) < 1e-9, (r, d)
half = 12.706204736 * abs(d[0] - d[1]) / 2 # t of 1 degree at 97.5 %
assert abs(r["half_width"] - half) <= 1e-6 * half, (r, half)
EOF
fi

# --vary: all combinations, the last turning fastest, after the variants
vhm compare two.yaml --runs 2 --set duration=10s --vary host.memory=2GiB,3GiB --vary 'host.cpus=4, 8'
expect_status 0 "--vary"
grep '^OTHER: ' out >pairs
[ "$(wc -l <pairs)" -eq 11 ] || complain "3 x 2 x 2 versions: $(wc -l <pairs) + 1"
expect_first_line pairs 'OTHER: "as-is, host.memory=2GiB, host.cpus=8", compared with FIRST: "as-is, host.memory=2GiB, host.cpus=4"' "--vary"
scenario plain.yaml </dev/null
vhm compare plain.yaml --runs 2 --set duration=10s --vary 'host.disks=[{name: a}, {name: b}],[{name: c}]'
expect_status 0 "commas in brackets"
expect_text out 'OTHER: "host.disks=[{name: c}]"' "commas in brackets"
expect_text out 'in 2 of 2 pairs' "a disk that only one has"

# mistakes: where they stand
mistake () { # about what, status, message, arguments
  what=$1 wanted=$2 message=$3
  shift 3
  vhm compare "$@"
  expect_status "$wanted" "$what"
  expect_text err "$message" "$what"
  [ ! -s out ] || complain "$what: something on standard output"
}
mistake "an empty list of keys" 2 '--show: "" has an empty key' two.yaml --show ''
mistake "an empty key" 2 '--show: "a,,b" has an empty key' two.yaml --show a,,b
scenario bad.yaml <<'EOF'
variants:
  - {name: a, set: {host.memory: 2 Gib}}
  - {name: b, set: {guests.wep.vcpus: 2}}
  - {name: c, set: {seed: 7}}
  - {name: d, set: {guests.web.memory.startup: 4 GiB}}
EOF
mistake "a wrong unit" 3 'bad.yaml:8:34: host.memory: "2 Gib" has the unknown unit "Gib"' bad.yaml
expect_text err 'bad.yaml:9:28: no item "wep" in this list; did you mean "web"?' "all at once"
expect_text err 'bad.yaml:10:27: seed: versions that are compared share their seeds' "a seed"
expect_text err 'bad.yaml:11:48: guests.web.memory.startup: above maximum' "a contradiction"
for command in check run; do
  vhm $command bad.yaml
  expect_status 3 "$command"
  expect_text err 'bad.yaml:8:34: host.memory: "2 Gib"' "$command"
done
scenario bad.yaml <<'EOF'
variants: [{name: a}, {name: a}, {set: {}}]
EOF
mistake "a name twice" 3 'bad.yaml:7:30: variants: the name "a" is taken' bad.yaml
expect_text err 'bad.yaml:7:34: variants.2: key "name" is missing' "no name"
mistake "a wrong value" 3 '--vary:1:18: host.memory: "3 Gib" has the unknown unit' plain.yaml --vary 'host.memory=2GiB,3 Gib'
mistake "a wrong key" 3 '--vary:1:6: host: unknown key "memry"; did you mean "memory"?' plain.yaml --vary host.memry=1,2
mistake "seeds" 3 '--vary:1:8: seed: versions that are compared share their seeds' plain.yaml --vary seed=1,2
mistake "no key" 2 'vhm: --vary: "host.memory" is no KEY=A,B,...' plain.yaml --vary host.memory
mistake "a key twice" 2 'vhm: --vary: "host.cpus" stands here twice' plain.yaml --vary host.cpus=1,2 --vary host.cpus=3
mistake "one version" 2 'vhm: nothing to compare' plain.yaml
mistake "one value" 2 'vhm: nothing to compare' plain.yaml --vary host.cpus=2
mistake "too many" 2 'vhm: more than 64 versions' plain.yaml --vary host.cpus=1,2,3,4,5,6,7,8,9 --vary host.memory=1GiB,2GiB,3GiB,4GiB,5GiB,6GiB,7GiB,8GiB
mistake "one run" 2 'vhm: --runs: "1" is too small; from 2 to 1000' two.yaml --runs 1
mistake "no job" 2 'vhm: --jobs: "0" is too small; from 1 to 1024' two.yaml --jobs 0
mistake "certainty" 2 'vhm: --confidence: "100%" is too large' two.yaml --confidence 100%
touch there
mistake "a folder in a file" 4 'there' two.yaml --out there/x

# stopped: nothing is left
"$VHM" compare two.yaml --runs 1000 --set duration=30d --out gone >out 2>err &
pid=$!
tries=0
until ls -A gone 2>/dev/null | grep -q part || [ $tries -ge 100 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
kill -s TERM $pid
wait $pid
status=$?
expect_status 143 "TERM"
expect_first_line err "vhm: stopped by a signal; nothing was written" "TERM"
[ ! -e gone ] || complain "TERM: left behind: $(ls -A gone)"
exit $failures
