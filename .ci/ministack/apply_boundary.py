"""Gives the roles of the functions the permissions boundary that their templates name: MiniStack 1.5.33 leaves it off.

    apply_boundary.py STACK
"""

import sys

import boto3


def main(stack: str) -> None:
    cloudformation, iam = boto3.client("cloudformation"), boto3.client("iam")

    def resources(name: str) -> list[dict]:
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        return [resource for page in pages for resource in page["StackResourceSummaries"]]

    own = resources(stack)
    boundary = next(r["PhysicalResourceId"] for r in own if r["ResourceType"] == "AWS::IAM::ManagedPolicy")
    bounded = 0
    for nested in (r["PhysicalResourceId"] for r in own if r["ResourceType"] == "AWS::CloudFormation::Stack"):
        of_nested = resources(nested)
        functions = {r["LogicalResourceId"] for r in of_nested if r["ResourceType"] == "AWS::Lambda::Function"}
        for role in of_nested:
            # SAM names the role of a function after it.
            if role["ResourceType"] == "AWS::IAM::Role" and role["LogicalResourceId"].removesuffix("Role") in functions:
                iam.put_role_permissions_boundary(RoleName=role["PhysicalResourceId"], PermissionsBoundary=boundary)
                bounded += 1
    assert bounded > 0, "no role of a function found"
    print(f"{bounded} roles under {boundary}")


if __name__ == "__main__":
    main(sys.argv[1])
