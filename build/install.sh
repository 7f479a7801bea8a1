# shellcheck shell=bash
# What the machine lacks: Debian packages, Rust targets and components, or else the distribution's toolchain.
#
# Nothing is touched that is already there. Every failure names the command that would put it right.

APT_UPDATED=no
TOOLCHAIN_READY=no
# Further options of every cargo build for a target that is not the host; set by the distribution's toolchain.
BUILD_STD=()

# Installs Debian packages: install_packages REASON PACKAGE...
install_packages() {
    local reason=$1 as_root=()
    shift
    have apt-get || fail "$reason is missing; install it with your system's package manager (Debian: $*)"
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || fail "$reason is missing; as root: apt-get install $*"
        as_root=(sudo)
    fi
    step "Installing $reason ($*)"
    if [ "$APT_UPDATED" = no ]; then
        "${as_root[@]}" apt-get update -qq >&2 || fail "apt-get update failed; check the network, then try again"
        APT_UPDATED=yes
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 ||
        fail "apt-get install $* failed; install $reason by hand"
}

install_qemu() {
    have qemu-system-x86_64 || install_packages QEMU qemu-system-x86
}

install_gdb() {
    have gdb || install_packages GDB gdb
}

install_lldb() {
    have lldb || install_packages LLDB lldb
}

install_bochs() {
    if ! have bochs || [ ! -f /usr/share/vgabios/vgabios.bin ] || [ ! -d /usr/share/bochs ]; then
        install_packages Bochs bochs bochs-term bochsbios vgabios
    fi
    have script || install_packages script bsdutils
}

install_shellcheck() {
    have shellcheck || install_packages shellcheck shellcheck
}

install_grub() {
    if ! have grub-mkrescue || [ ! -d /usr/lib/grub/i386-pc ]; then
        install_packages GRUB grub-common grub-pc-bin
    fi
    have xorriso || install_packages xorriso xorriso
}

# Makes cargo able to build for the host and for both targets.
install_toolchain() {
    if [ "$TOOLCHAIN_READY" = yes ]; then
        return
    fi
    TOOLCHAIN_READY=yes
    have cc || install_packages "a C compiler (the host's linker)" gcc libc6-dev
    if [ "${PROCTOR_TOOLCHAIN-}" = distribution ]; then
        use_distribution_toolchain
    elif ! have rustup; then
        have cargo || fail "Rust is missing; install it as https://rustup.rs says"
        step "There is no rustup to add the targets"
        use_distribution_toolchain
    elif ! add_targets; then
        step "rustup cannot add the targets"
        use_distribution_toolchain
    fi
}

add_targets() {
    local target installed
    installed=$(rustup target list --installed) || return
    for target in "$KERNEL_TARGET" "$PROGRAM_TARGET"; do
        if ! grep -qx "$target" <<<"$installed"; then
            step "Adding the Rust target $target"
            rustup target add "$target" >&2 || return
        fi
    done
}

# Debian 12 keeps a current Rust for its browsers; with its sources it builds core and alloc for any target.
use_distribution_toolchain() {
    step "Using the distribution's toolchain: rustc-web, cargo-web and rust-web-src, with core and alloc built here"
    if ! has_distribution_toolchain; then
        install_packages "the distribution's Rust toolchain" rustc-web cargo-web rust-web-src
        has_distribution_toolchain || fail "the distribution's Rust is older than Cargo.toml's rust-version"
    fi
    have ld.lld || install_packages "the linker lld" lld
    export PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo
    # build-std is not stable; this lets a stable compiler have it. It builds the same code for the same targets.
    export RUSTC_BOOTSTRAP=1
    export CARGO_TARGET_X86_64_UNKNOWN_REDOX_LINKER=ld.lld CARGO_TARGET_X86_64_UNKNOWN_NONE_LINKER=ld.lld
    BUILD_STD=("-Zbuild-std=core,alloc,compiler_builtins")
}

# It is there, with its sources, and not older than the workspace asks for.
has_distribution_toolchain() {
    local wanted found
    [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] || return
    [ -e "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library/core" ] || return
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    found=$(/usr/bin/rustc --version | cut -d ' ' -f 2)
    printf '%s\n%s\n' "$wanted" "$found" | sort -V -C
}

# Formatter and linter, for check.
install_lints() {
    install_toolchain
    if [ ${#BUILD_STD[@]} -gt 0 ]; then
        { cargo clippy --version && cargo fmt --version; } >/dev/null 2>&1 ||
            fail "check needs clippy and rustfmt, which the distribution's toolchain lacks; use rustup's"
        return
    fi
    cargo clippy --version >/dev/null 2>&1 || rustup component add clippy >&2 || fail "rustup cannot add clippy"
    cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt >&2 || fail "rustup cannot add rustfmt"
}
