"""Documents into the index: one bulk a batch, nothing lost, nothing twice, never back in time."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as OpenSearchConnectionError
from opensearchpy.exceptions import TransportError

from udfs.indexing.documents import Document

# The smallest nodes of the managed service refuse requests above 10 MiB.
MAX_BULK_BYTES = 10_000_000
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 5.0
MAX_REASON_CHARS = 500

CONFLICT = 409
# A bulk is refused whole for one document in it: too large, or with an impossible id or version.
# Halving finds it; otherwise it would stop the stream for good.
FAULTS_OF_ONE = (400, 413)
BUSY = 429
# The cluster's fault, not the document's: no permission or a full disk's write block, no such
# index, too busy. Rejecting for these would empty the stream into the dead letters.
CLUSTER_FAULTS = (401, 403, 404, BUSY)


class SearchUnavailableError(Exception):
    """The index could not be written within the bound; the batch must be replayed."""


def index_batch(
    client: OpenSearch,
    documents: Sequence[Document],
    *,
    index: str,
    budget_s: float = 60.0,
    max_bytes: int = MAX_BULK_BYTES,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    jitter: Callable[[], float] = random.random,
) -> list[str | None]:
    """Index a batch.

    A document older than the indexed one counts as done, and so does the older of two with one id
    in the batch. What was throttled (429), failed (5xx) or not answered is sent again.

    Args:
        client: From client_for: without retries of its own.
        documents: Any number; one bulk, or several if they exceed `max_bytes`.
        index: An alias that exists (template.py).
        budget_s: Bound on retries: no wait is begun that would end after it. The whole call takes
            at most this and one request's time-out.
        max_bytes: Of one request.
        sleep: Waits for seconds.
        clock: Seconds that only grow.
        jitter: A number in [0, 1) that spreads the retries of many tasks.

    Returns:
        For each document None (it, or a newer one, is in the index) or why it was rejected, for
        its dead letter.

    Raises:
        SearchUnavailableError: something is still unwritten after the budget, or the cluster
            refuses the request as such. What was written is written again after the replay, to
            the same effect.
    """
    results: list[str | None] = [None] * len(documents)
    deadline = clock() + budget_s
    sender = _Sender(client, index, documents, results)
    rivals = _by_id(documents)
    newest = [positions.pop() for positions in rivals.values()]
    while newest:
        pending, attempt = newest, 0
        while pending:
            pending, problem = sender.send(pending, max_bytes)
            if not pending:
                break
            wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt) * (0.5 + jitter() / 2)
            if clock() + wait_s > deadline:
                message = f"{len(pending)} documents unwritten after {budget_s:g} s: {problem}"
                raise SearchUnavailableError(message)
            sleep(wait_s)
            attempt += 1
        # Where the newest of a deal was rejected, the one before it is still news.
        beaten = [rivals[documents[p].doc_id] for p in newest if results[p] is not None]
        newest = [positions.pop() for positions in beaten if positions]
    return results


def _by_id(documents: Sequence[Document]) -> dict[str, list[int]]:
    """Positions of each id, oldest version first, so that `pop()` gives the newest."""
    found: dict[str, list[int]] = {}
    for position, document in enumerate(documents):
        found.setdefault(document.doc_id, []).append(position)
    for positions in found.values():
        positions.sort(key=lambda position: (documents[position].version, position))
    return found


@dataclass(frozen=True)
class _Sender:
    """Sends positions of a batch; rejections go to `results`."""

    client: OpenSearch
    index: str
    documents: Sequence[Document]
    results: list[str | None]

    def send(self, positions: Sequence[int], max_bytes: int) -> tuple[list[int], str]:
        """Send every position once.

        Returns:
            Positions to send again, and one of the reasons.
        """
        again: list[int] = []
        problem = ""
        for part in _parts(self.documents, positions, max_bytes):
            more, why = self._send_part(part)
            again, problem = [*again, *more], why or problem
        return again, problem

    def _send_part(self, part: list[int]) -> tuple[list[int], str]:
        try:
            answer = self.client.bulk(
                body=b"".join(_lines(self.documents[position]) for position in part),
                index=self.index,
                params={"require_alias": "true"},  # a missing alias must not become an index
            )
        except OpenSearchConnectionError as error:
            return part, f"no answer ({type(error).__name__})"
        except TransportError as error:
            return self._refused(part, error)
        again: list[int] = []
        problem = ""
        for position, item in zip(part, answer["items"], strict=True):
            outcome = item["index"]
            status = int(outcome["status"])
            if status < 300 or status == CONFLICT:  # a conflict: something newer is there
                continue
            if status >= 500 or status in CLUSTER_FAULTS:
                again.append(position)
                problem = _reason(outcome)
            else:
                self.results[position] = _reason(outcome)
        return again, problem

    def _refused(self, part: list[int], error: TransportError) -> tuple[list[int], str]:
        status = int(error.status_code)
        if status in FAULTS_OF_ONE:
            if len(part) == 1:
                self.results[part[0]] = f"{status} {error.error}: {_root(error)}"[:MAX_REASON_CHARS]
                return [], ""
            half = len(part) // 2
            first, why = self._send_part(part[:half])
            second, other = self._send_part(part[half:])
            return [*first, *second], why or other
        if status >= 500 or status == BUSY:
            return part, f"{status} {error.error}"
        message = f"the cluster refuses the request: {status} {error.error}"
        raise SearchUnavailableError(message) from error


def _parts(
    documents: Sequence[Document], positions: Sequence[int], max_bytes: int
) -> Iterator[list[int]]:
    """Cut into parts of at most `max_bytes`, or of one document that alone is larger."""
    part: list[int] = []
    size = 0
    for position in positions:
        length = len(_lines(documents[position]))
        if part and size + length > max_bytes:
            yield part
            part, size = [], 0
        part.append(position)
        size += length
    if part:
        yield part


def _lines(document: Document) -> bytes:
    """Write one document as the bulk API reads it: what to do, then the document."""
    action = {
        "index": {
            "_id": document.doc_id,
            "version": document.version,
            # gte: the same document again, after a lost answer or a replay, is no conflict.
            "version_type": "external_gte",
        }
    }
    return json.dumps(action).encode() + b"\n" + document.body + b"\n"


def _root(error: TransportError) -> str:
    info: Any = error.info
    try:
        return str(info["error"]["root_cause"][0]["reason"])
    except (TypeError, LookupError):  # not every answer has been written by OpenSearch
        return ""


def _reason(outcome: Mapping[str, Any]) -> str:
    error = outcome.get("error") or {}
    cause = error.get("caused_by") or {}
    words = f"{outcome['status']} {error.get('type')}: {error.get('reason')}"
    if cause:
        words += f" ({cause.get('reason')})"
    return words[:MAX_REASON_CHARS]
