from pathlib import Path

import pytest

from scripts.infra.blocks import SyntaxProblem, object_keys, parse, read

ROOT = Path(__file__).resolve().parents[2]
TEXT = """
# A comment with { and "
resource "aws_a" "b" { // one { more
  count = var.on ? 1 : 0 # and } here
  text  = "quoted } and ${join(",", [for k, v in { "x" = 1 } : "${k}}"])} $${not} \\" end"
  doc   = <<-EOT
    a { b " c
  EOT
  tags = {
    Name = "n" # why
  }

  dynamic "rule" {
    for_each = [1, 2]

    content {
      port = rule.value
    }
  }
  /* a block { comment */
  one { line = 1 }
}
"""


def test_blocks_are_read_with_labels_attributes_and_lines():
    (block,) = parse(TEXT).blocks
    assert (block.kind, block.labels, block.line) == ("resource", ("aws_a", "b"), 3)
    assert list(block.attributes) == ["count", "text", "doc", "tags"]
    assert block.attributes["count"] == "var.on ? 1 : 0"
    assert [(each.kind, each.labels) for each in block.blocks] == [
        ("dynamic", ("rule",)),
        ("one", ()),
    ]
    assert block.blocks[0].blocks[0].attributes == {"port": "rule.value"}
    assert block.blocks[1].attributes == {"line": "1"}


def test_a_block_has_its_text_with_the_comments():
    (block,) = parse(TEXT).blocks
    assert "# why" in block.text
    assert block.text.endswith("one { line = 1 }\n}")


@pytest.mark.parametrize(
    "text", ['a "b" {', 'a = "no end', "a b c = 1", "= 1", "a {\n  b = [1\n}\n", "}"]
)
def test_what_does_not_end_or_begin_is_refused(text):
    with pytest.raises(SyntaxProblem):
        parse(text)


def test_keys_of_objects_are_read():
    assert object_keys('{ a = 1, "b.c" = f("x,y")\n  # why\n  d = { e = 2 }\n}') == {
        "a": "1",
        "b.c": 'f("x,y")',
        "d": "{ e = 2 }",
    }


def test_what_is_no_object_is_refused():
    with pytest.raises(SyntaxProblem, match="not an object"):
        object_keys("merge(a, b)")


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "terraform").rglob("*.tf")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_file_of_ours_is_read(path):
    assert read(path).blocks
