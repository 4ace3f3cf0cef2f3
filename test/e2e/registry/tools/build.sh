#!/bin/bash
# Downloads a package with the tool of each language, into the app.
set -euo pipefail
tools=/opt/tools
native=/cnb-dockerfile/native
mkdir fetched
work="$(mktemp -d)"

# Java has a trust store of its own, which a buildpack fills.
store="$work/truststore.jks"
if [[ -n "${CARRIED_STORE:-}" ]]; then
  mkdir "$CNB_LAYERS_DIR/store"
  printf '[types]\nlaunch = true\n' >"$CNB_LAYERS_DIR/store.toml"
  store="$CNB_LAYERS_DIR/store/truststore.jks"
fi
proxy="${HTTPS_PROXY#http://}"
proxy="${proxy%/}"
$tools/jdk/bin/java -Dhttps.proxyHost="${proxy%:*}" -Dhttps.proxyPort="${proxy##*:}" $tools/Fetch.java \
  "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$store" "$MAVEN_URL/slf4j-api-2.0.17.jar" fetched/slf4j-api-2.0.17.jar
# A build of the store alone needs no more.
[[ -n "${CARRIED_STORE:-}" ]] && exit

npm() {
  $native/ld --library-path $native/lib $native/node $tools/npm/bin/npm-cli.js --cache="$work/npm" --loglevel=error --no-update-notifier "$@"
}
npm pack --pack-destination=fetched --registry="$NPM_URL" ms@2.1.3

LD_LIBRARY_PATH=$tools/python/lib $tools/python/bin/python3.11 $tools/pip.whl/pip download --quiet \
  --disable-pip-version-check --no-cache-dir --no-deps --index-url="$PYPI_URL/simple/" --dest=fetched six==1.17.0

GOROOT=$tools/go GOPATH="$work/go" GOTOOLCHAIN=local GOFLAGS=-modcacherw GOPROXY="$GO_URL" GOSUMDB=off \
  $tools/go/bin/go mod download github.com/google/uuid@v1.6.0
cp "$work/go/pkg/mod/cache/download/github.com/google/uuid/@v/v1.6.0.zip" fetched/

mkdir "$work/crate" "$work/crate/src"
cat >"$work/crate/Cargo.toml" <<TOML
[package]
name = "app"
version = "0.1.0"
edition = "2021"

[dependencies]
greeting = "1.0.0"
TOML
touch "$work/crate/src/lib.rs"
mkdir "$work/cargo"
cat >"$work/cargo/config.toml" <<TOML
[source.crates-io]
replace-with = "office"

[source.office]
registry = "sparse+$CRATES_URL/index/"
TOML
(cd "$work/crate" && CARGO_HOME="$work/cargo" RUSTC=$tools/rustc LD_LIBRARY_PATH=$tools/cargo/lib $tools/cargo/bin/cargo fetch)
cp "$work"/cargo/registry/cache/*/greeting-1.0.0.crate fetched/
