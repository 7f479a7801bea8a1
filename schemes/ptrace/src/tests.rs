//! Host tests: scenarios over a model of the kernel, errno of every request, an exhaustive explorer, random sequences.
//!
//! Decides nothing; [`world`] is the harness. Neighbours: `model` stands for the kernel (its rules are kernel-core's, in
//! small), the scenario files are named by what they show.

mod control;
mod events;
mod exec;
mod handlers;
mod invariants;
mod job;
mod kill;
mod model;
mod threads;
mod world;
