import threading

import pytest

from schemas.frames import Reason
from scripts.notifier.claims import SqliteClaims, State
from scripts.notifier.delivery import Patience
from scripts.notifier.digests import MAX_ALERTS, Grouping
from scripts.notifier.messages import Templates
from scripts.notifier.reading import End, Received, Revoked
from scripts.notifier.running import Notifier
from scripts.notifier.services import SendError
from tests.scripts.notifier.alerts import received

BROKEN = Received("deals.alerts", 0, 9, b"noise", reason=Reason.TRUNCATED_FRAME, detail="short")


class Script:
    """A reader that plays events and keeps what was settled."""

    def __init__(self, *events):
        self.events = list(events)
        self.settled = []

    @property
    def is_at_end(self):
        return not self.events

    def poll(self, _):
        return self.events.pop(0) if self.events else None

    def settle(self, records):
        self.settled += [record.offset for record in records]


class Inbox:
    name = "inbox"

    def __init__(self, *refused):
        self.refused = refused
        self.messages = []

    def send(self, message):
        if any(each in message.title for each in self.refused):
            reason = "refused"
            raise SendError(reason)
        self.messages.append(message)


class Letters(list):
    def put(self, record, reason, detail):
        self.append((record.origin, reason, detail))


@pytest.fixture
def play():
    """Runs a notifier over events; the claims stay between runs."""
    claims = SqliteClaims(None)

    def run(*events, inbox=None, letters=None, stop=None, others=(), at_ms=0):
        notifier = Notifier(
            Script(*events),
            claims,
            [inbox or Inbox(), *others],
            Letters() if letters is None else letters,
            templates=Templates(),
            patience=Patience(tries=2, first_wait_s=0.0),
            stop=stop or threading.Event(),
            tell=lambda line, about: None,
            warn=lambda line, about: None,
            clock_ms=lambda: at_ms,
        )
        notifier._groups = Grouping(wait_s=0.05)
        notifier.run(once=True)
        return notifier

    run.claims = claims
    return run


def titles(inbox):
    return [message.title.partition(" for ")[0] for message in inbox.messages]


def test_a_repeated_alert_is_one_message(play):
    inbox = Inbox()
    first = received(0, alert_id="a", title="A")
    notifier = play(first, received(1, alert_id="a", title="A"), inbox=inbox)
    assert titles(inbox) == ["A"]
    assert (notifier.counts.sent, notifier.counts.repeated) == (1, 1)
    assert notifier._reader.settled == [0, 1]
    play(first, inbox=inbox)
    assert titles(inbox) == ["A"]


def test_a_claim_without_outcome_is_a_dead_letter_once_and_never_sent(play):
    inbox, letters = Inbox(), Letters()
    play.claims.claim("a")  # and the process died
    for _ in range(2):
        notifier = play(received(5, alert_id="a"), inbox=inbox, letters=letters)
    assert inbox.messages == []
    ((origin, reason, detail),) = letters
    assert (origin, reason) == ("deals.alerts:0:5", "delivery_failed")
    assert "perhaps sent" in detail
    assert play.claims.claim("a") is State.UNCERTAIN
    assert notifier.counts.repeated == 1


def test_after_the_last_try_the_alert_is_a_dead_letter_and_the_next_is_sent(play):
    inbox, letters = Inbox("A"), Letters()
    notifier = play(received(0, title="A"), received(1, title="B"), inbox=inbox, letters=letters)
    assert titles(inbox) == ["B"]
    assert letters == [("deals.alerts:0:0", "delivery_failed", "inbox: refused")]
    assert str(notifier.counts) == (
        "1 alerts sent in 1 messages, 0 repeated, 1 failed, 0 uncertain, 0 unreadable"
    )
    assert play.claims.claim("id-0-0") is State.FAILED
    assert notifier._reader.settled == [0, 1]


def test_a_dead_letter_says_who_took_it_nevertheless(play):
    letters, broken = Letters(), Inbox("A")
    broken.name = "broken"
    play(received(0, title="A"), letters=letters, others=[broken])
    assert letters[0][2] == "broken: refused; taken by inbox"


def test_a_record_that_is_no_alert_is_a_dead_letter(play):
    letters = Letters()
    notifier = play(BROKEN, letters=letters)
    assert letters == [("deals.alerts:0:9", "truncated_frame", "short")]
    assert notifier.counts.unreadable == 1
    assert notifier._reader.settled == [9]


def test_told_to_stop_between_tries_it_gives_the_claim_back(play):
    stop = threading.Event()
    stop.wait = lambda _: True
    notifier = play(received(0, title="A"), inbox=Inbox("A"), stop=stop)
    assert notifier._reader.settled == []
    inbox = Inbox()
    play(received(0, title="A"), inbox=inbox)
    assert titles(inbox) == ["A"]


def test_told_to_stop_when_one_service_took_it_the_rest_is_a_dead_letter(play):
    stop, letters, broken = threading.Event(), Letters(), Inbox("A")
    stop.wait = lambda _: True
    broken.name = "broken"
    notifier = play(received(0, title="A"), letters=letters, stop=stop, others=[broken])
    assert [reason for _, reason, _ in letters] == ["delivery_failed"]
    assert notifier._reader.settled == [0]


