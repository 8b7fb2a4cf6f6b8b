//! Valid and invalid templates.

use std::path::PathBuf;

use super::*;

mod parameters;

struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(directory)
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("template.yaml")
    }

    fn load(&self, parameters: &[(&str, &str)]) -> Result<Model, TemplateError> {
        let platform = Platform {
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            stack: "builder-dev".to_owned(),
            aws_url: "http://127.0.0.1:4566".to_owned(),
            api_url: "http://127.0.0.1:3000".to_owned(),
        };
        let parameters = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        load(&self.root(), &parameters, &platform, &Known::new())
    }
}

fn error(text: &str) -> String {
    Files::new(&[("template.yaml", text)]).load(&[]).unwrap_err().to_string()
}

const ROOT: &str = "
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Origins: {Type: CommaDelimitedList, Default: ''}
Mappings:
  Sizes: {dev: {Memory: 256, Burst: 7}}
Conditions:
  HasOrigins: !Not [!Equals [!Join ['', !Ref Origins], '']]
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Body:
        x-amazon-apigateway-cors: !If [HasOrigins, {allowOrigins: !Ref Origins, maxAge: 5}, !Ref AWS::NoValue]
        paths:
          /work:
            post:
              x-amazon-apigateway-integration:
                type: aws_proxy
                payloadFormatVersion: '2.0'
                credentials: !GetAtt Caller.Arn
                uri: !Sub arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:app-${Stage}-work/invocations
  Caller:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: call
          PolicyDocument: {Statement: [{Effect: Allow, Action: 'lambda:InvokeFunction', Resource: ['arn:aws:lambda:us-east-1:000000000000:function:app-dev-work']}]}
  Stages:
    Type: AWS::ApiGatewayV2::Stage
    DependsOn: Jobs
    Properties:
      DefaultRouteSettings: {ThrottlingRateLimit: 50, ThrottlingBurstLimit: '100'}
      RouteSettings: {POST /work: {ThrottlingRateLimit: 0.5, ThrottlingBurstLimit: !FindInMap [Sizes, !Ref Stage, Burst]}}
  Alarm: {Type: AWS::CloudWatch::Alarm, Condition: IsProd}
  Jobs:
    Type: AWS::Serverless::Application
    Properties:
      Location: jobs/template.yaml
      Parameters:
        Table: !GetAtt Data.Outputs.Table
        Stream: !GetAtt Data.Outputs.Stream
        Queue: !GetAtt Data.Outputs.QueueArn
        Memory: !FindInMap [Sizes, !Ref Stage, Memory]
  Data: {Type: AWS::Serverless::Application, Properties: {Location: data.yaml, Parameters: {Stage: !Ref Stage}}}
";

const DATA: &str = "
Parameters: {Stage: {Type: String}}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub 'app-${Stage}'
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      TimeToLiveSpecification: {AttributeName: expiresAt, Enabled: true}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead: {Type: AWS::SQS::Queue}
Outputs:
  Table: {Value: !Ref Table}
  Stream: {Value: !GetAtt Table.StreamArn}
  QueueArn: {Value: !GetAtt Queue.Arn}
";

const JOBS: &str = "
Parameters:
  Table: {Type: String}
  Stream: {Type: String}
  Queue: {Type: String}
  Memory: {Type: Number}
Globals:
  Function:
    Timeout: 10
    MemorySize: !Ref Memory
    Environment: {Variables: {TABLE: !Ref Table, LEVEL: info}}
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../target/lambda/work
      FunctionName: app-dev-work
      Environment: {Variables: {LEVEL: debug, LITERAL: !Sub '${!X} ${Table} ${AWS::Region}'}}
      PermissionsBoundary: !Ref Most
      Policies:
        - Statement: [{Effect: Allow, Action: 'dynamodb:Query', Resource: !Sub 'arn:aws:dynamodb:*:*:table/${Table}'}]
      Events:
        Mail: {Type: SQS, Properties: {Queue: !Ref Queue, BatchSize: 5, FunctionResponseTypes: [ReportBatchItemFailures]}}
        Often: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(5 minutes)}}
  Most:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: [{Effect: Allow, Action: ['dynamodb:Query', 'sqs:*'], Resource: '*'}]}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Work
      EventSourceArn: !Ref Stream
      StartingPosition: TRIM_HORIZON
      BisectBatchOnFunctionError: true
      MaximumRetryAttempts: 5
      FilterCriteria: {Filters: [{Pattern: '{\"eventName\":[\"INSERT\"]}'}]}
      DestinationConfig: {OnFailure: {Destination: 'arn:aws:s3:::failed'}}
