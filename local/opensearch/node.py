"""How the search node is configured, started and asked whether it is well."""

from pathlib import Path

from local.java import LATE_C2, java_command
from local.loopback import get_status
from local.ports import LOOPBACK, Ports

VERSION = "2.19.1"

# The jars on Maven Central come without the descriptor that the official archive adds.
MODULES = {
    "transport-netty4": "org.opensearch.transport.Netty4Plugin",
    "lang-painless": "org.opensearch.painless.PainlessPlugin",
    "analysis-common": "org.opensearch.analysis.common.CommonAnalysisPlugin",
    "reindex": "org.opensearch.index.reindex.ReindexPlugin",
    "mapper-extras": "org.opensearch.index.mapper.MapperExtrasPlugin",
}

_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %c{1.} %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


def module_descriptor(name: str) -> str:
    """The `plugin-descriptor.properties` of one of `MODULES`."""
    return f"""\
name={name}
description={name}
classname={MODULES[name]}
version={VERSION}
opensearch.version={VERSION}
java.version=11
custom.foldername=
extended.plugins=
has.native.controller=false
"""


def node_settings(ports: Ports, data: Path, logs: Path) -> str:
    """The node's configuration file.

    Args:
        ports: where it answers HTTP and the transport protocol.
        data: folder of the indices.
        logs: folder OpenSearch demands; the log itself goes to standard output.
    """
    # Without the disk threshold a developer's full disk makes every index read-only.
    return f"""\
cluster.name: deal-finder
node.name: local
network.host: {LOOPBACK}
http.port: {ports.opensearch}
transport.port: {ports.opensearch_transport}
discovery.type: single-node
path.data: "{data}"
path.logs: "{logs}"
cluster.routing.allocation.disk.threshold_enabled: false
"""


class OpenSearchNode:
    """The component `opensearch`."""

    name = "opensearch"
    title = f"OpenSearch {VERSION} with k-NN"
    listeners = ("opensearch", "opensearch_transport")
    patience_s = 20.0

    def __init__(self, jars: Path) -> None:
        """Run from `jars`, the folder that `local.build` fills."""
        self._jars = jars

    def address(self, ports: Ports) -> str:
        """The base URL of its REST interface."""
        return f"http://{LOOPBACK}:{ports.opensearch}"

    def prepare(self, folder: Path, ports: Ports) -> None:
        """Write the configuration."""
        config = folder / "config"
        for needed in (config, folder / "tmp"):
            needed.mkdir(parents=True, exist_ok=True)
        settings = node_settings(ports, folder / "data", folder / "logs")
        (config / "opensearch.yml").write_text(settings, encoding="utf-8")
        (config / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")

    def command(self, folder: Path, ports: Ports) -> list[str]:
        """The node's command line."""
        config = folder / "config"
        return [
            java_command(),
            "-Xms256m",
            "-Xmx1g",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            *LATE_C2,
            # Lucene's SIMD code for vector distances; without it k-NN is several times slower.
            "--add-modules=jdk.incubator.vector",
            "-Djava.awt.headless=true",
            f"-Djava.io.tmpdir={folder / 'tmp'}",
            f"-Djna.tmpdir={folder / 'tmp'}",
            f"-Dlog4j2.configurationFile=file:{config / 'log4j2.properties'}",
            "-Dlog4j2.disable.jmx=true",
            "-cp",
            f"{self._jars / 'lib'}/*",
            "dealfinder.local.SearchNode",
            str(self._jars),
            str(config),
        ]

    def healthy(self, ports: Ports) -> bool:
        """Whether the cluster of one is formed and every primary shard answers."""
        path = "/_cluster/health?wait_for_status=yellow&timeout=1s"
        return get_status(ports.opensearch, path) == 200
