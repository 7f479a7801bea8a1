# shellcheck shell=bash
# Messages, places and names that every piece of build.sh uses.
#
# Lists of packages are read from the folders and from Cargo.toml, so a new program needs no change here. Everything a
# user may want to pipe goes to stdout; all progress goes to stderr.

TARGET_DIR=${CARGO_TARGET_DIR:-$ROOT/target}
KERNEL_TARGET=x86_64-unknown-none
PROGRAM_TARGET=x86_64-unknown-redox
KERNEL=$TARGET_DIR/$KERNEL_TARGET/release/kernel
OUTPUT_DIR=$TARGET_DIR/proctor
BIN_DIR=$OUTPUT_DIR/bin
HOST_BIN=$TARGET_DIR/debug

# What the host harness reads (tests/qemu/src/artifacts.rs).
export PROCTOR_KERNEL=$KERNEL
export PROCTOR_BIN_DIR=$BIN_DIR

step() { printf '==> %s\n' "$*" >&2; }

fail() {
    printf 'build.sh: %s\n' "$*" >&2
    exit 1
}

no_arguments() {
    [ $# -eq 1 ] || fail "$1 takes no arguments; ./build.sh $1 --help"
}

have() { command -v "$1" >/dev/null 2>&1; }

# The name of the package in a folder.
package_name() {
    sed -n '/^\[package\]/,/^\[[^p]/s/^name *= *"\(.*\)"/\1/p' "$1/Cargo.toml"
}

# The packages that build and test on the host: the workspace's default members.
host_packages() {
    local folder
    sed -n '/^default-members/,/^\]/s/^ *"\(.*\)",*/\1/p' Cargo.toml | while read -r folder; do
        package_name "$folder"
    done
}

# The packages with a kernel as their program: the kernel, and those that only test the machine.
kernel_packages() {
    local folder
    for folder in kernel tests/machine; do
        [ ! -f "$folder/Cargo.toml" ] || package_name "$folder"
    done
}

# The folders of packages with programs for the image: servers, programs, and the programs that test.
program_folders() {
    local manifest folder
    for manifest in schemes/*/Cargo.toml initfs/*/Cargo.toml tests/programs/Cargo.toml; do
        folder=${manifest%/Cargo.toml}
        if [ "$folder" = initfs/pack ] || [ ! -f "$manifest" ]; then
            continue
        fi
        if [ -f "$folder/src/main.rs" ] || [ -d "$folder/src/bin" ]; then
            printf '%s\n' "$folder"
        fi
    done
}

program_packages() {
    local folder
    for folder in $(program_folders); do
        package_name "$folder"
    done
}

# The packages whose libraries are tested on the host although they are no default members: their programs, or their
# assembly, build for another target only.
library_packages() {
    local folder
    printf '%s\n' kernel-machine runtime
    for folder in $(program_folders); do
        if [ -f "$folder/src/lib.rs" ]; then
            package_name "$folder"
        fi
    done
}

# Turns names into -p options, in the array SELECTED.
select_packages() {
    SELECTED=()
    local name
    for name in "$@"; do
        SELECTED+=(-p "$name")
    done
}
