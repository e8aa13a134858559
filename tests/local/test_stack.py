import http.client
import json
import os
import signal
import socket
import threading

import pytest

from local.components import PythonServer
from local.ports import LOOPBACK, Ports
from local.processes import PidFile, Process, read_identity
from local.progress import Progress
from local.stack import Endpoints, Stack, StackError


class Broken(PythonServer):
    """A component that says why and ends."""

    def command(self, folder, ports):
        return ["sh", "-c", "echo no room for the broken one; exit 3"]


class Deaf(PythonServer):
    """A component that runs and never answers."""

    def command(self, folder, ports):
        return ["sh", "-c", "echo deaf as a post; exec sleep 60"]


def bedrock():
    return PythonServer("bedrock", "Bedrock stand-in", "local.bedrock", "/health")


@pytest.fixture
def make(tmp_path):
    """Makes stacks of the one light component, or of others; whatever runs is ended."""
    made = []

    def stack(home="home", ports=None, deadline_s=30.0, **others):
        parts = {"bedrock": bedrock(), **others}
        one = Stack(tmp_path / home, ports or Ports.free(), deadline_s=deadline_s, parts=parts)
        made.append(one)
        return one

    yield stack
    for one in made:
        one.down()


def pid_of(stack, name="bedrock"):
    return {state.name: state.pid for state in stack.status()}[name]


def states(stack):
    return {state.name: state.state for state in stack.status()}


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def test_a_stack_comes_up_and_goes_down(make):
    stack = make()
    assert states(stack) == {"bedrock": "stopped"}
    stack.up()
    assert states(stack) == {"bedrock": "healthy"}
    assert listens(stack.ports.bedrock)
    pid = pid_of(stack)
    stack.down()
    assert states(stack) == {"bedrock": "stopped"}
    assert read_identity(pid) is None
    assert not listens(stack.ports.bedrock)


def test_what_runs_and_is_healthy_is_reused(make):
    stack = make()
    assert stack.up()["bedrock"] > 0
    pid = pid_of(stack)
    assert stack.up() == {"bedrock": 0.0}
    assert pid_of(stack) == pid


def test_another_object_on_the_same_folder_sees_and_stops_it(make, tmp_path):
    stack = make()
    stack.up()
    other = Stack(tmp_path / "home", parts={"bedrock": bedrock()})
    assert other.endpoints() == stack.endpoints()
    assert states(other) == {"bedrock": "healthy"}
    other.down()
    assert states(stack) == {"bedrock": "stopped"}


def test_a_killed_component_is_started_again(make):
    stack = make()
    stack.up()
    os.kill(pid_of(stack), signal.SIGKILL)
    assert stack.up()["bedrock"] > 0
    assert states(stack) == {"bedrock": "healthy"}


def test_a_component_that_runs_but_does_not_answer_is_replaced(make, monkeypatch):
    stack = make()
    stack.up()
    pid = pid_of(stack)
    os.kill(pid, signal.SIGSTOP)
    with monkeypatch.context() as impatient:
        impatient.setattr("local.stack.REUSE_DEADLINE_S", 0.2)
        impatient.setattr("local.loopback.TIMEOUT_S", 0.2)
        assert states(stack) == {"bedrock": "unhealthy"}
        stack.up()
    assert pid_of(stack) != pid
    assert states(stack) == {"bedrock": "healthy"}


