"""`python -m scripts.bench.search`: how fast OpenSearch takes deals in and finds them by meaning.

Documents of deals with vectors in clusters, as titles have them; bulks of 1,000 by the code of
index_deals, then searches as the search tool makes them, one at a time. Recall at 10 is against all
documents compared one by one.
"""

import argparse
import random
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from opensearchpy import OpenSearch

from local.components import components
from local.ports import Ports
from local.stack import Stack
from scripts.bench.command import FOLDER, add_folders, begin, write
from scripts.bench.ending import end_in_order
from scripts.bench.metering import usage
from scripts.bench.workload import Workload, deals
from scripts.connection import reports_errors
from udfs.indexing.bulk import index_batch
from udfs.indexing.client import client_for
from udfs.indexing.documents import document_of
from udfs.indexing.template import DIMENSIONS, ensure_template
from udfs.searching.hybrid import meaning_body

HOME = FOLDER / "search"
INDEX, BULK, K = "deals", 1_000, 10
# Titles of one kind of product lie about so near each other (cosine about 0.7).
CLUSTERS, SPREAD = 300, 0.65
SEARCHES, JUDGED = 300, 50

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Found:
    """With so many documents.

    Attributes:
        documents: In the index.
        bulk_per_s: Documents a second, from this process' encoding to the answer.
        server_ms_per_document: CPU of OpenSearch.
        p50_ms, p95_ms, max_ms: Of a search.
        recall: Of the 10 nearest.
    """

    documents: int
    bulk_per_s: float
    server_ms_per_document: float
    p50_ms: float
    p95_ms: float
    max_ms: float
    recall: float


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    bench = argparse.ArgumentParser(prog="python -m scripts.bench.search", description=__doc__)
    bench.add_argument("--documents", type=int, nargs="+", default=[10_000, 100_000])
    add_folders(bench, HOME)
    return bench


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; returns the exit code."""
    options = parser().parse_args(arguments)
    out = begin()
    home = options.home.resolve()
    shutil.rmtree(home, ignore_errors=True)
    parts = {name: part for name, part in components().items() if name == "opensearch"}
    stack = Stack(home / "stack", Ports.free(), parts=parts)
    measured: list[Found] = []
    try:
        stack.up()
        (status,) = (each for each in stack.status() if each.name == "opensearch")
        client = client_for(stack.endpoints().opensearch_url, timeout_s=120.0)
        ensure_template(client, INDEX)
        held = np.empty((0, DIMENSIONS), np.float32)
        for count in sorted(options.documents):
            vectors = clustered(count, seed=7)
            measured.append(_measure(client, status.pid or 0, held, vectors))
            held = vectors
            out.print(markdown(measured).splitlines()[-1], markup=False)
    finally:
        stack.down(delete=True)
    results = {"found": [asdict(each) for each in measured]}
    write(options.out, "search", results, markdown(measured))
    out.print(markdown(measured), markup=False)
    return 0


def clustered(count: int, seed: int) -> Floats:
    """(count, DIMENSIONS) of unit length, around centres; more begin as fewer do."""
    centres = np.random.default_rng(seed).normal(size=(CLUSTERS, DIMENSIONS))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    chance = np.random.default_rng(seed + 1)
    parts = []
    for at in range(0, count, BULK):
        noise = chance.normal(size=(BULK, DIMENSIONS)) * SPREAD / np.sqrt(DIMENSIONS)
        part = centres[chance.integers(CLUSTERS, size=BULK)] + noise
        parts.append(part[: count - at] / np.linalg.norm(part[: count - at], axis=1, keepdims=True))
    found: Floats = np.concatenate(parts).astype(np.float32)
    return found


def recall(vectors: Floats, asked: Floats, answers: Sequence[Sequence[int]]) -> float:
    """Part of the K nearest that the answers hold, over all that was asked."""
    hits = 0
    for vector, answer in zip(asked, answers, strict=True):
        nearest = np.argpartition(-(vectors @ vector), K)[:K]
        hits += len({*nearest.tolist()} & {*answer[:K]})
    return hits / (K * len(asked))


def _measure(client: OpenSearch, server_pid: int, held: Floats, vectors: Floats) -> Found:
    """Index what is not held yet, then search."""
    first = len(held)
    made = deals(Workload(observations=len(vectors) - first), random.Random(first))  # noqa: S311
    spent_s, before_s = 0.0, usage(server_pid)[0]
    for at in range(first, len(vectors), BULK):
        numbered = [(number, next(made)) for number in range(at, min(at + BULK, len(vectors)))]
        began_s = time.perf_counter()
        documents = [
            document_of(deal | {"deal_id": str(number), "verdict": "fair"}, vectors[number])
            for number, deal in numbered
        ]
        rejected = [each for each in index_batch(client, documents, index=INDEX) if each]
        spent_s += time.perf_counter() - began_s
        if rejected:
            raise RuntimeError(rejected[0])
    client.indices.refresh(index=INDEX)
    server_s = usage(server_pid)[0] - before_s
    asked = clustered(SEARCHES, seed=7)  # of the same clusters
    noise = np.random.default_rng(3).normal(size=asked.shape) * 0.3 / np.sqrt(DIMENSIONS)
    asked = (asked + noise).astype(np.float32)
    waits_ms, answers = [], []
    for vector in asked:
        began_s = time.perf_counter()
        answer = client.search(index=INDEX, body=meaning_body(vector, []))
        waits_ms.append((time.perf_counter() - began_s) * 1000)
        answers.append([int(hit["_id"]) for hit in answer["hits"]["hits"]])
    p50, p95, most = (float(each) for each in np.percentile(waits_ms, [50, 95, 100]))
    added = len(vectors) - first
    return Found(
        documents=len(vectors),
        bulk_per_s=added / spent_s,
        server_ms_per_document=server_s * 1000 / added,
        p50_ms=p50,
        p95_ms=p95,
        max_ms=most,
        recall=recall(vectors, asked[:JUDGED], answers[:JUDGED]),
    )


def markdown(measured: Sequence[Found]) -> str:
    """The table."""
    lines = [
        "| documents | bulk documents/s | OpenSearch CPU ms a document | search p50 ms | p95 ms"
        " | max ms | recall at 10 |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {each.documents:,} | {each.bulk_per_s:,.0f} | {each.server_ms_per_document:.2f}"
        f" | {each.p50_ms:.1f} | {each.p95_ms:.1f} | {each.max_ms:.1f} | {each.recall:.2f} |"
        for each in measured
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