";

#[test]
fn nested_templates_become_one_model() {
    let files =
        Files::new(&[("template.yaml", ROOT), ("data.yaml", DATA), ("jobs/template.yaml", JOBS)]);
    let model = files.load(&[("Origins", "https://a, https://b")]).unwrap();
    assert_eq!(model.tables[0].name, "app-dev");
    assert_eq!(model.tables[0].ttl_attribute.as_deref(), Some("expiresAt"));
    assert_eq!(model.tables[0].create["StreamSpecification"]["StreamEnabled"], true);
    let queue = model.queues.iter().find(|queue| queue.name == "builder-dev-Data-Queue").unwrap();
    assert_eq!(queue.attributes["VisibilityTimeout"], "60");
    assert!(
        queue.attributes["RedrivePolicy"]
            .contains("arn:aws:sqs:us-east-1:000000000000:builder-dev-Data-Dead")
    );
    let cors = model.api.cors.as_ref().unwrap();
    assert_eq!((cors.origins.len(), cors.max_age), (2, Some(5)));
    assert_eq!(model.api.default_throttle, Some(Throttle { rate: 50.0, burst: 100.0 }));
    assert_eq!(
        model.api.throttles,
        BTreeMap::from([("POST /work".to_owned(), Throttle { rate: 0.5, burst: 7.0 })])
    );
    assert_eq!(
        (model.api.routes[0].key.as_str(), model.api.routes[0].function.as_str()),
        ("POST /work", "work")
    );

    let work = model.function("work").unwrap();
    assert_eq!((work.memory_mb, work.timeout.as_secs()), (256, 10));
    let variables: Vec<_> =
        work.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(variables, ["LEVEL=debug", "LITERAL=${X} app-dev us-east-1", "TABLE=app-dev"]);
    assert_eq!(work.statements[0]["Resource"], "arn:aws:dynamodb:*:*:table/app-dev");
    assert_eq!(work.boundary.as_ref().unwrap()[0]["Action"][1], "sqs:*");
    // The statements that SAM adds for the two sources.
    assert_eq!(work.statements.len(), 3);
    let queue = work
        .triggers
        .iter()
        .find_map(|trigger| if let Trigger::Queue(queue) = trigger { Some(queue) } else { None });
    assert_eq!(
        queue.map(|queue| (queue.queue.as_str(), queue.batch_size, queue.partial_failures)),
        Some(("builder-dev-Data-Queue", 5, true))
    );
    let stream = work.triggers.iter().find_map(|trigger| {
        if let Trigger::Stream(stream) = trigger { Some(stream) } else { None }
    });
    let stream = stream.unwrap();
    assert_eq!(
        (stream.table.as_str(), stream.bisect, stream.retries, stream.filters.len()),
        ("app-dev", true, Some(5), 1)
    );
    assert_eq!(stream.on_failure, Some(Destination::Bucket("failed".to_owned())));
    assert!(work.triggers.iter().any(|trigger| matches!(trigger, Trigger::Schedule(_))));
}

#[test]
fn route_settings_override_those_of_the_stage() {
    let throttles = |from: &str, to: &str| {
        let root = ROOT.replace(from, to);
        Files::new(&[("template.yaml", &root), ("data.yaml", DATA), ("jobs/template.yaml", JOBS)])
            .load(&[])
            .map(|model| model.api.throttles.into_values().next())
            .map_err(|error| error.to_string())
    };
    let both =
        "{ThrottlingRateLimit: 0.5, ThrottlingBurstLimit: !FindInMap [Sizes, !Ref Stage, Burst]}";
    for (settings, expected) in [
        ("{ThrottlingRateLimit: 2}", Throttle { rate: 2.0, burst: 5_000.0 }),
        ("{ThrottlingBurstLimit: 2}", Throttle { rate: 10_000.0, burst: 2.0 }),
        ("{DetailedMetricsEnabled: true}", Throttle { rate: 10_000.0, burst: 5_000.0 }),
    ] {
        assert_eq!(throttles(both, settings), Ok(Some(expected)), "{settings}");
    }
    assert_eq!(
        throttles("RouteSettings: {POST /work", "RouteSettings: {POST /works"),
        Err("RouteSettings: there is no route POST /works; remove its setting or add the route"
            .to_owned())
    );
}

