//! Whole sequences of the kernel over the fake machine: schemes, suspension, kill, fork, exec, debugging.
//!
//! Decides nothing; each file tests one concept. Main type: [`world::World`]. Neighbours: `fake` (the machine), the
//! documents whose tables the tests are named after (docs/pending-calls.md).
#![expect(clippy::arithmetic_side_effects, reason = "an overflow is a failing test")]

mod audit;
mod bounded;
mod calls;
mod case;
mod change;
mod descriptor;
mod exec;
mod failures;
mod files;
mod fill;
mod fork;
mod kept;
mod lend;
mod pending;
mod races;
mod remote;
mod report;
mod request;
mod run;
mod scheduling;
mod sequence;
mod servers;
mod session;
mod sets;
mod target;
mod watchdog;
mod world;
