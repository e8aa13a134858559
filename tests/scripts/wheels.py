"""An installer of wheels without network: what is installed here is copied."""

import shutil
from importlib import metadata
from pathlib import Path


def install_from_here(requirements: str, target: Path) -> None:
    """Stands for `scripts.package.install`: the same files, where the platform is the same."""
    for line in requirements.splitlines():
        if line.startswith((" ", "\t")) or "==" not in line:
            continue
        for file in metadata.files(line.partition("==")[0]) or ():
            source = Path(str(file.locate()))
            if ".." not in file.parts and source.is_file():
                (target / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target / file)
