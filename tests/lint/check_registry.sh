#!/bin/sh
# Each plug-in descriptor in models/ has its line in models/registry.def, and
# each line its descriptor: a plug-in without a line would exist unseen.
cd "${SOURCE:-$(dirname "$0")/../..}" || exit 2
list=models/registry.def
if [ ! -e "$list" ] && [ ! -e models/registry.c ]; then
  echo "no registry in this tree"
  exit 77
fi
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
find models -name '*.c' -exec sed -n \
  's/^const struct vhm_plugin vhm_\([a-z0-9_]*\).*/\1/p' {} + |
  sort >"$folder/defined"
sed -n 's/^[[:space:]]*VHM_PLUGIN[[:space:]]*([[:space:]]*\([a-z0-9_]*\).*/\1/p' \
  "$list" | sort >"$folder/listed"
status=0
complain () { # text, names
  for name in $2; do
    echo "vhm_$name: $1"
    status=1
  done
}
complain "defined, but has no line in $list" \
  "$(comm -23 "$folder/defined" "$folder/listed")"
complain "in $list, but defined nowhere in models/" \
  "$(comm -13 "$folder/defined" "$folder/listed")"
complain "in $list twice" "$(uniq -d "$folder/listed")"
exit $status