#[test]
fn without_origins_there_is_no_cors() {
    let files =
        Files::new(&[("template.yaml", ROOT), ("data.yaml", DATA), ("jobs/template.yaml", JOBS)]);
    assert!(files.load(&[]).unwrap().api.cors.is_none());
    assert_eq!(parameter_names(&files.root()).unwrap(), ["Origins", "Stage"]);
}

#[test]
fn parameters_are_checked() {
    let files =
        Files::new(&[("template.yaml", ROOT), ("data.yaml", DATA), ("jobs/template.yaml", JOBS)]);
    let problem = |given: &[(&str, &str)]| files.load(given).unwrap_err().to_string();
    assert_eq!(
        problem(&[("Stage", "x")]),
        "template.yaml: Parameters.Stage: \"x\" is not allowed; choose one of dev, prod"
    );
    assert_eq!(
        problem(&[("Other", "x")]),
        "template.yaml: there is no parameter Other; declare it under Parameters or don't pass it"
    );
}

#[test]
fn an_error_is_one_line_with_file_resource_and_property() {
    for (text, expected) in [
        (
            "Parameters: {A: {Type: String}}\nResources: {}",
            "template.yaml: Parameters.A: the parameter has no value; give it a Default or pass \
             --parameter A=…",
        ),
        (
            "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nmae}}",
            "template.yaml: Resources.Q.QueueName: Nmae is neither a parameter nor a resource of \
             this template; declare it or correct the name",
        ),
        (
            "Resources:\n  T: {Type: AWS::DynamoDB::Table, Properties: {AttributeDefinitions: []}}",
            "template.yaml: Resources.T: KeySchema is missing; add it",
        ),
        (
            "Resources:\n  N: {Type: AWS::Serverless::Application, Properties: {Location: \
             gone.yaml}}",
            "template.yaml: Resources.N: Location gone.yaml is not a file; use a path relative to \
             template.yaml",
        ),
        (
            "Resources:\n  X: {Type: AWS::SQS::Queue, Properties: {QueueName: !ImportValue y}}",
            "template.yaml: Resources.X.QueueName: !ImportValue reads another stack, and the \
             local stack has only one; pass a parameter",
        ),
        (
            "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Handler: x}}",
            "template.yaml: Resources.F.CodeUri: CodeUri is missing; add the binary's directory, \
             such as target/lambda/place-order",
        ),
        (
            "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: a/f, \
             Timeout: soon}}",
            "template.yaml: Resources.F.Timeout: \"soon\" is not a whole number",
        ),
        (
            "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: a/f, \
             Events: {E: {Type: ScheduleV2, Properties: {ScheduleExpression: daily}}}}}",
            "template.yaml: Resources.F.Events.E.ScheduleExpression: \"daily\" is not one of \
             rate(…), cron(…), at(…)",
        ),
        (
            "Resources:\n  A: {Type: AWS::SQS::Queue, Condition: Gone}",
            "template.yaml: Resources.A: the condition Gone is not declared; add it under \
             Conditions",
        ),
    ] {
        assert_eq!(error(text), expected);
    }
    assert!(error("Resources: [").starts_with("template.yaml: line "), "{}", error("Resources: ["));
}

