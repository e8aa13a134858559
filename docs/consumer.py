"""Print alerts: python docs/consumer.py HOST:PORT [URL of a stand-in for AWS]."""

import sys

import boto3
from aws_schema_registry import KafkaDeserializer, SchemaRegistryClient
from confluent_kafka import Consumer

glue = boto3.client("glue", region_name="us-east-1", endpoint_url=(*sys.argv[2:], None)[0])
decode = KafkaDeserializer(SchemaRegistryClient(glue, registry_name="deal-finder")).deserialize
settings = {"bootstrap.servers": sys.argv[1], "group.id": "me", "auto.offset.reset": "earliest"}
consumer = Consumer(settings)
consumer.subscribe(["deals.alerts"])
told = set()  # delivery is at least once; to tell once across restarts, keep this in a database
while True:
    message = consumer.poll(1.0)
    if message and not message.error():
        alert = decode(message.topic(), message.value()).data
        if alert["alert_id"] not in told:
            told.add(alert["alert_id"])
            print(f"{alert['title']} for ${alert['price_usd']:.2f}: {alert['url']}", flush=True)
