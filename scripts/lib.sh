# Shared by the scripts beside this file, which read it with `.`; POSIX sh.

# Go fetches the version that go.mod names where the installed one is older. Debian and Ubuntu ship
# it with that switched off; a GOTOOLCHAIN in the environment is kept.
: "${GOTOOLCHAIN:=auto}"
export GOTOOLCHAIN

# The version is stamped by scripts/build. Go's own stamping fails in a folder of another user.
export GOFLAGS="${GOFLAGS:+$GOFLAGS }-buildvcs=false"

# say prints one line for the person at the terminal, on stderr.
say() { printf '%s\n' "$*" >&2; }

# absolute_folders makes the folders of data that the environment names absolute: go test runs in the folder of
# each package.
absolute_folders() {
    case ${NOISE2SPARSE_DATA:-} in '' | /*) ;; *) export NOISE2SPARSE_DATA="$PWD/$NOISE2SPARSE_DATA" ;; esac
    case ${GOLDEN_DIR:-} in '' | /*) ;; *) export GOLDEN_DIR="$PWD/$GOLDEN_DIR" ;; esac
}

# step_seconds LIMIT prints how long a step may take: LIMIT, or less where $STEPS_END, in seconds since 1970, is
# nearer. Under 10, it is not worth beginning.
step_seconds() {
    step_left=$((${STEPS_END:-9999999999} - $(date +%s)))
    if [ "$step_left" -lt "$1" ]; then echo "$step_left"; else echo "$1"; fi
}

# find_cc prints the first C compiler that can compile and link a program against the C library,
# or fails. $CC is tried first. A compiler without the library's headers, as a bare `gcc` package
# leaves behind on Debian, is no use to cgo, so having the program is not enough.
find_cc() {
    cc_dir=$(mktemp -d) || return 1
    printf '#include <dlfcn.h>\n#include <stdlib.h>\nint main(void) { return dlopen(0, RTLD_NOW) == 0; }\n' >"$cc_dir/t.c"
    for cc_try in ${CC:+"$CC"} gcc clang cc; do
        # $cc_try is split on purpose: CC may hold options, as in CC="ccache gcc".
        # shellcheck disable=SC2086
        if $cc_try -o "$cc_dir/t" "$cc_dir/t.c" -ldl >/dev/null 2>&1; then
            rm -rf "$cc_dir"
            printf '%s\n' "$cc_try"
            return 0
        fi
    done
    rm -rf "$cc_dir"
    return 1
}

# choose_cgo exports CC and CGO_ENABLED=1 where a C compiler works, else CGO_ENABLED=0. An explicit
# CGO_ENABLED=0 is kept.
choose_cgo() {
    if [ "${CGO_ENABLED:-1}" != 0 ] && CC=$(find_cc); then
        CGO_ENABLED=1
        export CC
    else
        CGO_ENABLED=0
    fi
    export CGO_ENABLED
}

# find_library prints where the loader finds the first of the named libraries that it finds, or fails.
# ldconfig is named with its folder too, which is often not in a plain user's PATH; its list lacks what
# LD_LIBRARY_PATH alone leads to.
find_library() {
    for library in "$@"; do
        for ldconfig in ldconfig /sbin/ldconfig /usr/sbin/ldconfig; do
            found=$($ldconfig -p 2>/dev/null | sed -n "s/^[[:space:]]*$library (.*=> //p" | head -n 1)
            [ -n "$found" ] && printf '%s\n' "$found" && return 0
        done
        for folder in $(printf '%s' "${LD_LIBRARY_PATH:-}" | tr ':' ' '); do
            [ -e "$folder/$library" ] && printf '%s\n' "$folder/$library" && return 0
        done
    done
    return 1
}

# find_openblas prints where the loader finds an OpenBLAS with 32-bit indices, or fails.
find_openblas() { find_library libopenblas.so.0 libopenblas.so; }

# smallest_cases DIR BYTES prints the folders of golden cases in DIR that fit together: the smallest one of every
# kind (the word before the first _), then the smallest of all.
smallest_cases() {
    du -sb "$1"/*/ | sort -n | awk -v limit="$2" '
        { n = split($2, part, "/"); kind = part[n - 1]; sub(/_.*/, "", kind)
          size[NR] = $1; path[NR] = $2; if (!(kind in first)) { first[kind] = NR; lead[NR] = 1 } }
        function take(i) { if (!taken[i] && sum + size[i] <= limit) { taken[i] = 1; sum += size[i]; print path[i] } }
        END { for (i = 1; i <= NR; i++) if (lead[i]) take(i)
              for (i = 1; i <= NR; i++) take(i) }'
}

# version prints what the binary calls itself: the nearest tag and commit, with -dirty where tracked
# files were changed. A folder that belongs to another user is read all the same.
version() {
    git -c safe.directory='*' describe --tags --always --dirty 2>/dev/null || echo "${VERSION:-unknown}"
}
