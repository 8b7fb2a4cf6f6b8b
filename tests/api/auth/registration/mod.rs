//! Registration and the verification of addresses.

mod bootstrap_admin;
mod register;
mod registration_orders;
mod verify_email;
