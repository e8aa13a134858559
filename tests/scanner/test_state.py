import json

import pytest

from scripts.scanner import state as state_module
from scripts.scanner.state import (
    FeedState,
    Novelty,
    State,
    StateInUseError,
    content_hash,
    locked,
)
from tests.scanner.builders import deal, feed


def test_an_item_is_new_until_acknowledged_then_unchanged_until_it_reads_otherwise():
    state = State()
    assert state.novelty(deal()) is Novelty.NEW
    state.acknowledge(deal())
    assert state.novelty(deal()) is Novelty.UNCHANGED
    assert state.novelty(deal(title="Lamp $4")) is Novelty.CHANGED
    assert state.novelty(deal(source="other")) is Novelty.NEW


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Lamp $4"},
        {"summary_html": "<p>A lamp for $4</p>"},
        {"link": "https://shop.example.com/lamp-2"},
        {"extras": {"price": "4"}},
        {"extras": {"expired": "true"}},
        {"extras": {"target_url": "https://a.example.com/other"}},
    ],
)
def test_what_makes_an_offer_another_changes_its_hash(changes):
    assert content_hash(deal(**changes)) != content_hash(deal())


def test_scores_tokens_and_times_do_not_make_an_offer_another():
    one = deal(
        title="12° - Lamp $5",
        link="https://shop.example.com/lamp?utm=1",
        summary_html='Thumb Score: +12 <a href="https://x.example.com/?pv=1">lamp</a>',
        extras={"temperature": "12", "target_url": "https://t.example.com/p?click=1"},
    )
    two = deal(
        title="-3° - Lamp $5",
        link="https://shop.example.com/lamp?utm=2",
        summary_html='Thumb Score: -3 <a href="https://x.example.com/?pv=2">lamp</a>',
        extras={
            "temperature": "-3",
            "target_url": "https://t.example.com/p?click=2",
            "revised_at": "1",
        },
        fetched_at=1,
        published_at=None,
    )
    assert content_hash(one) == content_hash(two)


def test_the_state_survives_the_file(tmp_path):
    path = tmp_path / "deep" / "state.json"
    state = State()
    state.acknowledge(deal(item_id="ü"))
    state.of_feed(feed()).etag = '"v1"'
    state.save(path)
    loaded = State.load(path)
    assert loaded == state
    assert [file.name for file in path.parent.iterdir()] == ["state.json"]


def test_a_file_that_is_not_there_is_a_fresh_start(tmp_path):
    assert State.load(tmp_path / "none.json") == State()


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "3", "{}", '{"version": 1}', '{"version": 99, "feeds": {}, "items": {}}'),
        '{"version": 1, "feeds": {"a": {"x": 1}}, "items": {}}',
        '{"version": 1, "feeds": {}, "items": {"a": ["b"]}}',
        "[" * 100_000,
    ],
)
def test_an_unreadable_file_is_put_aside_and_said_so(tmp_path, text):
    path = tmp_path / "state.json"
    path.write_text(text)
    state = State.load(path)
    assert state.items == {}
    assert "unreadable" in state.warning
    assert (tmp_path / "state.json.broken").read_text() == text


def test_a_failed_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "state.json"
    State().save(path)
    before = path.read_text()
    state = State()
    state.acknowledge(deal())

    def full(_: int) -> None:
        raise OSError("disk full")  # noqa: EM101

    monkeypatch.setattr(state_module.os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        state.save(path)
    assert path.read_text() == before
    assert [file.name for file in tmp_path.iterdir()] == ["state.json"]


def test_the_least_recently_seen_items_are_forgotten_first(monkeypatch):
    monkeypatch.setattr(state_module, "MAX_ITEMS_PER_SOURCE", 2)
    state = State()
    for item_id in ("a", "b", "a", "c"):
        state.acknowledge(deal(item_id=item_id))
    assert list(state.items["shop"]) == ["a", "c"]


def test_two_scanners_do_not_share_a_state_file(tmp_path):
    path = tmp_path / "state.json"
    with locked(path), pytest.raises(StateInUseError, match="another scanner"), locked(path):
        pass
    with locked(path):
        pass


def test_validators_of_a_feed():
    assert FeedState(etag="x").validators.etag == "x"
    assert json.dumps(State().of_feed(feed()).failures) == "0"
