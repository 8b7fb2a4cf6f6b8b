//! Queues: their attributes, their management and the redrive of dead letters.

pub(super) mod checks;
mod manage;
mod moves;
pub(super) mod queue;
