//! Roles and their permissions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The role of an account.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Role {
    /// Reads the catalogue and their own data, but can't change data: for accounts that an admin
    /// restricts to reading.
    Guest,
    /// Reads and writes their own data.
    User,
    /// Reads, writes and deletes everything.
    Admin,
}

/// A permission that a route requires. The values are OAuth scopes (RFC 6749, section 3.3), so an
/// API key can be granted some of them.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::VariantArray,
)]
pub enum Permission {
    /// Read the catalogue.
    #[serde(rename = "products:read")]
    ProductsRead,
    /// Change the catalogue and its stock.
    #[serde(rename = "products:write")]
    ProductsWrite,
    /// Read one's own orders.
    #[serde(rename = "orders:read")]
    OrdersRead,
    /// Place and cancel one's own orders.
    #[serde(rename = "orders:write")]
    OrdersWrite,
    /// Act on all users' orders.
    #[serde(rename = "orders:admin")]
    OrdersAdmin,
    /// Read one's own payments and refunds.
    #[serde(rename = "payments:read")]
    PaymentsRead,
    /// Pay one's own orders.
    #[serde(rename = "payments:write")]
    PaymentsWrite,
    /// Act on all users' payments, and issue refunds.
    #[serde(rename = "payments:admin")]
    PaymentsAdmin,
    /// Read one's own invoices.
    #[serde(rename = "invoices:read")]
    InvoicesRead,
    /// Issue, send and void invoices, and read all users' invoices.
    #[serde(rename = "invoices:admin")]
    InvoicesAdmin,
    /// Read the ledger.
    #[serde(rename = "ledger:read")]
    LedgerRead,
    /// Read one's own account.
    #[serde(rename = "profile:read")]
    ProfileRead,
    /// Change one's own account.
    #[serde(rename = "profile:write")]
    ProfileWrite,
    /// Change one's own credentials.
    #[serde(rename = "credentials:write")]
    CredentialsWrite,
    /// Read one's own API keys.
    #[serde(rename = "api-keys:read")]
    ApiKeysRead,
    /// Create and revoke one's own API keys.
    #[serde(rename = "api-keys:write")]
    ApiKeysWrite,
    /// Act on all accounts.
    #[serde(rename = "users:admin")]
    UsersAdmin,
    /// Read the events of one's own resources.
    #[serde(rename = "events:read")]
    EventsRead,
    /// Read all events.
    #[serde(rename = "events:admin")]
    EventsAdmin,
    /// Read one's own sessions.
    #[serde(rename = "sessions:read")]
    SessionsRead,
    /// End one's own sessions. Every role has it.
    #[serde(rename = "sessions:write")]
    SessionsWrite,
    /// Read the deployment's settings.
    #[serde(rename = "settings:read")]
    SettingsRead,
    /// Change the deployment's settings.
    #[serde(rename = "settings:admin")]
    SettingsAdmin,
}

impl Permission {
    /// All permissions.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Returns the scope: `orders:read`.
    #[must_use]
    pub fn scope(self) -> &'static str {
        match self {
            Self::ProductsRead => "products:read",
            Self::ProductsWrite => "products:write",
            Self::OrdersRead => "orders:read",
            Self::OrdersWrite => "orders:write",
            Self::OrdersAdmin => "orders:admin",
            Self::PaymentsRead => "payments:read",
            Self::PaymentsWrite => "payments:write",
            Self::PaymentsAdmin => "payments:admin",
            Self::InvoicesRead => "invoices:read",
            Self::InvoicesAdmin => "invoices:admin",
            Self::LedgerRead => "ledger:read",
            Self::ProfileRead => "profile:read",
            Self::ProfileWrite => "profile:write",
            Self::CredentialsWrite => "credentials:write",
            Self::ApiKeysRead => "api-keys:read",
            Self::ApiKeysWrite => "api-keys:write",
            Self::UsersAdmin => "users:admin",
            Self::EventsRead => "events:read",
            Self::EventsAdmin => "events:admin",
            Self::SessionsRead => "sessions:read",
            Self::SessionsWrite => "sessions:write",
            Self::SettingsRead => "settings:read",
            Self::SettingsAdmin => "settings:admin",
        }
    }
}

