//! The stored objects, and their JSON.

pub(crate) mod balance;
pub(crate) mod charge;
pub(crate) mod event;
pub(crate) mod intent;
pub(crate) mod method;
pub(crate) mod refund;

use std::collections::BTreeMap;

/// A caller's own data on an object.
pub(crate) type Metadata = BTreeMap<String, String>;

/// An object with an ID and a time of creation.
pub(crate) trait Record {
    fn id(&self) -> &str;
    /// Seconds since 1970.
    fn created(&self) -> i64;
}

/// Implements [`Record`] by the fields with these names.
macro_rules! record {
    ($type:ty) => {
        impl crate::objects::Record for $type {
            fn id(&self) -> &str {
                &self.id
            }

            fn created(&self) -> i64 {
                self.created
            }
        }
    };
}
pub(crate) use record;
