//! Conditional single-item writes.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::{Item, Table, primary};
use crate::error::{Error, Result};
use crate::keys::Key;

impl Table {
    /// Puts an item under a condition. Returns the existing item if the condition fails.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn put_if(
        &self,
        key: &Key,
        item: Item,
        condition: &str,
        values: Item,
    ) -> Result<Option<Item>> {
        let request = self
            .client
            .put_item()
            .table_name(self.name(key.table))
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let sent = async {
            match request.send().await {
                Ok(_) => Ok(None),
                Err(error) => match error.as_service_error() {
                    Some(service) if service.is_conditional_check_failed_exception() => {
                        Ok(Some(error))
                    }
                    _ => Err(error),
                },
            }
        };
        match self.call(sent).await?.map(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            None => Ok(None),
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                Ok(Some(refused.item.unwrap_or_default()))
            }
            Some(error) => Err(Error::internal(error)),
        }
    }

    /// Changes an item under a condition; an empty one always holds. Returns the changed item, or
    /// `None` if the condition fails.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn update_if(
        &self,
        key: &Key,
        update: &str,
        condition: &str,
        values: Item,
    ) -> Result<Option<Item>> {
        let request = self
            .client
            .update_item()
            .table_name(self.name(key.table))
            .set_key(Some(primary(key)))
            .update_expression(update)
            .set_condition_expression(
                Some(condition.to_owned()).filter(|condition| !condition.is_empty()),
            )
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::AllNew);
        let sent = async {
            match request.send().await {
                Ok(done) => Ok(Some(done.attributes.unwrap_or_default())),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
                {
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        };
        self.call(sent).await
    }

    /// Removes an item under a condition; does nothing if it fails.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn delete_if(&self, key: &Key, condition: &str, values: Item) -> Result<()> {
        let request = self
            .client
            .delete_item()
            .table_name(self.name(key.table))
            .set_key(Some(primary(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values));
        let sent = async {
            match request.send().await {
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
                {
                    Ok(())
                }
                done => done.map(drop),
            }
        };
        self.call(sent).await
    }
}
