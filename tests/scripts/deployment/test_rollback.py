import pytest

from tests.scripts.deployment.conftest import BLUE, OLD_KEY


def test_rollback_goes_back_by_the_service_in_minutes(world):
    world.run("up")
    began = world.clock.now()
    result = world.json("rollback")
    assert "rolled back by the service" in result["outcome"]
    assert (world.status(), world.code()) == ("RUNNING", OLD_KEY)
    assert (world.clock.now() - began).total_seconds() < 300


def test_a_second_rollback_does_nothing(world):
    world.run("up")
    world.run("rollback")
    changes = world.service.changes()
    assert "nothing to do" in world.json("rollback")["outcome"]
    assert world.service.changes() == changes


def test_a_package_taken_back_by_hand_is_not_deployed_again_unless_asked(world):
    world.run("up")
    world.run("rollback")
    assert world.run("up") == 1
    assert "rolled back by hand" in world.errors
    assert world.run("up", "--again") == 0
    assert world.code() == world.key


def test_rollback_to_a_version_and_a_snapshot_of_ones_choice(world):
    world.run("up")
    snapshot = world.service.called("CreateApplicationSnapshot")[0]["SnapshotName"]
    result = world.json("rollback", "--to-version", "1", "--snapshot", snapshot)
    assert f"from snapshot {snapshot}" in result["outcome"]
    assert world.service.called("RollbackApplication") == []
    assert (world.status(), world.code()) == ("RUNNING", OLD_KEY)


def test_a_snapshot_that_is_not_there_changes_nothing(world):
    world.run("up")
    changes = world.service.changes()
    assert world.run("rollback", "--snapshot", "none") == 1
    assert "has no snapshot none" in world.errors
    assert world.service.changes() == changes


def test_a_first_version_has_nothing_to_go_back_to(world):
    assert world.run("rollback") == 1
    assert "has no version before 1 with another package" in world.errors


@pytest.mark.parametrize("operation", ["RollbackApplication", "DescribeApplicationOperation"])
def test_rollback_survives_throttling(world, operation):
    world.run("up")
    world.service.faults[operation] = ["ThrottlingException"] * 3
    assert world.run("rollback") == 0
    assert world.code() == OLD_KEY


def test_status_tells_what_runs_and_how_it_is(world):
    world.run("up")
    shown = world.json("status")["applications"][BLUE]
    assert shown["status"] == "RUNNING"
    assert shown["package"] == world.key
    assert shown["verdict"]["outcome"] == "healthy"
    assert shown["system_rollback"] is True
    assert [one["status"] for one in shown["snapshots"]] == ["READY", "READY", "READY"]
    assert set(shown["health"].values()) == {"ok"}
    assert world.run("status") == 0
    assert f"{BLUE} (live)" in world.output


def test_status_names_an_operation_that_is_under_way(world):
    world.service.StopApplication(ApplicationName=BLUE)
    shown = world.json("status")["applications"][BLUE]
    assert [one["operation"] for one in shown["operations_under_way"]] == ["StopApplication"]
