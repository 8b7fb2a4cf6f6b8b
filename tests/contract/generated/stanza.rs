//! The stanza of one function in its domain's template: its settings, policy and trigger.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use builder_runtime::{Function, On, Queue, Right, Trigger};
use builder_store::keys::TableName;

use crate::sources::pascal;

/// Returns the parameter that sets an environment variable: `PublicUrl` for `PUBLIC_URL`.
fn parameter(variable: &str) -> String {
    variable.split('_').map(|word| word[..1].to_owned() + &word[1..].to_lowercase()).collect()
}

/// Returns the parameter with the ARN of a variable's resource: `PaymentQueueArn` for
/// `PAYMENT_QUEUE_URL`.
fn arn(variable: &str) -> String {
    parameter(variable.trim_end_matches("_URL")) + "Arn"
}

/// One statement of a policy.
struct Statement {
    sid: String,
    actions: Vec<&'static str>,
    resources: Vec<String>,
    /// The operator, the key and the values, if there is a condition.
    condition: Option<(&'static str, &'static str, Vec<String>)>,
}

impl Statement {
    fn new(sid: impl Into<String>, actions: &[&'static str], resources: Vec<String>) -> Self {
        Self { sid: sid.into(), actions: actions.to_vec(), resources, condition: None }
    }

    /// Returns the statement, restricted to items with these patterns of partition keys.
    fn with_keys(self, patterns: &BTreeSet<&str>) -> Self {
        let patterns = patterns.iter().map(|pattern| format!("'{pattern}'")).collect();
        Self {
            condition: Some(("ForAllValues:StringLike", "dynamodb:LeadingKeys", patterns)),
            ..self
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "            - Sid: {}\n              Effect: Allow\n              Action: [{}]\n",
            self.sid,
            self.actions.join(", ")
        );
        match &*self.resources {
            [one] => writeln!(text, "              Resource: {one}").unwrap(),
            many => {
                text += "              Resource:\n";
                for resource in many {
                    writeln!(text, "                - {resource}").unwrap();
                }
            }
        }
        if let Some((operator, key, values)) = &self.condition {
            writeln!(
                text,
                "              Condition:\n                {operator}:\n                  {key}: [{}]",
                values.join(", ")
            )
            .unwrap();
        }
        text
    }
}

/// Returns `GetItem` of `dynamodb:GetItem`.
fn verb(action: &str) -> &str {
    action.rsplit(':').next().unwrap_or(action)
}

/// Returns the rights on items of a table. Each action is in one statement, with every family that
/// it is allowed on: a batch over several families is one call, and one statement must allow all
/// its keys.
fn items(rights: &[Right], table: TableName) -> Vec<Statement> {
    let mut families = BTreeMap::<&'static str, BTreeSet<&str>>::new();
    for right in rights {
        if let On::Items(family) = right.on
            && family.table == table
        {
            families.entry(right.action).or_default().insert(family.pattern);
        }
    }
    let mut actions = BTreeMap::<BTreeSet<&str>, Vec<&'static str>>::new();
    for (action, patterns) in families {
        actions.entry(patterns).or_default().push(action);
    }
    let mut statements: Vec<_> = actions
        .into_iter()
        .map(|(patterns, actions)| {
            let verbs: String =
                actions.iter().map(|action| verb(action).replace("Item", "")).collect();
            let resource = format!("!Ref {table:?}TableArn");
            Statement::new(format!("{table:?}{verbs}"), &actions, vec![resource])
                .with_keys(&patterns)
        })
        .collect();
    statements.sort_by(|one, other| one.sid.cmp(&other.sid));
    statements
}

fn indexes(rights: &[Right]) -> Vec<Statement> {
    let mut families = BTreeMap::<&str, BTreeSet<&str>>::new();
    for right in rights {
        if let On::Index(index, family) = right.on {
            families.entry(index).or_default().insert(family.pattern);
        }
    }
    families
        .into_iter()
        .map(|(index, patterns)| {
            let resource = format!("!Sub ${{DataTableArn}}/index/{index}");
            Statement::new(format!("Query{}", pascal(index)), &["dynamodb:Query"], vec![resource])
                .with_keys(&patterns)
        })
        .collect()
}

/// Returns the rights on all other resources, one statement for each action.
fn others(rights: &[Right]) -> Vec<Statement> {
    let mut resources = BTreeMap::<&'static str, Vec<String>>::new();
    for right in rights {
        let resource = match right.on {
            On::Items(_) | On::Index(..) | On::Sender => continue,
            On::Table(table) => format!("!Ref {table:?}TableArn"),
            On::Secret(variable) => format!("!Ref {}", parameter(variable)),
            On::Queue(variable) | On::Bucket(variable) => format!("!Ref {}", arn(variable)),
            On::Objects(variable, prefix) => format!("!Sub ${{{}}}/{prefix}*", arn(variable)),
        };
        resources.entry(right.action).or_default().push(resource);
    }
    resources
        .into_iter()
        .map(|(action, resources)| Statement::new(verb(action), &[action], resources))
        .collect()
}

/// Returns the right to send mail. In its sandbox, SES also checks the recipient's identity; and
/// always the configuration set that infra/mail.yaml assigns to the domain.
fn sender(rights: &[Right]) -> Option<Statement> {
    let actions: Vec<_> =
        rights.iter().filter(|right| right.on == On::Sender).map(|right| right.action).collect();
    let ses = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}";
    let resources = vec![
        format!("!Sub {ses}:identity/*"),
        format!("!Sub {ses}:configuration-set/builder-${{Stage}}"),
    ];
    (!actions.is_empty()).then(|| Statement {
        condition: Some(("StringEquals", "ses:FromAddress", vec!["!Ref EmailFrom".to_owned()])),
        ..Statement::new("SendEmail", &actions, resources)
    })
}

