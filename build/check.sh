# shellcheck shell=bash
# What CI runs. Each stage is a function that a developer can also reach by its cargo command.
#
# Code for three targets is linted in three runs, because a package is linted as what it is built for. Tests are linted
# apart: what may not happen in the system (unwrap, indexing, unchecked arithmetic) is how a test fails.

TEST_LINTS=(
    -D warnings
    -A clippy::unwrap_used -A clippy::expect_used -A clippy::panic
    -A clippy::indexing_slicing -A clippy::arithmetic_side_effects
)

check_all() {
    install_lints
    install_shellcheck
    check_format
    check_scripts
    check_house_rules
    check_lints
    check_documentation
    start_counting
    run_host_tests
    run_qemu_tests
    step "Counts"
    close_with_counts
}

check_format() {
    step "Format"
    cargo fmt --all --check >&2 || fail "cargo fmt --all puts the format right"
}

check_scripts() {
    step "Shell scripts"
    shellcheck -x build.sh .ci/run >&2 || fail "a shell script has a finding"
}

check_house_rules() {
    step "House rules"
    RUST_BACKTRACE=0 cargo test --quiet -p house >&2 || fail "a rule of the house is broken; the message names file and rule"
}

check_lints() {
    local programs libraries kernels
    mapfile -t kernels < <(kernel_packages)
    mapfile -t programs < <(program_packages)
    mapfile -t libraries < <(library_packages)

    step "Lints: host"
    # shellcheck disable=SC2046 # package names have no spaces
    select_packages $(host_packages)
    cargo clippy --quiet "${SELECTED[@]}" -- -D warnings >&2 || fail "clippy has a finding"
    step "Lints: tests"
    cargo clippy --quiet "${SELECTED[@]}" --tests -- "${TEST_LINTS[@]}" >&2 || fail "clippy has a finding in a test"
    select_packages "${libraries[@]}"
    cargo clippy --quiet "${SELECTED[@]}" --lib --profile test -- "${TEST_LINTS[@]}" >&2 ||
        fail "clippy has a finding in a test"

    step "Lints: kernel"
    select_packages kernel-abi kernel-core kernel-machine initfs-format "${kernels[@]}"
    cargo clippy --quiet --target "$KERNEL_TARGET" "${BUILD_STD[@]}" "${SELECTED[@]}" -- -D warnings >&2 ||
        fail "clippy has a finding in the kernel"
    step "Lints: programs"
    select_packages runtime proc-abi ptrace "${programs[@]}"
    cargo clippy --quiet --target "$PROGRAM_TARGET" "${BUILD_STD[@]}" "${SELECTED[@]}" -- -D warnings >&2 ||
        fail "clippy has a finding in a program"
}

check_documentation() {
    step "Documentation"
    # shellcheck disable=SC2046 # package names have no spaces
    select_packages $(host_packages)
    RUSTDOCFLAGS=-Dwarnings cargo doc --quiet --no-deps "${SELECTED[@]}" >&2 || fail "rustdoc has a finding"
    RUSTDOCFLAGS=-Dwarnings cargo doc --quiet --no-deps --lib -p kernel-machine --target "$KERNEL_TARGET" \
        "${BUILD_STD[@]}" >&2 || fail "rustdoc has a finding in kernel/machine"
    RUSTDOCFLAGS=-Dwarnings cargo doc --quiet --no-deps --lib -p runtime --target "$PROGRAM_TARGET" \
        "${BUILD_STD[@]}" >&2 || fail "rustdoc has a finding in initfs/runtime"
}
