#!/bin/sh
# The product is finished and at home anywhere: no notes to self, and no paths
# of somebody's machine. Tests may use temporary folders.
cd "${SOURCE:-$(dirname "$0")/../..}" || exit 2
status=0
product="README.md CMakeLists.txt CMakePresets.json bootstrap include sim \
  models scenarios reports"
refuse () { # what it is, pattern, where
  find $3 -type f ! -path 'tests/lint/*' \
    -exec grep -nIE -e "$2" /dev/null {} + 2>/dev/null | sort >"$found"
  [ -s "$found" ] || return 0
  echo "$1:"
  cat "$found"
  status=1
}
found=$(mktemp) || exit 2
trap 'rm -f "$found"' EXIT
refuse "a note to self" \
  '(^|[^[:alnum:]_])(TODO|FIXME|XXX|HACK)([^[:alnum:]_]|$)' \
  "$product tests"
refuse "a path of somebody's machine" \
  '(^|[^[:alnum:]_.}/-])/(home|root|Users|work|tmp|var/tmp|mnt|media)(/|[[:space:]"]|$)' \
  "$product"
exit $status
