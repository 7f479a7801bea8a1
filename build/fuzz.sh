# shellcheck shell=bash
# The verb fuzz: a search for inputs that break what reads bytes from outside, guided by the branches they reach.
#
# The targets are tests/fuzz; libFuzzer drives them (crate libfuzzer-sys, built from source). Counting branches needs no
# nightly compiler: the pass and its options are the stable one's, and only code built here has them.

FUZZ_DIR=$OUTPUT_DIR/fuzz
# Enough for each target to reach what is near its seeds, in some seconds.
FUZZ_RUNS=100000
FUZZ_FLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-pc-table"
FUZZ_FLAGS+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-trace-compares"
FUZZ_FLAGS+=" -Ccodegen-units=1"

verb_fuzz() {
    help_if_asked "$@" <<'HELP'
Usage: ./build.sh fuzz [TARGET] [--runs N] [--seed N]

Searches for inputs that break TARGET, or each target in turn: N inputs (100000),
made from tests/fuzz/corpus, the same ones for the same N and seed (1). What is
found is written to target/proctor/fuzz, and the status is not 0.
tests/fuzz/README.md lists the targets.
HELP
    local runs=$FUZZ_RUNS seed=1 targets=() target
    while [ $# -gt 0 ]; do
        case $1 in
            --runs | --seed)
                [[ ${2-} =~ ^[0-9]+$ ]] || fail "$1 needs a number; ./build.sh fuzz --help"
                if [ "$1" = --runs ]; then runs=$2; else seed=$2; fi
                shift 2
                ;;
            -*) fail "fuzz: what is '$1'? ./build.sh fuzz --help" ;;
            *) targets+=("$1") && shift ;;
        esac
    done
    if [ ${#targets[@]} -eq 0 ]; then
        for target in tests/fuzz/src/*.rs; do
            target=$(basename "$target" .rs)
            [ "$target" = lib ] || targets+=("$target")
        done
    fi
    build_fuzzer
    for target in "${targets[@]}"; do
        fuzz_target "$target" "$runs" "$seed"
    done
}

# The options reach programs of the target only, so build scripts and macros have none; that takes the target's name.
build_fuzzer() {
    install_toolchain
    have c++ || install_packages "a C++ compiler" g++
    local host
    host=$("${RUSTC:-rustc}" -vV | sed -n 's/^host: //p')
    step "Building the fuzzer"
    RUSTFLAGS=$FUZZ_FLAGS cargo build --quiet --profile fuzz --target "$host" --features guided -p fuzz --bin guided ||
        fail "the fuzzer does not build"
    FUZZER=$TARGET_DIR/$host/fuzz/guided
}

# fuzz_target NAME RUNS SEED
fuzz_target() {
    [ -d "tests/fuzz/corpus/$1" ] && [ -f "tests/fuzz/src/$1.rs" ] || fail "fuzz: there is no target '$1'"
    local found=$FUZZ_DIR/$1
    step "Fuzzing $1"
    rm -rf "$found"
    mkdir -p "$found/corpus"
    PROCTOR_FUZZ_TARGET=$1 "$FUZZER" -seed="$3" -runs="$2" -timeout=10 -artifact_prefix="$found/" -print_final_stats=1 \
        "$found/corpus" "tests/fuzz/corpus/$1" >"$found/log" 2>&1 ||
        fail "$1 broke; the input is in $found, what it said in $found/log"
    sed -n 's/^#[0-9]*[[:space:]]*DONE  *\(cov:.*\) lim:.*/\1/p' "$found/log"
}
