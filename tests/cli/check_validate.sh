#!/bin/sh
# vhm validate: the published walks, side by side. What misses stays visible.
. "${SOURCE:?}/tests/cli/common.sh"

vhm validate
expect_status 0 "validate without a suite"
expect_first_line out "translation: cost of page walks: hardware counters, simulators" "suites"
expect_text out "reclaim: ways to take memory back: real hypervisors" "suites"
expect_text out "provisioning: who gets processors: elapsed times under Hyper-V" "suites"
for file in "$SOURCE"/scenarios/published/*/*.yaml; do
  expect_text out "  ${file##*/}" "suites"
done
vhm validate translations
expect_status 2 "a suite that is none"
vhm validate translation --only redis
expect_status 2 "an experiment that is none"
expect_first_line err 'vhm validate: no experiment "redis" in translation; see vhm validate' "an experiment that is none"

# every row, and none that fails without a reason
vhm validate translation -q
expect_status 0 "validate translation"
cp out whole
if grep -qE '^(MISS|SURPRISE) ' out; then
  complain "validate translation:"
  grep -E '^(MISS|SURPRISE) ' out
fi
[ "$(grep -c '^PASS ' out)" -ge 18 ] || complain "passes: $(grep -c '^PASS ' out)"
expect_text out "fitted: cpu.dram = " "what was fitted"
expect_text out "KNOWN MISS  shadow 2M, walker cycles" "a miss stays visible"
expect_text out "nested / shadow, 4K, walker cycles" "a predicted ratio"
expect_text out "slat 4K, cycles a walk by step, published and here:" "the matrix"
grep -E '^[0-9]+ of [0-9]+ rows within tolerance; of [0-9]+ predicted, [0-9]+$' out >sum ||
  complain "no sum at the end"
# rows that parameters were fitted on are native or shadow ones
if grep -E '(nested|virtualized).* fitted ' out; then complain "fitted on a nested row"; fi

# a wrong parameter fails
vhm validate translation --only gups-cascade-lake --set "cpu.dram=500 ns" -q
expect_status 1 "a wrong latency"
expect_text out "MISS" "a wrong latency"
vhm validate translation --only park-skylake --set "visits.footprint=4 KiB" -q
expect_status 1 "no walks"
vhm validate translation --only gups-cascade-lake --fit --set "visits.footprint=4 KiB" -q
expect_status 3 "no walks to fit"
expect_first_line err "gups-cascade-lake.yaml: a row that is fitted has no value, as without walks" "no walks to fit"
vhm validate translation --only gups-cascade-lake --set cpu.walkers=0 -q
expect_status 3 "a value out of range"

vhm validate translation --only dmt-redis --json -q
expect_status 0 "--json"
expect_text out '"schema": "vhm-validate/1"' "--json"
expect_text out '"verdict": "PASS"' "--json"

# the search: a short one, from where the file stands
vhm validate translation --only dmt-redis --fit -q
expect_status 0 "nothing to fit"
[ ! -s out ] || complain "nothing to fit: $(cat out)"
vhm validate translation --only park-skylake --fit -q \
  --set visits.footprint="4096 MiB" --set visits.exponent=1.05 --set most=3_000_000
expect_status 0 "a search"
awk -F '[= ]' '/visits.footprint/ { mib = $3 } /visits.exponent/ { exponent = $3 }
  END { exit !(mib >= 1800 && mib <= 3300 && exponent >= 1.15 && exponent <= 1.25) }' out ||
  complain "a search from elsewhere ends at $(cat out)"

# scenarios: every published row is there, and none fails without a reason
vhm validate reclaim --out reclaim
expect_status 0 "validate reclaim"
if grep -qE '^(MISS|SURPRISE) ' out; then
  complain "validate reclaim:"
  grep -E '^(MISS|SURPRISE) ' out
fi
expect_text out "KNOWN MISS  four: swapped out, all four, at the start" "a miss stays visible"
grep -qE '^PASS  +idle guest, no tax +179 MiB +17[0-9.]+ MiB +[-+][0-9.]+ % +5 % +predicted +fig. 7$' out ||
  complain "a row: $(grep 'idle guest, no tax' out)"
grep -qE '^vhm: experiments: [0-9]+, runs: [0-9]+, [0-9.]+ s$' err || complain "no total time: $(cat err)"
for file in "$SOURCE"/scenarios/published/reclaim/*.yaml; do
  name=${file##*/}
  name=${name%.yaml}
  [ -s "reclaim/$name.svg" ] && [ -s "reclaim/$name.png" ] || complain "no figure of $name"