/// Returns the rights that the service that invokes a job needs in the function's role.
fn invocation(trigger: Trigger) -> Vec<Statement> {
    match trigger {
        Trigger::Queue(Queue { name, .. }) => vec![Statement::new(
            "ReceiveMessages",
            &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            vec![format!("!Ref {name}Arn")],
        )],
        Trigger::Events { failures } => {
            let actions = [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ];
            let stream =
                Statement::new("ReadStream", &actions, vec!["!Ref DataTableStreamArn".to_owned()]);
            let kept = failures.into_iter().flat_map(|bucket| {
                [
                    Statement::new(
                        "KeepFailedBatch",
                        &["s3:PutObject"],
                        vec![format!("!Sub ${{{bucket}Arn}}/*")],
                    ),
                    Statement::new(
                        "FindFailedBatches",
                        &["s3:ListBucket"],
                        vec![format!("!Ref {bucket}Arn")],
                    ),
                ]
            });
            [stream].into_iter().chain(kept).collect()
        }
        Trigger::Schedule { .. } | Trigger::OperatorInBackground => vec![Statement::new(
            "KeepFailedRun",
            &["sqs:SendMessage"],
            vec!["!Ref JobsDeadLetterQueueArn".to_owned()],
        )],
        Trigger::Rotation { secret, .. } => vec![Statement::new(
            "RotateSecret",
            &[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            vec![format!("!Ref {}", parameter(secret))],
        )],
        Trigger::Operator => Vec::new(),
    }
}

/// Returns how long an asynchronous event is retained for retries, in seconds.
fn kept_for(trigger: Trigger) -> Option<u32> {
    match trigger {
        Trigger::Schedule { give_up_after_s, .. } => Some(give_up_after_s),
        Trigger::OperatorInBackground => Some(3600),
        _ => None,
    }
}

/// Returns the stanza of a function.
pub(super) fn function(function: &Function) -> String {
    let (name, resources) = (function.name(), function.resources());
    let mut text = format!(
        "
  {}:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub builder-${{Stage}}-{name}
      CodeUri: ../../target/lambda/{name}
      MemorySize: {}
      Timeout: {}
",
        pascal(name),
        resources.memory_mb(),
        resources.timeout_s()
    );
    let trigger = function.job().map(|job| job.trigger);
    if let Some(seconds) = trigger.and_then(kept_for) {
        write!(
            text,
            "      EventInvokeConfig:
        MaximumEventAgeInSeconds: {seconds}
        MaximumRetryAttempts: 2
        DestinationConfig:
          OnFailure:
            Type: SQS
            Destination: !Ref JobsDeadLetterQueueArn
"
        )
        .unwrap();
    }
    text += "      Environment:\n        Variables:\n";
    for variable in resources.environment() {
        writeln!(text, "          {variable}: !Ref {}", parameter(variable)).unwrap();
    }
    let rights: Vec<_> = resources.rights().collect();
    let mut statements: Vec<Statement> = trigger.into_iter().flat_map(invocation).collect();
    statements.extend(items(&rights, TableName::Data));
    statements.extend(items(&rights, TableName::Ephemeral));
    statements.extend(indexes(&rights));
    statements.extend(others(&rights));
    statements.extend(sender(&rights));
    if !statements.is_empty() {
        text += "      Policies:\n        - Statement:\n";
    }
    text + &statements.iter().map(Statement::text).collect::<String>()
}

/// Returns the trigger of a job.
pub(super) fn trigger(name: &str, trigger: Trigger) -> String {
    let function = pascal(name);
    match trigger {
        Trigger::Operator | Trigger::OperatorInBackground => String::new(),
        Trigger::Queue(Queue { name, concurrency }) => {
            let scaling = concurrency
                .map(|most| format!("      ScalingConfig:\n        MaximumConcurrency: {most}\n"));
            format!(
                "
  {function}Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref {function}
      EventSourceArn: !Ref {name}Arn
      BatchSize: 10
      FunctionResponseTypes: [ReportBatchItemFailures]
{}",
                scaling.unwrap_or_default()
            )
        }
        Trigger::Events { failures } => {
            let destination = failures.map(|bucket| {
                format!(
                    "      DestinationConfig:
        OnFailure:
          Destination: !Ref {bucket}Arn
"
                )
            });
            // An outage of the job's targets is bridged, for half as long as the stream retains
            // records.
            format!(
                "
  {function}Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref {function}
      EventSourceArn: !Ref DataTableStreamArn
      StartingPosition: TRIM_HORIZON
      BatchSize: 100
      ParallelizationFactor: 1
      BisectBatchOnFunctionError: true
      MaximumRetryAttempts: -1
      MaximumRecordAgeInSeconds: 43200
      FunctionResponseTypes: [ReportBatchItemFailures]
      FilterCriteria:
        Filters:
          - Pattern: '{{\"eventName\":[\"INSERT\"],\"dynamodb\":{{\"Keys\":{{\"sk\":{{\"S\":[{{\"prefix\":\"{}\"}}]}}}}}}}}'
      MetricsConfig:
        Metrics: [EventCount]
{}",
                builder_store::keys::EVENT_PREFIX,
                destination.unwrap_or_default()
            )
        }
        Trigger::Schedule { expression, give_up_after_s } => format!(
            "
  {function}Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: !Sub builder-${{Stage}}-{name}
      ScheduleExpression: {expression}
      FlexibleTimeWindow:
        Mode: 'OFF'
      Target:
        Arn: !GetAtt {function}.Arn
        RoleArn: !GetAtt ScheduleRole.Arn
        RetryPolicy:
          MaximumEventAgeInSeconds: {give_up_after_s}
          MaximumRetryAttempts: 2
        DeadLetterConfig:
          Arn: !Ref JobsDeadLetterQueueArn
"
        ),
        Trigger::Rotation { secret, expression } => {
            let secret = parameter(secret);
            format!(
                "
  {function}Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref {function}
      Action: lambda:InvokeFunction
      Principal: secretsmanager.amazonaws.com
      SourceAccount: !Ref AWS::AccountId
      SourceArn: !Ref {secret}

  {function}Rotation:
    Type: AWS::SecretsManager::RotationSchedule
    DependsOn: {function}Permission
    Properties:
      SecretId: !Ref {secret}
      RotationLambdaARN: !GetAtt {function}.Arn
      RotationRules:
        ScheduleExpression: {expression}
"
            )
        }
    }
}
