//! Host tests: scenarios over a model of the kernel, errno of every request, an exhaustive explorer, random sequences.
//!
//! Decides nothing; [`world`] is the harness. Neighbours: `model` stands for the kernel (its rules are kernel-core's, in
//! small), the scenario files are named by what they show.

#![expect(clippy::arithmetic_side_effects, reason = "a test whose arithmetic overflows fails, as it should")]

mod alphabet;
mod call_results;
mod children;
mod control;
mod core_dump;
mod delegate;
mod ends;
mod errno;
mod events;
mod exec;
mod explorer;
mod files;
mod first_error;
mod frame;
mod gate;
mod handlers;
mod invariants;
mod job;
mod kill;
mod kill_passes;
mod leave;
mod ledger;
mod matrix;
mod model;
mod orders;
mod permission;
mod probes;
mod queue;
mod random;
mod register_sets;
mod remote;
mod requests;
mod script;
mod sessions;
mod sets;
mod stop_event;
mod threads;
mod tokens;
mod waiting;
mod watching;
mod wire;
mod world;
