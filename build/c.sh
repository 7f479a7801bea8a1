# shellcheck shell=bash
# Programs in C: the runtime they link (headers and libc.a, in target/proctor/c), and the verb cc.
#
# The compiler is the host's gcc, told to forget the host: its macros, headers, start files and libraries. The runtime is
# built once, and again when something it is made of changes; docs/c.md says what is in it.

C_DIR=$OUTPUT_DIR/c
C_INCLUDE=$C_DIR/include
C_LIBRARY=$C_DIR/lib
C_COMPILER=gcc

# What the host harness reads (tests/qemu/tests/c.rs).
C_BIN_DIR=$C_DIR/bin
export PROCTOR_C_BIN_DIR=$C_BIN_DIR

# What every file for this system is compiled with: code and thread-local storage at fixed places fit a static program.
C_TARGET_OPTIONS=(
    -nostdinc -U_FORTIFY_SOURCE -D__proctor__ -U__linux__ -U__linux -Ulinux -U__gnu_linux__ -U__unix__ -U__unix -Uunix
    -fno-pic -fno-pie -ftls-model=local-exec -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables
)
# No page of the file belongs to two segments, so the loader can map each with its own protection.
C_LINK_OPTIONS=(-static -no-pie -nostdlib -Wl,-z,separate-code,-z,norelro,-z,noexecstack,--build-id=none)

# Builds what has changed of the runtime, and completes C_TARGET_OPTIONS.
build_c_runtime() {
    local headers=(initfs/c/include/*.h initfs/c/include/*/*.h) state
    install_c_compiler
    C_TARGET_OPTIONS+=(-isystem "$C_INCLUDE" -isystem "$("$C_COMPILER" -print-file-name=include)")
    mkdir -p "$C_DIR"
    state=$(c_state "${headers[@]}")
    if [ "$(cat "$C_DIR/newlib-state" 2>/dev/null)" != "$state" ]; then
        step "Building newlib for programs in C"
        rm -rf "$C_INCLUDE" "$C_DIR/objects" "$C_DIR/state"
        copy_c_headers
        compile_newlib "$C_DIR/objects/newlib"
        printf '%s\n' "$state" >"$C_DIR/newlib-state"
    fi
    state=$(c_state "${headers[@]}" initfs/c/src/*)
    if [ "$(cat "$C_DIR/state" 2>/dev/null)" != "$state" ]; then
        step "Building the C runtime"
        compile_c_sources "$C_DIR/objects/own"
        archive_c_runtime
        printf '%s\n' "$state" >"$C_DIR/state"
    fi
}

install_c_compiler() {
    if ! have "$C_COMPILER" || ! have ar; then
        install_packages "a C compiler" gcc binutils
    fi
    have xz || install_packages xz xz-utils
    install_newlib
}

# What decides a build: the compiler, its options, what is taken of newlib, and the files given.
c_state() {
    {
        "$C_COMPILER" --version
        printf '%s\n' "${C_TARGET_OPTIONS[@]}"
        sha256sum build/newlib.sh "$@"
    } | sha256sum
}

# newlib's headers, and over them those of initfs/c.
copy_c_headers() {
    local newlib
    newlib=$(newlib_source)
    mkdir -p "$C_INCLUDE"
    cp -R "$newlib/libc/include/." "$newlib/libc/machine/x86_64/sys" "$C_INCLUDE"
    cp -R initfs/c/include/. "$C_INCLUDE"
}

compile_c_sources() {
    local file
    rm -rf "$1"
    mkdir -p "$1"
    for file in initfs/c/src/*.c; do
        printf '%s\n' "$1/$(basename "$file" .c).o" "$file"
    done | xargs -d '\n' -n 2 -P "$(nproc)" "$C_COMPILER" "${C_TARGET_OPTIONS[@]}" -std=gnu17 -O2 -g1 -fno-builtin \
        -Wall -Wextra -Werror -c -o >&2 || fail "the C runtime does not build"
}

# libc.a has everything; libm.a and libpthread.a are there for those who name them.
archive_c_runtime() {
    local archive
    mkdir -p "$C_LIBRARY"
    rm -f "$C_LIBRARY"/*
    for archive in m pthread; do
        ar cr "$C_LIBRARY/lib$archive.a"
    done
    cp "$C_DIR/objects/own/start.o" "$C_LIBRARY/start.o"
    ar crs "$C_LIBRARY/libc.a" "$C_DIR"/objects/newlib/*.o "$C_DIR"/objects/own/*.o || fail "ar does not work"
}

# Compiles and links: options are gcc's; -g and -O0 unless the options say otherwise.
compile_c_program() {
    local option defaults=(-g -O0) end=()
    for option in "$@"; do
        case $option in
            -O*) defaults=(-g) ;;
            -c | -S | -E | -M | -MM | -fsyntax-only) end=(none) ;;
        esac
    done
    if [ ${#end[@]} -gt 0 ]; then
        "$C_COMPILER" "${C_TARGET_OPTIONS[@]}" "${defaults[@]}" "$@"
    else
        "$C_COMPILER" "${C_TARGET_OPTIONS[@]}" "${defaults[@]}" "${C_LINK_OPTIONS[@]}" -L "$C_LIBRARY" \
            "$C_LIBRARY/start.o" "$@" -Wl,--start-group -lc -lgcc -Wl,--end-group
    fi
}

# Builds what tests and debuggers run: each file of tests/programs/c is a program in $C_BIN_DIR; those of oracle/ are built
# for the host as well, in $C_BIN_DIR/host, with every function called that the compiler could do itself.
build_c_test_programs() {
    local file
    build_c_runtime
    mkdir -p "$C_BIN_DIR/host"
    for file in tests/programs/c/*.c; do
        build_c_test_program "$file" -Wall -Wextra -Werror
    done
    for file in tests/programs/c/oracle/*.c; do
        build_c_test_program "$file" -w -fno-builtin
        build_c_oracle "$file" "$C_BIN_DIR/host/$(basename "$file" .c)"
    done
}

build_c_test_program() {
    local file=$1 program
    program=$C_BIN_DIR/$(basename "$1" .c)
    if is_older "$program" "$file" "$C_LIBRARY/libc.a"; then
        compile_c_program "$@" -o "$program" >&2 || fail "$file does not build"
    fi
}

build_c_oracle() {
    if is_older "$2" "$1"; then
        "$C_COMPILER" -w -fno-builtin -o "$2" "$1" -lm >&2 || fail "$1 does not build for the host"
    fi
}

# Whether the first file is missing or older than one of the others.
is_older() {
    local file
    for file in "${@:2}"; do
        if [ ! "$1" -nt "$file" ]; then
            return 0
        fi
    done
    return 1
}
