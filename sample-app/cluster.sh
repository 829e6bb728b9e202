#!/usr/bin/env bash
# Three members of the sample on this machine. Builds what is missing, then hands over to
# io.election.sample.cluster.ClusterCommand. Needs bash and a JDK, 17 or newer. See cluster.sh --help.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
jar="$root/sample-app/target/sample-app-exec.jar"
tools="$root/sample-tools/target/sample-tools.jar"
lib="$root/sample-tools/target/lib"
# The jars themselves bear the build's fixed timestamp; this file the time of the build.
built="$root/sample-tools/target/built"

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

java="$(command -v java || true)"
if [ -n "${JAVA_HOME:-}" ]; then
    java="$JAVA_HOME/bin/java"
    [ -x "$java" ] || fail "JAVA_HOME is $JAVA_HOME, but there is no bin/java. Set it to a JDK, 17 or newer, or unset it."
fi
[ -n "$java" ] || fail "No Java was found. Install a JDK, 17 or newer, and put it on the PATH or set JAVA_HOME."
version="$("$java" -XshowSettings:properties -version 2>&1 | sed -nE 's/^ *java\.specification\.version = ([0-9.]+).*/\1/p')"
case "$version" in
    '' | 1.* | 9 | 1[0-6]) fail "$java is Java ${version:-of an unknown version}. Java 17 or newer is needed: set JAVA_HOME to one." ;;
esac

sources=("$root/pom.xml")
for module in election-api election-history election-core election-fencing election-spring-boot-autoconfigure election-spring-boot-starter sample-app sample-tools; do
    sources+=("$root/$module/pom.xml")
    if [ -d "$root/$module/src/main" ]; then sources+=("$root/$module/src/main"); fi
done

if [ ! -f "$jar" ] || [ ! -f "$tools" ] || [ ! -d "$lib" ] || [ ! -f "$built" ] || [ -n "$(find "${sources[@]}" -newer "$built" -type f -print -quit)" ]; then
    echo "Building the sample; the first time this takes a minute or two."
    (cd "$root" && ./mvnw -q -Dmaven.test.skip=true -Dspotless.check.skip=true package -pl sample-tools -am) \
        || fail "The build failed; what Maven says is above."
    touch "$built"
fi

terminal=false
if [ -t 1 ]; then terminal=true; fi
exec "$java" -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
    -Dcluster.jar="$jar" -Dcluster.tools="$tools" -Dloader.path="$tools,$lib" \
    -Dcluster.directory="$root/sample-app/target/cluster" -Dcluster.terminal="$terminal" \
    -Dh2.bindAddress=127.0.0.1 -Dloader.main=io.election.sample.cluster.ClusterCommand \
    -cp "$jar" org.springframework.boot.loader.launch.PropertiesLauncher "$@"
