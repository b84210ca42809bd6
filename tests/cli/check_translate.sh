#!/bin/sh
# vhm translate: tables, files, mistakes. The processor is small, so that it is
# warm soon.
. "${SOURCE:?}/tests/cli/common.sh"

cat >small.yaml <<'END'
title: A small processor
l2: {size: 64 KiB, ways: 8, cycles: 14}
llc: {size: 256 KiB, ways: 16, cycles: 54}
END
small="--cpu small.yaml --footprint 1GiB --most 200000 --error 5%"

vhm translate $small
expect_status 0 "translate"
expect_first_line out "A small processor" "translate"
expect_text out "uniform over 1 GiB, 30 % writes, 100 instructions a visit" "translate"
[ "$(grep -cE '^(native|SLAT|shadow) ' out)" -eq 14 ] ||
  complain "11 rows and 3 headings of steps (1 GiB in 2M pages needs no walk), not: $(grep -cE '^(native|SLAT|shadow) ' out)"
for row in 'native  4K ' 'native  1G ' 'SLAT    4K+2M ' 'SLAT    2M+4K ' 'shadow  2M '; do
  expect_text out "$row" "rows"
done
expect_text out "SLAT 4K+2M, mean cycles of a walk by step:" "steps"
[ ! -s err ] || complain "translate: $(head -1 err)"
cp out first
vhm translate $small
expect_same first out "the same twice"
vhm translate $small --seed 2
expect_different first out "another seed"

# two dimensions cost more than one, large pages less than small ones
vhm translate $small --pages 4K,2M --json
expect_status 0 "--json"
expect_text out '"schema": "vhm-translate/1"' "--json"
cp out answer.json
if python3 -c '' 2>/dev/null; then
  python3 - <<'END' || complain "translate --json"
import json
rows = {(r["paging"], r["pages"]): r for r in json.load(open("answer.json"))["rows"]}
cycles = {k: r["exposed_cycles_per_visit"] for k, r in rows.items()}
assert cycles["SLAT", "4K"] > 1.3 * cycles["native", "4K"], cycles
assert cycles["SLAT", "2M"] == cycles["native", "2M"], cycles # all in the L2 TLB
assert cycles["native", "4K"] > 2 * cycles["native", "2M"], cycles
assert abs(cycles["shadow", "4K"] / cycles["native", "4K"] - 1) < 0.05, cycles
for r in rows.values():
    parts = (r["exposed_l2_tlb_cycles"] + r["exposed_guest_walk_cycles"]
             + r["exposed_host_walk_cycles"])
    assert abs(parts - r["exposed_cycles_per_visit"]) < 1e-6, r
    steps = sum(s["references_per_walk"] for s in r["steps"])
    assert abs(steps - (r["references_per_walk"] or 0)) < 1e-6, r
END
fi

# a recorded trace: a loop over 2,000 pages, more than the L2 TLB holds
awk 'BEGIN { for (i = 0; i < 2000; i++) printf " L %x,8\n", 65536 + i * 4096 }' >loop.lk
"$VHM" import lackey loop.lk --out loop.vhmt --quiet >import || complain "import"
vhm translate --cpu small.yaml --trace loop.vhmt --most 200000 --pages 4K,2M
expect_status 0 "--trace"
expect_text out "2000 visits of loop.vhmt to 7.812 MiB, again and again, 100 instructions a visit" "--trace"
# least recently used: all miss
grep -qE '^native  4K .* 100\.00 +100\.00 ' out || complain "--trace: $(sed -n 6p out)"
grep -E '^native  2M .* 0\.00 +- +- +-' out >found || complain "--trace: $(sed -n 7p out)"
vhm translate --trace loop.vhmt --footprint 1GiB
expect_status 2 "a trace and a footprint"
expect_first_line err "vhm: --trace and --footprint: visits come from a trace or from a pattern" "both"
head -c 200 loop.vhmt >cut.vhmt
vhm translate --trace cut.vhmt
expect_status 3 "half a trace"
vhm translate --trace nowhere.vhmt
expect_status 4 "no trace"

