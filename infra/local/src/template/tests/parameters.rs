//! Valid and invalid values of parameters.

use super::Files;

#[test]
fn parameters_follow_their_declaration() {
    let template = "
Parameters:
  Url: {Type: String, Default: 'http://x', AllowedPattern: 'https?://[^/]+', ConstraintDescription: 'no path'}
  Name: {Type: String, Default: abc, MinLength: 2, MaxLength: '4'}
  Cost: {Type: Number, Default: 4, MinValue: 4, MaxValue: 15}
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Ports: {Type: List<Number>, Default: '1,2', MaxValue: 9}
  Origins: {Type: CommaDelimitedList, Default: '', AllowedPattern: '[a-z]+'}
  Key: {Type: String, Default: 'k', NoEcho: true, MaxLength: 3}
Rules:
  Slow:
    RuleCondition: !Equals [!Ref Stage, prod]
    Assertions:
      - {Assert: !Contains [['12', '13'], !Ref Cost], AssertDescription: Cost is at least 12 in prod.}
Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}}
";
    let files = Files::new(&[("template.yaml", template)]);
    for given in [
        &[("Url", "https://y")][..],
        &[("Name", "äöüß")],
        &[("Cost", "4"), ("Ports", "9, 3")],
        &[("Cost", "15.0")],
        &[("Cost", "13"), ("Stage", "prod")],
        &[("Origins", "a, b")],
    ] {
        files.load(given).unwrap_or_else(|error| panic!("{given:?}: {error}"));
    }
    for (given, told) in [
        (
            &[("Url", "ftp://x")][..],
            "Parameters.Url: \"ftp://x\" does not match https?://[^/]+: no path",
        ),
        (&[("Url", "http://x/y")], "does not match"),
        (&[("Url", "say http://x")], "does not match"),
        (&[("Name", "a")], "Parameters.Name: \"a\" has 1 characters; the minimum is 2"),
        (&[("Name", "abcde")], "has 5 characters; the maximum is 4"),
        (&[("Cost", "99")], "Parameters.Cost: \"99\" is more than 15"),
        (&[("Cost", "3.9")], "is less than 4"),
        (&[("Cost", "much")], "\"much\" is not a number"),
        (&[("Cost", "NaN")], "is not a number"),
        (&[("Cost", "inf")], "is not a number"),
        (&[("Cost", "")], "is not a number"),
        (&[("Ports", "1,10")], "\"10\" is more than 9"),
        (&[("Ports", "1,x")], "\"x\" is not a number"),
        (&[("Origins", "a,B")], "\"B\" does not match"),
        (&[("Stage", "test")], "\"test\" is not allowed; choose one of dev, prod"),
        (&[("Key", "secret")], "Parameters.Key: the value has 6 characters; the maximum is 3"),
        (&[("Stage", "prod")], "Rules.Slow: Cost is at least 12 in prod."),
    ] {
        let error = files.load(given).unwrap_err().to_string();
        assert!(
            error.starts_with("template.yaml: ") && error.contains(told) && !error.contains('\n'),
            "{given:?}: {error}"
        );
    }
}
