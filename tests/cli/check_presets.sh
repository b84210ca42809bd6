#!/bin/sh
# Presets of hypervisors: each runs audited, says what it sets, and can be overridden key by key.
. "${SOURCE:?}/tests/cli/common.sh"

cat >tight.yaml <<'END'
duration: 5 min
host: {preset: hyperv-2012r2, memory: 2 GiB, root_reserve: 128 MiB, paging: none, report_after: 10 s, disks: [{name: d0}]}
guests:
  - name: idle
    memory: {startup: 640 MiB, minimum: 256 MiB, maximum: 1 GiB}
    workloads: [{kind: idle, commit: 150 MiB}]
  - name: hungry
    memory: {startup: 640 MiB, minimum: 256 MiB, maximum: 1 GiB}
    workloads: [{kind: soaker, size: 900 MiB, rate: 16 MiB/s, cycles_per_reference: 100000}]
  - name: late
    start: 2 min
    memory: {startup: 384 MiB, minimum: 256 MiB, maximum: 1 GiB}
    workloads: [{kind: service, base: 128 MiB}]
END

vhm list presets
cp out presets
for preset in hyperv-2012r2 esxi-6 esx-2002 kvm-mom xen-squeezed; do
  grep -qE "^  $preset +[A-Z]" presets || complain "vhm list presets: no $preset"
  case $preset in
    hyperv-*) kind=hyperv step="balancer.step=3 MiB" ;;
    esx*) kind=esx step="balancer.step=3 MiB" ;;
    kvm-*) kind=mom step="balancer.largest_step=3 %" ;;
    *) kind=squeezed step="balancer.slush=3 MiB" ;;
  esac
  vhm run tight.yaml --set host.preset=$preset --audit --no-figures --out a
  expect_status 0 "$preset"
  expect_text a/result.json "kind: $kind\\n" "$preset"
  # its plain keys are in force: setting them to the same values changes no byte
  sed -n 's/ *#.*//; s/^\([a-z_]*\): \([^{}]*[^ {}:]\)$/\1=\2/p' "$SOURCE/scenarios/presets/$preset.yaml" |
    grep -vE '^(paging|report_after)=' >keys
  [ "$(wc -l <keys)" -gt 8 ] || complain "$preset: $(wc -l <keys) keys read"
  set --
  while IFS= read -r key; do set -- "$@" --set "host.$key"; done <keys
  vhm run tight.yaml --set host.preset=$preset --no-figures --out b "$@"
  expect_status 0 "$preset, its own keys"
  expect_same a/series.csv b/series.csv "$preset, its own keys"
  vhm run tight.yaml --set host.preset=$preset --set "host.$step" --no-figures --out c
  expect_status 0 "$preset, $step"
  expect_text c/result.json " ${step#*=}\\n" "$preset, $step"
  rm -rf a b c
done
# another balancer than the preset's has its own keys
vhm check tight.yaml --set host.preset=esxi-6 --set 'host.balancer={kind: squeezed, slush: 5 MiB}'
expect_status 0 "another balancer"
vhm check tight.yaml --set host.preset=kvm-mom --set 'host.balancer.tax=5 %'
expect_status 3 "a key of another balancer"
expect_text err 'host.balancer: unknown key "tax"' "a key of another balancer"

# what the comments of the five-guest comparison say, in its first half hour
holds () { # preset, expectation, weight of the soaker, duration, another key
  vhm run "$SOURCE/scenarios/five-guest-hypervisors.yaml" --set host.preset="$1" --set "duration=${4:-30 min}" --set guests.guest5.memory.weight="${3:-5000}" \
    --set "${5:-seed=1}" --set "expect=[{name: it, $2}]" --no-figures --out five
  expect_status 0 "five guests, $1: $2"
  rm -rf five
}
holds hyperv-2012r2 'that: "min(guest3.pressure) from 12:55 to 13:00 - min(guest3.pressure) from 12:31 to 12:33", at_least: 10 %'
holds esxi-6 'that: max(balancer.removed_memory), at_most: 0 B' 6667
holds kvm-mom 'that: mean(balancer.available_memory > 1 GiB and balancer.available_memory < 1.5 GiB and guest1.balloon_bytes >= 4 GiB) from 13:45 to 13:50, at_least: "1"' 5000 '80 min' host.sharing.kind=none
holds xen-squeezed 'that: max(abs((guest1.physical_memory - 2048 MiB) / 4096 MiB - (guest5.physical_memory - 512 MiB) / 7680 MiB)) from 12:40 to 13:00, at_most: "0.001"'
exit $failures
