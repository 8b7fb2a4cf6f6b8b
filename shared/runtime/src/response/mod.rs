//! Responses to requests.

pub(crate) mod problem;
pub(crate) mod reply;
pub(crate) mod violations;
