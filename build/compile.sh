# shellcheck shell=bash
# Kernel, programs, host tools, disk image.
#
# Programs are packed without their debug sections, which make up most of their size; their symbols stay, because the
# debuggers inside read those. The full files stay beside them for debuggers outside.

build_system() {
    install_toolchain
    step "Building the kernel"
    local kernels programs
    mapfile -t kernels < <(kernel_packages)
    select_packages "${kernels[@]}"
    cargo build --quiet --release --target "$KERNEL_TARGET" "${BUILD_STD[@]}" "${SELECTED[@]}" >&2 ||
        fail "the kernel does not build"
    mapfile -t programs < <(program_packages)
    mkdir -p "$BIN_DIR"
    if [ ${#programs[@]} -eq 0 ]; then
        return
    fi
    step "Building ${#programs[@]} packages of programs"
    select_packages "${programs[@]}"
    cargo build --quiet --release --target "$PROGRAM_TARGET" "${BUILD_STD[@]}" "${SELECTED[@]}" --bins >&2 ||
        fail "the programs do not build"
    strip_programs
}

# Copies each program that changed to BIN_DIR, without its debug sections.
strip_programs() {
    local program stripped objcopy
    objcopy=$(find_objcopy)
    for program in "$TARGET_DIR/$PROGRAM_TARGET/release"/*; do
        if [ ! -f "$program" ] || [ ! -x "$program" ] || [ "${program%.*}" != "$program" ]; then
            continue
        fi
        stripped=$BIN_DIR/${program##*/}
        if [ ! "$stripped" -nt "$program" ]; then
            "$objcopy" --strip-debug "$program" "$stripped.new" || fail "cannot strip $program"
            mv "$stripped.new" "$stripped"
        fi
    done
}

# rustc brings an objcopy for its own use; where a distribution leaves it out, binutils has one.
find_objcopy() {
    local host own
    host=$(rustc -vV | sed -n 's/^host: //p')
    own=$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-objcopy
    if [ -x "$own" ]; then
        printf '%s\n' "$own"
    else
        have objcopy || install_packages objcopy binutils
        printf 'objcopy\n'
    fi
}

# Builds a program of the host: build_host_tool PACKAGE PROGRAM
build_host_tool() {
    install_toolchain
    [ -x "$HOST_BIN/$2" ] || step "Building the host tool $2"
    cargo build --quiet -p "$1" --bin "$2" >&2 || fail "the host tool $2 does not build"
}

# Writes the disk image; options as ./build.sh image --help says.
build_disk_image() {
    local output=$OUTPUT_DIR/proctor.img pack=() folder
    while [ $# -gt 0 ]; do
        case $1 in
            --output | --with)
                [ $# -ge 2 ] || fail "$1 needs a value; ./build.sh image --help"
                if [ "$1" = --output ]; then output=$2; else pack+=(--with "$2"); fi
                shift 2
                ;;
            --)
                pack+=("$@")
                break
                ;;
            *) fail "image: what is '$1'? ./build.sh image --help" ;;
        esac
    done
    [ -d "$(dirname "$output")" ] || fail "image: there is no folder $(dirname "$output"); make it, or name another FILE"
    install_grub
    build_system
    build_host_tool initfs-pack initfs-pack
    folder=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now, not of then
    trap "rm -rf '$folder'" EXIT
    mkdir -p "$folder/boot/grub"
    cp "$KERNEL" "$folder/boot/kernel"
    "$HOST_BIN/initfs-pack" --bin-dir "$BIN_DIR" --output "$folder/boot/image" "${pack[@]}" || exit 1
    cp "$ROOT/build/grub.cfg" "$folder/boot/grub/grub.cfg"
    step "Writing $output"
    grub-mkrescue -d /usr/lib/grub/i386-pc -o "$output" "$folder" >"$OUTPUT_DIR/grub-mkrescue.log" 2>&1 ||
        fail "grub-mkrescue failed; its log is $OUTPUT_DIR/grub-mkrescue.log"
    printf '%s\n' "$output"
}
