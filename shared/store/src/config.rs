//! The environment of a function: the only place that reads it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The variables a function was started with.
///
/// In Lambda they are the process's; in the local stack, where many functions share a process, each
/// has a map of its own, holding what its template stanza gives it and nothing else.
#[derive(Clone)]
pub struct Env(Arc<BTreeMap<String, String>>);

/// A variable that is missing or can't be read. Names the variable and what to write there, never
/// its value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnvError {
    /// The variable is not set, or empty.
    #[error(
        "the environment variable {0} is missing: add it to the function's stanza in its \
         template.yaml"
    )]
    Missing(String),
    /// The variable is set to something else than what it must hold.
    #[error("the environment variable {name} must be {expected}")]
    Malformed {
        /// The variable's name.
        name: String,
        /// What it must hold.
        expected: &'static str,
    },
}

impl Env {
    /// The process's own environment, as Lambda sets it.
    #[must_use]
    pub fn from_process() -> Self {
        // `vars_os`: a variable that is not Unicode is not ours and must not stop the function.
        Self::from_map(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// An environment of just these variables.
    #[must_use]
    pub fn from_map(variables: BTreeMap<String, String>) -> Self {
        Self(Arc::new(variables))
    }

    /// The variable's value, or `None` when it is missing or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The variable's value.
    ///
    /// # Errors
    /// [`EnvError::Missing`] when it is missing or empty.
    pub fn require(&self, name: &str) -> Result<&str, EnvError> {
        self.get(name).ok_or_else(|| EnvError::Missing(name.to_owned()))
    }

    /// The variable's value read as a number or another type; `expected` says which in the error.
    ///
    /// # Errors
    /// [`EnvError`] when it is missing or can't be read as a `T`.
    pub fn parse<T: FromStr>(&self, name: &str, expected: &'static str) -> Result<T, EnvError> {
        self.require(name)?
            .parse()
            .map_err(|_| EnvError::Malformed { name: name.to_owned(), expected })
    }
}

/// Names only: values may be credentials.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
