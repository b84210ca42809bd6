#!/bin/sh
# Without gnuplot everything but the figures is there; the message says what is
# missing. Status 4, since figures were asked for; a failed expectation counts
# more, and --no-figures asks for none.
. "${SOURCE:?}/tests/cli/common.sh"

small_scenario x.yaml </dev/null
small_scenario fails.yaml <<'END'
expect: [{name: a, that: "max(web.physical_memory)", at_most: 1 MiB}]
END
mkdir empty
without_gnuplot () {
  (
    PATH=$folder/empty
    exec "$VHM" "$@" >"$folder/out" 2>"$folder/err" </dev/null
  )
  status=$?
}
without_gnuplot run x.yaml --out o
expect_status 4 "no gnuplot"
expect_text err "vhm: gnuplot is not in PATH, so no figures were drawn; install it" "no gnuplot"
expect_text err "vhm: report in o/report.html" "no gnuplot"
[ "$(ls -A o | tr '\n' ' ')" = "report.html result.json series.csv " ] ||
  complain "no gnuplot: $(ls -A o)"
expect_text o/report.html "gnuplot is not in PATH" "the page says so, too"
without_gnuplot run x.yaml --out o --no-figures
expect_status 0 "no figures asked for"
without_gnuplot run fails.yaml --out o
expect_status 1 "a failed expectation"
exit $failures
