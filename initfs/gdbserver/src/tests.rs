//! Tests of the engine over a small system.
//!
//! Decides nothing. Neighbours: `fake` is the system.
