//! A registration that waits beside an earlier one of the same address until one of them is verified.

use crate::users::password::PasswordHash;

/// What was given in such a registration: its own name and password.
#[derive(Debug)]
pub struct Rival {
    /// The name.
    pub name: String,
    /// The password's hash.
    pub password: PasswordHash,
}
