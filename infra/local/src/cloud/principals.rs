//! Access keys and their owners.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::{ADMINISTRATOR, Principal};

/// Access keys and their owners. The administrator is known from the start.
pub(super) struct Principals {
    by_key: RwLock<HashMap<String, Arc<Principal>>>,
}

impl Default for Principals {
    fn default() -> Self {
        // `test` is what tutorials for local clouds use.
        let administrators = [ADMINISTRATOR, "test"]
            .map(|key| (key.to_owned(), Arc::new(Principal::administrator(key, key))));
        Self { by_key: RwLock::new(administrators.into_iter().collect()) }
    }
}

impl Principals {
    pub(super) fn add(&self, access_key: String, principal: Principal) {
        self.by_key
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(access_key, Arc::new(principal));
    }

    pub(super) fn owner(&self, access_key: &str) -> Option<Arc<Principal>> {
        self.by_key.read().unwrap_or_else(PoisonError::into_inner).get(access_key).map(Arc::clone)
    }
}
