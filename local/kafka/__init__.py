"""Apache Kafka as one process: broker and controller (KRaft) from Maven's jars."""
