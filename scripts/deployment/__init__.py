"""Deploying the jobs on Amazon Managed Service for Apache Flink, and taking it back.

What has been done is read from AWS each time, never from this machine: an interrupted deployment
is continued by starting it again, from anywhere.
"""
