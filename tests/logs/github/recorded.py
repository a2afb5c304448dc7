"""The recorded logs, and what a person wrote down of their ends."""

from __future__ import annotations

import gzip
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "data" / "github-logs"
NAMES = sorted(path.name.removesuffix(".log.gz") for path in FOLDER.glob("*.log.gz"))

# Code and command; the last of several lines.
ENDS: dict[str, tuple[int | None, str | None]] = {
    "ant-2114165124-orig": (1, "ant/bin/ant -noinput clean jenkins"),
    "ant-2420748513-orig": (1, "GabrielBB/xvfb-action@v1.0"),
    "build_language_not_java-5f33c8aa76e6b36b3319cdf4ce26f3da585148c2": (0, None),
    "build_language_not_java-e35ffaa457eee569d4bc81be16d0db26e0f3e1b3": (0, None),
    "build_system_testing-2029314256": (1, "./gradlew playground:backend:precommit"),
    "build_system_testing-6991832152": (0, None),
    "gradle-2556516385-orig": (0, None),
    "gradle-7801445827-orig": (1, "./gradlew && ./gradlew jar"),
    "javascript-jest-2499439457": (0, None),
    "javascript-jest-2525375274": (0, None),
    "javascript-mocha-2358392288": (1, "npm test"),
    "javascript-mocha-2530886594": (1, "npm run coveralls"),
    "logs-6d2edd6284ebc5301dbe45376a31ca8316852a77": (0, None),
    "logs-d1e03606f3d7514e165e12d398a63167f67b5e2e": (
        1,
        "mvn verify -e -B -V -DdistributionFileName=apache-maven",
    ),
    "maven-1932650872-orig": (
        1,
        "mvn -B verify -P coverage --no-transfer-progress -D maven.javadoc.skip=true",
    ),
    "maven-7885474901-orig": (1, ".github/build.sh"),
    "other-8859027590": (None, None),  # has no stamps
    "python-2350842179-orig": (2, "python -m pytest"),
    "python-27530380915-orig": (2, "hatch run all.py3.9:test-unit-coverage"),
    "result_comparer-2003301608-orig": (
        1,
        "mvn -B verify -P coverage --no-transfer-progress -D maven.javadoc.skip=true",
    ),
    "unknowns-b7c7adf8acdfd4c93d7ba98d10249fb9d0e8e56c": (0, None),
    "unknowns-d089bd12b918e80e93d35ae91d56f99717044cec": (0, None),
}


def recorded(name: str) -> bytes:
    return gzip.decompress((FOLDER / f"{name}.log.gz").read_bytes())
