"""The JDK and Maven of this machine, or a clear word when they are missing."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

OLDEST_JAVA = 17

# For servers that should start fast and still be fast later: the optimising compiler (C2) waits
# until code is truly hot. Measured on two busy cores, CPU until ready: Kafka 3.0 -> 1.7 s,
# OpenSearch 6.8 -> 4.4 s. Without C2 it is 1.4 and 2.8 s, but Lucene's vector code needs C2.
LATE_C2 = (
    "-XX:Tier4InvocationThreshold=30000",
    "-XX:Tier4MinInvocationThreshold=10000",
    "-XX:Tier4CompileThreshold=60000",
    "-XX:Tier4BackEdgeThreshold=400000",
)


class PrerequisiteError(RuntimeError):
    """A program that must be installed is missing or too old; the message says which."""


@cache
def java_command() -> str:
    """Path of `java`: that of JAVA_HOME, else the first on the PATH.

    Raises:
        PrerequisiteError: there is none, it does not run, or it is older than 17.
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(str(Path(home, "bin", "java")) if home else "java")
    if found is None:
        where = f"in JAVA_HOME={home}" if home else "on the PATH"
        message = f"no java {where}: install a JDK {OLDEST_JAVA} (Debian: openjdk-17-jdk-headless)"
        raise PrerequisiteError(message)
    answer = subprocess.run(
        [found, "-version"], capture_output=True, text=True, check=False, timeout=60
    )
    version = java_major(answer.stderr)
    if version is None or version < OLDEST_JAVA:
        message = f"{found} is Java {version or 'of an unknown version'}, need {OLDEST_JAVA}"
        raise PrerequisiteError(message)
    return found


def java_major(text: str) -> int | None:
    """The major version in what `java -version` prints, None when there is none.

    >>> java_major('openjdk version "17.0.15" 2025-04-15'), java_major('java version "1.8.0_392"')
    (17, 8)
    """
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found.group(1)) if found else None


def maven_command() -> str:
    """Path of `mvn`.

    Raises:
        PrerequisiteError: Maven is not on the PATH, or there is no JDK beside it.
    """
    found = shutil.which("mvn")
    if found is None:
        message = "no mvn on the PATH: install Maven 3.8 or newer (Debian: maven)"
        raise PrerequisiteError(message)
    home = os.environ.get("JAVA_HOME")
    if shutil.which(str(Path(home, "bin", "javac")) if home else "javac") is None:
        message = f"java without javac: install a JDK {OLDEST_JAVA}, not only a runtime"
        raise PrerequisiteError(message)
    return found
