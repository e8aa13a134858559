"""Literal values of attributes that take only a few, as the models of the AWS SDK list them.

The provider's schema knows no enums; botocore's models do, and are installed anyway.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from botocore.loaders import Loader

from scripts.infra.blocks import Block
from scripts.infra.schema import Finding, aws_blocks

# (type, blocks on the way, attribute) -> (service of the SDK, shape whose enum it is).
ENUMS = {
    ("aws_glue_schema", (), "data_format"): ("glue", "DataFormat"),
    ("aws_glue_schema", (), "compatibility"): ("glue", "Compatibility"),
    ("aws_dynamodb_table", (), "billing_mode"): ("dynamodb", "BillingMode"),
    ("aws_dynamodb_table", ("attribute",), "type"): ("dynamodb", "ScalarAttributeType"),
    ("aws_msk_cluster", ("encryption_info", "encryption_in_transit"), "client_broker"): (
        "kafka",
        "ClientBroker",
    ),
    ("aws_msk_cluster", (), "enhanced_monitoring"): ("kafka", "EnhancedMonitoring"),
    ("aws_opensearch_domain", ("domain_endpoint_options",), "tls_security_policy"): (
        "opensearch",
        "TLSSecurityPolicy",
    ),
    ("aws_ecr_repository", (), "image_tag_mutability"): ("ecr", "ImageTagMutability"),
    ("aws_ecs_task_definition", (), "network_mode"): ("ecs", "NetworkMode"),
    ("aws_cloudwatch_metric_alarm", (), "comparison_operator"): (
        "cloudwatch",
        "ComparisonOperator",
    ),
    ("aws_budgets_budget", (), "budget_type"): ("budgets", "BudgetType"),
    ("aws_budgets_budget", (), "time_unit"): ("budgets", "TimeUnit"),
    ("aws_ce_anomaly_monitor", (), "monitor_type"): ("ce", "MonitorType"),
    ("aws_ce_anomaly_subscription", (), "frequency"): ("ce", "AnomalySubscriptionFrequency"),
    ("aws_lambda_function", (), "package_type"): ("lambda", "PackageType"),
    ("aws_vpc_endpoint", (), "vpc_endpoint_type"): ("ec2", "VpcEndpointType"),
    **{
        (
            "aws_kinesisanalyticsv2_application",
            ("application_configuration", *blocks),
            attribute,
        ): ("kinesisanalyticsv2", shape)
        for blocks, attribute, shape in (
            (("application_code_configuration",), "code_content_type", "CodeContentType"),
            (
                ("flink_application_configuration", "checkpoint_configuration"),
                "configuration_type",
                "ConfigurationType",
            ),
            (
                ("flink_application_configuration", "monitoring_configuration"),
                "configuration_type",
                "ConfigurationType",
            ),
            (
                ("flink_application_configuration", "monitoring_configuration"),
                "metrics_level",
                "MetricsLevel",
            ),
            (
                ("flink_application_configuration", "monitoring_configuration"),
                "log_level",
                "LogLevel",
            ),
            (
                ("flink_application_configuration", "parallelism_configuration"),
                "configuration_type",
                "ConfigurationType",
            ),
        )
    },
}


@cache
def values(service: str, shape: str) -> tuple[str, ...]:
    """What a service takes.

    Raises:
        KeyError: the installed models know no such enum.
    """
    shapes = Loader().load_service_model(service, "service-2")["shapes"]
    return tuple(shapes[shape]["enum"])


def check(paths: Iterable[Path]) -> list[Finding]:
    """Hold literal values to the enums; what is computed is left to the plan.

    Raises:
        SyntaxProblem: a file cannot be read.
    """
    findings = []
    for path, kind, block in aws_blocks(paths):
        for (wanted, way, attribute), (service, shape) in ENUMS.items():
            for body in _inside(block, way) if kind == wanted else ():
                text = body.attributes.get(attribute, "")
                given = text[1:-1]
                is_literal = text.startswith('"') and "$" not in text and '"' not in given
                if is_literal and given not in (known := values(service, shape)):
                    what = f"{attribute} {given!r} is none of {', '.join(known)}"
                    findings.append(Finding(path, body.line, f"{kind}.{block.labels[1]}", what))
    return findings


def _inside(block: Block, way: tuple[str, ...]) -> Iterator[Block]:
    if not way:
        yield block
        return
    for nested in block.blocks:
        if nested.kind == way[0]:
            yield from _inside(nested, way[1:])
        elif nested.kind == "dynamic" and nested.labels == (way[0],):
            for body in nested.inside("content"):
                yield from _inside(body, way[1:])
