"""The operating system and the processor of the machine that a Travis CI log is from.

What the log says of the system counts first, then the name of the machine's image, then the name of its host.
A cloud's name (`gce`, `aws`) says nothing: Linux and Windows ran on both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# What a shell calls its machine, such as `(x86_64-pc-linux-gnu)` or `(amd64-portbld-freebsd12.1)`
TRIPLE = re.compile(
    rb"\(([0-9a-z_]{1,20})-(?:[0-9a-z_]{1,20}-)?(linux|darwin|freebsd|msys|cygwin|mingw)[0-9a-z._-]{0,20}\)"
)
BY_TRIPLE = {b"linux": "linux", b"darwin": "osx", b"freebsd": "freebsd"}
# Of Cygwin's kin `2.11.2(0.329/5/3)` or `3.0.7-338.x86_64`; Darwin's numbers are above Linux' ones.
KERNELS = (
    ("windows", re.compile(r"^\d+\.\d+\.\d+(?:\(|-\d{1,6}\.(?:x86_64|i686)$)|^10\.0\.\d{5}")),
    ("freebsd", re.compile(r"^\d+\.\d+-(?:RELEASE|STABLE|CURRENT|PRERELEASE|ALPHA|BETA|RC)")),
    ("osx", re.compile(r"^[12]\d\.\d+\.\d+$")),
    ("linux", re.compile(r"^[2-9]\.\d+")),
)
WINDOWS_TEXT = re.compile(
    rb"Windows(?:(?<=not obfuscated on Windows)|(?<=Microsoft Windows)| (?:Server|1[01]\b|version ))"
)

# Words of images and hosts; a Windows image is also known by its release, as in `onion-1803-containers`.
NAMES = (
    ("windows", re.compile(r"windows|microsoft|(?<![a-z])(?:win(?![a-z])|onion(?![a-z])|\d{4}-containers)")),
    ("freebsd", re.compile(r"freebsd")),
    ("osx", re.compile(r"osx|macos|macstadium|xcode|darwin")),
    (
        "linux",
        re.compile(
            r"linux|ubuntu|debian|centos|fedora|(?<![a-z])(?:precise|trusty|xenial|bionic|focal|jammy|noble)(?![a-z])"
        ),
    ),
)
HOSTS = (*NAMES, ("linux", re.compile(r"docker|lxd")))

ARCHES = {"x86_64": "amd64", "aarch64": "arm64", "powerpc64le": "ppc64le"}
ARCH_NAME = re.compile(r"(?<![a-z0-9])(amd64|x86_64|arm64|aarch64|ppc64le|powerpc64le|s390x)(?![a-z0-9])")


def system_of(
    facts: Mapping[str, str], head: bytes, hostname: str, instance: str
) -> tuple[str | None, str | None]:
    """Operating system, as Travis CI's `os` calls it, and processor, as its `arch` does."""
    triple = TRIPLE.search(head)
    os = _told(facts) or (BY_TRIPLE.get(triple[2], "windows") if triple else None)
    arch = triple[1].decode() if triple else None
    if not os or not arch:
        image, hostname = _image(instance).lower(), hostname.lower()
        os = os or _by_names(facts, head, hostname, image)
        named = ARCH_NAME.search(f"{image} {hostname}")
        arch = arch or (named[1] if named else None)
    return os, ARCHES.get(arch, arch) if arch else None


def _by_names(facts: Mapping[str, str], head: bytes, hostname: str, image: str) -> str | None:
    return (
        ("osx" if "macstadium" in hostname else None)
        or _first(NAMES, image)
        or ("windows" if WINDOWS_TEXT.search(head) else None)
        or _first(KERNELS, facts.get("Runtime kernel version", ""))
        or _first(NAMES, facts.get("Build dist", "").lower())
        or _first(HOSTS, hostname)
    )


def _image(instance: str) -> str:
    """Without the machine's name before it, which may have the repo's in it, and `(via amqp)` behind."""
    words = instance.replace("(via ", "(via").split()
    return " ".join([word for word in words if not word.startswith("(")][-1:] or words)


def _told(facts: Mapping[str, str]) -> str | None:
    name = f"{facts.get('ProductName', '')} {facts.get('OS Name', '')}".lower()
    if "windows" in name:
        return "windows"
    if "Distributor ID" in facts:
        return "linux"
    return "osx" if "mac" in name else None


def _first(words: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str | None:
    return next((os for os, pattern in words if pattern.search(text)), None)
