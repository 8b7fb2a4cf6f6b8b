//! The environment of a function; no other code reads it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The environment variables of a function.
///
/// In Lambda they are the process's; in the local stack, where many functions share a process, each
/// function has its own map with only the variables of its template stanza.
#[derive(Clone)]
pub struct Env(Arc<BTreeMap<String, String>>);

/// A variable that is missing or malformed. Contains the variable's name and the expected format,
/// never its value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnvError {
    /// The variable is not set, or empty.
    #[error(
        "the environment variable {0} is missing: add it to the function's stanza in its \
         template.yaml"
    )]
    Missing(String),
    /// The variable's value is malformed.
    #[error("the environment variable {name} must be {expected}")]
    Malformed {
        /// The variable's name.
        name: String,
        /// The expected format.
        expected: &'static str,
    },
}

impl Env {
    /// Reads the process's environment, as Lambda sets it.
    #[must_use]
    pub fn from_process() -> Self {
        // `vars_os`: a variable that isn't Unicode isn't one of ours and must not stop the
        // function.
        Self::from_map(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// Creates an environment of only these variables.
    #[must_use]
    pub fn from_map(variables: BTreeMap<String, String>) -> Self {
        Self(Arc::new(variables))
    }

    /// Returns the variable's value, or `None` if it is missing or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the variable's value.
    ///
    /// # Errors
    /// [`EnvError::Missing`] if it is missing or empty.
    pub fn require(&self, name: &str) -> Result<&str, EnvError> {
        self.get(name).ok_or_else(|| EnvError::Missing(name.to_owned()))
    }

    /// Checks that the variable is set, if only to an empty text.
    ///
    /// # Errors
    /// [`EnvError::Missing`] if it is not.
    pub fn require_set(&self, name: &str) -> Result<(), EnvError> {
        if self.0.contains_key(name) { Ok(()) } else { Err(EnvError::Missing(name.to_owned())) }
    }

    /// Parses the variable's value; `expected` describes the format in the error.
    ///
    /// # Errors
    /// [`EnvError`] if it is missing or isn't a `T`.
    pub fn parse<T: FromStr>(&self, name: &str, expected: &'static str) -> Result<T, EnvError> {
        self.require(name)?
            .parse()
            .map_err(|_| EnvError::Malformed { name: name.to_owned(), expected })
    }
}

/// Shows only names: values may be credentials.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
