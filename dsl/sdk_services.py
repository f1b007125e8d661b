"""Which IAM action an SDK call of Step Functions needs.

Service names are those of `arn:aws:states:::aws-sdk:<service>:<action>`, where they differ from IAM's prefix the prefix
is given; the action is the call's name, but for the few below.
Source: docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html and the Service Authorization Reference.
"""

_PREFIXES: dict[str, str] = {
    "acm": "acm", "applicationautoscaling": "application-autoscaling", "autoscaling": "autoscaling", "backup": "backup",
    "cloudformation": "cloudformation", "cloudfront": "cloudfront", "cloudwatch": "cloudwatch",
    "cloudwatchlogs": "logs", "codedeploy": "codedeploy", "dynamodb": "dynamodb", "ec2": "ec2", "ecr": "ecr",
    "ecs": "ecs", "efs": "elasticfilesystem", "eks": "eks", "elasticache": "elasticache",
    "elasticloadbalancing": "elasticloadbalancing", "elasticloadbalancingv2": "elasticloadbalancing",
    "eventbridge": "events", "glue": "glue", "iam": "iam", "kinesis": "kinesis", "kms": "kms", "lambda": "lambda",
    "opensearch": "es", "rds": "rds", "redshift": "redshift", "resourcegroupstaggingapi": "tag", "route53": "route53",
    "s3": "s3", "scheduler": "scheduler", "secretsmanager": "secretsmanager", "servicediscovery": "servicediscovery",
    "sns": "sns", "sqs": "sqs", "ssm": "ssm", "sts": "sts", "wafv2": "wafv2",
}  # fmt: skip

SERVICES: tuple[str, ...] = tuple(_PREFIXES)

_EXCEPTIONS: dict[str, tuple[str, ...]] = {
    "lambda:invoke": ("lambda:InvokeFunction",),
    "s3:copyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:deleteObjects": ("s3:DeleteObject",),
    "s3:headBucket": ("s3:ListBucket",),
    "s3:headObject": ("s3:GetObject",),
    "s3:listBuckets": ("s3:ListAllMyBuckets",),
    "s3:listObjects": ("s3:ListBucket",),
    "s3:listObjectsV2": ("s3:ListBucket",),
    "s3:listObjectVersions": ("s3:ListBucketVersions",),
    "resourcegroupstaggingapi:getResources": ("tag:GetResources",),
}


def iam_actions(service: str, action: str) -> tuple[str, ...]:
    """Give what the machine's role must be allowed; the service is one of SERVICES."""
    known = _EXCEPTIONS.get(f"{service}:{action}")
    return known or (f"{_PREFIXES[service]}:{action[:1].upper()}{action[1:]}",)


_ERROR_NAMES: dict[str, str] = {
    "applicationautoscaling": "ApplicationAutoScaling", "autoscaling": "AutoScaling", "cloudformation": "CloudFormation",
    "cloudfront": "CloudFront", "cloudwatch": "CloudWatch", "cloudwatchlogs": "CloudWatchLogs",
    "codedeploy": "CodeDeploy", "dynamodb": "DynamoDb", "elasticache": "ElastiCache",
    "elasticloadbalancing": "ElasticLoadBalancing", "elasticloadbalancingv2": "ElasticLoadBalancingV2",
    "eventbridge": "EventBridge", "opensearch": "OpenSearch", "resourcegroupstaggingapi": "ResourceGroupsTaggingApi",
    "secretsmanager": "SecretsManager", "servicediscovery": "ServiceDiscovery",
}  # fmt: skip


def error_prefix(service: str) -> str:
    """Give what the names of a service's errors begin with: `Ec2`, `SecretsManager`. They end with `Exception`."""
    return _ERROR_NAMES.get(service, service[:1].upper() + service[1:])
