//! The gateway's routes and the roles in which it invokes functions are made from the routes of the
//! code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use builder_runtime::Route;
use builder_tests::routes;

use super::{NOTICE, before};
use crate::sources::{pascal, read, source_of};

const FILE: &str = "infra/gateway.yaml";
/// How a path of an OpenAPI document names the route for whatever has no route, and its method.
const DEFAULT: (&str, &str) = ("$default", "x-amazon-apigateway-any-method");

pub(super) fn file() -> (String, String) {
    let kept = read(FILE);
    (FILE.to_owned(), format!("{}{NOTICE}{}", before(&kept, NOTICE, FILE), made()))
}

/// The domain of a route.
fn domain(route: &Route) -> String {
    let source = source_of(route.name);
    source.split('/').nth(1).unwrap_or_default().to_owned()
}

fn arn(function: &str) -> String {
    format!(
        "arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:builder-${{Stage}}-{function}"
    )
}

fn operation(text: &mut String, method: &str, route: &Route, domain: &str) {
    writeln!(text, "            {method}:").unwrap();
    if method == DEFAULT.1 {
        writeln!(text, "              isDefaultRoute: true").unwrap();
    }
    let parameters: Vec<_> = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .collect();
    if !parameters.is_empty() {
        writeln!(text, "              parameters:").unwrap();
    }
    for name in parameters {
        let name = name.trim_end_matches('+');
        writeln!(
            text,
            "                - {{name: {name}, in: path, required: true, schema: {{type: string}}}}"
        )
        .unwrap();
    }
    writeln!(
        text,
        "              responses: {{default: {{description: What the function answers}}}}"
    )
    .unwrap();
    writeln!(text, "              x-amazon-apigateway-integration:").unwrap();
    writeln!(text, "                type: aws_proxy").unwrap();
    writeln!(text, "                httpMethod: POST").unwrap();
    writeln!(text, "                payloadFormatVersion: '2.0'").unwrap();
    writeln!(text, "                credentials: !GetAtt {}Role.Arn", pascal(domain)).unwrap();
    let invocation =
        "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions";
    writeln!(text, "                uri: !Sub {invocation}/{}/invocations", arn(route.name))
        .unwrap();
}

fn role(text: &mut String, domain: &str, functions: &BTreeSet<&str>) {
    let (name, resources) = (pascal(domain), functions);
    write!(
        text,
        "
  {name}Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              Service: apigateway.amazonaws.com
            Action: sts:AssumeRole
      Policies:
        - PolicyName: invoke-routes
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Sid: InvokeTheRoutes
                Effect: Allow
                Action: lambda:InvokeFunction
                Resource:
"
    )
    .unwrap();
    for function in resources {
        writeln!(text, "                  - !Sub {}", arn(function)).unwrap();
    }
}

fn made() -> String {
    let routes = routes();
    let mut paths: BTreeMap<&str, BTreeMap<String, &Route>> = BTreeMap::new();
    let mut domains: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for route in &routes {
        for key in route.keys() {
            let method = key
                .split_once(' ')
                .map_or_else(|| DEFAULT.1.to_owned(), |(method, _)| method.to_lowercase());
            paths.entry(route.path).or_default().insert(method, route);
        }
        domains.entry(domain(route)).or_default().insert(route.name);
    }
    let mut text = String::new();
    for (path, methods) in paths {
        writeln!(text, "          {path}:").unwrap();
        for (method, route) in methods {
            operation(&mut text, &method, route, &domain(route));
        }
    }
    for (domain, functions) in &domains {
        role(&mut text, domain, functions);
    }
    text
}
