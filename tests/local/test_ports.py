import socket

import pytest

from local.ports import LOOPBACK, Ports, free_port, is_free


@pytest.fixture
def taken_port():
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_somebody_listens_on_is_not_free(taken_port):
    assert not is_free(taken_port)


def test_a_port_somebody_listens_on_at_every_address_is_not_free():
    with socket.create_server(("", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_free_ports_lie_below_the_range_of_outgoing_connections():
    assert all(port < 32768 for port in vars(Ports.free()).values())


def test_a_free_port_is_none_of_those_to_avoid():
    low = set(range(20000, 31900))
    assert free_port(avoid=low) not in low


def test_no_free_port_at_all_is_an_error():
    with pytest.raises(RuntimeError, match="no free port"):
        free_port(avoid=set(range(20000, 32000)))


def test_a_taken_port_is_replaced_and_the_others_stay(taken_port):
    ports = Ports(opensearch=taken_port, kafka=free_port())

    moved = ports.moved_off_taken(frozenset(Ports.names()) - {"opensearch"})

    assert moved.opensearch != taken_port
    assert is_free(moved.opensearch)
    assert moved.kafka == ports.kafka


def test_the_port_of_a_component_that_runs_is_kept(taken_port):
    ports = Ports(kafka=taken_port)
    assert ports.moved_off_taken(frozenset(Ports.names())) == ports


def test_two_listeners_on_one_port_are_refused():
    with pytest.raises(ValueError, match="share a port"):
        Ports(kafka=20000, aws=20000)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_number_that_is_no_port_is_refused(port):
    with pytest.raises(ValueError, match=f"kafka={port}"):
        Ports(kafka=port)


def test_ports_come_back_from_their_file(tmp_path):
    ports = Ports(kafka=20001)
    ports.save(tmp_path / "run" / "ports.json")
    assert Ports.load(tmp_path / "run" / "ports.json") == ports


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kafka": 1, "zookeeper": 2}', '{"kafka": "x"}'])
def test_a_damaged_file_of_ports_counts_as_none(tmp_path, text):
    (tmp_path / "ports.json").write_text(text)
    assert Ports.load(tmp_path / "ports.json") is None


def test_variables_set_ports():
    assert Ports.from_environment({"DEAL_FINDER_AWS_PORT": "20002"}) == Ports(aws=20002)
    assert Ports.from_environment({"PATH": "/bin"}) is None


def test_a_variable_that_is_no_port_is_named():
    with pytest.raises(ValueError, match="DEAL_FINDER_KAFKA_CONTROLLER_PORT"):
        Ports.from_environment({"DEAL_FINDER_KAFKA_CONTROLLER_PORT": "http"})
