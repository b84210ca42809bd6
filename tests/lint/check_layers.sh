#!/bin/sh
# Every #include keeps to the architecture of layers.txt: angle brackets name a
# contract that the place may see, or a library that the place may use; quotes
# name a private header of the same folder (tests: or of tests/support).
cd "${SOURCE:-$(dirname "$0")/../..}" || exit 2
find include sim models reports tests -name '*.[ch]' 2>/dev/null | sort |
awk -v table=tests/lint/layers.txt '
function complain(message) { print place ":" line ": " message; bad = 1 }
function lies_in(file, prefix) { return file == prefix || index(file, prefix "/") == 1 }
function has_word(list, word) { return index(" " list " ", " " word " ") > 0 }
function exists(file,   ignored, answer) {
  answer = (getline ignored < file) >= 0; close(file); return answer
}
function layers_of(file,   prefix, best) {
  for (prefix in sees) if (lies_in(file, prefix) && length(prefix) > length(best)) best = prefix
  return sees[best]
}
function is_user(list, file,   user, n, i) {
  n = split(list, user, " ")
  for (i = 1; i <= n; i++) if (lies_in(file, user[i])) return 1
  return 0
}
function is_opened(name,   folder, n, i) {
  n = split(opens[place], folder, " ")
  for (i = 1; i <= n; i++) if (exists(folder[i] "/" name)) return 1
  return 0
}
function check_quoted(name,   folder) {
  folder = place; sub(/\/[^\/]*$/, "", folder)
  if (is_opened(name)) return
  if (name ~ /\// || !(exists(folder "/" name) || (lies_in(place, "tests") && exists("tests/support/" name))))
    complain("\"" name "\" is no private header of this folder")
}
function check_angled(name,   part, library) {
  if (name ~ /^vhm\//) {
    split(name, part, "/")
    if (!has_word(layers_of(place), part[2])) complain("may not see <" name ">")
    else if (!exists("include/" name)) complain("there is no <" name ">")
  }
  for (library in users)
    if (index(name, library) == 1 && !is_user(users[library], place))
      complain("<" name "> is used by " users[library] " only")
}
BEGIN {
  while ((getline rule < table) > 0) {
    if (rule ~ /^#/ || split(rule, word, /[ \t]+/) < 2) continue
    key = word[1]; sub(/^[^ \t]+[ \t]+/, "", rule)
    if (key ~ /^</) users[substr(key, 2)] = rule
    else if (key ~ /^"/) opens[substr(key, 2)] = rule
    else sees[key] = rule
    n_rules++
  }
  if (n_rules == 0) { print table ": no rules"; exit 2 }
}
{
  place = $0; line = 0
  while ((getline text < place) > 0) {
    line++
    if (text !~ /^[ \t]*#[ \t]*include[ \t]*["<]/) continue
    n_includes++
    name = text; sub(/^[^"<]*["<]/, "", name); sub(/[">].*/, "", name)
    if (text ~ /include[ \t]*"/) check_quoted(name); else check_angled(name)
  }
  close(place)
}
END {
  if (n_rules > 0 && n_includes == 0) { print "no #include found: nothing was checked"; bad = 1 }
  exit n_rules > 0 ? bad : 2
}'
