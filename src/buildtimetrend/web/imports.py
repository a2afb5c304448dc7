"""Asking for builds, by number or in words. The compatibility path, the API and the form all end here."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from buildtimetrend.errors import Forbidden, Invalid, NotFound, PermanentError, TooManyRequests
from buildtimetrend.model import LIST, BuildRef, Import, Origin, Task
from buildtimetrend.providers import provider_class
from buildtimetrend.providers.addresses import host_of
from buildtimetrend.providers.base import Latest, Numbers, Period, Provider, Section
from buildtimetrend.providers.budget import spacing_of
from buildtimetrend.providers.selection import selection_of
from buildtimetrend.setting import declared
from buildtimetrend.store import reads
from buildtimetrend.text import noun_of
from buildtimetrend.web.context import Context, Tasks

# Builds that may wait in all before more are refused: each takes memory, and asks the CI for something.
MOST_WAITING = 20_000

# Lists that are asked for at a time while somebody waits, and seconds that one may take.
LISTS = 2
LISTING = 20.0
# Builds that are listed while somebody waits, if the others are to follow by themselves.
FIRST = 100
# Of one owner, at once.
MOST_REPOS = 1000
# What ended within this time says how fast an import goes.
RECENT = timedelta(minutes=10)
# Failed builds that are tried again at once.
RETRIES = 1000
# From fewer no rate can be told.
LEAST_ENDED = 2

_lists = threading.BoundedSemaphore(LISTS)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """`batch` is None when a single build was asked for without an import to follow."""

    tasks: list[Task]
    warnings: list[str]
    batch: Import | None
    listing: bool = False  # whether there are more, which are listed meanwhile


def offered(context: Context) -> list[str]:
    """The CI systems to choose from: those first of which a token or another secret is set."""
    sections = {name: context.settings.section(name) for name in context.providers}
    return sorted(context.providers, key=lambda name: not _has_secret(sections[name]))


def _has_secret(section: Section) -> bool:
    known = declared(provider_class(section.kind).settings)
    return any(each.row.secret and getattr(section.values, name) for name, each in known.items())


def repo_of(context: Context, provider: str, text: str) -> str | None:
    """The repo that was pasted; None where it is none of that CI.

    Raises `NotFound` for an unknown CI, and `Invalid` for an address where other CI systems of the settings
    build and it does not: there another repo may have that name.
    """
    ci, host = _provider(context, provider), host_of(text)
    if host not in ci.hosts() and (
        others := [n for n, each in context.providers.items() if host in each.hosts()]
    ):
        raise Invalid(
            f"{ci.title} at {ci.instance} builds nothing of {host}: choose {' or '.join(others)}, or give "
            "owner/name.",
            detail="repo",
        )
    return ci.repo_of(text)


def schedule_said(context: Context, provider: str, repo: str, said: str, *, whole: bool = False) -> Scheduled:
    """Schedule the builds that were asked for in words (`selection`), no more than may be at once; with
    `whole` all of them: the first are scheduled, and the others listed by and by.

    Unless they are named by number the CI is asked which they are: that blocks for up to `LISTING` seconds.
    Raises like `schedule` and `selection_of`, and what `Provider.select` does: a repo that the CI does not
    know, or a CI that cannot be reached, is told at once.
    """
    most = context.settings.multi_import_max_builds
    selection = selection_of(said, most, context.store.clock.now())
    if isinstance(selection, Numbers):
        return schedule(context, provider, repo, selection.first, selection.last, batch=True, whole=whole)
    ci = require_allowed(context, provider, repo)
    _require_room(context, 1)
    warnings: list[str] = []
    if whole:
        refs, more = _first(ci, repo, replace(selection, running=True))
    else:
        refs, more = _listed(ci, repo, selection, most, warnings), False
    _require_room(context, len(refs))
    numbers = [int(ref.number) for ref in refs if ref.number and ref.number.isdecimal()] or [0]
    asked = " ".join(said.split())
    record = _record(ci, repo, min(numbers), max(numbers), asked)
    if more:
        refs.append(replace(refs[-1], number=LIST))
    return _scheduled(context, ci, refs, warnings, record)


def schedule_owner(
    context: Context,
    provider: str,
    owner: str,
    said: str,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> list[Import]:
    """An import for each repo of an organisation, a group or a person that the settings allow; one that goes
    on already is not begun again.

    `include` and `exclude` are patterns as `web-*`, of a name alone or, with a slash, with its owner.
    Raises as `schedule_said`, and `Invalid` where no repo is left, or there are more than `MOST_REPOS`.
    """
    ci = _provider(context, provider)
    selection_of(said, context.settings.multi_import_max_builds, context.store.clock.now())
    _require_room(context, 1)
    with one_of_few_lists(), _repo_at_fault():
        known = list(islice(ci.repos(owner), MOST_REPOS + 1))
    if len(known) > MOST_REPOS:
        raise Invalid(f"{owner} has more than {MOST_REPOS:,} repos: import them one by one.", detail="repo")
    wanted = [
        repo
        for repo in known
        if context.settings.allows(repo)
        and (not include or _is_like(repo, include))
        and not _is_like(repo, exclude)
    ]
    if not wanted:
        raise Invalid(
            f"None of the {len(known):,} repos of {owner} is asked for, and allowed by the settings.",
            detail="repo",
        )
    asked = " ".join(said.split())
    open_already = reads.open_imports(context.store, ci.kind, ci.instance, asked)
    known_records = {record.repo: record for record in open_already}
    records = [_record(ci, repo, 0, 0, asked) for repo in wanted if repo not in known_records]
    futures = [
        context.tasks.schedule(
            [BuildRef(ci.kind, ci.instance, record.repo, number=LIST)], Origin.IMPORT, batch=record
        )
        for record in records
    ]
    for future in futures:
        future.result()
    return [known_records[repo] for repo in wanted if repo in known_records] + records


def _is_like(repo: str, patterns: Sequence[str]) -> bool:
    repo = repo.lower()
    return any(
        fnmatchcase(repo if "/" in pattern else repo.rpartition("/")[2], pattern.lower())
        for pattern in patterns
    )


def schedule(
    context: Context, provider: str, repo: str, first: int, last: int, *, batch: bool, whole: bool = False
) -> Scheduled:
    """Schedule builds `first` to `last`, no more than the settings allow at once. Blocks for milliseconds.

    Where several builds may have one number, all of them are listed by and by; with `whole` of any number of
    numbers. Raises `NotFound` for an unknown provider, `Forbidden` for a repo that the settings do not allow
    and `TooManyRequests` while too many builds wait already.
    """
    ci = require_allowed(context, provider, repo)
    warnings = []
    if last < first:
        warnings.append(
            f"Warning: last_build {last} is below first_build {first}: only {first} is scheduled."
        )
        last = first
    most = context.settings.multi_import_max_builds
    if last - first >= most and not (whole and ci.shares_numbers):
        refused, last = last, first + most - 1
        warnings.append(f"{_at_most(most)}: builds {last + 1} to {refused} are refused.")
    if ci.shares_numbers:
        _require_room(context, 1)
        listed = BuildRef(ci.kind, ci.instance, repo, number=LIST)
        record = _record(ci, repo, first, last, str(first) if first == last else f"{first}-{last}")
        return _scheduled(context, ci, [listed], warnings, record)
    _require_room(context, last - first + 1)
    refs = [BuildRef(ci.kind, ci.instance, repo, number=str(n)) for n in range(first, last + 1)]
    return _scheduled(context, ci, refs, warnings, _record(ci, repo, first, last) if batch else None)


def _provider(context: Context, name: str) -> Provider:
    if name not in context.providers:
        raise NotFound(
            f"There is no such provider. Known: {', '.join(context.providers)}.", detail="provider"
        )
    return context.providers[name]


def require_allowed(context: Context, provider: str, repo: str) -> Provider:
    """The CI. Raises `NotFound` for an unknown one, `Forbidden` for a repo that the settings do not allow."""
    ci = _provider(context, provider)
    if not context.settings.allows(repo):
        raise Forbidden("The settings of this service do not allow this repo.", detail="repo")
    return ci


def _require_room(context: Context, number: int) -> None:
    most = context.settings.multi_import_max_builds
    waiting = sum(count for key, count in context.tasks.depth().items() if key.startswith("waiting."))
    if waiting + number - 1 >= max(MOST_WAITING, 2 * most):
        raise TooManyRequests(
            f"{waiting} {noun_of(waiting, 'build')} {'waits' if waiting == 1 else 'wait'} already; "
            "ask again when there are fewer.",
            retry_after=60,
        )


def _listed(
    ci: Provider, repo: str, selection: Latest | Period, most: int, warnings: list[str]
) -> list[BuildRef]:
    until = time.monotonic() + LISTING
    refs: list[BuildRef] = []
    with one_of_few_lists(), _repo_at_fault():
        for ref in ci.select(repo, selection):
            if len(refs) == most:
                warnings.append(f"{_at_most(most)}: builds older than {refs[-1].number} are left out.")
                break
            if refs and time.monotonic() > until:
                warnings.append(
                    f"Warning: the list takes long: builds older than {refs[-1].number} are left out."
                )
                break
            refs.append(ref)
    if not refs:
        raise _none_listed(ci, repo, selection)
    return refs


def _first(ci: Provider, repo: str, selection: Latest | Period) -> tuple[list[BuildRef], bool]:
    """The newest builds, as many as one page of most CIs has; and whether there may be more."""
    until = time.monotonic() + LISTING
    refs: list[BuildRef] = []
    with one_of_few_lists(), _repo_at_fault():
        for ref in ci.select(repo, selection):
            refs.append(ref)
            if len(refs) == FIRST or time.monotonic() > until:
                builds = len({each.id for each in refs})
                return refs, not isinstance(selection, Latest) or builds < selection.number
    if not refs:
        raise _none_listed(ci, repo, selection)
    return refs, False


def _none_listed(ci: Provider, repo: str, selection: Latest | Period) -> Invalid:
    since = f" that began since {selection.since:%Y-%m-%d}" if isinstance(selection, Period) else ""
    return Invalid(f"{ci.instance} has no builds of {repo}{since} that have ended.", detail="builds")


@contextmanager
def one_of_few_lists() -> Iterator[None]:
    """Raises `TooManyRequests` while others wait for lists."""
    if not _lists.acquire(blocking=False):
        raise TooManyRequests("Other lists of builds are being asked for; ask again soon.", retry_after=5)
    try:
        yield
    finally:
        _lists.release()


@contextmanager
def _repo_at_fault() -> Iterator[None]:
    """A name that the CI does not know is the fault of who asks, not of the CI."""
    try:
        yield
    except PermanentError as error:
        if error.detail != "repo":
            raise
        raise NotFound(error.message, detail="repo") from error


def _at_most(most: int) -> str:
    verb = "is" if most == 1 else "are"
    return f"Warning: at most {most} {noun_of(most, 'build')} {verb} imported at once"


def _record(ci: Provider, repo: str, first: int, last: int, said: str | None = None) -> Import:
    return Import(uuid.uuid4().hex, ci.kind, repo, first, last, datetime.now(UTC), ci.instance, said)


def _scheduled(
    context: Context, ci: Provider, refs: Sequence[BuildRef], warnings: list[str], record: Import | None
) -> Scheduled:
    origin = Origin.IMPORT if record else Origin.REQUEST
    spacing = spacing_of(ci, context.settings.multi_import_delay)
    future = context.tasks.schedule(refs, origin, spacing=spacing, batch=record)
    builds = [task for task in future.result() if not task.ref.is_list]
    return Scheduled(builds, warnings, record, listing=len(builds) < len(refs))


def finishes_at(found: dict[str, Any], pace: dict[str, Any] | None, now: datetime) -> datetime | None:
    """When an import may end, by the rate of its last builds, and not before its last one is due.

    None when it has ended, or while no rate can be told.
    """
    if pace is None or pace["ended"] < LEAST_ENDED:
        return None
    since = max(found["created_at"], now - RECENT)
    left = found["waiting"] + found["running"]
    by_rate: datetime = now + (now - since) / pace["ended"] * left
    due: datetime = pace["last_due_at"]
    return max(due, by_rate)


def retry_failed(tasks: Tasks, ids: Sequence[str]) -> int:
    """Try these tasks again, now; how many of them were still failed. Blocks until that is on disk."""
    futures = []
    for task_id in ids:
        with suppress(NotFound):  # somebody else was faster
            futures.append(tasks.retry(task_id))
    for future in futures:
        future.result()
    return len(futures)