def test_two_starts_at_once_make_one_stack(make):
    first, second = make(), make()
    threads = [threading.Thread(target=one.up) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert pid_of(first) == pid_of(second) is not None


def test_a_taken_port_is_replaced_and_the_choice_is_kept(make):
    with socket.create_server((LOOPBACK, 0)) as squatter:
        taken = squatter.getsockname()[1]
        stack = make(ports=Ports(bedrock=taken))
        stack.up()
        chosen = stack.ports.bedrock
        assert chosen != taken
        assert listens(chosen)
        stack.down()
    assert Stack(stack.home).ports.bedrock == chosen


def test_stop_and_start_of_one_component_keep_its_address(make):
    stack = make()
    stack.up()
    before, pid = stack.endpoints(), pid_of(stack)
    stack.stop("bedrock")
    assert states(stack) == {"bedrock": "stopped"}
    stack.start("bedrock")
    assert states(stack) == {"bedrock": "healthy"}
    assert stack.endpoints() == before
    assert pid_of(stack) != pid


def test_start_of_what_runs_does_nothing(make):
    stack = make()
    stack.up()
    pid = pid_of(stack)
    stack.start("bedrock")
    assert pid_of(stack) == pid


def test_start_does_not_move_to_another_port(make):
    stack = make()
    stack.up()
    stack.kill("bedrock")
    port = stack.ports.bedrock
    with (
        socket.create_server((LOOPBACK, port)),
        pytest.raises(StackError, match=f"bedrock: port {port} is taken"),
    ):
        stack.start("bedrock")


def test_stop_and_kill_of_what_does_not_run_do_nothing(make):
    stack = make()
    stack.stop("bedrock")
    stack.kill("bedrock")
    assert states(stack) == {"bedrock": "stopped"}


@pytest.mark.parametrize("action", ["start", "stop", "kill"])
def test_an_unknown_component_is_named(make, action):
    with pytest.raises(StackError, match="no component 'zookeeper'; there are bedrock"):
        getattr(make(), action)("zookeeper")


def test_a_component_that_ends_at_its_start_is_reported_with_its_log(make):
    stack = make(aws=Broken("aws", "broken", "-", "/"))
    with pytest.raises(StackError) as failure:
        stack.up()
    assert "aws ended at its start" in str(failure.value)
    assert "no room for the broken one" in str(failure.value)
    assert str(stack.log("aws")) in str(failure.value)


def test_a_component_that_is_not_healthy_in_time_is_reported_and_ended(make):
    stack = make(aws=Deaf("aws", "deaf", "-", "/"), deadline_s=1)
    with pytest.raises(StackError, match=r"aws was not healthy within 1 s(.|\n)*deaf as a post"):
        stack.up()
    assert states(stack)["aws"] == "stopped"


def test_a_failed_start_ends_what_it_started_and_only_that(make):
    stack = make()
    stack.up()
    pid = pid_of(stack)
    with_broken = make(aws=Broken("aws", "broken", "-", "/"))
    with pytest.raises(StackError):
        with_broken.up()
    assert pid_of(stack) == pid

    fresh = make("elsewhere", aws=Broken("aws", "broken", "-", "/"))
    with pytest.raises(StackError):
        fresh.up()
    assert set(states(fresh).values()) == {"stopped"}


def test_an_interrupted_start_ends_what_it_started(make):
    class Interrupting(Progress):
        def done(self, step, seconds, note=""):
            raise KeyboardInterrupt

    stack = make()
    with pytest.raises(KeyboardInterrupt):
        stack.up(Interrupting())
    assert states(stack) == {"bedrock": "stopped"}


def test_a_recycled_pid_is_neither_reused_nor_killed(make):
    stack = make()
    PidFile(stack.home / "run" / "bedrock.pid").write(Process(os.getpid(), "another boot/1"))
    stack.up()
    assert pid_of(stack) != os.getpid()
    stack.down()
    assert read_identity(os.getpid()) is not None


def test_down_keeps_the_data_and_delete_removes_it(make):
    stack = make()
    stack.up()
    (stack.home / "bedrock" / "data").write_text("dear")
    stack.down()
    assert (stack.home / "bedrock" / "data").read_text() == "dear"
    stack.down(delete=True)
    assert not (stack.home / "bedrock").exists()


def test_down_of_what_never_was_makes_no_folder(make):
    stack = make("nowhere")
    assert stack.down() == {}
    assert not stack.home.exists()


def test_clients_can_be_told_the_ports_before_the_start(make):
    make().up()
    make().down()
    again = make(ports=Ports.free())  # prefers others than the last start, on the same folder
    again.choose_ports()
    told = again.endpoints()
    again.up()
    assert again.endpoints() == told


def test_a_running_component_keeps_its_port_whatever_is_preferred_now(make):
    stack = make()
    stack.up()
    before = stack.ports
    make(ports=Ports.free()).up()
    assert stack.ports == before


def test_endpoints_are_what_clients_take(tmp_path):
    ports = Ports(kafka=1, opensearch=2, aws=3, bedrock=4)
    assert Stack(tmp_path, ports).endpoints() == Endpoints(
        "127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3", "http://127.0.0.1:4"
    )


def test_faults_go_with_the_process(make):
    stack = make()
    stack.up()

    def call(method, body=None):
        connection = http.client.HTTPConnection(LOOPBACK, stack.ports.bedrock, timeout=20)
        try:
            connection.request(method, "/faults", body)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    assert call("PUT", '{"hang": true}')["hang"]
    stack.kill("bedrock")
    stack.start("bedrock")
    assert not call("GET")["hang"]
