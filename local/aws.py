"""The AWS stand-in: moto's server for Glue, S3, DynamoDB, SNS and CloudWatch.

`python -m local.aws --port N`. Its state is in memory and gone when it stops: whoever starts the
stack registers the schemas again. moto accepts incompatible schemas that AWS refuses, therefore
`schemas` checks compatibility itself.
"""

import argparse
import logging
from collections.abc import Sequence

from moto import server

from local.ports import LOOPBACK


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser(prog="python -m local.aws", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    options = parser.parse_args(arguments)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # else a line for every request
    server.main(["-H", LOOPBACK, "-p", str(options.port)])


if __name__ == "__main__":
    main()
