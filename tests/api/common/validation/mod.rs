//! Invalid input, and the problems that report it.

mod bodies;
mod errors;
mod texts;
