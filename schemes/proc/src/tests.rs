//! The server over a kernel that is a model: every kind of message in, effects and bytes out.
//!
//! Decides nothing. `kernel` is the model, `world` plays programs; the other files are the tests, one for each concern.
//! What requests of ptrace do is tested in the crate `ptrace`; these tests are about messages, files and loaders.
#![expect(clippy::arithmetic_side_effects, reason = "a test whose arithmetic overflows fails, as it should")]

mod combined;
mod control;
mod event;
mod exec;
mod files;
mod kernel;
mod opening;
mod process;
mod revoked;
mod run;
mod sharing;
mod stop_event;
mod world;
