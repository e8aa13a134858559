import pytest

from tests.scripts.deployment.conftest import BLUE, OLD_KEY
from tests.scripts.deployment.fake_service import BUCKET, Behaviour

FIVE_MINUTES = 300


def steps_of(result: dict) -> dict[str, str]:
    return {each["step"]: each["state"] for each in result["steps"]}


def test_a_plan_says_what_is_to_do_and_changes_nothing(world):
    before = world.service.changes()
    states = steps_of(world.json("plan"))
    assert set(states.values()) == {"to do"}
    assert list(states) == ["upload", "settings", "snapshot", "update", "start", "gate"]
    assert world.service.changes() == before
    assert "Contents" not in world.s3.list_objects_v2(Bucket=BUCKET)


def test_up_uploads_takes_a_snapshot_updates_and_believes_a_healthy_version(world):
    assert world.run("up") == 0, world.errors
    assert (world.status(), world.code()) == ("RUNNING", world.key)
    assert world.s3.get_object(Bucket=BUCKET, Key=world.key)["Body"].read() == b"a package"
    assert world.service.changes() == [
        "UpdateApplication",
        "CreateApplicationSnapshot",
        "UpdateApplication",
    ]
    settings, update = world.service.called("UpdateApplication")
    assert settings["ApplicationConfigurationUpdate"][
        "ApplicationSystemRollbackConfigurationUpdate"
    ] == {"RollbackEnabledUpdate": True}
    assert update["RunConfigurationUpdate"]["ApplicationRestoreConfiguration"] == {
        "ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"
    }
    assert f"{BLUE}: healthy" in world.output


def test_a_second_up_finds_everything_done(world):
    world.run("up")
    changes = world.service.changes()
    assert world.run("up") == 0
    assert world.service.changes() == changes
    assert set(steps_of(world.json("plan")).values()) == {"done"}


@pytest.mark.parametrize("calls", range(1, 60, 4))
def test_an_interrupted_up_is_continued_by_another(world, calls):
    """Whatever the call at which the first run is killed."""
    count = 0

    def kill(**_: object) -> None:
        nonlocal count
        count += 1
        if count == calls:
            raise KeyboardInterrupt

    event = "before-call.kinesis-analytics-v2"
    world.service.client.meta.events.register(event, kill)
    code = world.run("up")
    world.service.client.meta.events.unregister(event, kill)
    assert code == (130 if count >= calls else 0)
    assert world.run("up") == 0, world.errors
    assert (world.status(), world.code()) == ("RUNNING", world.key)
    # Nothing was done twice: the settings and the code are one update each, at most.
    assert len(world.service.called("UpdateApplication")) == 2
    assert len(world.service.called("CreateApplicationSnapshot")) == 1


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ({"restart_every_s": 20}, "restarts of the job"),
        ({"has_checkpoints": False}, "checkpoints failed"),
        ({"dead_letter_share": 0.3}, "are dead letters, most of them price_missing"),
        ({"lag_s": lambda s: 600 + s}, "not catching up"),
    ],
)
def test_an_unhealthy_version_is_rolled_back_by_itself_in_minutes(world, behaviour, reason):
    world.behaves(**behaviour)
    assert world.run("up") == 3
    assert reason in world.errors
    assert (world.status(), world.code()) == ("RUNNING", OLD_KEY)
    (rollback,) = world.service.called("RollbackApplication")
    assert rollback["CurrentApplicationVersionId"] == 3
    assert seconds_of(world, "RollbackApplication") < FIVE_MINUTES


def seconds_of(world, operation: str) -> float:
    """From the first call of an operation until the fake's clock of now."""
    for entry in reversed(world.service.operations[BLUE]):
        if entry["Operation"] == operation:
            return world.clock.now().timestamp() - entry["StartTime"]
    raise AssertionError(operation)


def test_where_the_service_fails_to_roll_back_an_update_from_the_snapshot_does_it(world):
    world.behaves(restart_every_s=20)
    world.service.rollback_outcome = "FAILED"
    assert world.run("up") == 3
    assert (world.status(), world.code()) == ("RUNNING", OLD_KEY)
    update = world.service.called("UpdateApplication")[-1]
    assert "RunConfigurationUpdate" not in update  # it was stopped by its failure
    (start,) = world.service.called("StartApplication")
    restore = start["RunConfiguration"]["ApplicationRestoreConfiguration"]
    assert restore["ApplicationRestoreType"] == "RESTORE_FROM_CUSTOM_SNAPSHOT"
    assert restore["SnapshotName"].startswith("before-")
    assert seconds_of(world, "RollbackApplication") < FIVE_MINUTES


def test_where_the_service_refuses_to_roll_back_a_running_version_is_updated_back(world):
    world.behaves(restart_every_s=20)
    world.service.faults["RollbackApplication"] = ["UnsupportedOperationException"]
    assert world.run("up") == 3
    assert (world.status(), world.code()) == ("RUNNING", OLD_KEY)
    restore = world.service.called("UpdateApplication")[-1]["RunConfigurationUpdate"]
    assert restore["FlinkRunConfiguration"] == {"AllowNonRestoredState": False}
    name = restore["ApplicationRestoreConfiguration"]["SnapshotName"]
    assert name.startswith("before-")


