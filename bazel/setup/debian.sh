#!/usr/bin/env bash
# Brings the compiler, the system libraries of the build, a browser and bubblewrap to a Debian 12 machine, from its
# own Debian mirror; called with `bazel`, Bazel as well.
#
# Run as root by `bazelw`, with `bazel` where bazelisk cannot download it. Debian's testing release has the Bazel
# that .bazelversion names, and Bazel needs gRPC from there; everything else comes from the machine's own release.
# Safe to run again.
set -euo pipefail

readonly TESTING=forky
readonly TESTING_SOURCE=/etc/apt/sources.list.d/modelparity-testing.sources
readonly BAZEL_RC=/etc/bazel.bazelrc
readonly LOG=/var/log/modelparity-setup.log

# build-essential is here because Bazel's dependencies want one: testing's would bring testing's compiler
# without its assembler, and C++ would fail on `.base64`.
readonly OWN_RELEASE_PACKAGES=(
  bubblewrap build-essential ca-certificates chromium git pkgconf procps python3 python3-pip python3-venv
  libbenchmark-dev libcli11-dev libgtest-dev libprotozero-dev nlohmann-json3-dev prometheus-cpp-dev
)
# From the release that Bazel comes from: two releases of these cannot be installed at once.
readonly GRPC_PACKAGES=(libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc)

say() { printf 'setup: %s\n' "$*" >&2; }

# Runs apt-get with its pages of output in the log, and shows their end when it fails.
apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -q "$@" >>"$LOG" 2>&1 || {
    local status=$?
    tail -n 20 "$LOG" >&2
    say "apt-get $1: failed with exit status $status; the whole log is $LOG"
    exit "$status"
  }
}

install() {
  apt install -y --no-install-recommends -o Dpkg::Options::=--force-overwrite "$@"
}

# The mirror that this machine's own release comes from. /etc/os-release does not tell the release: the C
# library of testing, which its Bazel needs, brings testing's file along.
own_mirror() {
  apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 !~ /-/ && !found { print $2; found = 1 }'
}

# A mirror may lag behind the date in its release file; the signature is checked all the same.
add_testing_source() {
  local mirror
  mirror=$(own_mirror)
  [ -n "$mirror" ] || { say "apt names no mirror of this release; check /etc/apt/sources.list"; exit 2; }
  cat >"$TESTING_SOURCE" <<EOF
Types: deb
URIs: $mirror
Suites: $TESTING
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
Check-Valid-Until: no
EOF
  # Below the priority of the own release (500): nothing else is taken from testing.
  cat >/etc/apt/preferences.d/modelparity-testing <<EOF
Package: *
Pin: release n=$TESTING
Pin-Priority: 100
EOF
  apt update
}

# The Java libraries that Bazel itself needs, from testing: with those of Debian 12 its server starts and
# never answers. Naming every installed Java library would drag in half of testing.
java_closure() {
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances bazel-bootstrap | grep -oE '^lib[a-z0-9.+-]*-java$' | sort -u
}

write_bazel_rc() {
  local certificates=/etc/ssl/certs/ca-certificates.crt
  local java rules=/usr/share/bazel/rules tools=/usr/share/bazel/tools name
  java=$(dirname "$(dirname "$(readlink -f /usr/lib/jvm/java-21-openjdk-*/bin/java)")")
  {
    echo "# Written by modelparity's bazel/setup/debian.sh: Debian's Bazel, its Java, and its rules as local folders."
    echo "startup --server_javabase=$java"
    for name in rules_cc:$rules/cc rules_java:$rules/java rules_python:$rules/python rules_proto:$rules/proto \
      bazel_skylib:$tools/skylib platforms:$tools/platforms bazel_features:$tools/features; do
      if [ -d "${name#*:}" ]; then echo "common --override_repository=${name%%:*}=${name#*:}"; fi
    done
    # pip and npm bring lists of their own; the machine's is the one that its administrator keeps.
    echo "common --repo_env=REQUESTS_CA_BUNDLE=$certificates --repo_env=NODE_EXTRA_CA_CERTS=$certificates"
  } >"$BAZEL_RC.new"
  mv "$BAZEL_RC.new" "$BAZEL_RC"
}

# First, and without testing in sight: otherwise apt would take Python and more from there.
install_own_release() {
  local packages=("$@")
  # Node from elsewhere is left alone: Debian's npm would conflict with it.
  command -v npx >/dev/null || packages+=(nodejs npm)
  say "installing the compiler, the libraries and Chromium, from this machine's own release"
  rm -f "$TESTING_SOURCE"
  apt update
  install "${packages[@]}"
}

install_bazel() {
  local closure
  say "installing Bazel and gRPC, from Debian's $TESTING (a minute or two)"
  add_testing_source
  mapfile -t closure < <(java_closure)
  install -t "$TESTING" bazel-bootstrap openjdk-21-jdk-headless "${GRPC_PACKAGES[@]}" "${closure[@]}"
  write_bazel_rc
}

main() {
  case "${1:-}" in
    bazel)
      install_own_release "${OWN_RELEASE_PACKAGES[@]}"
      install_bazel
      ;;
    "") install_own_release "${OWN_RELEASE_PACKAGES[@]}" "${GRPC_PACKAGES[@]}" ;;
    *) say "got argument '$1', want none or 'bazel'"; exit 2 ;;
  esac
  say "done"
}

main "$@"
