"""Apply against a stand-in for AWS, and plan again: what is applied must not drift by itself.

moto answers for what costs nothing by the hour: network, storage, registry, monitoring. It forgets
some descriptions and tags when it makes a thing, so a second apply may mend those; the plan after
that must be empty.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from local.ports import LOOPBACK, free_port
from scripts.infra.outcome import Outcome

_START_S, _RUN_S = 60, 600
SERVICES = ("s3", "dynamodb", "kms", "glue", "ec2", "sns", "cloudwatch", "logs", "iam", "sts")
ROOT_MODULE = """
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws" }}
  }}
}}

provider "aws" {{
  region                      = "us-east-1"
  access_key                  = "stand-in"
  secret_key                  = "stand-in"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true

  default_tags {{
    tags = {{ Project = "deal-finder", Environment = "stand-in" }}
  }}

  endpoints {{
{endpoints}
  }}
}}

module "storage" {{
  source     = "../modules/storage"
  name       = "deal-finder-standin"
  account_id = "123456789012"
  region     = "us-east-1"
  protect    = false
}}

module "registry" {{
  source        = "../modules/registry"
  registry_name = "deal-finder-standin"
  schemas_dir   = "../../schemas"
}}

module "network" {{
  source                     = "../modules/network"
  name                       = "deal-finder-standin"
  region                     = "us-east-1"
  availability_zones         = ["us-east-1a", "us-east-1b", "us-east-1c"]
  enable_nat_gateway         = true
  nat_gateway_per_zone       = false
  enable_interface_endpoints = false
  enable_flow_logs           = false
  kms_key_arn                = module.storage.kms_key_arn
}}

module "monitoring" {{
  source            = "../modules/monitoring"
  name              = "deal-finder-standin"
  region            = "us-east-1"
  account_id        = "123456789012"
  emails            = ["ops@example.org"]
  kms_key_arn       = module.storage.kms_key_arn
  application_names = ["deal-finder-standin-jobs"]
  cluster_name      = "deal-finder-standin"
  consumers         = {{ "deal-finder.parse_deals" = "deals.raw" }}
  search_domain     = "deal-finder-standin"
}}
"""


def run(binary: str, copy: Path, environ: dict[str, str]) -> Iterator[Outcome]:
    """Apply the modules that moto can answer for, and plan again.

    Args:
        binary: terraform.
        copy: A copy of terraform/ whose providers can be had; a folder is made in it.
        environ: With the configuration of terraform's command line.
    """
    folder = copy / "stand-in"
    folder.mkdir()
    with server(folder / "moto.log") as url:
        endpoints = "\n".join(f'    {service} = "{url}"' for service in SERVICES)
        (folder / "main.tf").write_text(ROOT_MODULE.format(endpoints=endpoints), "utf-8")
        commands = (
            ("init", ["init", "-no-color"]),
            ("apply", ["apply", "-auto-approve", "-no-color", "-input=false"]),
            ("apply again", ["apply", "-auto-approve", "-no-color", "-input=false"]),
            ("no drift", ["plan", "-detailed-exitcode", "-no-color", "-input=false"]),
        )
        for name, arguments in commands:
            outcome = _command(f"stand-in: {name}", [binary, *arguments], folder, environ)
            yield outcome
            if not outcome.is_good:
                break
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def server(log: Path) -> Iterator[str]:
    """Serve moto on a free port of the loopback; its URL.

    Raises:
        TimeoutError: it did not start.
    """
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own stand-in
            [sys.executable, "-m", "local.aws", "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://{LOOPBACK}:{port}"
            until_s = time.monotonic() + _START_S
            while not _answers(url):
                if time.monotonic() > until_s or process.poll() is not None:
                    message = f"the stand-in for AWS does not answer: {log.read_text()[-500:]}"
                    raise TimeoutError(message)
                time.sleep(0.2)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=2):  # noqa: S310 - loopback
            return True
    except OSError:
        return False


def _command(name: str, command: list[str], folder: Path, environ: dict[str, str]) -> Outcome:
    try:
        done = subprocess.run(  # noqa: S603 - terraform, in a copy
            command,
            cwd=folder,
            env={**os.environ, **environ, "AWS_EC2_METADATA_DISABLED": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_RUN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(name, is_good=False, output=f"no end after {_RUN_S} s")
    return Outcome(name, done.returncode == 0, done.stdout.strip()[-4000:])
