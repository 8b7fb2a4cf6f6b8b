//! Resources by type.

pub(super) mod api;
mod body;
mod events;
mod functions;
pub(super) mod invocations;
pub(super) mod policies;
mod storage;

use super::error::TemplateError;
use super::names::kind;
use super::scope::Scope;

/// Adds every resource of a template to the model.
///
/// Types that only matter in the cloud (alarms, log groups, permissions, topics) are ignored.
pub(super) fn describe(scope: &Scope<'_>) -> Result<(), TemplateError> {
    for (name, resource) in scope.resources()? {
        match kind(resource) {
            "AWS::Serverless::Application" | "AWS::CloudFormation::Stack" => {
                scope.nested_outputs(name, resource)?;
            }
            "AWS::DynamoDB::Table" => storage::table(scope, name, resource)?,
            "AWS::SQS::Queue" => storage::queue(scope, name, resource)?,
            "AWS::SQS::QueuePolicy" => storage::queue_policy(scope, name, resource)?,
            "AWS::SecretsManager::Secret" => storage::secret(scope, name, resource)?,
            "AWS::S3::Bucket" => storage::bucket(scope, name, resource)?,
            "AWS::Serverless::Function" => functions::function(scope, name, resource)?,
            "AWS::Lambda::Function" => {
                return Err(scope.place_of(name).error(
                    "must be AWS::Serverless::Function, the only kind of function that the local \
                     stack supports",
                ));
            }
            "AWS::Serverless::HttpApi" | "AWS::ApiGatewayV2::Api" => {
                api::http_api(scope, name, resource)?
            }
            "AWS::ApiGatewayV2::Stage" => api::stage(scope, name, resource)?,
            "AWS::ApiGatewayV2::Route" | "AWS::ApiGatewayV2::Integration" => {
                let place = scope.place_of(name);
                return Err(place.error(
                    "routes must be in the Body of the AWS::ApiGatewayV2::Api; remove this one",
                ));
            }
            "AWS::IAM::Role" => policies::role(scope, name, resource)?,
            "AWS::IAM::ManagedPolicy" => policies::managed_policy(scope, name, resource)?,
            "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" => policies::policy(scope, name, resource)?,
            "AWS::Lambda::EventSourceMapping" => events::mapping(scope, name, resource)?,
            "AWS::Scheduler::Schedule" => events::schedule(scope, name, resource)?,
            _ => {}
        }
    }
    Ok(())
}
