"""Deploys a stack over itself with other values of parameters, which reach every function.

    deploy_again.py STACK NAME=VALUE …
"""

import sys

import boto3


def main(stack: str, *values: str) -> None:
    changed = dict(value.split("=", 1) for value in values)
    cloudformation = boto3.client("cloudformation")
    before = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    parameters = [
        {"ParameterKey": name, "ParameterValue": changed[name]} if name in changed else {"ParameterKey": name, "UsePreviousValue": True}
        for name in (parameter["ParameterKey"] for parameter in before["Parameters"])
    ]
    cloudformation.update_stack(StackName=stack, UsePreviousTemplate=True, Parameters=parameters,
                                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack)
    after = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    assert after["StackStatus"] == "UPDATE_COMPLETE", after
    outputs = [{output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]} for found in (before, after)]
    assert outputs[0] == outputs[1], outputs
    variables = boto3.client("lambda").get_function_configuration(FunctionName=f"{stack}-login")["Environment"]["Variables"]
    assert variables["LOG_LEVEL"] == changed["LogLevel"], variables
    print(f"{stack} was deployed again with {' '.join(values)}, and its addresses and names stayed")


if __name__ == "__main__":
    main(*sys.argv[1:])