def test_the_alerts_of_a_digest_are_one_message_by_rank(play):
    inbox = Inbox()
    notifier = play(
        received(0, title="single"),
        received(1, title="second", digest_id="d1", digest_rank=2),
        received(0, partition=1, title="elsewhere"),
        received(2, title="first", digest_id="d1", digest_rank=1),
        received(3, title="other", digest_id="d2", digest_rank=1),
        inbox=inbox,
    )
    assert [message.title for message in inbox.messages] == [
        "single for $149.99",
        "elsewhere for $149.99",
        "2 deals, the best: first for $149.99",
        "1 deals, the best: other for $149.99",
    ]
    assert notifier.counts.sent == 5
    assert notifier._reader.settled == [0, 0, 1, 2, 3]


NIGHT_MS = 23 * 3_600_000  # 23:00 UTC on 1970-01-01
MORNING_MS = 31 * 3_600_000
NIGHTS = "22:00-07:00 UTC"


@pytest.mark.parametrize(
    "later", [{"tell_at": MORNING_MS}, {"quiet_hours": NIGHTS}, {"quiet_hours": NIGHTS + "x"}]
)
def test_an_alert_that_is_to_be_told_later_is_held_and_not_settled(play, later):
    inbox = Inbox()
    events = received(0, title="later", **later), received(1, title="now")
    notifier = play(*events, inbox=inbox, at_ms=NIGHT_MS)
    is_known = later.get("quiet_hours") != NIGHTS + "x"
    assert titles(inbox) == (["now"] if is_known else ["later", "now"])
    # What was told after it is read again with it, and known by its claim.
    assert notifier._reader.settled == ([] if is_known else [0, 1])
    assert str(notifier.counts).endswith(", 1 to be told later") is is_known
    notifier = play(*events, inbox=inbox, at_ms=MORNING_MS)
    assert titles(inbox) == (["now", "later"] if is_known else ["later", "now"])
    assert notifier._reader.settled == [0, 1]


def test_an_alert_that_is_due_in_the_quiet_hours_of_another_night_waits_for_their_end(play):
    inbox = Inbox()
    alert = received(0, tell_at=MORNING_MS, quiet_hours=NIGHTS)
    play(alert, inbox=inbox, at_ms=MORNING_MS + 20 * 3_600_000)
    assert inbox.messages == []


def test_a_digest_tells_its_best_once_its_period_is_over(play):
    inbox = Inbox()

    def entry(number, rank):
        digest = {"digest_id": "d", "digest_size": 2, "tell_at": MORNING_MS}
        return received(number, title=f"t{number}", digest_rank=rank, **digest)

    events = entry(0, 1), entry(1, 1), received(2, title="single"), entry(3, 2)
    notifier = play(*events, inbox=inbox, at_ms=NIGHT_MS)
    assert (titles(inbox), notifier.counts.held) == (["single"], 3)
    notifier = play(*events, inbox=inbox, at_ms=MORNING_MS)
    assert [message.title for message in inbox.messages[1:]] == [
        "2 deals, the best: t1 for $149.99"
    ]
    assert "2. t3" in inbox.messages[-1].body
    assert notifier.counts.outranked == 1
    # Read again, the one that others pushed out is not told by itself.
    notifier = play(events[0], inbox=inbox, at_ms=MORNING_MS)
    assert (len(inbox.messages), notifier.counts.repeated) == (2, 1)


def test_a_product_told_again_in_a_digest_stands_there_once(play):
    first, second = (
        received(n, title=f"t{n}", product_key="same", digest_id="d", digest_rank=1)
        for n in range(2)
    )
    inbox = Inbox()
    play(first, second, inbox=inbox)
    assert [message.title for message in inbox.messages] == ["1 deals, the best: t1 for $149.99"]


def test_alerts_of_a_partition_taken_away_are_told_by_its_new_owner(play):
    inbox = Inbox()
    later = received(0, tell_at=MORNING_MS)
    notifier = play(later, Revoked(0), received(0, partition=1), inbox=inbox, at_ms=NIGHT_MS)
    assert (len(inbox.messages), notifier.counts.held) == (1, 0)
    assert notifier._reader.settled == [0]


def test_a_digest_repeated_in_part_tells_only_what_is_new(play):
    inbox = Inbox()
    digest = [received(i, title=f"t{i}", digest_id="d", digest_rank=i + 1) for i in range(3)]
    play(*digest[:2], inbox=inbox)
    notifier = play(*digest, digest[2], inbox=inbox)
    assert (notifier.counts.repeated, notifier.counts.uncertain) == (3, 0)
    assert [message.title for message in inbox.messages] == [
        "2 deals, the best: t0 for $149.99",
        "1 deals, the best: t2 for $149.99",
    ]


def test_a_partition_taken_away_takes_its_open_digest_along(play):
    inbox = Inbox()
    grouping = Grouping(wait_s=60.0)
    assert grouping.add(received(0, digest_id="d"), 0.0) == []
    grouping.forget(0)
    assert not grouping
    notifier = play(Revoked(0), End(0), inbox=inbox)
    assert notifier.counts.messages == 0


def test_a_digest_waits_for_its_next_alert_but_not_for_ever():
    grouping = Grouping(wait_s=2.0)
    first, second = received(0, digest_id="d"), received(1, digest_id="d")
    assert grouping.add(first, now_s=0.0) == []
    assert grouping.due(now_s=1.9) == []
    assert grouping.add(second, now_s=1.9) == []
    assert grouping.due(now_s=3.8) == []
    assert grouping.due(now_s=3.9) == [[first, second]]


def test_a_digest_without_end_is_several_messages():
    grouping = Grouping()
    complete = []
    for offset in range(MAX_ALERTS + 1):
        complete += grouping.add(received(offset, digest_id="d"), 0.0)
    assert [len(records) for records in complete] == [MAX_ALERTS]
    assert [len(records) for records in grouping.due(60.0)] == [1]
