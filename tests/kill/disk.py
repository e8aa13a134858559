"""A checkpoint folder whose disk can be full."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

SIZE_MB = 512


class Disk:
    """A small file system of its own where we may mount one, else a folder made unusable."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._filler = folder / "filler"
        mount = shutil.which("mount")
        command = [mount or "", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)]
        self.is_mounted = (
            mount is not None
            and os.geteuid() == 0
            and subprocess.run(command, capture_output=True, check=False).returncode == 0
        )

    def fill(self) -> str:
        """Nothing more can be written; says how that was done."""
        if not self.is_mounted:
            for path in self._jobs():
                path.rename(path.with_suffix(".aside"))
                path.write_text("")
            return "folder replaced by a file"
        written = 0
        block = bytes(1024 * 1024)
        with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as filler:
            while True:
                written += filler.write(block)
        return f"filled with {written} bytes, {shutil.disk_usage(self.folder).free} free"

    def free(self) -> None:
        """As before."""
        self._filler.unlink(missing_ok=True)
        for path in self.folder.glob("*.aside"):
            path.with_suffix("").unlink(missing_ok=True)
            path.rename(path.with_suffix(""))

    def close(self) -> None:
        """Leave nothing mounted."""
        if self.is_mounted:
            umount = shutil.which("umount") or "umount"
            subprocess.run([umount, "-l", str(self.folder)], check=False)

    def _jobs(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if path.is_dir()]
