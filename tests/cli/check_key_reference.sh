#!/bin/sh
# What scenarios/ says about keys is what the program says: the key reference at
# the end of its README.md, and scenario.schema.json. `--update` writes both.
. "${SOURCE:?}/tests/cli/common.sh"
readme=$SOURCE/scenarios/README.md
schema=$SOURCE/scenarios/scenario.schema.json
heading='# Keys of a scenario'

if [ "$1" = --update ]; then
  sed "/^$heading\$/,\$d" "$readme" >head || exit 2
  "$VHM" explain --markdown | cat head - >whole && cp whole "$readme"
  "$VHM" schema >whole && cp whole "$schema"
  exit
fi
vhm explain --markdown
expect_first_line out "$heading" "explain --markdown"
sed -n "/^$heading\$/,\$p" "$readme" >written
expect_same written out "scenarios/README.md (check_key_reference.sh --update writes it)"
vhm schema
expect_same "$schema" out "scenarios/scenario.schema.json (check_key_reference.sh --update writes it)"

# the example of the README runs as it stands
sed -n '/^```yaml$/,/^```$/p' "$readme" | sed '/^```/d' >example.yaml
vhm run example.yaml --out o --no-figures
expect_status 0 "the example of scenarios/README.md"

# every scenario is free of mistakes and names its schema; the first one answers
for file in "$SOURCE"/scenarios/*.yaml; do
  vhm check --quiet "$file"
  expect_status 0 "$file"
  expect_first_line "$file" '# yaml-language-server: $schema=scenario.schema.json' "$file"
done
vhm run "$SOURCE/scenarios/first.yaml" --out o --no-figures
expect_status 0 first.yaml
[ "$(grep -c ^PASS out)" -ge 2 ] || complain "first.yaml: $(cat out)"

# editors find with the schema what the program finds
python3 -c 'import jsonschema, yaml' 2>/dev/null || exit $failures
python3 - "$schema" "$SOURCE"/scenarios/*.yaml example.yaml <<'END' || failures=1
import json, sys, jsonschema, yaml
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
bad = 0
for name in sys.argv[2:]:
    for error in validator.iter_errors(yaml.safe_load(open(name))):
        print("FAILED:", name, list(error.absolute_path), error.message[:200])
        bad = 1
    wrong = yaml.safe_load(open(name))
    wrong["host"]["memory"] = "12 gigs"
    wrong["hosts"] = 1
    if len(list(validator.iter_errors(wrong))) != 2:
        print("FAILED:", name, "the schema takes anything")
        bad = 1
sys.exit(bad)
END
exit $failures
