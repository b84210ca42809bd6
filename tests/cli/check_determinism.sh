#!/bin/sh
# Same program, scenario, seed: same bytes.
. "${SOURCE:?}/tests/cli/common.sh"

small_scenario x.yaml <<'END'
figures: [{id: commit}, {id: ledger}, {id: pressure}]
END
sed -i 's/kind: idle, commit: 100 MiB/kind: idle, commit: 100 MiB, breathing: 64 MiB, breath_every: 1 s/' x.yaml
if command -v gnuplot >/dev/null; then options=; else options=--no-figures; fi
for name in a b; do
  vhm run x.yaml --out $name $options
  expect_status 0 "run $name"
done
diff -r a b || complain "two runs differ"
vhm run x.yaml --out seed --seed 2 --no-figures
expect_different a/series.csv seed/series.csv "another seed"
vhm run x.yaml --out set --set seed=2 --no-figures
expect_same set/series.csv seed/series.csv "--seed and --set seed="
vhm run x.yaml --out other --set guests.web.memory.buffer="50 %" --set guests.0.memory.maximum=2GiB --no-figures
expect_status 0 "--set"
expect_text other/result.json "buffer: 50 %" "--set"
vhm run x.yaml --out audited --audit --no-figures
expect_status 0 "--audit"
expect_same a/series.csv audited/series.csv "watching changes nothing"

# what a result says it was made from makes it again
command -v python3 >/dev/null || { [ $failures -eq 0 ] && exit 0; exit 1; }
python3 -c '
import json, sys
print(json.load(open("seed/result.json"))[sys.argv[1]], end="")
' "$(python3 -c '
import json
d = json.load(open("seed/result.json"))
print(next(k for k in d if isinstance(d[k], str) and "guests:" in d[k]))')" >resolved.yaml
vhm run resolved.yaml --out again --no-figures
expect_status 0 "the resolved scenario"
expect_same seed/series.csv again/series.csv "the resolved scenario"
exit $failures
