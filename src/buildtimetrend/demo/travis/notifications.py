"""The webhooks that the simulated Travis CI sends: payloads old and new, signed as Travis CI signs them."""

from __future__ import annotations

import base64
import hashlib
from functools import cached_property
from urllib.parse import urlencode

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from buildtimetrend.demo.builds import SimulatedBuild, SimulatedJob
from buildtimetrend.demo.messages import Document, iso
from buildtimetrend.demo.travis.v2 import documents

_PENDING = {"created", "queued", "received", "started"}
_FAILING = {"failed", "errored"}


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signature(key: rsa.RSAPrivateKey, payload: bytes) -> str:
    """RSA, PKCS#1 v1.5, over SHA-1 of the decoded payload: SHA-1 is what Travis CI uses."""
    return base64.b64encode(key.sign(payload, padding.PKCS1v15(), hashes.SHA1())).decode()  # noqa: S303


def authorization(slug: str, account_token: str) -> str:
    """The older proof of origin, before payloads were signed."""
    return hashlib.sha256(f"{slug}{account_token}".encode()).hexdigest()


def encode(payload: bytes) -> bytes:
    return urlencode({"payload": payload}).encode()


def payload(build: SimulatedBuild, url: str) -> bytes:
    """The JSON text as Travis CI sends it today. `url` is the base of the page's address in it."""
    commit, project = build.commit, build.project
    return orjson.dumps(
        _summary(build)
        | {
            "id": build.id,
            "number": str(build.number),
            "config": documents.config(build),
            "type": build.event_type,
            "state": build.state,
            "started_at": iso(build.started_at),
            "finished_at": iso(build.finished_at),
            "duration": build.duration,
            "build_url": f"{url}/{project.slug}/builds/{build.id}",
            "commit_id": commit.id,
            "base_commit": commit.parent if build.pull_request else None,
            "head_commit": build.pull_request.head if build.pull_request else None,
            "pull_request": build.pull_request is not None,
            "pull_request_number": build.pull_request and build.pull_request.number,
            "pull_request_title": build.pull_request and build.pull_request.title,
            "tag": build.tag,
            "repository": _repository(build),
            "matrix": [_job(job, build) for job in build.jobs],
        }
        | _commit(build)
    )


def old_payload(build: SimulatedBuild, url: str) -> bytes:
    """As it was sent until 2014: no state of the build, and `finished` for every job that has ended."""
    document: Document = orjson.loads(payload(build, url))
    for name in (
        "state",
        "commit_id",
        "base_commit",
        "head_commit",
        "pull_request",
        "pull_request_title",
        "tag",
    ):
        del document[name]
    if build.pull_request is None:
        del document["pull_request_number"]
    for job in document["matrix"]:
        job |= {
            "state": "started" if build.finished_at is None else "finished",
            "status": None,
            "result": None,
        }
        for name in ("started_at", "allow_failure"):
            del job[name]
    return orjson.dumps(document)


def _summary(build: SimulatedBuild) -> Document:
    status = None if build.state == "canceled" else 0 if build.state == "passed" else 1
    message = status_message(build.state, build.previous_state)
    return {"status": status, "result": status, "status_message": message, "result_message": message}


def status_message(state: str, previous: str | None) -> str:
    if state in _PENDING:
        return "Pending"
    if state == "passed":
        return "Fixed" if previous in _FAILING else "Passed"
    if state == "failed":
        return "Still Failing" if previous in _FAILING else "Broken" if previous == "passed" else "Failed"
    return state.capitalize()


def _repository(build: SimulatedBuild) -> Document:
    project = build.project
    url = f"https://github.example/{project.slug}"
    return {"id": project.id, "name": project.name, "owner_name": project.owner, "url": url}


def _commit(build: SimulatedBuild) -> Document:
    commit = build.commit
    return {
        "commit": commit.sha,
        "branch": build.branch,
        "message": commit.message,
        "compare_url": build.compare_url,
        "committed_at": iso(commit.committed_at),
        "author_name": commit.author,
        "author_email": commit.email,
        "committer_name": commit.author,
        "committer_email": commit.email,
    }


def _job(job: SimulatedJob, build: SimulatedBuild) -> Document:
    status = 0 if job.state == "passed" else 1
    return {
        "id": job.id,
        "repository_id": build.project.id,
        "parent_id": build.id,
        "number": job.number,
        "state": job.state,
        "config": job.config,
        "status": status,
        "result": status,
        "allow_failure": job.allow_failure,
        "started_at": iso(job.started_at),
        "finished_at": iso(job.finished_at),
    } | _commit(build)


class Sender:
    """Makes the requests that carry notifications. `key` may be replaced while it runs."""

    def __init__(self, key: rsa.RSAPrivateKey, account_token: str) -> None:
        self.key = key
        self._account_token = account_token

    def webhook(
        self, build: SimulatedBuild, url: str, *, form: str = "new", signing: str = "own"
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of the request that tells of a build.

        `form` is `new` or `old`; `signing` is `own`, `wrong` (of another text), `foreign` (another key's) or
        `none`. The old form has only one wrong proof.
        """
        text = {"new": payload, "old": old_payload}[form](build, url)
        slug = build.project.slug
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "user-agent": "Travis CI Notifications",
            "travis-repo-slug": slug,
        }
        if form == "old":
            token = self._account_token if signing == "own" else "another-account-token"
            proof = {} if signing == "none" else {"authorization": authorization(slug, token)}
        else:
            proof = {} if signing == "none" else {"signature": self._signature(text, signing)}
        return headers | proof, encode(text)

    @cached_property
    def _foreign_key(self) -> rsa.RSAPrivateKey:
        return new_key()

    def _signature(self, text: bytes, signing: str) -> str:
        signed = {"own": text, "foreign": text, "wrong": text + b" "}[signing]
        return signature(self._foreign_key if signing == "foreign" else self.key, signed)
