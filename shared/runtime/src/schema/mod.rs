//! Descriptions of the input and output of routes.

pub(crate) mod schemas;
pub(crate) mod shape;
