//! What a route takes and gives, as it is described and checked.

pub(crate) mod schemas;
pub(crate) mod shape;