# files
vhm translate $small --paging slat --pages 4K --out o --no-figures -q
expect_status 0 "--out"
[ "$(ls o | tr '\n' ' ')" = "translate-steps.csv translate.csv translate.json " ] ||
  complain "--out: $(ls -A o)"
if command -v gnuplot >/dev/null; then
  vhm translate $small --paging slat --pages 4K --out f -q
  expect_status 0 "figures"
  for file in translate-parts.svg translate-parts.png translate-steps.svg translate-steps.png; do
    [ -s f/$file ] || complain "$file is missing"
  done
  [ "$(ls -A f | wc -l)" -eq 7 ] || complain "left behind: $(ls -A f)"
fi
touch there
vhm translate $small --paging native --pages 4K --out there/x
expect_status 4 "a folder in a file"

# mistakes
vhm translate --cpu pentium
expect_status 3 "an unknown processor"
expect_text err 'unknown preset "pentium"' "an unknown processor"
vhm translate --cpu nowhere.yaml
expect_status 3 "a file that is not there"
vhm translate --footprint 64
expect_status 2 "a size without unit"
expect_first_line err 'vhm: --footprint: "64" has no unit; write an amount of memory like 4 GiB, 512 MiB, 1500 kB, 7 pages' "a size without unit"
[ "$(wc -l <err)" -eq 1 ] || complain "a size without unit: $(cat err)"
vhm translate --pattern zip
expect_status 2 "a pattern that is none"
expect_text err 'did you mean "zipf"' "a pattern that is none"
vhm translate --set tlbs.l2.entries=1000
expect_status 3 "entries no multiple of ways"
expect_text err 'cpu.tlbs.l2.ways: 1000 entries cannot be divided into sets of 12 ways' "contradictory geometry"
vhm translate --set tlbs.l2.entries=1000 --error 99%
expect_status 3 "a processor and an option"
expect_text err 'cpu.tlbs.l2.ways: 1000 entries' "a processor and an option"
expect_text err '--error: "99%" is too large; from 0.01 % to 50 %' "a processor and an option"
vhm translate --error 99% --hot 200%
expect_status 2 "two options"
expect_text err 'vhm: --error: "99%" is too large' "two options"
expect_text err 'vhm: --hot: "200%" is too large' "two options"
vhm translate --footprint {
expect_status 2 "an option that is no YAML"
expect_text err 'vhm: --footprint: not YAML' "an option that is no YAML"
vhm translate --pages 4K,16K
expect_status 2 "a page size that is none"
expect_first_line err 'vhm: --pages: "16K" is no page size; 4K, 2M, 1G, or guest'"'"'s and host'"'"'s such as 4K+2M, separated by commas' "a page size that is none"
vhm translate --paging direct
expect_status 2 "a paging that is none"
vhm translate --paging native --pages 4K+2M
expect_status 2 "nothing to measure"
vhm translate --guest-levels 5
expect_status 2 "5 levels on a processor of 4"
expect_first_line err "vhm: native 4K: 5 levels of page tables on a processor with 4" "5 levels"
vhm translate --guest-levels 6
expect_status 2 "6 levels"
expect_first_line err 'vhm: --guest-levels: "6" is too large; from 4 to 5' "6 levels"
cat >no1g.yaml <<'END'
preset: skylake-sp
has_1g: false
tlbs:
  - {name: d, level: 1, holds: both, 4k: true, 2m: true, entries: 64, ways: 4}
END
vhm translate --cpu no1g.yaml --pages 1G
expect_status 2 "a page size the processor lacks"
expect_first_line err "vhm: native 1G: 1 GiB pages on a processor that has none" "1 GiB pages"
vhm translate --footprint 9TiB
expect_status 2 "a footprint beyond what is simulated"
expect_first_line err 'vhm: --footprint: "9TiB" is too large; from 4 KiB to 8 TiB' "a footprint beyond what is simulated"
vhm translate extra
expect_status 2 "an argument too many"

# too few visits: said, not hidden
vhm translate $small --pages 4K --paging native --most 2000
expect_status 0 "too few visits"
expect_text err "native 4K: not warmed up; allow more visits with --most" "too few visits"
exit $failures
