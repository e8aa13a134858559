"""The AWS stand-in: moto's server for Glue, S3, DynamoDB, SNS and CloudWatch.

`python -m local.aws --port N`. Its state is in memory and gone when it stops: whoever starts the
stack registers the schemas again, and gets the same version ids, for the records in Kafka are still
there and name them. moto accepts incompatible schemas that AWS refuses, therefore
`schemas` checks compatibility itself.
"""

import argparse
import logging
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from moto import server
from moto.glue.models import FakeSchemaVersion

from local.ports import LOOPBACK


def give_lasting_ids() -> None:
    """Let the id of a schema version follow from registry, schema and definition."""
    made = FakeSchemaVersion.__init__

    def make(self: FakeSchemaVersion, *arguments: Any, **named: Any) -> None:
        made(self, *arguments, **named)
        name = f"{self.registry_name}/{self.schema_name}/{self.schema_definition}"
        self.schema_version_id = str(uuid5(NAMESPACE_URL, name))

    FakeSchemaVersion.__init__ = make


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser(prog="python -m local.aws", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    options = parser.parse_args(arguments)
    give_lasting_ids()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # else a line for every request
    server.main(["-H", LOOPBACK, "-p", str(options.port)])


if __name__ == "__main__":
    main()