#[test]
fn invokers_need_permission() {
    let problem = |from: &str, to: &str| {
        let root = ROOT.replace(from, to);
        Files::new(&[("template.yaml", &root), ("data.yaml", DATA), ("jobs/template.yaml", JOBS)])
            .load(&[])
            .unwrap_err()
            .to_string()
    };
    let integration =
        "template.yaml: Resources.Api.Body.paths./work.post.x-amazon-apigateway-integration";
    assert_eq!(
        problem(
            "Resource: ['arn:aws:lambda:us-east-1:000000000000:function:app-dev-work']",
            "Resource: ['arn:aws:lambda:*:*:function:other']"
        ),
        format!(
            "{integration}.credentials: the role builder-dev-Caller may not invoke \
             arn:aws:lambda:us-east-1:000000000000:function:app-dev-work; add the function to its \
             policy"
        )
    );
    assert_eq!(
        problem("                credentials: !GetAtt Caller.Arn\n", ""),
        format!("{integration}: credentials is missing; add it")
    );
    assert_eq!(
        problem("!GetAtt Caller.Arn", "arn:aws:iam::000000000000:role/other"),
        format!(
            "{integration}.credentials: arn:aws:iam::000000000000:role/other is not an AWS::IAM::Role \
             of these templates; declare it there"
        )
    );
}

#[test]
fn unsupported_integrations_are_rejected() {
    let problem = |from: &str, to: &str| {
        let root = ROOT.replace(from, to);
        let files = Files::new(&[
            ("template.yaml", &root),
            ("data.yaml", DATA),
            ("jobs/template.yaml", JOBS),
        ]);
        files.load(&[]).unwrap_err().to_string()
    };
    assert!(
        problem("type: aws_proxy", "type: http_proxy")
            .ends_with("integration.type: the local stack only supports aws_proxy")
    );
    assert!(
        problem("payloadFormatVersion: '2.0'", "payloadFormatVersion: '1.0'")
            .contains("payloadFormatVersion must be '2.0'")
    );
    assert!(problem("/invocations", "").contains("integration.uri: it doesn't name a function"));
    assert!(problem("function:app-${Stage}-work/", "function:gone/").contains("may not invoke"));
    // API Gateway accepts routes in the document or as resources, not both.
    let route = "Resources:\n  WorkRoute: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: x, \
         RouteKey: GET /, Target: y}}";
    assert_eq!(
        error(route),
        "template.yaml: Resources.WorkRoute: routes must be in the Body of the \
         AWS::ApiGatewayV2::Api; remove this one"
    );
}

#[test]
fn rules_are_checked_first() {
    let with = |rule: &str, given: &[(&str, &str)]| {
        let text = format!(
            "
Parameters:
  Stage: {{Type: String, AllowedValues: [dev, prod]}}
  From: {{Type: String, Default: ''}}
Rules:
  Sender: {rule}
Resources: {{}}
"
        );
        Files::new(&[("template.yaml", &text)])
            .load(given)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let rule = "{RuleCondition: !Contains [[prod], !Ref Stage], Assertions: [{Assert: !Not \
         [!Equals [!Ref From, '']], AssertDescription: Give From.}]}";
    assert_eq!(with(rule, &[("Stage", "dev")]), Ok(()));
    assert_eq!(with(rule, &[("Stage", "prod"), ("From", "a")]), Ok(()));
    assert_eq!(
        with(rule, &[("Stage", "prod")]),
        Err("template.yaml: Rules.Sender: Give From.".to_owned())
    );
    // Values that CloudFormation does not allow there.
    for refused in [
        "!If [A, true, false]",
        "{Condition: A}",
        "!Equals [!Sub '${Stage}', prod]",
        "!Equals [!Ref AWS::StackName, prod]",
    ] {
        let problem =
            with(&format!("{{Assertions: [{{Assert: {refused}}}]}}"), &[("Stage", "dev")])
                .unwrap_err();
        assert!(problem.starts_with("template.yaml: Rules.Sender: "), "{problem}");
    }
}

#[test]
fn cycles_of_nested_templates_are_found() {
    let text = "
Resources:
  A: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml, Parameters: {X: !GetAtt B.Outputs.X}}}
  B: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml, Parameters: {X: !GetAtt A.Outputs.X}}}
";
    let child = "Parameters: {X: {Type: String}}\nResources: {}\nOutputs: {X: {Value: !Ref X}}";
    let problem = Files::new(&[("template.yaml", text), ("child.yaml", child)])
        .load(&[])
        .unwrap_err()
        .to_string();
    assert_eq!(problem, "template.yaml: Resources.A: its parameters depend on its own outputs");
}
