import pytest

from udfs.parsing.amounts import amounts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$1,099", "1099 $"),
        ("$1,099.50", "1099.50 $"),
        ("$1.5k", "1500.0 $"),
        ("$2K", "2000 $"),
        ("99¢", "0.99 $"),
        ("85p", "0.85 GBP"),
        ("1080p", ""),
        ("$.99", "0.99 $"),
        ("1.299,00 €", "1299.00 EUR"),
        ("1 299 €", "1299 EUR"),
        ("1\u00a0299,90 €", "1299.90 EUR"),
        ("2\u00a0299 €", "2299 EUR"),
        ("Switch 2 449 €", "449 EUR"),
        ("iPhone 13 €399", "399 EUR"),
        ("iPhone 13 $399", "399 $"),
        ("24 990 Kč", "24990 CZK"),
        ("1 299 kr", "1299 kr"),
        ("12 345,50 SEK", "12345.50 SEK"),
        ("199,-", "199 EUR"),
        ("599,99 Euro", "599.99 EUR"),
        ("₹1,29,999", "129999 INR"),
        ("CHF 1'299.00", "1299.00 CHF"),
        ("US$19.99", "19.99 USD"),
        ("US $19.99", "19.99 USD"),
        ("AU$19.99", "19.99 AUD"),
        ("C$19.99", "19.99 CAD"),
        ("$14.47 USD", "14.47 USD"),
        ("$14.47 CAD", "14.47 CAD"),
        ("14.47 USD", "14.47 USD"),
        ("USD 14.47", "14.47 USD"),
        ("20$", "20 $"),
        ("$20-$30", "20 $, 30 $"),
        ("-$20", "-20 $"),
        ("¥1,980", "1980 JPY"),
        ("24 ct", ""),
        ("24,000mAh", ""),
        ("5.0Ah", ""),
        ("2x16GB DDR5-6000", ""),
        ("$", ""),
        ("$$$", ""),
        ("x$5", ""),
    ],
)
def test_amounts_are_found_with_their_currency(text, expected):
    assert ", ".join(f"{amount.value} {amount.currency}" for amount in amounts(text)) == expected