def test_a_rollback_that_hangs_is_stopped_by_force_and_all_is_over_in_five_minutes(world):
    world.behaves(restart_every_s=20)
    world.service.rollback_s = 3_600
    assert world.run("up") == 3
    assert (world.status(), world.code()) == ("RUNNING", OLD_KEY)
    assert world.service.called("StopApplication") == [{"ApplicationName": BLUE, "Force": True}]
    assert seconds_of(world, "RollbackApplication") < FIVE_MINUTES


def test_an_update_that_does_not_start_is_undone_by_the_system_rollback(world):
    world.behaves(fails_to_start=True)
    assert world.run("up") == 3
    assert "ModuleNotFoundError" in world.errors
    assert (world.status(), world.code()) == ("RUNNING", OLD_KEY)
    assert world.service.called("RollbackApplication") == []


def test_a_package_that_failed_is_not_tried_again_unless_asked(world):
    world.behaves(restart_every_s=20)
    world.run("up")
    changes = world.service.changes()
    assert world.run("up") == 1
    assert "failed its gate" in world.errors
    assert "--again" in world.errors
    assert world.service.changes() == changes
    world.service.behaviours[world.key] = Behaviour()
    assert world.run("up", "--again") == 0
    assert world.code() == world.key


def test_a_way_back_that_was_interrupted_is_gone_on_with(world):
    world.behaves(restart_every_s=20)

    def kill(**_: object) -> None:
        raise KeyboardInterrupt

    event = "before-call.kinesis-analytics-v2.RollbackApplication"
    world.service.client.meta.events.register(event, kill)
    assert world.run("up") == 130
    world.service.client.meta.events.unregister(event, kill)
    assert world.code() == world.key
    assert world.run("up") == 3
    assert (world.status(), world.code()) == ("RUNNING", OLD_KEY)


def test_a_change_by_someone_else_in_between_is_looked_at_and_survived(world):
    world.service.faults["UpdateApplication"] = ["ConcurrentModificationException"] * 2
    assert world.run("up") == 0
    assert "changed by someone else" in world.output
    assert world.code() == world.key


def test_someone_else_who_never_stops_changing_it_is_told_of(world):
    world.service.faults["UpdateApplication"] = ["ConcurrentModificationException"] * 50
    assert world.run("up") == 1
    assert "find out who deploys it" in world.errors
    assert world.code() == OLD_KEY


def test_throttling_is_waited_out(world):
    for operation in ("DescribeApplication", "UpdateApplication", "ListApplicationSnapshots"):
        world.service.faults[operation] = ["ThrottlingException"] * 4
    assert world.run("up") == 0
    assert world.code() == world.key


def test_throttling_without_end_is_an_error_that_says_so(world):
    world.service.faults["UpdateApplication"] = ["ThrottlingException"] * 1000
    assert world.run("up") == 1
    assert "ThrottlingException" in world.errors
    assert "run the same command again" in world.errors


def test_a_failed_snapshot_stops_before_anything_is_changed(world):
    world.service.behaviours[OLD_KEY] = Behaviour(can_snapshot=False)
    assert world.run("up") == 1
    assert "no snapshot of" in world.errors
    assert world.code() == OLD_KEY
    assert len(world.service.called("CreateApplicationSnapshot")) == 2
    assert world.run("up", "--without-snapshot") == 0
    assert world.code() == world.key


def test_a_stopped_application_is_updated_and_started_from_its_latest_snapshot(world):
    world.service.StopApplication(ApplicationName=BLUE)
    world.clock.sleep(60)
    assert world.run("up") == 0
    assert world.service.called("CreateApplicationSnapshot") == []
    (start,) = world.service.called("StartApplication")
    assert start["RunConfiguration"]["ApplicationRestoreConfiguration"] == {
        "ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"
    }
    assert (world.status(), world.code()) == ("RUNNING", world.key)


def test_without_numbers_nothing_is_believed(world):
    world.metrics.missing = {"numRestarts"}
    assert world.run("up") == 3
    assert "CloudWatch has no value for numRestarts" in world.errors
    assert world.code() == OLD_KEY


def test_a_part_can_be_left_out_by_name(world):
    world.metrics.missing = {"lag"}
    assert world.run("up", "--skip", "lag") == 0


def test_a_lag_that_falls_is_no_reason_to_go_back(world):
    world.behaves(lag_s=lambda s: 4_000 - s)
    assert world.run("up") == 0


def test_progress_in_a_pipe_is_plain_lines(world):
    world.run("up")
    assert "\x1b" not in world.output
    assert "\r" not in world.output
    assert "4/6 update" in world.output


def test_json_has_stdout_for_itself_also_for_errors(world):
    assert world.json("up") == {"application": BLUE, "outcome": "healthy"}
    assert "1/6 upload" in world.errors
    assert world.json("up", "--application", "none")["exit_code"] == 1


def test_an_application_that_is_not_there_is_an_error_that_says_what_to_do(world):
    assert world.run("status", "--application", "none") == 1
    assert "there is no application none here: check --application" in world.errors


def test_a_package_that_is_not_there_says_how_to_make_it(world):
    world.package.unlink()
    assert world.run("up") == 1
    assert "make package" in world.errors
