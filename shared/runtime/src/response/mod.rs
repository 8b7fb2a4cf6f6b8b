//! What a request is answered with.

pub(crate) mod problem;
pub(crate) mod reply;
pub(crate) mod violations;
