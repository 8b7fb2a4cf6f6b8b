//! Client request tokens: a repeated transaction is not executed again within ten minutes, even if
//! this process is killed in between.
//!
//! The engine implements this too, but in memory, and scans all tokens at every call. Here a token
//! is stored by the same SQLite transaction that executes the request: triggers on the tables copy
//! it from a table of waiting tokens. So either both are committed or neither.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cloud::error::AwsError;

/// How long a token is stored:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const KEPT_SECONDS: i64 = 600;

/// `request` is a digest. An `answer` of `NULL` is an empty response.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS _request_tokens (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        token TEXT NOT NULL UNIQUE ON CONFLICT REPLACE, request BLOB NOT NULL, at INTEGER NOT NULL, answer BLOB
    );
    CREATE TEMP TABLE waiting_token (token TEXT NOT NULL, request BLOB NOT NULL, at INTEGER NOT NULL);
";

/// A request with its token.
pub(in crate::cloud::dynamodb) struct Once {
    token: String,
    request: [u8; 32],
}

impl Once {
    /// Tokens are separate for each `who` and `operation`.
    pub(in crate::cloud::dynamodb) fn new(
        operation: &str,
        who: &str,
        token: &str,
        request: &Bytes,
    ) -> Self {
        Self { token: format!("{operation}:{who}:{token}"), request: digest(request) }
    }
}

/// Returns a digest that does not depend on the order in which a client writes the members of an
/// object.
fn digest(request: &Bytes) -> [u8; 32] {
    match serde_json::from_slice::<Value>(request) {
        Ok(value) => Sha256::digest(value.to_string()).into(),
        Err(_) => Sha256::digest(request).into(),
    }
}

/// Creates the tables of tokens.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(SCHEMA)
}

/// Creates triggers by which writes to a table store the waiting token.
pub(super) fn follow(connection: &Connection, table: &str) -> rusqlite::Result<()> {
    let quoted = table.replace('"', "\"\"");
    for (event, name) in [("INSERT", "put"), ("DELETE", "deleted")] {
        connection.execute_batch(&format!(
            "CREATE TEMP TRIGGER IF NOT EXISTS \"token of what is {name} in {quoted}\" AFTER {event} ON main.\"{quoted}\"
             WHEN EXISTS (SELECT 1 FROM temp.waiting_token)
             BEGIN
                 INSERT INTO _request_tokens (token, request, at) SELECT token, request, at FROM temp.waiting_token;
                 DELETE FROM waiting_token;
             END"
        ))?;
    }
    Ok(())
}

/// Called before a request is executed. Returns the response of its earlier execution; `None` if
/// there was none, and its token is now waiting.
///
/// # Errors
/// If the same token was used with another request.
pub(in crate::cloud::dynamodb) fn begin(
    connection: &Connection,
    once: &Once,
) -> Result<Option<Bytes>, AwsError> {
    let now = now();
    let before: Option<(Vec<u8>, Option<Vec<u8>>)> = connection
        .prepare_cached("SELECT request, answer FROM _request_tokens WHERE token = ?1 AND at > ?2")?
        .query_row(params![once.token, now - KEPT_SECONDS], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match before {
        Some((request, answer)) if request == once.request => {
            Ok(Some(answer.map_or_else(|| Bytes::from_static(b"{}"), Bytes::from)))
        }
        Some(_) => Err(AwsError::invalid(
            "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
            "The request uses the same client token as a previous, but non-identical request.",
        )),
        None => {
            connection
                .prepare_cached("INSERT INTO waiting_token VALUES (?1, ?2, ?3)")?
                .execute(params![once.token, once.request, now])?;
            Ok(None)
        }
    }
}

/// Called after a request: removes the waiting token, and stores the response of an executed
/// request unless it is empty.
pub(in crate::cloud::dynamodb) fn end(
    connection: &Connection,
    once: &Once,
    answer: Option<&[u8]>,
) -> Result<(), AwsError> {
    connection.prepare_cached("DELETE FROM waiting_token")?.execute([])?;
    if let Some(answer) = answer.filter(|answer| *answer != b"{}") {
        connection
            .prepare_cached("UPDATE _request_tokens SET answer = ?2 WHERE token = ?1")?
            .execute(params![once.token, answer])?;
    }
    Ok(())
}

/// Deletes expired tokens. Their ids are in the order of their age.
pub(super) fn sweep(connection: &Connection) -> rusqlite::Result<usize> {
    connection.execute(
        "DELETE FROM _request_tokens
         WHERE id < IFNULL((SELECT id FROM _request_tokens WHERE at > ?1 ORDER BY id LIMIT 1), 9223372036854775807)",
        [now() - KEPT_SECONDS],
    )
}

/// Returns the seconds since 1970.
fn now() -> i64 {
    crate::time::now().as_second()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        prepare(&connection).unwrap();
        connection.execute_batch("CREATE TABLE \"Da\"\"ta\" (pk TEXT PRIMARY KEY)").unwrap();
        follow(&connection, "Da\"ta").unwrap();
        connection
    }

    fn once(request: &'static str) -> Once {
        Once::new("dynamodb:TransactWriteItems", "me", "t", &Bytes::from_static(request.as_bytes()))
    }

    fn put(connection: &Connection) {
        connection.execute("INSERT OR REPLACE INTO \"Da\"\"ta\" VALUES ('a')", []).unwrap();
    }

    #[test]
    fn a_token_is_stored_with_its_write() {
        let connection = database();
        let request = once(r#"{"a": 1, "b": 2}"#);
        assert!(begin(&connection, &request).unwrap().is_none());
        put(&connection);
        // Killed here, the process would not finish the request.
        connection.execute("DELETE FROM waiting_token", []).unwrap();
        assert_eq!(begin(&connection, &once(r#"{"b": 2, "a": 1}"#)).unwrap().unwrap(), "{}");
        assert!(begin(&connection, &once(r#"{"a": 2}"#)).is_err());
    }

    #[test]
    fn the_token_of_a_request_that_failed_can_be_used_again() {
        let connection = database();
        let request = once("{}");
        assert!(begin(&connection, &request).unwrap().is_none());
        connection.execute_batch("BEGIN").unwrap();
        put(&connection);
        connection.execute_batch("ROLLBACK").unwrap();
        end(&connection, &request, None).unwrap();
        assert!(begin(&connection, &request).unwrap().is_none());
        put(&connection);
        end(&connection, &request, Some(b"{\"ConsumedCapacity\":[]}")).unwrap();
        assert_eq!(begin(&connection, &request).unwrap().unwrap(), "{\"ConsumedCapacity\":[]}");
    }

    #[test]
    fn tokens_expire_after_ten_minutes() {
        let connection = database();
        let request = once("{}");
        begin(&connection, &request).unwrap();
        put(&connection);
        end(&connection, &request, None).unwrap();
        assert_eq!(sweep(&connection).unwrap(), 0);
        connection.execute("UPDATE _request_tokens SET at = at - 601", []).unwrap();
        assert!(begin(&connection, &once(r#"{"other": 1}"#)).unwrap().is_none());
        assert_eq!(sweep(&connection).unwrap(), 1);
    }
}
