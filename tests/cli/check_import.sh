#!/bin/sh
# Recordings come in: right ones, wrong ones, both ways of compression.
. "${SOURCE:?}/tests/cli/common.sh"

cat >small.lk <<'END'
==1== Lackey, an example Valgrind tool
I  0401ab70,3
 S 1fff000708,8
I  0401ab73,5
 L 1fff000ffc,8
 M 1fff001000,4

END
vhm import lackey small.lk
expect_status 0 "a small recording"
cat >wanted <<'END'
visits                             3
accesses                           7
loads                              3
stores                             2
fetches                            2
pages                              3
accesses a visit                2.33
footprint                       0.01 MiB
END
expect_same wanted out "a small recording"
vhm import lackey small.lk --json --page-size 2M
expect_status 0 "as JSON"
expect_text out '"page_bytes": 2097152' "as JSON"
expect_text out '"footprint_bytes": 4194304' "as JSON"
vhm import lackey small.lk --no-fetches
expect_first_line out "visits                             2" "without fetches"
for name in a.vhmt a.vhmt.zst new/b.vhmt; do
  vhm import lackey small.lk --out $name
  expect_status 0 "to $name"
  [ -s $name ] || complain "$name was not written"
done
expect_same a.vhmt new/b.vhmt "the same recording"
"$VHM" import lackey - <small.lk >out 2>err || complain "standard input"
expect_same wanted out "standard input"
if command -v zstd >/dev/null; then
  zstd -q small.lk
  vhm import lackey small.lk.zst
  expect_status 0 "a compressed recording"
  expect_same wanted out "a compressed recording"
  zstd -dqc a.vhmt.zst >back
  expect_same a.vhmt back "what zstd reads"
  head -c 30 small.lk.zst >cut.zst
  vhm import lackey cut.zst --out none.vhmt
  expect_status 3 "a compressed recording cut short"
  expect_text err "cut.zst: byte 30: as Zstandard data it is damaged" "cut.zst"
  cp small.lk plain.zst
  vhm import lackey plain.zst
  expect_status 3 "a text that is called .zst"
fi

printf ' L 1000,8\n L 10z0,8\nX\n' >bad.lk
vhm import lackey bad.lk --out none.vhmt
expect_status 3 "two mistakes"
cat >wanted <<'END'
bad.lk:2:6: a comma is missing; write the size after it, as in " L 04022170,8"
   L 10z0,8
       ^
bad.lk:3:1: this is no line of lackey's memory trace; write I, L, S or M in its column, as in " L 04022170,8"
  X
  ^
END
expect_same wanted err "two mistakes"
printf ' L 1000,8\n L 10' >cut.lk
vhm import lackey cut.lk --out none.vhmt
expect_status 3 "a recording cut short"
expect_first_line err "cut.lk:2:6: the last line has no end; it was cut short here: import the whole file" "a recording cut short"
vhm import lackey a.vhmt --out none.vhmt
expect_status 3 "a trace of our own"
: >empty.lk
vhm import lackey empty.lk --out none.vhmt
expect_status 3 "an empty file"
vhm import lackey absent.lk --out none.vhmt
expect_status 4 "no file"
expect_first_line err "vhm: absent.lk: cannot be read: No such file or directory" "no file"
vhm import lackey . --out none.vhmt
expect_status 4 "a folder"
[ ! -e none.vhmt ] || complain "a failed import left a file"
ls -A | grep -q '\.part$' && complain "a failed import left a part"
vhm import lackey small.lk --out small.lk/x
expect_status 4 "a file for a folder"
vhm import lackie small.lk
expect_status 2 "a slip"
expect_first_line err 'vhm: import: unknown format "lackie"; did you mean "lackey"? known: lackey' "a slip"
vhm import lackey small.lk --page-size 5K
expect_status 2 "a page size that is none"
expect_first_line err 'vhm: --page-size: "5K" is no size of a page; known: 4K, 16K, 64K, 2M, 1G' "a page size that is none"
vhm import lackey
expect_status 2 "no file named"
vhm import --help
expect_text out "valgrind --tool=lackey --trace-mem=yes" "help"

# stopped while it waits for more: no file, no part of one
mkfifo pipe
"$VHM" import lackey - --out stopped.vhmt <pipe >out 2>err &
pid=$!
exec 3>pipe
printf ' L 1000,8\n' >&3
kill -TERM $pid
exec 3>&-
wait $pid
status=$?
expect_status 143 "a signal"
[ ! -e stopped.vhmt ] || complain "a stopped import left a file"
ls -A | grep -q '\.part$' && complain "a stopped import left a part"
exit $failures
