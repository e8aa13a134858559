"""How the broker is configured, started and asked whether it is well."""

import base64
import socket
import subprocess
import uuid
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from local.java import LATE_C2, java_command
from local.ports import LOOPBACK, Ports

_JVM = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    *LATE_C2,
)

_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c{1})%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.server.name = kafka.server
logger.server.level = info
"""


def server_properties(ports: Ports, data: Path) -> str:
    """The broker's configuration file.

    Args:
        ports: where the broker and its controller listen.
        data: folder of the log segments.
    """
    # A dead letter carries the whole payload of another record, so the broker's limit is twice a
    # producer's default of 1 MiB. The controller refuses a broker that was killed until its former
    # session is over: by default 9 s, and a restart after a kill took 13 s.
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{LOOPBACK}:{ports.kafka_controller}
listeners=PLAINTEXT://{LOOPBACK}:{ports.kafka},CONTROLLER://{LOOPBACK}:{ports.kafka_controller}
advertised.listeners=PLAINTEXT://{LOOPBACK}:{ports.kafka}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
message.max.bytes=2097152
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.partitions=4
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
"""


class KafkaBroker:
    """The component `kafka`."""

    name = "kafka"
    title = "Kafka 4.2.1"
    listeners = ("kafka", "kafka_controller")
    # A clean shut-down writes the recovery points; it takes about a second.
    patience_s = 20.0

    def __init__(self, jars: Path) -> None:
        """Run from `jars`, the folder that `local.build` fills."""
        self._classpath = f"{jars / 'lib'}/*"

    def address(self, ports: Ports) -> str:
        """What a client takes as bootstrap server."""
        return f"{LOOPBACK}:{ports.kafka}"

    def prepare(self, folder: Path, ports: Ports) -> None:
        """Write the configuration, and format the storage the first time.

        Raises:
            RuntimeError: the storage cannot be formatted; the message holds the tool's words.
        """
        data = folder / "data"
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        properties = folder / "server.properties"
        properties.write_text(server_properties(ports, data), encoding="utf-8")
        (folder / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
        if (data / "meta.properties").exists():
            return
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        formatted = subprocess.run(
            [
                *self._java(folder, "-XX:TieredStopAtLevel=1"),
                "kafka.tools.StorageTool",
                # In one word: an id may begin with a dash, which would be taken for an option.
                *("format", f"--cluster-id={cluster}", "-c", str(properties)),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if formatted.returncode != 0:
            message = f"Kafka's storage was not formatted: {formatted.stdout}{formatted.stderr}"
            raise RuntimeError(message)

    def command(self, folder: Path, ports: Ports) -> list[str]:
        """The broker's command line."""
        return [*self._java(folder), "kafka.Kafka", str(folder / "server.properties")]

    def healthy(self, ports: Ports) -> bool:
        """Whether the broker is registered, unfenced, and answers for its metadata."""
        # First a plain connection: librdkafka would write a refused one to standard error.
        try:
            socket.create_connection((LOOPBACK, ports.kafka), timeout=1).close()
        except OSError:
            return False
        admin = AdminClient({"bootstrap.servers": self.address(ports), "log_level": 0})
        try:
            return len(admin.list_topics(timeout=2).brokers) == 1
        except KafkaException:
            return False

    def _java(self, folder: Path, *flags: str) -> list[str]:
        return [
            java_command(),
            *_JVM,
            *flags,
            f"-Djava.io.tmpdir={folder / 'tmp'}",
            f"-Dlog4j2.configurationFile=file:{folder / 'log4j2.properties'}",
            "-cp",
            self._classpath,
        ]
