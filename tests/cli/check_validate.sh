#!/bin/sh
# vhm validate: the published walks, side by side. What misses stays visible.
. "${SOURCE:?}/tests/cli/common.sh"

vhm validate
expect_status 0 "validate without a suite"
expect_first_line out "translation: cost of page walks: hardware counters, simulators" "suites"
for file in "$SOURCE"/scenarios/published/translation/*.yaml; do
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
exit $failures
