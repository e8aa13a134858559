import pytest

from scripts.infra import mistakes
from scripts.infra.checks import CHECKS, ROOT
from scripts.infra.mistakes import MISTAKES, PACKAGES, Mistake, copied, found, planted


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return copied(tmp_path_factory.mktemp("copy"))


@pytest.mark.parametrize("name", CHECKS)
def test_the_tree_as_it_is_has_no_findings(name):
    assert CHECKS[name](ROOT) == []


def test_every_planted_mistake_is_found_and_in_the_table():
    """`table` raises for one that is not found, and for a check that speaks without one."""
    assert (ROOT / mistakes.TABLE).read_text("utf-8") == mistakes.table(), (
        "run python -m scripts.infra.mistakes"
    )


def test_there_is_a_mistake_for_every_check():
    planted_for = {mistake.check for mistake in MISTAKES} | {"package-layout"}
    assert planted_for == set(CHECKS)
    assert len(MISTAKES) + len(PACKAGES) >= 20


def test_a_mistake_is_taken_back(copy):
    (mistake,) = (each for each in MISTAKES if each.name == "alarm without a page")
    before = (copy / mistake.path).read_bytes()
    with planted(mistake, copy):
        assert not (copy / mistake.path).exists()
    assert (copy / mistake.path).read_bytes() == before


def test_a_mistake_that_has_no_place_any_more_is_an_error(copy):
    mistake = Mistake("gone", "schema", "schemas/deals.raw.avsc", "said", "never there", "x")
    with pytest.raises(ValueError, match="does not hold 'never there'"), planted(mistake, copy):
        pass


def test_a_mistake_is_not_found_by_what_is_said_of_another(copy):
    (mistake,) = (each for each in MISTAKES if each.name == "topic missing")
    with planted(mistake, copy):
        assert found("topics", "topic deals.raw is missing", copy) is None
        assert mistake.said in str(found("topics", mistake.said, copy))


def test_a_tree_without_resources_is_a_finding(tmp_path):
    (tmp_path / "terraform").mkdir()
    (line,) = CHECKS["schema"](tmp_path)
    assert "nothing was checked" in line
