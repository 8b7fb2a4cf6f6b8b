"""Writes the templates to a folder with the SAM transform of the nested ones already applied.

AWS transforms a nested template when it makes the nested stack. MiniStack 1.5.33 transforms only the root ("Unsupported resource
type: AWS::Serverless::Function" for the rest), so this does it beforehand, with the translator that MiniStack itself uses.

It also puts other code into the functions, from CODE: binaries for the processor of this machine, each as NAME/bootstrap.

    expand_nested.py ROOT CODE FOLDER
"""

import json
import logging
import shutil
import sys
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

logging.getLogger("samtranslator").setLevel(logging.CRITICAL)


class NoManagedPolicies:
    """The translator asks for the managed policies of the account; the templates name none."""

    def load(self):
        return {}


def expand(source: Path, code_folder: Path) -> dict:
    template = yaml_parse(source.read_text())
    # The translator wants code in S3. `sam deploy` uploads it later, so the paths are put back afterwards.
    code = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            code[name] = str(code_folder / Path(resource["Properties"]["CodeUri"]).name)
            resource["Properties"]["CodeUri"] = f"s3://later/{name}"
    expanded = transform(template, {}, NoManagedPolicies())
    for name, path in code.items():
        expanded["Resources"][name]["Properties"]["Code"] = path
    return expanded


def drop_unknown(template: dict) -> list[str]:
    """MiniStack 1.5.33 refuses alarms over metric math ("Properties.Metrics (metric math) is not supported") and schedules of rotations."""
    refused = [name for name, resource in template["Resources"].items()
               if resource["Type"] == "AWS::SecretsManager::RotationSchedule"
               or resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]]
    for name in refused:
        del template["Resources"][name]
    return refused


def routes_as_resources(template: dict) -> int:
    """MiniStack 1.5.33 takes no OpenAPI document ("Body") for an HTTP API: each of its routes becomes two resources."""
    made = {}
    for api, resource in template["Resources"].items():
        if resource["Type"] != "AWS::ApiGatewayV2::Api":
            continue
        body = resource["Properties"].pop("Body")
        resource["Properties"] |= {"Name": body["info"]["title"], "ProtocolType": "HTTP"}
        for path, operations in body["paths"].items():
            for method, operation in operations.items():
                key = "$default" if operation.get("isDefaultRoute") else f"{method.upper()} {path}"
                integration = operation["x-amazon-apigateway-integration"]
                # The function's Arn stands in the middle of the address of its invocation.
                arn = integration["uri"]["Fn::Sub"].split("/functions/")[1].removesuffix("/invocations")
                made[f"Integration{len(made)}"] = {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {
                    "ApiId": {"Ref": api}, "IntegrationType": "AWS_PROXY", "IntegrationUri": {"Fn::Sub": arn},
                    "CredentialsArn": integration["credentials"], "PayloadFormatVersion": integration["payloadFormatVersion"]}}
                made[f"Route{len(made)}"] = {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
                    "ApiId": {"Ref": api}, "RouteKey": key, "AuthorizationType": "NONE",
                    "Target": {"Fn::Sub": "integrations/${Integration%d}" % (len(made) - 1)}}}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::ApiGatewayV2::Stage" and made:
            resource["DependsOn"] = list(made)
    template["Resources"] |= made
    return len(made) // 2


def suit_policies(part) -> None:
    """Where MiniStack 1.5.33 asks IAM for something else than AWS does, lets the policies allow that instead.

    AWS has no action sqs:SendMessageBatch, sqs:SendMessage permits both calls; and it decides on ses:SendEmail by identity and sender.
    """
    if isinstance(part, dict):
        actions = part.get("Action", [])
        if "Effect" in part and "sqs:SendMessage" in actions and isinstance(actions, list):
            actions.append("sqs:SendMessageBatch")
        if "Effect" in part and "ses:SendEmail" in actions:
            part["Resource"] = "*"
            part.pop("Condition", None)
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            suit_policies(inner)


def drop_dkim(template: dict) -> None:
    """MiniStack 1.5.33 gives none of the DKIM records of an identity."""
    template.get("Outputs", {}).pop("DkimRecords", None)


def main(root: Path, code_folder: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    template = yaml_parse((root / "template.yaml").read_text())
    nested = [r["Properties"]["Location"] for r in template["Resources"].values() if r["Type"] == "AWS::Serverless::Application"]
    suit_policies(template)
    drop_dkim(template)
    (folder / "template.yaml").write_text(json.dumps(template, indent=1))
    for location in nested:
        (folder / location).parent.mkdir(parents=True, exist_ok=True)
        source = root / location
        template = expand(source, code_folder) if "\nTransform:" in source.read_text() else yaml_parse(source.read_text())
        suit_policies(template)
        dropped = drop_unknown(template)
        drop_dkim(template)
        routes = routes_as_resources(template)
        (folder / location).write_text(json.dumps(template, indent=1))
        told = f", {routes} routes as resources" if routes else ""
        print(f"{location}: {len(template['Resources'])} resources{told}" + "".join(f", without {name}" for name in dropped))


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:4]))
