"""Holds requests and answers to botocore's model of the service: names, types, enums, patterns."""

import re
from typing import Any

from botocore.model import Shape
from botocore.validate import ParamValidator


class ShapeError(AssertionError):
    """A value does not fit the service's model."""


def check(value: dict[str, Any], shape: Shape, what: str) -> None:
    """Demand that a value has exactly the shape."""
    report = ParamValidator().validate(value, shape)
    wrong = [report.generate_report()] if report.has_errors() else []
    wrong += list(_more(value, shape, what))
    if wrong:
        message = f"{what}: " + "; ".join(wrong)
        raise ShapeError(message)


def _more(value: Any, shape: Shape, path: str) -> Any:
    """What ParamValidator leaves to the service: unknown names, enums, patterns, lengths."""
    match shape.type_name:
        case "structure":
            for name, member in value.items():
                if name not in shape.members:
                    yield f"{path}.{name} is unknown"
                else:
                    yield from _more(member, shape.members[name], f"{path}.{name}")
        case "list":
            for number, member in enumerate(value):
                yield from _more(member, shape.member, f"{path}[{number}]")
        case "map":
            for key, member in value.items():
                yield from _more(member, shape.value, f"{path}.{key}")
        case "string":
            if shape.enum and value not in shape.enum:
                yield f"{path}={value} is not one of {shape.enum}"
            pattern = shape.metadata.get("pattern")
            if pattern and not re.fullmatch(pattern, value):
                yield f"{path}={value} does not match {pattern}"
            if len(value) > shape.metadata.get("max", len(value)):
                yield f"{path} is longer than {shape.metadata['max']}"
