from scripts.demo.display import best_lines
from scripts.demo.windows import latest, newest_with_best, summarised, too_late
from tests.schemas.records import example


def window(kind: str = "tumbling", hour: int = 0, **changes) -> dict:
    start = hour * 3600 * 1000
    return (
        example(
            "deals.stats",
            window_id=f"*|{kind}|{start}",
            category="*",
            window_kind=kind,
            window_start=start,
            window_end=start + 3600 * 1000,
        )
        | {"revision": 1}
        | changes
    )


def test_the_last_revision_of_a_window_counts_in_whatever_order_they_are_read():
    first, second = window(deals=3), window(deals=4, revision=2)
    for read in ([first, second], [second, first]):
        assert [each["deals"] for each in latest(read).values()] == [4]


def test_a_deal_is_in_one_hour_of_all_categories():
    read = [window(deals=3), window(hour=1, deals=2), window("sliding", deals=5)]
    assert summarised([*read, window(category="tv", deals=2)]) == 5


def test_the_newest_day_with_a_best_deal_is_shown():
    days = [window("sliding", hour) for hour in (3, 5, 4)]
    empty = window("sliding", 6, best=[])
    assert newest_with_best([window(hour=9), *days, empty]) == days[1]
    assert newest_with_best([empty]) is None


def test_a_deal_that_is_too_late_in_its_category_too_is_one_deal():
    late = {"reason": "window_closed", "partition": 0, "offset": 7}
    letters = [
        late | {"detail": "category *: 2 of its 25 windows had closed for good"},
        late | {"detail": "category tv: 2 of its 25 windows had closed for good"},
        late | {"reason": "price_missing", "detail": ""},
    ]
    assert too_late(letters) == 1


def test_best_deals_are_shown_with_what_is_sure():
    head, first = best_lines(window("sliding"))
    assert "best of 12 deals in the 1 hours to 1970-01-01 01:00 UTC, median discount 8%" in head
    assert first.endswith("for $149.99, $28.51 under the low end of its fair price, score 0.91")
    assert best_lines(None) == []
