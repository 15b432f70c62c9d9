#!/bin/sh
# Builds the kept plugins of the headers at hand into a folder: build.sh abi-0.3
# For a minor version that has just been recorded; what was committed for an older one stays.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
to=$1
mkdir -p "$to"

build() { # build NAME SOURCE...
  name=$1
  shift
  ${CC:-gcc} -std=c11 -D_POSIX_C_SOURCE=200809L -Os -DNDEBUG -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections \
    -fno-asynchronous-unwind-tables -ffile-prefix-map="$root=." -I"$root/sdk/include" "$@" \
    -shared -s -o "$to/libbp_$name.so" -Wl,--version-script="$root/sdk/cmake/plugin.map" \
    -Wl,-Bsymbolic -Wl,--gc-sections -Wl,--build-id=none -Wl,--hash-style=gnu -Wl,--as-needed \
    -Wl,-z,defs -Wl,-z,now -Wl,-z,norelro -Wl,-z,noexecstack -Wl,-z,noseparate-code
}

build checking "$here"/checking_*.c
build hello "$root/plugins/hello/src/hello_plugin.c"
