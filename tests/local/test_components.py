import os
import socket
from ipaddress import ip_address
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

CREDENTIALS = {
    "region_name": "us-east-1",
    "aws_access_key_id": "local",
    "aws_secret_access_key": "local",
}


def listening_addresses(pid):
    """(address, port) of every TCP socket on which the process listens, by the kernel's tables."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:
            continue  # closed meanwhile
        if target.startswith("socket:["):
            inodes.add(target[len("socket:[") : -1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:  # 0A: it listens
                address, port = fields[1].split(":")
                words = [
                    bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)
                ]
                found.add((ip_address(b"".join(words)), int(port, 16)))
    return found


def is_loopback(address):
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


@pytest.mark.parametrize(
    ("family", "host", "loopback"),
    [
        (socket.AF_INET, "127.0.0.1", True),
        (socket.AF_INET, "0.0.0.0", False),  # noqa: S104 - the checker must see it
        (socket.AF_INET6, "::ffff:127.0.0.1", True),
        (socket.AF_INET6, "::ffff:0.0.0.0", False),
        (socket.AF_INET6, "::", False),
    ],
)
def test_the_checker_tells_loopback_from_the_rest(family, host, loopback):
    with socket.socket(family) as server:
        if family == socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind((host, 0))
        server.listen()
        port = server.getsockname()[1]
        ours = [address for address, at in listening_addresses(os.getpid()) if at == port]
    assert [is_loopback(address) for address in ours] == [loopback]


@pytest.mark.broker
def test_nothing_listens_beyond_loopback(stack):
    open_to = {}
    for state in stack.status():
        assert state.healthy, state
        open_to[state.name] = listening_addresses(state.pid)
    beyond = {
        (name, str(address), port)
        for name, found in open_to.items()
        for address, port in found
        if not is_loopback(address)
    }
    assert beyond == set()
    # All of the known ports were seen, the controller's too, and no other one is open.
    seen = {port for found in open_to.values() for _, port in found}
    assert seen == set(vars(stack.ports).values())


@pytest.fixture
def aws(endpoints):
    """Makes boto3 clients for the AWS stand-in, unmodified but for the address."""
    clients = []

    def make(service):
        client = boto3.client(
            service,
            endpoint_url=endpoints.aws_endpoint_url,
            config=Config(proxies={}),
            **CREDENTIALS,
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.mark.broker
def test_glue_keeps_registries_and_schemas(aws):
    glue = aws("glue")
    glue.create_registry(RegistryName="local-test")
    schema = '{"type": "record", "name": "A", "fields": [{"name": "a", "type": "long"}]}'
    made = glue.create_schema(
        RegistryId={"RegistryName": "local-test"},
        SchemaName="a",
        DataFormat="AVRO",
        Compatibility="BACKWARD",
        SchemaDefinition=schema,
    )
    kept = glue.get_schema_version(SchemaVersionId=made["SchemaVersionId"])
    assert kept["SchemaDefinition"] == schema


@pytest.mark.broker
def test_s3_keeps_objects(aws):
    s3 = aws("s3")
    s3.create_bucket(Bucket="local-test")
    s3.put_object(Bucket="local-test", Key="folder/a", Body=b"content")
    body = s3.get_object(Bucket="local-test", Key="folder/a")["Body"]
    assert body.read() == b"content"
    body.close()


@pytest.mark.broker
def test_dynamodb_sns_and_cloudwatch_answer(aws):
    dynamodb = aws("dynamodb")
    dynamodb.create_table(
        TableName="local-test",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="local-test", Item={"id": {"S": "1"}, "n": {"N": "2"}})
    item = dynamodb.get_item(TableName="local-test", Key={"id": {"S": "1"}})["Item"]
    assert item["n"] == {"N": "2"}

    sns = aws("sns")
    topic = sns.create_topic(Name="local-test")["TopicArn"]
    assert sns.publish(TopicArn=topic, Message="hello")["MessageId"]

    cloudwatch = aws("cloudwatch")
    cloudwatch.put_metric_data(Namespace="local", MetricData=[{"MetricName": "a", "Value": 1}])
    listed = cloudwatch.list_metrics(Namespace="local")["Metrics"]
    assert [metric["MetricName"] for metric in listed] == ["a"]


@pytest.mark.broker
def test_bedrock_answers_at_the_endpoint_of_the_stack(endpoints):
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=endpoints.bedrock_endpoint_url,
        config=Config(proxies={}),
        **CREDENTIALS,
    )
    try:
        response = client.converse(
            modelId="anthropic.claude-3-haiku-20240307-v1:0",
            messages=[{"role": "user", "content": [{"text": '{"title": "Desk"}'}]}],
        )
    finally:
        client.close()
    assert response["output"]["message"]["content"][0]["text"].startswith("Desk is offered.")
