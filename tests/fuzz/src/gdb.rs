//! What a client sends to gdbserver: packets, and the texts in them.
//!
//! Decides nothing: the reader is total, which is its promise; sessions on damaged lines are tested beside the engine.
//! Neighbour: `gdbserver::link`.

pub use gdbserver::check;
