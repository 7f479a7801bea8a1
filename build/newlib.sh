# shellcheck shell=bash
# newlib, as far as the C runtime uses it: which of its files, and how each is compiled.
#
# The source is Debian 12's package newlib-source, on later systems too: the list below fits one version. Its configure is
# not run: it takes longer than the compiler, and what it would decide stands in initfs/c/include/newlib.h.
# docs/decisions/0005-c-runtime.md says why newlib.

NEWLIB_ARCHIVE=usr/src/newlib/newlib-3.3.0.tar.xz
# Where that package is if the system's own has another version.
NEWLIB_PACKAGE="http://deb.debian.org/debian/pool/main/n/newlib/newlib-source_3.3.0-1.3%2bdeb12u1_all.deb"
NEWLIB_PACKAGE_SUM=SHA256:b9a825a86064e6ffd1f8d1b91a3f7c6a5baf3ab3d246e5ed132ba22c42f6fef1

# Folders of which everything is used but the files below, and single files.
NEWLIB_FOLDERS=(
    libc/ctype libc/errno libc/locale libc/search libc/stdio libc/stdlib libc/string libc/time
    libm/common libm/machine/x86_64 libm/math
)
NEWLIB_FILES=(
    libc/misc/ffs.c libc/reent/impure.c libc/reent/reent.c
    libc/posix/fnmatch.c libc/posix/regcomp.c libc/posix/regerror.c libc/posix/regexec.c libc/posix/regfree.c
    libc/posix/collcmp.c libc/posix/collate.c
)

# Smaller twins of other files; wide streams; what others include; what this system has not, or initfs/c/src has;
# databases.
NEWLIB_UNUSED='/nano-|/(mallocr|sb_charsets)\.c$'
NEWLIB_UNUSED+='|stdio/(.*w(printf|scanf)|f?(get|put)w[cs].*|[fp](get|put)ws.*|ungetwc|fwide)\.c$'
NEWLIB_UNUSED+='|stdio/(remove|rename|tmpfile|tmpnam|mktemp)\.c$|stdlib/(system|arc4random.*|environ)\.c$'
NEWLIB_UNUSED+='|time/clock\.c$|search/(hash|ndbm)'

# Prints a line for each object: its name, the file, further options.
newlib_objects() {
    local file
    for file in "${NEWLIB_FOLDERS[@]/%//*.c}" "${NEWLIB_FILES[@]}"; do
        # shellcheck disable=SC2086 # a pattern
        printf '%s\n' $file
    done | grep -Ev "$NEWLIB_UNUSED" | sed 's|\(.*\)/\(.*\)\.c$|\2.o &|; s|.*/posix/.*|& -D_GNU_SOURCE|'
    # Files that are several functions, told apart by a macro.
    local part
    for part in MALLOC FREE REALLOC CALLOC CFREE MEMALIGN VALLOC PVALLOC MALLOC_USABLE_SIZE; do
        printf 'malloc_%s.o libc/stdlib/mallocr.c -DINTERNAL_NEWLIB -DHAVE_MMAP=0 -DDEFINE_%s\n' "$part" "$part"
    done
    for part in print scan; do
        printf 'svf%sf.o libc/stdio/vf%sf.c -DSTRING_ONLY\n' "$part" "$part"
        printf 'vfi%sf.o libc/stdio/vf%sf.c -DINTEGER_ONLY\n' "$part" "$part"
        printf 'svfi%sf.o libc/stdio/vf%sf.c -DINTEGER_ONLY -DSTRING_ONLY\n' "$part" "$part"
    done
}

# Compiles one line of newlib_objects, in newlib's folder; the compiler and its options come as C_COMPILE. newlib's
# warnings are its own business.
compile_newlib_object() {
    local object file options
    read -r object file options <<<"$1"
    # shellcheck disable=SC2086 # lists of options
    $C_COMPILE -w -O2 -g1 -fno-builtin -D_COMPILING_NEWLIB -I"${file%/*}" -Ilibc/locale -Ilibm/common $options \
        -c "$file" -o "$NEWLIB_OBJECTS/$object" || exit 255
}

# Compiles newlib into the folder $1; C_TARGET_OPTIONS name the headers.
compile_newlib() {
    local source
    source=$(newlib_source)
    mkdir -p "$1"
    export C_COMPILE="$C_COMPILER ${C_TARGET_OPTIONS[*]}" NEWLIB_OBJECTS=$1
    export -f compile_newlib_object
    (
        cd "$source"
        # shellcheck disable=SC2016 # the inner shell has the line
        newlib_objects | xargs -d '\n' -n 1 -P "$(nproc)" bash -c 'compile_newlib_object "$1"' _
    ) >&2 || fail "newlib does not build"
}

install_newlib() {
    if [ -f "/$NEWLIB_ARCHIVE" ] || [ -f "$C_DIR/$NEWLIB_ARCHIVE" ]; then
        return
    fi
    install_packages "newlib's source" newlib-source
    [ ! -f "/$NEWLIB_ARCHIVE" ] || return 0
    step "Fetching newlib 3.3.0"
    mkdir -p "$C_DIR"
    /usr/lib/apt/apt-helper download-file "$NEWLIB_PACKAGE" "$C_DIR/newlib.deb" "$NEWLIB_PACKAGE_SUM" >&2 ||
        fail "cannot fetch $NEWLIB_PACKAGE; put newlib-3.3.0.tar.xz into /usr/src/newlib"
    dpkg-deb -x "$C_DIR/newlib.deb" "$C_DIR" || fail "cannot unpack newlib-source"
}

# Unpacks newlib's source where it is not; prints where.
newlib_source() {
    local archive=/$NEWLIB_ARCHIVE folder=$C_DIR/newlib
    [ -f "$archive" ] || archive=$C_DIR/$NEWLIB_ARCHIVE
    if [ ! -e "$folder/mended" ]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        tar -xf "$archive" -C "$folder" --strip-components=2 --wildcards '*/newlib/libc/*' '*/newlib/libm/*' ||
            fail "cannot unpack $archive"
        mend_newlib "$folder"
        touch "$folder/mended"
    fi
    printf '%s\n' "$folder"
}

# Two errors of newlib's printf, and of scanf the first. It takes the address of a va_list parameter for formats like %2$s;
# on x86-64 a va_list is an array, so the parameter is a pointer already. And it converts every number as a long double,
# which keeps 42 digits; what is a double has an exact conversion.
mend_newlib() {
    local printf=$1/libc/stdio/vfprintf.c exact
    exact='((value) == (double)(value) ? _dtoa_r(data, (double)(value), __VA_ARGS__) : _ldtoa_r(data, value, __VA_ARGS__))'
    sed -i 's/&ap, /(va_list *) ap, /' "$printf" "$1"/libc/stdio/vfscanf.c
    sed -i "s/^# *define _DTOA_R _ldtoa_r\$/#define _DTOA_R(data, value, ...) $exact/" "$printf"
    [ "$(grep -c '(va_list \*) ap, \|define _DTOA_R(' "$printf")" = 2 ] || fail "newlib's vfprintf.c is another one"
}
