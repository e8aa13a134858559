from pathlib import Path

import pytest

from scripts.scanner.feeds import (
    Dialect,
    FeedConfigError,
    feeds_of,
    load_feeds,
    source_name,
)

COMMITTED = Path(__file__).parents[2] / "local" / "feeds.toml"


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("slickdeals-2016-11-18.xml", "slickdeals"),
        ("/captures/hotukdeals-2026-07-26.xml", "hotukdeals"),
        ("my_shop 20260701.rss", "my_shop"),
        ("feeds/pepper-uk.xml", "pepper-uk"),
        ("https://www.ozbargain.com.au/deals/feed", "ozbargain"),
        ("https://feeds.example.co.uk/x", "example"),
        ("http://127.0.0.1:8000/feed", "127-0-0-1"),
        ("--.xml", "feed"),
    ],
)
def test_a_feed_without_a_name_is_called_after_its_file_or_host(location, name):
    assert source_name(location) == name


def test_the_committed_list_of_feeds_loads_and_every_file_is_there():
    feeds = load_feeds(COMMITTED)
    assert len(feeds) == 7
    assert all(Path(feed.location).is_file() for feed in feeds)


def test_folders_give_their_feed_files_in_order(tmp_path):
    for name in ("b.rss", "a.xml", "c.atom", "notes.txt"):
        (tmp_path / name).write_text("")
    assert [feed.name for feed in feeds_of([str(tmp_path)])] == ["a", "b", "c"]


def test_paths_that_hold_no_feed_are_refused_by_name(tmp_path):
    with pytest.raises(FeedConfigError, match="holds no"):
        feeds_of([str(tmp_path)])
    with pytest.raises(FeedConfigError, match=r"none\.xml: no such file"):
        feeds_of([str(tmp_path / "none.xml")])


def test_a_configured_feed_has_every_key_it_names(tmp_path):
    config = tmp_path / "feeds.toml"
    config.write_text(
        '[[feed]]\nname = "oz"\nurl = "https://example.com/feed"\ninterval_s = 600\n'
        'dialect = "ozbargain"\ntimezone = "Australia/Sydney"\n'
    )
    (feed,) = load_feeds(config)
    assert (feed.name, feed.location, feed.interval_s) == ("oz", "https://example.com/feed", 600.0)
    assert feed.dialect is Dialect.OZBARGAIN
    assert str(feed.timezone) == "Australia/Sydney"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", r"one or more \[\[feed\]\]"),
        ("feed = 3", r"one or more \[\[feed\]\]"),
        ("feed = [3]", "feed 1: is not a table"),
        ('[[feed]]\nname = "a"\nurl = "https://a.b/"\nintervals = 3', "intervals: unknown key"),
        ('[[feed]]\nname = "a"', "url, path: give exactly one"),
        ('[[feed]]\nname = "a b"\nurl = "https://a.b/"', "name: must be"),
        ('[[feed]]\nurl = "https://a.b/"', "name: must be"),
        ('[[feed]]\nname = 7\nurl = "https://a.b/"', "name: must be text"),
        ('[[feed]]\nname = "a"\nurl = "file:///etc/passwd"', "url: must begin with http"),
        ('[[feed]]\nname = "a"\nurl = "https://a.b/"\ninterval_s = 0', "interval_s: must be"),
        ('[[feed]]\nname = "a"\nurl = "https://a.b/"\ninterval_s = "x"', "interval_s: must be"),
        ('[[feed]]\nname = "a"\nurl = "https://a.b/"\ndialect = "x"', "dialect: must be one of"),
        ('[[feed]]\nname = "a"\nurl = "https://a.b/"\ntimezone = "Mars/X"', "timezone: 'Mars/X'"),
        ('[[feed]]\nname = "a"\npath = "gone.xml"', "no such file"),
        (2 * '[[feed]]\nname = "a"\nurl = "https://a.b/"\n', "'a' is used twice"),
        ("[[feed", "feeds.toml"),
    ],
)
def test_a_wrong_list_of_feeds_is_refused_naming_the_key(tmp_path, text, complaint):
    config = tmp_path / "feeds.toml"
    config.write_text(text)
    with pytest.raises(FeedConfigError, match=complaint):
        load_feeds(config)
