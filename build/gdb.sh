# shellcheck shell=bash
# The verb gdb: a program of the image under the host's GDB.
#
# Options of GDB's keep their order, because commands and scripts are run in it. tests/qemu/src/bin/boot/debug.rs boots
# and starts GDB.

verb_gdb() {
    help_if_asked "$@" <<'HELP'
Usage: ./build.sh gdb [OPTION]... -- PROGRAM [ARG]...

Boots, and leaves you in GDB with PROGRAM stopped at its first instruction and
its symbols loaded. The status is GDB's. docs/gdb.md has the manual.

  --with HOST[:IMAGE]  add a file to the image, as for exec
  --attach NAME|PID    debug this process while PROGRAM runs on its own
  --memory MIB         memory of the machine
  --batch              end when the commands are done
  -x FILE              run the commands in FILE
  -ex COMMAND          run this command
HELP
    local options=()
    while [ $# -gt 0 ]; do
        case $1 in
            --) break ;;
            --batch | -batch) options+=("--argument=-batch") && shift ;;
            -x | -ex)
                [ $# -ge 2 ] || fail "$1 needs a value; ./build.sh gdb --help"
                options+=("--argument=$1" "--argument=$2")
                shift 2
                ;;
            --with | --attach | --memory)
                [ $# -ge 2 ] || fail "$1 needs a value; ./build.sh gdb --help"
                options+=("$1" "$2")
                shift 2
                ;;
            *) fail "gdb: what is '$1'? ./build.sh gdb --help" ;;
        esac
    done
    [ $# -ge 2 ] || fail "gdb needs -- PROGRAM; ./build.sh gdb --help"
    install_gdb
    boot_tool gdb "${options[@]}" "$@"
}
