"""The names that the tests of atoms work with."""

HOST = "i-0ab1"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/73e2d6bc24d8a067"
OTHER_GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/green/83e2d6bc24d8a068"
BALANCER = "shop"
TOPIC = "arn:aws:sns:us-east-1:123456789012:oncall"
