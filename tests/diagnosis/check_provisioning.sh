#!/bin/sh
# One scenario a class of Friedman's Table 2: class, sufferers, evidence.
. "${SOURCE:?}/tests/cli/common.sh"

diagnose () { # scenario, class as it begins the line
  vhm run "$SOURCE/scenarios/provisioning/$1.yaml" --no-figures --out "$1"
  expect_status 0 "$1"
  expect_text out "Diagnosis: $2. Of 5 intervals of 5 min 5 " "$1"
  expect_text out "POINTS TO" "$1: evidence"
}

sufferers () { # those of the table, in one line
  sed -n '/^SUFFERS /,/^$/p' out | awk 'NR > 1 && NF { printf "%s ", $1 }'
}

diagnose over-committed "Over-committed host"
[ "$(sufferers)" = "web db mail " ] || complain "not all suffer: $(sufferers)"
expect_text out "Memory\\Pages Input/sec" over-committed
diagnose under-provisioned "Under-provisioned guest"
[ "$(sufferers)" = "db " ] || complain "not db alone suffers: $(sufferers)"
diagnose efficient "Efficiently provisioned host"
diagnose over-provisioned "Over-provisioned host"
[ -z "$(sufferers)" ] || complain "somebody suffers: $(sufferers)"
exit $failures
