import pytest

from udfs.parsing.roles import said_in


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("$5 off $25", "saving threshold"),
        ("was $40, now $20", "list price"),
        ("$20 + $5 shipping", "price shipping"),
        ("$20 (~£15)", "price alternative"),
        ("$20 or £15", "price alternative"),
        ("$10 - $20", "price range"),
        ("$10 to $20", "price range"),
        ("from $10", "from"),
        ("as low as $10", "from"),
        ("$399+ per person", "from"),
        ("$399+", "from"),
        ("$15/mo", "monthly"),
        ("£15 a month", "monthly"),
        ("15€/Monat", "monthly"),
        ("15€ pro Monat", "monthly"),
        ("15€/mois", "monthly"),
        ("15€ mtl.", "monthly"),
        ("$20 + $5 gift card", "price gift"),
        ("$20 + $5 Best Buy e-gift card", "price gift"),
        ("$20 + $10 Kohl's Cash", "price gift"),
        ("$20 ($1.17/oz)", "price unit"),
        ("2 for $30", "price"),
        ("£2 / 3 for £5", "price alternative"),
        ("$20 for $40", "price list"),
        ("free shipping on $35+", "threshold"),
        ("orders over $35", "threshold"),
        ("save $20", "saving"),
        ("$20 rebate", "saving"),
        ("$20 each", "price"),
        ("$20 list", "list"),
        ("statt 129€", "list"),
        ("au lieu de 129€", "list"),
        ("(PVG 129€)", "list"),
        ("UVP: 129€", "list"),
    ],
)
def test_the_words_beside_an_amount_tell_its_role(text, roles):
    assert " ".join(said.role for said in said_in(text)) == roles