impl Permission {
    /// Returns whether an API key can have it. Credentials, sessions, API keys, other accounts and
    /// the settings are reserved for people.
    #[must_use]
    pub fn is_for_keys(self) -> bool {
        !matches!(
            self,
            Self::CredentialsWrite
                | Self::SessionsRead
                | Self::SessionsWrite
                | Self::ApiKeysRead
                | Self::ApiKeysWrite
                | Self::UsersAdmin
                | Self::SettingsAdmin
        )
    }

    /// Returns the permission with this scope.
    #[must_use]
    pub fn from_scope(scope: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.scope() == scope)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.scope())
    }
}

impl Role {
    /// Returns whether accounts with this role have a permission.
    #[must_use]
    pub fn permits(self, permission: Permission) -> bool {
        self >= Self::needed_for(permission)
    }

    /// Returns the lowest role with a permission: each role has the permissions of those below it.
    fn needed_for(permission: Permission) -> Self {
        match permission {
            Permission::ProductsRead
            | Permission::OrdersRead
            | Permission::PaymentsRead
            | Permission::InvoicesRead
            | Permission::ProfileRead
            | Permission::CredentialsWrite
            | Permission::EventsRead
            | Permission::SessionsRead
            | Permission::SessionsWrite => Self::Guest,
            Permission::OrdersWrite
            | Permission::PaymentsWrite
            | Permission::ProfileWrite
            | Permission::ApiKeysRead
            | Permission::ApiKeysWrite => Self::User,
            Permission::ProductsWrite
            | Permission::OrdersAdmin
            | Permission::PaymentsAdmin
            | Permission::InvoicesAdmin
            | Permission::LedgerRead
            | Permission::UsersAdmin
            | Permission::EventsAdmin
            | Permission::SettingsRead
            | Permission::SettingsAdmin => Self::Admin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_only_reads_a_user_writes_its_own_an_admin_does_everything() {
        use Permission::{
            ApiKeysRead, ApiKeysWrite, CredentialsWrite, EventsRead, InvoicesRead, OrdersRead,
            OrdersWrite, PaymentsRead, PaymentsWrite, ProductsRead, ProductsWrite, ProfileRead,
            ProfileWrite, SessionsRead, SessionsWrite,
        };
        let permitted = |role: Role| {
            Permission::ALL
                .iter()
                .copied()
                .filter(|permission| role.permits(*permission))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            permitted(Role::Guest),
            [
                ProductsRead,
                OrdersRead,
                PaymentsRead,
                InvoicesRead,
                ProfileRead,
                CredentialsWrite,
                EventsRead,
                SessionsRead,
                SessionsWrite
            ]
        );
        let users = [
            ProductsRead,
            OrdersRead,
            OrdersWrite,
            PaymentsRead,
            PaymentsWrite,
            InvoicesRead,
            ProfileRead,
            ProfileWrite,
            CredentialsWrite,
            ApiKeysRead,
            ApiKeysWrite,
            EventsRead,
            SessionsRead,
            SessionsWrite,
        ];
        assert_eq!(permitted(Role::User), users);
        assert!(!Role::User.permits(ProductsWrite));
        assert_eq!(permitted(Role::Admin), Permission::ALL);
    }

    #[test]
    fn a_role_and_a_scope_are_written_as_they_are_stored() {
        for role in [Role::Guest, Role::User, Role::Admin] {
            assert_eq!(serde_json::to_value(role).unwrap(), role.to_string());
        }
        for permission in Permission::ALL {
            assert_eq!(serde_json::to_value(permission).unwrap(), permission.scope());
        }
    }
}
