import re
from decimal import Decimal
from pathlib import Path

import pytest

from scripts.notifier.messages import MAX_TITLE_LENGTH, Message, TemplateError, Templates
from tests.scripts.notifier.alerts import alert


def load(tmp_path, text):
    path = tmp_path / "templates.toml"
    path.write_text(text, "utf-8")
    return Templates.load(path)


def test_an_alert_says_what_why_and_where():
    assert Templates().alert(alert()) == Message(
        'Kestrel 27" QHD 165Hz Gaming Monitor (KG-27Q) for $149.99',
        "Kestrel sells its 27-inch QHD monitor for $149.99, about a third below its usual price.\n"
        "35 % under its fair price of $229.00\n"
        "lowest in 41 days on record; 35 % under its usual $229\n"
        "https://kestrel.example/p/kg-27q",
    )


def test_what_is_unknown_leaves_no_empty_line():
    bare = alert(description=None, discount_ratio=None, reasons=[])
    assert Templates().alert(bare).body == "https://kestrel.example/p/kg-27q"


def test_a_digest_names_its_best_and_lists_all():
    message = Templates().digest([alert(title="A"), alert(title="B", price_usd=Decimal("1234.5"))])
    assert message.title == "2 deals, the best: A for $149.99"
    first, second = message.body.split("\n\n")
    assert first.startswith("1. A for $149.99\n35 % under")
    assert second.startswith("2. B for $1,234.50\n")
    assert second.endswith("\nhttps://kestrel.example/p/kg-27q")


def test_own_templates_replace_only_what_they_name(tmp_path):
    templates = load(tmp_path, 'title = "$$ $price | $discount_ratio | $observed_at | $merchant"')
    message = templates.alert(alert(merchant=None, currency="EUR"))
    assert message.title == "$ 149.99 EUR | 35% | 2025-11-24 22:00 UTC | "
    assert message.body == Templates().alert(alert()).body


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('titel = "x"', "titel: is none of title, body, digest_title, digest_item"),
        ('title = "$tilte"', r"title: there is no \$tilte; there are \$alert_id"),
        ('body = "$number"', r"body: there is no \$number"),
        ('body = "5 $ off"', "body: a \\$ must be followed by a name"),
        ("title = 5", "title: must be text"),
        ("title", "templates.toml"),
    ],
)
def test_a_template_that_cannot_work_is_refused_at_the_start(tmp_path, text, why):
    with pytest.raises(TemplateError, match=why):
        load(tmp_path, text)


def test_a_missing_file_of_templates_is_an_error(tmp_path):
    with pytest.raises(TemplateError, match="No such file"):
        Templates.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("scraped", "shown"),
    [
        ("TV @everyone", "TV @\u200beveryone"),
        ("TV <!channel> <@U1>", "TV <\u200b!channel> <\u200b@\u200bU1>"),
        ("$29 @ Store, 5 < 6", "$29 @ Store, 5 < 6"),
        ("a\r\nBcc: x\n\nb\x1b[2J\u202ec", "a Bcc: x b[2Jc"),
        ("$url ${title} %s {0}", "$url ${title} %s {0}"),
    ],
)
def test_scraped_text_stays_text(scraped, shown):
    assert Templates(title="$title").alert(alert(title=scraped)).title == shown


def test_a_link_with_a_mention_stays_the_same_link_without_one():
    url = "https://shop.example/@everyone/tv"
    assert (
        Templates(body="$url").alert(alert(url=url)).body == "https://shop.example/%40everyone/tv"
    )


def test_an_endless_title_is_cut():
    message = Templates().alert(alert(title="x" * 100_000, description="y" * 100_000))
    assert len(message.title) == MAX_TITLE_LENGTH
    assert len(message.body) < 1_500


def test_a_hostile_time_is_no_obstacle():
    templates = Templates(title="$observed_at")
    assert templates.alert(alert(observed_at=2**62)).title == str(2**62)


def test_the_templates_of_readme_work(tmp_path):
    readme = (Path(__file__).resolve().parents[3] / "README.md").read_text("utf-8")
    (text,) = re.findall(r"```toml\n(title = .*?)```", readme, re.DOTALL)
    message = load(tmp_path, text).alert(alert(title="A"))
    assert message.title == "A: 149.99 USD (35 % under its fair price of $229.00)"
    assert message.body.endswith("\nhttps://kestrel.example/p/kg-27q")
