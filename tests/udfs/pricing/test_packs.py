import pytest

from udfs.pricing.packs import MAX_UNITS, unit_count


@pytest.mark.parametrize(
    ("title", "count"),
    [
        ("Energizer AA Batteries 24-Pack", 24),
        ("Energizer AA Batteries, 24 Pack", 24),
        ("Bounty Paper Towels, 12 Rolls", 12),
        ("Duracell AA, 24 Count (Pack of 2)", 48),
        ("Coca-Cola 24 x 330 ml", 24),
        ("Set of 4 Dining Chairs", 4),
        ("Tide Pods 81 ct", 81),
        ("10 PACK USB-C cable", 10),
        ("Fiji Water 6\u00d7 1.5 L", 6),
        ("LOT OF 3 T-Shirts", 3),
        ("Nespresso 50-CAPSULES", 50),
    ],
)
def test_a_title_that_names_a_pack(title, count):
    assert unit_count(title) == count


@pytest.mark.parametrize(
    "title",
    [
        None,
        "",
        "Sony 55 inch TV",
        "5-Piece Cookware Set",  # five different things
        "Canon EOS R50 24.2 MP",
        "1 Pack of gum",
        "0-pack",
        "Intel i9 24-core 64 GB (2 x 32 GB)",
        "99999 pack",
        "$20 pack",
        "WH-1000 pack",  # a model number
        "pack " * 5_000,
    ],
)
def test_a_title_that_names_none(title):
    assert unit_count(title) is None


def test_a_pack_is_bounded():
    assert unit_count(f"{MAX_UNITS} pack") == MAX_UNITS
    assert unit_count("9999 count (pack of 9999)") is None
