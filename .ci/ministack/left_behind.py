"""After a first deployment that failed: the stack has been rolled back, and took everything with it that has a fixed name. Removes what
is left of the stack, so that it can be made again.

    left_behind.py STACK
"""

import sys

import boto3


def main(stack: str) -> None:
    cloudformation = boto3.client("cloudformation")
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    assert found["StackStatus"] == "ROLLBACK_COMPLETE", (found["StackStatus"], found.get("StackStatusReason"))
    made = {event["LogicalResourceId"] for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
            for event in page["StackEvents"] if event["ResourceStatus"] == "CREATE_COMPLETE"}
    # It failed late, so that there was something to leave behind.
    assert {"Data", "Messaging", "Gateway", "System"} <= made, made
    left = [
        *boto3.client("dynamodb").list_tables()["TableNames"],
        *(secret["Name"] for secret in boto3.client("secretsmanager").list_secrets()["SecretList"]),
        *(bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]),
        *(function["FunctionName"] for function in boto3.client("lambda").list_functions()["Functions"]),
        *(url.rsplit("/", 1)[1] for url in boto3.client("sqs").list_queues().get("QueueUrls", [])),
        *(group["logGroupName"] for group in boto3.client("logs").describe_log_groups()["logGroups"]),
    ]
    left = [name for name in left if name.startswith(("builder-dev", "builder/dev", "/builder/dev"))]
    assert not left, left
    # A stack that was never made can't be updated.
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)
    print(f"{stack} failed after {len(made)} resources, and left nothing behind")


if __name__ == "__main__":
    main(sys.argv[1])
