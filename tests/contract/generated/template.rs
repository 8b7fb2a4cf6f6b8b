//! The template of a domain: its functions and their triggers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use builder_runtime::Trigger;

use super::{Declared, NOTICE, parameters, stanza};
use crate::sources::{pascal, read};

/// The settings of every function.
const GLOBALS: &str = "
Globals:
  Function:
    Runtime: provided.al2023
    Architectures: [arm64]
    Handler: bootstrap
    Tracing: Active
    PermissionsBoundary: !Ref FunctionBoundary
    LoggingConfig:
      LogGroup: !Ref LogGroup
      LogFormat: Text # the functions write their own JSON
";

pub(super) fn files(domains: &BTreeMap<String, Vec<Declared>>) -> BTreeMap<String, String> {
    let file =
        |(domain, functions): (&String, &Vec<Declared>)| (path(domain), text(domain, functions));
    domains.iter().map(file).collect()
}

/// Returns the path of a domain's template.
pub(super) fn path(domain: &str) -> String {
    format!("functions/{domain}/template.yaml")
}

/// Returns the parameters of a domain's template.
pub(super) fn parameters(domain: &str, functions: &[Declared]) -> BTreeSet<String> {
    let body = format!("{GLOBALS}{}", resources(domain, functions));
    let own = body
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| name.chars().all(|letter| letter.is_ascii_alphanumeric()));
    parameters::referred(&body, &own.map(str::to_owned).collect())
}

fn text(domain: &str, functions: &[Declared]) -> String {
    let mut text = format!(
        "{NOTICE}AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Description: {}

Parameters:
",
        description(domain)
    );
    for parameter in parameters(domain, functions) {
        write!(text, "  {parameter}:\n    Type: String\n").unwrap();
    }
    let mappings: Vec<_> = functions
        .iter()
        .filter_map(|declared| declared.function.job())
        .filter(|job| matches!(job.trigger, Trigger::Events { .. }))
        .map(|job| pascal(job.name) + "Mapping")
        .collect();
    text += GLOBALS;
    text += &resources(domain, functions);
    if !mappings.is_empty() {
        text += "\nOutputs:\n";
    }
    for mapping in mappings {
        write!(
            text,
            "  {mapping}Id:
    Description: Names the mapping in Lambda's metrics.
    Value: !GetAtt {mapping}.Id
"
        )
        .unwrap();
    }
    text
}

/// Returns the description in the manifest of the domain's crate, quoted for YAML.
fn description(domain: &str) -> String {
    let manifest = read(&format!("functions/{domain}/Cargo.toml"));
    let line = manifest.lines().find_map(|line| line.strip_prefix("description = "));
    line.unwrap_or_else(|| panic!("functions/{domain}/Cargo.toml has no description")).to_owned()
}

fn resources(domain: &str, functions: &[Declared]) -> String {
    let mut text = String::from("\nResources:");
    let mut scheduled = Vec::new();
    for Declared { function, .. } in functions {
        text += &stanza::function(function);
        let Some(job) = function.job() else { continue };
        text += &stanza::trigger(job.name, job.trigger);
        if matches!(job.trigger, Trigger::Schedule { .. }) {
            scheduled.push(job.name);
        }
    }
    if !scheduled.is_empty() {
        text += &schedule_role(&scheduled);
    }
    write!(
        text,
        "
  LogGroup:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /builder/${{Stage}}/{domain}
      RetentionInDays: 90
"
    )
    .unwrap();
    text
}

/// Returns the role in which EventBridge Scheduler invokes the domain's jobs.
fn schedule_role(jobs: &[&str]) -> String {
    let mut text = String::from(
        "
  ScheduleRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              Service: scheduler.amazonaws.com
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                aws:SourceAccount: !Ref AWS::AccountId
      Policies:
        - PolicyName: start-jobs
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Sid: StartJobs
                Effect: Allow
                Action: lambda:InvokeFunction
                Resource:
",
    );
    for job in jobs {
        writeln!(text, "                  - !GetAtt {}.Arn", pascal(job)).unwrap();
    }
    text + "              - Sid: KeepFailedStart
                Effect: Allow
                Action: sqs:SendMessage
                Resource: !Ref JobsDeadLetterQueueArn
"
}
