//! Health, the API's description, problem pages, unknown routes.

mod docs;
mod examples;
mod health;
mod openapi;
mod problems;
mod relay;
mod security_txt;
mod unknown;
