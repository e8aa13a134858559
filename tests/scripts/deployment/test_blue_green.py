import pytest

from tests.scripts.deployment.conftest import BLUE, GREEN, OLD_KEY, PROPERTIES
from tests.scripts.deployment.fake_service import Behaviour


@pytest.fixture(autouse=True)
def old(world):
    world.service.behaviours[OLD_KEY] = Behaviour(lag_s=lambda _: 5.0)


def test_the_plan_names_both_applications_and_changes_nothing(world):
    result = world.json("plan", "--blue-green")
    assert [each["step"] for each in result["steps"]] == [
        *("upload", "settings", "candidate", "start", "gate", "compare", "shift"),
        *("gate-shifted", "stop"),
    ]
    assert {each["state"] for each in result["steps"]} == {"to do"}
    assert world.service.changes() == []


def test_the_new_version_takes_over_and_the_old_one_is_stopped(world):
    assert world.run("up", "--blue-green") == 0, world.errors
    assert (world.status(GREEN), world.code(GREEN)) == ("RUNNING", world.key)
    assert (world.status(BLUE), world.code(BLUE)) == ("READY", OLD_KEY)
    # It writes where the old one wrote, with groups of its own.
    assert world.group(GREEN, "Kafka") == PROPERTIES["Kafka"] | {
        "group.prefix": "deal-finder.green"
    }
    assert world.group(GREEN, "Search") == PROPERTIES["Search"]
    assert world.group(GREEN, "Bedrock") == PROPERTIES["Bedrock"]
    assert world.json("status")["live"] == GREEN


def test_the_shadow_starts_from_a_snapshot_of_the_old_one_and_writes_elsewhere(world):
    world.run("up", "--blue-green")
    (created,) = world.service.called("CreateApplication")
    groups = created["ApplicationConfiguration"]["EnvironmentProperties"]["PropertyGroups"]
    properties = {group["PropertyGroupId"]: group["PropertyMap"] for group in groups}
    assert properties["Kafka"]["output.prefix"] == "shadow."
    assert properties["Kafka"]["group.prefix"] == "deal-finder.green"
    assert properties["Search"]["index"] == "shadow-deals"
    (start,) = world.service.called("StartApplication")
    assert start["ApplicationName"] == GREEN
    arn = start["RunConfiguration"]["ApplicationRestoreConfiguration"]["SnapshotArn"]
    (taken,) = world.service.called("CreateSnapshot")
    assert taken["ApplicationName"] == BLUE
    assert arn.endswith(f":snapshot/{taken['SnapshotName']}")


def test_the_old_one_is_stopped_last(world):
    world.run("up", "--blue-green")
    assert world.service.changes() == [
        *("UpdateApplication", "CreateApplication", "CreateSnapshot", "StartApplication"),
        *("UpdateApplication", "StopApplication"),
    ]
    assert world.service.called("StopApplication") == [{"ApplicationName": BLUE, "Force": False}]


def test_a_second_up_finds_everything_done(world):
    world.run("up", "--blue-green")
    changes = world.service.changes()
    assert world.run("up", "--blue-green") == 0, world.errors
    assert world.service.changes() == changes


@pytest.mark.parametrize("calls", range(1, 110, 9))
def test_an_interrupted_up_is_continued_by_another(world, calls):
    count = 0

    def kill(**_: object) -> None:
        nonlocal count
        count += 1
        if count == calls:
            raise KeyboardInterrupt

    event = "before-call.kinesis-analytics-v2"
    world.service.client.meta.events.register(event, kill)
    code = world.run("up", "--blue-green")
    world.service.client.meta.events.unregister(event, kill)
    assert code == (130 if count >= calls else 0)
    assert world.run("up", "--blue-green") == 0, world.errors
    assert world.status(BLUE) == "READY"
    assert (world.status(GREEN), world.code(GREEN)) == ("RUNNING", world.key)
    assert "output.prefix" not in world.group(GREEN, "Kafka")


