# For the check_*.sh of this folder: . "${SOURCE:?}/tests/cli/common.sh"
# A folder of its own, small scenarios, and complaints that name the command.
# VHM is the program, SOURCE the source tree.
LC_ALL=C.UTF-8
export LC_ALL
unset NO_COLOR
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
failures=0

complain () {
  echo "FAILED: $*"
  failures=1
}

# Runs the program; leaves `out`, `err` (files), `status`.
vhm () {
  "$VHM" "$@" >out 2>err </dev/null
  status=$?
}

expect_status () { # status, about what
  [ "$status" -eq "$1" ] || {
    complain "$2: exit status $status, not $1"
    sed 's/^/    /' err | head -5
  }
}

expect_first_line () { # file, the line, about what
  line=$(head -n 1 "$1")
  [ "$line" = "$2" ] || {
    complain "$3: the first line of $1 is"
    printf '    %s\nnot %s\n' "$line" "$2"
  }
}

expect_text () { # file, fixed text that must be in it, about what
  grep -qF -e "$2" "$1" || {
    complain "$3: \"$2\" is not in $1:"
    head -n 5 "$1" | cut -c 1-300 | sed 's/^/    /'
  }
}

expect_no_text () { # file, fixed text, about what
  if grep -qF -e "$2" "$1"; then complain "$3: \"$2\" is in $1"; fi
}

expect_same () { # file, file, about what
  cmp "$1" "$2" || complain "$3: $1 and $2 differ"
}

expect_different () {
  if cmp -s "$1" "$2"; then complain "$3: $1 and $2 are the same"; fi
}

# A minute of one idle guest; more keys come on standard input.
small_scenario () { # file
  {
    cat <<'END'
duration: 1 min
host: {memory: 2 GiB, disks: [{name: d0}]}
guests:
  - name: web
    memory: {startup: 512 MiB, minimum: 256 MiB, maximum: 1 GiB}
    workloads: [{kind: idle, commit: 100 MiB}]
END
    cat
  } >"$1"
}
