"""The Flink jobs: one file a job, its whole dataflow on one screen."""
