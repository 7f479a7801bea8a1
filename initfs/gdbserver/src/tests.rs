//! The engine over a small system: sessions as a client would have them, whole and damaged.
//!
//! Decides nothing. Neighbours: `fake` is the system, `client` frames packets and takes replies apart.

mod client;
mod damage;
mod fake;
mod session;
