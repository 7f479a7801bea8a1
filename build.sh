#!/usr/bin/env bash
# The one door: builds, boots, tests and checks Proctor. ./build.sh help lists the verbs.
#
# The pieces are in build/: common.sh (messages, names), install.sh (what the machine lacks), compile.sh (kernel,
# programs, image), test.sh, check.sh, gdb.sh and fuzz.sh. This file only reads the verb.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=build/common.sh
. "$ROOT/build/common.sh"
# shellcheck source=build/install.sh
. "$ROOT/build/install.sh"
# shellcheck source=build/compile.sh
. "$ROOT/build/compile.sh"
# shellcheck source=build/newlib.sh
. "$ROOT/build/newlib.sh"
# shellcheck source=build/c.sh
. "$ROOT/build/c.sh"
# shellcheck source=build/test.sh
. "$ROOT/build/test.sh"
# shellcheck source=build/check.sh
. "$ROOT/build/check.sh"
# shellcheck source=build/gdb.sh
. "$ROOT/build/gdb.sh"
# shellcheck source=build/fuzz.sh
. "$ROOT/build/fuzz.sh"

usage() {
    cat <<'HELP'
Usage: ./build.sh VERB [OPTION]...

  run      boot to a shell on this terminal
  exec     boot, run one program with this stdin and stdout, exit as it does
  gdb      boot, debug one program with GDB on this host
  test     run every test, host and QEMU
  check    what CI runs: format, lints, house rules, docs, all tests
  fuzz     search for inputs that break a parser
  bench    measure, and compare with Linux
  build    build the kernel and the programs
  image    write a raw disk image that boots by BIOS
  cc       compile a program in C for the system
  help     this text

Each verb installs what it needs and explains itself with --help. Where rustup
cannot add the targets, the distribution's toolchain is used;
PROCTOR_TOOLCHAIN=distribution asks for that at once.
HELP
}

# Prints the text on stdin and ends, if the first argument of the verb asks for help.
help_if_asked() {
    case ${1-} in
        -h | --help)
            cat
            exit 0
            ;;
    esac
}

verb_build() {
    help_if_asked "$@" <<'HELP'
Usage: ./build.sh build

Builds the kernel (x86_64-unknown-none) and all programs of the image
(x86_64-unknown-redox), and prints where they are.
HELP
    no_arguments build "$@"
    build_system
    printf 'kernel    %s\nprograms  %s\n' "$KERNEL" "$BIN_DIR"
}

verb_test() {
    help_if_asked "$@" <<'HELP'
Usage: ./build.sh test [NAME]

Runs the host tests, then the tests that boot QEMU; with NAME, those whose name
contains it. The last line has the counts.
HELP
    run_all_tests "$@"
}

verb_check() {
    help_if_asked "$@" <<'HELP'
Usage: ./build.sh check

What CI runs, in its order: format, shell scripts, house rules, lints of the
three targets, documentation, host tests, QEMU tests. Stops at the first of
these that fails; the last line has the counts of the tests.
HELP
    no_arguments check "$@"
    check_all
}

# run and exec have their options, and so their help, in the boot tool.
verb_run() { boot_tool run "$@"; }
verb_exec() { boot_tool exec "$@"; }

boot_tool() {
    build_host_tool qemu-tests boot
    local argument
    for argument in "${@:2}"; do
        case $argument in
            --) break ;;
            -h | --help) exec "$HOST_BIN/boot" "$1" --help ;;
        esac
    done
    "$HOST_BIN/boot" "$1" --check-arguments "${@:2}" || exit $?
    install_qemu
    build_system
    exec "$HOST_BIN/boot" "$@"
}

verb_bench() {
    build_host_tool bench-runner bench-runner
    if [ "${1-}" != -h ] && [ "${1-}" != --help ]; then
        "$HOST_BIN/bench-runner" --check-arguments "$@" || exit $?
        install_qemu
        build_system
    fi
    exec "$HOST_BIN/bench-runner" "$@"
}

verb_image() {
    help_if_asked "$@" <<'HELP'
Usage: ./build.sh image [--output FILE] [--with HOST[:IMAGE]]...
                        [-- PROGRAM [ARG]...]

Writes a raw disk image that boots by BIOS through GRUB: in QEMU with
-drive format=raw,file=FILE, in Bochs, from a USB stick. It boots to a shell, or
runs PROGRAM and powers off. FILE is target/proctor/proctor.img unless given.
HELP
    build_disk_image "$@"
}

verb_cc() {
    help_if_asked "$@" <<'HELP'
Usage: ./build.sh cc FILE.c... -o OUT [GCC-OPTION]...

Compiles programs in C for the system with the host's gcc, and links them to one
static file with their debug information in it: -g -O0, unless an option says
otherwise. Paths are relative to where you are. Then:

  ./build.sh exec --with OUT:/bin/NAME -- /bin/NAME [ARG]...

docs/c.md says which headers and functions there are. All of gcc's options are
handed on; -c compiles only.
HELP
    [ $# -gt 0 ] || fail "cc: nothing to compile; ./build.sh cc --help"
    build_c_runtime
    cd "$START_DIR"
    compile_c_program "$@"
}

main() {
    local verb=${1-help}
    START_DIR=$PWD
    cd "$ROOT"
    case $verb in
        run | exec | gdb | test | check | fuzz | bench | build | image | cc) "verb_$verb" "${@:2}" ;;
        help | -h | --help) usage ;;
        *)
            usage >&2
            fail "there is no verb '$verb'"
            ;;
    esac
}

main "$@"
