# Where what the tests run was built: in the folder BUILD, which `make test` says; there is one for each kind of build.
# shellcheck disable=SC2034 # what the tests read
: "${BUILD:=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/build}"
: "${PROGRAMS:=$BUILD/cgi-bin}" "${HTML:=$BUILD/html}" "${OPENAPI:=$BUILD/openapi.json}"
export BUILD PROGRAMS HTML OPENAPI
TOOLS=$BUILD/tests/live

# For what tells the time or the memory of a program: sanitizers and the counting of lines need many times as much.
require_plain_build() { # WHAT
    ! grep --quiet -e '-fsanitize=' -e '--coverage' "$BUILD/flags" || skip "$1 is not that of this build"
}
