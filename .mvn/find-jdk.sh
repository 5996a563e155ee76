# Sourced by ./mvnw and ./quire: finds a JDK and exports JAVA_HOME, or says what is missing and ends.
# The first JDK that is new enough wins, in this order: JAVA_HOME, the java on the PATH, then the
# places where package managers and SDKMAN put JDKs.

QUIRE_JDK=25

# Prints the feature release of the JDK in $1 (25), or 0 where there is no JDK. The file "release"
# lies in every JDK since 9 and costs no process to read.
jdk_release() {
    if [ ! -x "$1/bin/java" ] || [ ! -x "$1/bin/javac" ] || [ ! -r "$1/release" ]; then
        echo 0
        return
    fi
    found=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    echo "${found:-0}"
}

# Prints the home of the java on the PATH, through symbolic links.
jdk_on_path() {
    program=$(command -v javac) || return 0
    while [ -L "$program" ]; do
        link=$(readlink "$program")
        case $link in
            /*) program=$link ;;
            *) program=$(dirname "$program")/$link ;;
        esac
    done
    (cd "$(dirname "$program")/.." 2>/dev/null && pwd -P) || return 0
}

find_jdk() {
    rejected=''
    on_path=$(jdk_on_path)
    on_mac=''
    if [ -x /usr/libexec/java_home ]; then
        on_mac=$(/usr/libexec/java_home -v "$QUIRE_JDK+" 2>/dev/null) || on_mac=''
    fi
    for home in "${JAVA_HOME:-}" "$on_path" "$on_mac" \
        /usr/lib/jvm/* /usr/local/lib/jvm/* /opt/*jdk* /opt/java/* \
        "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        [ -n "$home" ] || continue
        release=$(jdk_release "$home")
        if [ "$release" -ge "$QUIRE_JDK" ]; then
            JAVA_HOME=$home
            export JAVA_HOME
            return 0
        fi
        if [ "$release" -gt 0 ]; then
            rejected="$rejected
  JDK $release in $home"
        fi
    done
    {
        echo "Quire needs a JDK $QUIRE_JDK or newer, and none was found in JAVA_HOME, on the PATH or in the usual folders."
        if [ -n "$rejected" ]; then
            echo "These were found and are too old:$rejected"
        fi
        echo "Get one and try again, for example:"
        echo "  SDKMAN         sdk install java $QUIRE_JDK-tem"
        echo "  Debian/Ubuntu  apt install openjdk-$QUIRE_JDK-jdk-headless"
        echo "  Fedora         dnf install java-$QUIRE_JDK-openjdk-devel"
        echo "  macOS          brew install --cask temurin@$QUIRE_JDK"
        echo "or point JAVA_HOME at a JDK that you have."
    } >&2
    exit 1
}

find_jdk
