#!/bin/sh
# Sources are laid out by clang-format. Headers are not asked for: their aligned
# macros and comments are tables, set by hand.
cd "${SOURCE:-$(dirname "$0")/../..}" || exit 2
command -v clang-format >/dev/null || { echo "no clang-format"; exit 77; }
# xargs: no name in this tree has a blank
find sim models reports tests -name '*.c' 2>/dev/null |
  xargs clang-format --style=file --dry-run -Werror || exit 1
