# shellcheck shell=bash
# Running tests, and counting them.
#
# cargo-nextest runs tests in parallel across files and is used where it is installed; cargo test gives the same
# verdicts. The closing line is the sum over all runs, of what the runners themselves report.

TEST_LOG=$OUTPUT_DIR/tests.log
TESTS_FAILED=no

# The host tests: whole packages, then the libraries of packages whose programs do not build here.
run_host_tests() {
    install_toolchain
    step "Host tests"
    local packages=() package
    for package in $(host_packages); do
        [ "$package" = qemu-tests ] || packages+=("$package")
    done
    select_packages "${packages[@]}"
    run_tests "${SELECTED[@]}" -- "$@"
    if uses_nextest; then
        # nextest leaves the examples in the documentation to cargo.
        record cargo test --quiet --doc "${SELECTED[@]}" "$@"
    fi
    local libraries
    mapfile -t libraries < <(library_packages)
    select_packages "${libraries[@]}"
    run_tests "${SELECTED[@]}" --lib -- "$@"
}

run_qemu_tests() {
    install_qemu
    install_bochs
    install_gdb
    install_lldb
    build_system
    build_c_test_programs
    build_disk_image --output "$OUTPUT_DIR/test.img" -- /bin/sh -c 'exit 7'
    export PROCTOR_DISK=$OUTPUT_DIR/test.img
    step "QEMU tests"
    run_tests -p qemu-tests -- "$@"
}

# run_tests CARGO_OPTION... -- [NAME]
run_tests() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    if uses_nextest; then
        record cargo nextest run --no-fail-fast --no-tests=pass --status-level=fail "${options[@]}" "$@"
    else
        record cargo test --no-fail-fast "${options[@]}" "$@"
    fi
}

uses_nextest() { cargo nextest --version >/dev/null 2>&1; }

# Runs a command whose output is shown and kept for the count.
record() {
    mkdir -p "$OUTPUT_DIR"
    "$@" 2>&1 | tee -a "$TEST_LOG" || TESTS_FAILED=yes
}

start_counting() {
    mkdir -p "$OUTPUT_DIR"
    : >"$TEST_LOG"
    TESTS_FAILED=no
}

# The closing line; fails if a test did, or if no test ran.
close_with_counts() {
    awk -v broken="$TESTS_FAILED" '
        { gsub(/\033\[[0-9;]*m/, "") }
        # cargo test: test result: ok. 3 passed; 0 failed; 1 ignored; ...
        /^test result:/ { passed += $4; failed += $6; skipped += $8 }
        # nextest: Summary [ 0.1s] 3 tests run: 2 passed (1 slow), 1 failed, 4 skipped
        /^ *Summary \[/ {
            sub(/.*run:/, "")
            count = split($0, parts, ",")
            for (i = 1; i <= count; i++) {
                number = parts[i] + 0
                if (parts[i] ~ /passed/) passed += number
                else if (parts[i] ~ /failed|timed out/) failed += number
                else if (parts[i] ~ /skipped/) skipped += number
            }
        }
        END {
            printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
            exit (failed > 0 || passed == 0 || broken == "yes")
        }
    ' "$TEST_LOG"
}

run_all_tests() {
    start_counting
    run_host_tests "$@"
    run_qemu_tests "$@"
    close_with_counts
}
