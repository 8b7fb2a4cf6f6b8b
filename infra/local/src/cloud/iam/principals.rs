//! Access keys and their owners.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Principal;
use crate::cloud::ADMINISTRATOR;

/// Access keys and their owners. The administrator is included from the start.
pub(in crate::cloud) struct Principals {
    by_key: RwLock<HashMap<String, Arc<Principal>>>,
}

impl Default for Principals {
    fn default() -> Self {
        // `test` is the key in tutorials for local clouds.
        let administrators = [ADMINISTRATOR, "test"]
            .map(|key| (key.to_owned(), Arc::new(Principal::administrator(key, key))));
        Self { by_key: RwLock::new(administrators.into_iter().collect()) }
    }
}

impl Principals {
    pub(in crate::cloud) fn add(&self, access_key: String, principal: Principal) {
        self.by_key
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(access_key, Arc::new(principal));
    }

    pub(in crate::cloud) fn owner(&self, access_key: &str) -> Option<Arc<Principal>> {
        self.by_key.read().unwrap_or_else(PoisonError::into_inner).get(access_key).map(Arc::clone)
    }
}
