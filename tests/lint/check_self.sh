#!/bin/sh
# The checks of this folder, checked: each passes on a small good tree and fails
# on the same tree with one fault in it.
here=$(cd "$(dirname "$0")" && pwd) || exit 2
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
tree=$folder/tree
status=0

write () { # file, text
  mkdir -p "$tree/$(dirname "$1")"
  printf '%b' "$2" >"$tree/$1"
}

plant_good_tree () {
  rm -rf "$tree"
  mkdir -p "$tree/tests/lint" "$tree/build" "$tree/reports"
  cp "$here/layers.txt" "$tree/tests/lint/"
  cp "$here/../../.clang-format" "$tree/"
  write tests/lint/mirror.txt '# none\n'
  write tests/lint/state.txt '# none\n'
  write include/vhm/base/units.h ''
  write include/vhm/sim/engine.h '#include <vhm/base/units.h>\n'
  write include/vhm/model/disk.h '#include <vhm/sim/engine.h>\n'
  write include/vhm/report/report.h ''
  write sim/engine.c '#include <vhm/sim/engine.h>\n\n#include "heap.h"\n'
  write sim/heap.h ''
  write sim/main.c '#include <vhm/report/report.h>\n'
  write sim/scenario_yaml.c '#include <yaml.h>\n'
  write models/disk/hdd.c \
    '#include <vhm/model/disk.h>\n\nconst struct vhm_plugin vhm_disk_hdd = { 0 };\n'
  write models/registry.def 'VHM_PLUGIN (disk_hdd)\n'
  write reports/html.c '#include <vhm/report/report.h>\n'
  write tests/support/suite.h ''
  write tests/unit/sim/test_engine.c \
    '#include "suite.h"\n\n#include <check.h>\n'
  write tests/unit/sim/test_scenario_yaml.c '#include "suite.h"\n'
  write tests/unit/models/disk/test_hdd.c '#include "suite.h"\n'
  write tests/unit/reports/test_html.c '#include "suite.h"\n'
}

compile () { # C text: the library beside which the program would lie
  printf '%b' "$1" >"$folder/x.c"
  "${CC:-cc}" -fPIE -c "$folder/x.c" -o "$folder/x.o" &&
    ar rcs "$tree/build/libvhm_x.a" "$folder/x.o"
}

expect () { # check, status, what was planted
  output=$(SOURCE=$tree VHM=$tree/build/vhm sh "$here/check_$1.sh" 2>&1)
  got=$?
  # 77: its tool is missing here
  if [ $got -ne "$2" ] && [ $got -ne 77 ]; then
    echo "check_$1: status $got instead of $2 for: $3"
    [ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/    /'
    status=1
  fi
  plant_good_tree
}

plant_good_tree
for check in layers registry mirror format words; do
  expect $check 0 "a good tree"
done

write sim/engine.c '#include <vhm/model/disk.h>\n'
expect layers 1 "sim sees a model"
write models/disk/hdd.c '#include <vhm/report/report.h>\n'
expect layers 1 "a model sees a report"
write include/vhm/base/units.h '#include <vhm/sim/engine.h>\n'
expect layers 1 "a contract looks upward"
write models/disk/hdd.c '#  include "../../sim/heap.h"\n'
expect layers 1 "a private header of another folder"
write models/disk/hdd.c '#include "heap.h"\n'
expect layers 1 "a private header of another folder, found by the compiler"
write sim/engine.c '#include <yaml.h>\n'
expect layers 1 "libyaml outside its file"
write models/disk/hdd.c '#include <gsl/gsl_rng.h>\n'
expect layers 1 "GSL in a model"
write sim/engine.c '#include <check.h>\n'
expect layers 1 "Check in the product"
write sim/engine.c '#include <vhm/sim/absent.h>\n'
expect layers 1 "a contract that does not exist"
: >"$tree/tests/lint/layers.txt"
expect layers 2 "a table without rules"

write models/disk/flash.c 'const struct vhm_plugin vhm_disk_flash = { 0 };\n'
expect registry 1 "a plug-in without its line"
write models/registry.def 'VHM_PLUGIN (disk_hdd)\nVHM_PLUGIN (disk_tape)\n'
expect registry 1 "a line without its plug-in"
write models/registry.def 'VHM_PLUGIN (disk_hdd)\nVHM_PLUGIN (disk_hdd)\n'
expect registry 1 "a line twice"
rm "$tree/models/registry.def"; write models/registry.c ''
expect registry 1 "a registry without its list"

rm "$tree/tests/unit/sim/test_engine.c"
expect mirror 1 "a source without its test"
write sim/engine_heap.c ''
expect mirror 0 "a part tested with the whole"
write sim/motor_heap.c ''
expect mirror 1 "a part of something else"
write models/reclaim/share.c ''
expect mirror 1 "a model without its test"
write tests/lint/mirror.txt 'sim/gone.c  it was hard to test\n'
expect mirror 1 "an excuse for a file that is gone"
rm "$tree/tests/unit/sim/test_engine.c"
write tests/lint/mirror.txt 'sim/engine.c\n'
expect mirror 1 "an excuse without a reason"
rm "$tree/tests/unit/sim/test_engine.c"
write tests/lint/mirror.txt 'sim/engine.c  for the sake of this test\n'
expect mirror 0 "an excuse with a reason"

constant='const char *const names[] = { "a", "b" };\nint f (void) { return 1; }\n'
compile "$constant"
expect state 0 "constants only"
compile "$constant"'int counter;\n'
expect state 1 "a variable that starts at zero"
compile "$constant"'int counter = 3;\n'
expect state 1 "a variable with a value"
compile 'int f (void) { static int n; return n++; }\n'
expect state 1 "a static variable inside a function"
compile '_Thread_local int n;\n'
expect state 1 "a thread-local variable"
compile 'int f (void) { static int n; return n++; }\n'
write tests/lint/state.txt 'n  for the sake of this test\n'
expect state 0 "a variable with an excuse"
write build/libvhm_x.a 'rubbish'
expect state 1 "a library that cannot be read"

write sim/engine.c 'int  f( void ){return 1;}\n'
expect format 1 "a source laid out by hand"

write sim/engine.c '/* TO''DO: later */\n'
expect words 1 "a note to self"
write scenarios/x.yaml 'trace: /ho''me/me/trace.csv\n'
expect words 1 "a path of somebody's machine"
write tests/unit/sim/test_engine.c '/* uses /tm''p/x */\n'
expect words 0 "a temporary folder in a test"
exit $status
