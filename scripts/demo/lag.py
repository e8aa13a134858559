"""Consumer lag of the jobs, as the broker knows it."""

from collections.abc import Mapping

from confluent_kafka import Consumer, TopicPartition

from flink_jobs.config import JobName

# Which topic each job reads, in the order of the dataflow.
READS = {
    JobName.PARSE_DEALS: "deals.raw",
    JobName.EVALUATE_DEALS: "deals.parsed",
    JobName.INDEX_DEALS: "deals.evaluated",
    JobName.ALERT_DEALS: "deals.evaluated",
    JobName.SUMMARISE_DEALS: "deals.evaluated",
}
TIMEOUT_S = 10.0


class LagReader:
    """Reads the lag of each job; a job commits its offsets with every checkpoint.

    So a lag of 0 says more than "read": everything that came of the records is on its topic.
    """

    def __init__(self, kafka: Mapping[str, str], group_prefix: str) -> None:
        """Connect, a client a group; none of them joins its group."""
        self._clients = {
            job: Consumer(dict(kafka) | {"group.id": f"{group_prefix}.{job}"}) for job in READS
        }

    def lag(self, job: JobName) -> int:
        """Records of its topic that the job has not finished."""
        client = self._clients[job]
        return sum(
            max(0, end - max(start, committed))
            for start, end, committed in self._offsets(client, READS[job])
        )

    def count(self, topic: str) -> int:
        """Offsets on a topic: its records, as long as none was deleted by age."""
        client = self._clients[JobName.PARSE_DEALS]
        return sum(end - start for start, end, _ in self._offsets(client, topic))

    def close(self) -> None:
        """Disconnect."""
        for client in self._clients.values():
            client.close()

    def _offsets(self, client: Consumer, topic: str) -> list[tuple[int, int, int]]:
        """(first, end, committed or -1001) of each partition."""
        metadata = client.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
        partitions = [TopicPartition(topic, number) for number in metadata.partitions]
        committed = client.committed(partitions, timeout=TIMEOUT_S)
        return [
            (*client.get_watermark_offsets(partition, timeout=TIMEOUT_S), known.offset)
            for partition, known in zip(partitions, committed, strict=True)
        ]