done
expect_text reclaim/validate.json '"suite": "reclaim"' "--out"
vhm validate reclaim --only idle-tax --set host.balancer.tax="10 %" -q
expect_status 1 "another tax"
expect_text out "MISS  " "another tax"
vhm validate reclaim --fit
expect_status 2 "nothing to fit"

vhm validate provisioning -q
expect_status 0 "validate provisioning"
if grep -qE '^(MISS|SURPRISE) ' out; then
  complain "validate provisioning:"
  grep -E '^(MISS|SURPRISE) ' out
fi
[ "$(grep -cE '^PASS +(1x4|1x2|4x2|reserves): ' out)" = 4 ] || complain "elapsed times: $(grep ': ' out)"
[ "$(grep -c ' fitted ' out)" = 1 ] || complain "more than one row is fitted"
vhm validate provisioning -q --set host.reserve_rule=floor
expect_status 1 "a reserve that is worth nothing"
expect_text out "MISS        reserves: of four of 2" "a reserve that is worth nothing"

# a sweep: points are variants with expectations of their own
cat >sweep.yaml <<'EOF'
question: How much does a guest hold?
source: nobody
axis: memory, MB
duration: 30 s
host: {memory: 2 GiB, disks: [{name: d0}], balancer: static, paging: none}
guests:
  - name: web
    memory: {startup: 512 MiB, minimum: 128 MiB, maximum: 512 MiB}
    workloads: [{kind: idle, commit: 64 MiB}]
variants:
  - name: large
    expect:
      - {name: held, that: max(web.physical_memory), value: 500 MiB, tolerance: 5 %, series: held, x: 512, fitted: true, source: fig. 1}
  - name: unused
    set: {no.such.thing: 1}
  - name: small
    set: {guests.web.memory.startup: 256 MiB, guests.web.memory.maximum: 256 MiB}
    expect:
      - {name: held, that: max(web.physical_memory), value: 300 MiB, tolerance: 5 %, series: held, x: 256}
      - {name: of large, that: max(web.physical_memory), over: large, value: 0.5, at_least: 0.45, at_most: 0.55}
EOF
vhm validate sweep.yaml
expect_status 3 "a mistake in a variant"
sed -i '/unused/,/no.such.thing/d' sweep.yaml
vhm validate sweep.yaml --out one -j 1
expect_status 1 "a sweep that misses"
expect_text err "vhm: experiments: 1, runs: 2, " "runs of a sweep"
tr -s ' ' <out >rows
expect_text rows 'PASS large: held 500 MiB 512 MiB +2.4 % 5 % fitted fig. 1' "a sweep"
expect_text rows 'MISS small: held 300 MiB 256 MiB -14.7 % 5 % predicted' "a sweep"
expect_text rows 'PASS small: of large 0.50 0.50 +0.0 % 0.450 to 0.550 predicted' "a sweep"
expect_text rows '2 of 3 rows within tolerance; of 2 predicted, 1' "a sweep"
[ -s one/sweep.svg ] || complain "no figure of a sweep"
mv out first
vhm validate sweep.yaml --out two -j 2
expect_same first out "--jobs 1 and 2"
expect_same one/validate.json two/validate.json "--jobs 1 and 2"
expect_same one/sweep.svg two/sweep.svg "--jobs 1 and 2"

mistake () { # about what, sed expression, message
  sed "$2" sweep.yaml >bad.yaml
  vhm validate bad.yaml
  expect_status 3 "$1"
  expect_text err "$3" "$1"
}
mistake "no bound" 's/, tolerance: 5 %, series: held, x: 256//' 'no bound; at_least, at_most or both, or value and tolerance'
mistake "two bounds" 's/at_least: 0.45/tolerance: 5 %, at_least: 0.45/' 'bounds are given already'
mistake "a unit too much" 's/value: 0.5,/value: 5 MiB,/' 'variants.1.expect.1.value: column 1: a plain number and bytes do not go together'
mistake "divided by nothing" 's/over: large/over: huge/' 'there is no variant "huge"'
mistake "divided outside variants" '$a expect: [{name: x, that: max(web.pressure), over: large, at_most: 1}]' \
  'expect.0.over: this expectation is of no variant'
mistake "a wrong expression" 's/max(web.physical_memory), over/max(web.fysical_memory), over/' 'variants.1.expect.1.that: column 5: no series "web.fysical_memory"'
vhm check bad.yaml
expect_status 3 "check reads the expectations of variants"
vhm validate none.yaml
expect_status 4 "a file that is not there"
exit $failures
