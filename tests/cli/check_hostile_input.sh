#!/bin/sh
# Files that nobody means well with: refused at once, with a word about why.
. "${SOURCE:?}/tests/cli/common.sh"

refuse () { # file, status, what must be in the message
  vhm check "$1"
  expect_status "$2" "$1"
  expect_text err "$3" "$1"
  [ "$(wc -c <err)" -lt 20000 ] || complain "$1: an endless message"
}

awk 'BEGIN { for (i = 0; i < 10000; i++) printf "["; print "" }' >flow.yaml
refuse flow.yaml 3 "flow.yaml:1:"
awk 'BEGIN { for (i = 0; i < 10000; i++) printf "- "; print "x" }' >block.yaml
refuse block.yaml 3 "block.yaml:1:"
{
  echo 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'
  for i in 1 2 3 4 5 6 7 8 9; do
    p=$((i - 1))
    echo "a$i: &a$i [*a$p, *a$p, *a$p, *a$p, *a$p, *a$p, *a$p, *a$p, *a$p, *a$p]"
  done
} >bomb.yaml
refuse bomb.yaml 3 "bomb.yaml:"
dd if=/dev/zero of=sparse.yaml bs=1 count=0 seek=1073741824 2>/dev/null ||
  : >sparse.yaml
[ -s sparse.yaml ] && refuse sparse.yaml 3 "sparse.yaml"
: >empty.yaml
refuse empty.yaml 3 "empty.yaml"
printf 'question: \000\n' >nul.yaml
refuse nul.yaml 3 "nul.yaml"
printf 'question: \377\n' >latin1.yaml
refuse latin1.yaml 3 "latin1.yaml"
mkdir folder.yaml
vhm check folder.yaml
expect_status 4 "a folder"
expect_first_line err "vhm: folder.yaml: cannot be read: it is a directory" "a folder"
vhm check absent.yaml
expect_status 4 "no file"
expect_first_line err "vhm: absent.yaml: cannot be read: No such file or directory" "no file"
mkfifo pipe.yaml && refuse pipe.yaml 4 "vhm: pipe.yaml: cannot be read"
refuse /dev/zero 4 "vhm: /dev/zero: cannot be read"
if [ "$(id -u)" -ne 0 ]; then
  small_scenario secret.yaml </dev/null
  chmod 0 secret.yaml
  vhm check secret.yaml
  expect_status 4 "an unreadable file"
  expect_first_line err "vhm: secret.yaml: cannot be read: Permission denied" "an unreadable file"
fi
# of several files each is told about, the worst counts
small_scenario good.yaml </dev/null
vhm check good.yaml empty.yaml absent.yaml good.yaml
expect_status 4 "several files"
[ "$(grep -c '^good.yaml: fine' out)" -eq 2 ] || complain "several files: $(cat out)"

# names that a shell, gnuplot or a browser would take for commands
for name in "a'b" 'a"b' 'a`id`' 'a$(id)' '<script>' '../x' 'a b' ''; do
  small_scenario y.yaml </dev/null
  awk -v name="$(printf '%s' "$name" | sed "s/'/''/g")" \
    '/name: web/ { print "  - name: '"'"'" name "'"'"'"; next } { print }' y.yaml >x.yaml
  vhm check x.yaml
  expect_status 3 "a guest called $name"
  expect_text err "is no name; write a name like" "a guest called $name"
done
small_scenario x.yaml <<'END'
question: "<script>alert('q')</script> `id` $(id) \"'&"
expect:
  - name: "<script>alert('e')</script> \e[31m"
    that: "max(web.pressure)"
    at_least: 0 %
END
vhm check x.yaml
expect_status 3 "an escape sequence in a text"
sed 's/ \\e\[31m//' x.yaml >z.yaml
printf 'figures: [{id: commit, title: "`touch a` $(touch b) '"'"'; system \\"touch c\\""}]\n' >>z.yaml
if command -v gnuplot >/dev/null; then options=; else options=--no-figures; fi
vhm run z.yaml --out o $options
expect_status 0 "texts with commands in them"
expect_no_text o/report.html "<script>alert" "texts with commands in them"
expect_text o/report.html "&lt;script&gt;alert" "texts with commands in them"
for made in a b c; do [ ! -e $made ] || complain "a text was executed"; done
exit $failures
