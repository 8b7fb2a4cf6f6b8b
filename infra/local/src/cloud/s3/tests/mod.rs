//! Tests of the object store: presigned URLs, keys, the official SDK, and a killed process.

mod keys;
mod presigned;
mod sdk;
mod survival;
