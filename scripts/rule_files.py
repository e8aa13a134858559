"""Alert rules as people write them: JSON, checked key by key before it becomes a record."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from schemas.definitions import FOLDER
from scripts.connection import ToolError
from udfs.alerting.conditions import (
    RECORD_FIELDS,
    All,
    AnyOf,
    Conditions,
    Name,
    Node,
    Not,
    Tree,
    tree_text,
)
from udfs.alerting.policy import Policy
from udfs.alerting.rules import MAX_ALTERNATIVES, Rule, fault

DEFAULT_RULES = FOLDER / "default_rules.json"


class InvalidRuleError(ToolError):
    """A rule file is not usable; the message says where and why, a line a fault."""


class WrittenRule(BaseModel):
    """What somebody wants to be told about: `any_of` alternatives, or a `condition` tree."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    name: Name
    is_enabled: bool = True
    any_of: Annotated[tuple[Conditions, ...] | None, Field(max_length=MAX_ALTERNATIVES)] = None
    condition: Node | None = None
    policy: Policy | None = None

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        if (self.any_of is None) == (self.condition is None):
            message = "takes either any_of or condition"
            raise ValueError(message)
        if self.any_of == ():
            message = "any_of is empty, so the rule would match nothing"
            raise ValueError(message)
        for place, part in _leaves(self._tree, "condition" if self.condition else "any_of"):
            if not part.is_set():
                message = f"{place}: sets no condition, so it would match every deal"
                raise ValueError(message)
        if not self.rule(0).clauses:
            message = "contradicts itself, so it would match nothing"
            raise ValueError(message)
        return self

    @property
    def _tree(self) -> Tree:
        return self.condition or AnyOf(any=self.any_of or ())

    def record(self, updated_at: int) -> dict[str, Any]:
        """The rule as a record of deals.rules; `updated_at` in UTC epoch ms.

        What any_of of the record cannot say goes as a tree: a reader that does not know it yet
        then matches nothing, rather than too much.
        """
        fits = self.any_of is not None and not any(
            each.model_fields_set - set(RECORD_FIELDS) for each in self.any_of
        )
        any_of = self.any_of if fits and self.any_of else ()
        return {
            "rule_id": self.rule_id,
            "name": self.name,
            "is_enabled": self.is_enabled,
            "any_of": [each.model_dump(include=set(RECORD_FIELDS)) for each in any_of],
            "updated_at": updated_at,
            "condition_json": None if fits else tree_text(self._tree),
            "policy": self.policy.model_dump() if self.policy else None,
        }

    def rule(self, updated_at: int) -> Rule:
        """The rule as the jobs read it.

        Raises:
            RuleError: they would refuse it.
        """
        return Rule.from_record(self.record(updated_at))


def read_rules(path: Path) -> list[WrittenRule]:
    """The rules of a JSON file: one object, or a list of them.

    Raises:
        InvalidRuleError: the file cannot be read, or a rule is wrong; names each wrong key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: {error}"
        raise InvalidRuleError(message) from error
    if not text.lstrip().startswith("["):
        text = f"[{text}]"
    try:
        rules = TypeAdapter(list[WrittenRule]).validate_json(text, strict=True)
    except ValidationError as error:
        faults = [f"{path}: {_placed(each)}" for each in error.errors()]
        raise InvalidRuleError("\n".join(faults)) from error
    names = [rule.rule_id for rule in rules]
    if len(set(names)) < len(names):
        message = f"{path}: rule_id must not repeat, but these do: {sorted(names)}"
        raise InvalidRuleError(message)
    return rules


def _leaves(tree: Tree, place: str) -> list[tuple[str, Conditions]]:
    match tree:
        case Conditions():
            return [(place, tree)]
        case Not():
            return _leaves(tree.not_, f"{place}.not")
        case All():
            kind, parts = ".all", tree.all
        case AnyOf():
            kind, parts = "" if place == "any_of" else ".any", tree.any
    return [
        leaf
        for number, part in enumerate(parts)
        for leaf in _leaves(part, f"{place}{kind}.{number}")
    ]


def _placed(mistake: Any) -> str:
    """(0, "any_of", 1, "max_price_usd") -> "rule 1, any_of.1.max_price_usd: ..."."""
    if not mistake["loc"]:
        return fault(mistake)
    number, *inner = mistake["loc"]
    said = fault(mistake | {"loc": tuple(inner)})
    is_placed = any(not str(part).startswith("<") for part in inner)
    # What a rule as a whole says may begin with the place of its fault.
    is_about_a_part = said.startswith(("any_of.", "condition:", "condition."))
    return f"rule {int(number) + 1}{', ' if is_placed or is_about_a_part else ': '}{said}"
