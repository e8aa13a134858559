"""`python -m local.bedrock --port N` serves the Bedrock stand-in until it is told to end."""

import argparse
import contextlib
from collections.abc import Sequence

from local.bedrock.server import BedrockServer


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser(prog="python -m local.bedrock", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    options = parser.parse_args(arguments)
    with BedrockServer(options.port) as server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
