#!/bin/sh
# aborting_library.sh NM LIBRARY OUTPUT: C source that defines every dnnl_* function of LIBRARY as
# abort().
set -eu
{
  echo '#include <stdlib.h>'
  "$1" -D --defined-only "$2" | awk '$2 == "T" && $3 ~ /^dnnl_[a-z0-9_]+$/ {
    print "void " $3 "(void);\nvoid " $3 "(void) { abort(); }" }'
} > "$3"
grep -q dnnl_primitive_execute "$3"
