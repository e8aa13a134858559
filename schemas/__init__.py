"""The contracts between the stages: Avro schemas, their registry, topics and wire format.

A topic and its schema share one name; `<topic>.avsc` here is the schema's only home.
"""
