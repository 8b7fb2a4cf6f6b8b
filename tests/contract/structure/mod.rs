//! Rules between files, folders and crates.

mod circles;
mod dependencies;
mod layers;
