"""A model folder: manifest.json names its files with their sha256, and only those are read."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import onnxruntime

FORMAT = 1  # of the manifest and of the features; another number is another version of this code


class ModelError(Exception):
    """The model folder is incomplete, damaged or of another version."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """A folder's manifest.json; ModelError where it is missing or of another format."""
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        message = f"no model in {folder}: {path.name} is missing"
        raise ModelError(message) from error
    except ValueError as error:
        message = f"{path} is no JSON: {error}"
        raise ModelError(message) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        message = f"{path}: format must be {FORMAT}; the model is of another version of the code"
        raise ModelError(message)
    return manifest


def checked(folder: Path, manifest: dict[str, Any], name: str) -> bytes:
    """A file's bytes; ModelError unless they are those the manifest was written for."""
    path = folder / name
    try:
        expected = manifest["files"][name]["sha256"]
        content = path.read_bytes()
    except (KeyError, TypeError) as error:
        message = f"{folder / 'manifest.json'}: no sha256 for {name}"
        raise ModelError(message) from error
    except FileNotFoundError as error:
        message = f"{path} is missing"
        raise ModelError(message) from error
    found = sha256(content).hexdigest()
    if found != expected:
        message = f"{path} is not the file of its manifest: sha256 {found}, expected {expected}"
        raise ModelError(message)
    return content


def session_of(graph: bytes) -> onnxruntime.InferenceSession:
    """Ready to run, on one thread: a task has one slot's core."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning threads would burn that core between batches.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        graph, sess_options=options, providers=["CPUExecutionProvider"]
    )