def test_the_next_version_goes_the_other_way(world):
    world.run("up", "--blue-green")
    world.service.behaviours[world.key] = Behaviour(lag_s=lambda _: 5.0)
    first = world.key
    world.package.write_bytes(b"another package")
    world.key = world.key_of_package()
    assert world.run("up", "--blue-green") == 0, world.errors
    assert (world.status(BLUE), world.code(BLUE)) == ("RUNNING", world.key)
    assert (world.status(GREEN), world.code(GREEN)) == ("READY", first)
    assert world.group(BLUE, "Kafka") == PROPERTIES["Kafka"]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ({"restart_every_s": 20}, "restarts of the job"),
        ({"fails_to_start": True}, "does not start"),
        ({"verdicts": {"bargain": 0.5, "fair": 0.5}}, "of the verdicts are bargain instead of"),
        ({"verdicts": {"fair": 0.5}}, "verdicts instead of"),
        ({"alerts": 3_000.0}, "alerts instead of"),
    ],
)
def test_a_candidate_that_is_not_believed_never_touches_what_people_see(world, behaviour, reason):
    world.behaves(**behaviour)
    assert world.run("up", "--blue-green") in {1, 3}
    assert reason in world.errors
    assert (world.status(BLUE), world.code(BLUE)) == ("RUNNING", OLD_KEY)
    assert world.status(GREEN) == "READY"
    assert world.group(GREEN, "Kafka")["output.prefix"] == "shadow."


def test_a_candidate_that_failed_is_not_tried_again_unless_asked(world):
    world.behaves(restart_every_s=20)
    assert world.run("up", "--blue-green") == 3
    assert world.run("up", "--blue-green") == 1
    assert "--again" in world.errors
    world.behaves()
    assert world.run("up", "--blue-green", "--again") == 0, world.errors
    assert world.code(GREEN) == world.key


def test_too_few_deals_to_compare_are_no_proof(world):
    world.service.behaviours[OLD_KEY] = Behaviour(lag_s=lambda _: 5.0, verdicts={})
    world.behaves(verdicts={})
    assert world.run("up", "--blue-green", "--skip", "dead-letters") == 3
    assert "too few deals" in world.errors
    options = ("--skip", "dead-letters", "--without-compare", "--again")
    assert world.run("up", "--blue-green", *options) == 0, world.errors


def test_the_old_one_is_not_stopped_before_it_has_handled_what_came_before(world):
    world.service.behaviours[OLD_KEY] = Behaviour(lag_s=lambda _: 7_200.0)
    assert world.run("up", "--blue-green") == 1
    assert "nothing is lost; run this again" in world.errors
    assert world.status(BLUE) == "RUNNING"
    world.service.behaviours[OLD_KEY] = Behaviour(lag_s=lambda _: 5.0)
    assert world.run("up", "--blue-green") == 0, world.errors
    assert world.status(BLUE) == "READY"


@pytest.mark.parametrize("step", ["gate", "compare", "gate-shifted", "stop"])
def test_rollback_of_an_unfinished_one_stops_the_new_one_and_leaves_the_old_one(world, step):
    world.interrupt_at(step)
    assert world.run("rollback") == 0, world.errors
    assert (world.status(GREEN), world.status(BLUE)) == ("READY", "RUNNING")
    assert world.code(BLUE) == OLD_KEY


def test_rollback_of_a_finished_one_starts_the_old_one_and_stops_the_new_one(world):
    world.run("up", "--blue-green")
    began = world.clock.now()
    assert world.run("rollback") == 0, world.errors
    assert (world.status(BLUE), world.code(BLUE)) == ("RUNNING", OLD_KEY)
    assert world.status(GREEN) == "READY"
    assert (world.clock.now() - began).total_seconds() < 300
    start = world.service.called("StartApplication")[-1]
    assert start["ApplicationName"] == BLUE
    assert world.json("status")["live"] == BLUE
