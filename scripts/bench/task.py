"""What a variant that runs as a process of its own is told: its command line."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from schemas.registry import Registry, glue_client

# Of whatever is measured: the stand-in's credentials, and Python workers as on the service.
# PyFlink's local mode otherwise runs the Python of all tasks in the client's process.
ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": "us-east-1",
    "_python_worker_execution_mode": "process",
}


@dataclass(frozen=True)
class Task:
    """One run of a variant.

    Attributes:
        name: Of the run; groups and state are named after it.
        bootstrap_servers: Of the broker.
        aws_endpoint_url: Of the registry's stand-in.
        registry_name: Of the schemas.
        output: Topic of the evaluated deals.
        bad: Topic of the records that are none.
        count: Records of the input to read.
        model_dir: None = without the model.
        home: An empty folder.
    """

    name: str
    bootstrap_servers: str
    aws_endpoint_url: str
    registry_name: str
    output: str
    bad: str
    count: int
    model_dir: Path | None
    home: Path

    def arguments(self) -> list[str]:
        """The command line that `parsed` reads."""
        given = {
            "--name": self.name,
            "--bootstrap-servers": self.bootstrap_servers,
            "--aws-endpoint-url": self.aws_endpoint_url,
            "--registry-name": self.registry_name,
            "--output": self.output,
            "--bad": self.bad,
            "--count": str(self.count),
            "--home": str(self.home),
        }
        if self.model_dir is not None:
            given["--model-dir"] = str(self.model_dir)
        return [text for pair in given.items() for text in pair]

    @classmethod
    def parsed(cls, what: str | None) -> Self:
        """The task of this process's command line."""
        parser = argparse.ArgumentParser(description=what)
        for option in ("name", "bootstrap-servers", "aws-endpoint-url", "registry-name"):
            parser.add_argument(f"--{option}", required=True)
        parser.add_argument("--output", required=True)
        parser.add_argument("--bad", required=True)
        parser.add_argument("--count", type=int, required=True)
        parser.add_argument("--model-dir", type=Path)
        parser.add_argument("--home", type=Path, required=True)
        return cls(**vars(parser.parse_args()))

    def registry(self) -> Registry:
        """The registry's client."""
        return Registry(glue_client("us-east-1", self.aws_endpoint_url), self.registry_name)
