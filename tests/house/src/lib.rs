//! The rules of this house as tests: what a program can check of the design and the style.
//!
//! A rule is a pure function from a [`Tree`] of texts to [`Complaint`]s, so each one is shown to complain about a bad
//! sample beside it, and tests/rules.rs runs all of them on the repository. What clippy can check (lengths of functions,
//! nesting, SAFETY comments, panics) is left to clippy. Neighbours: docs/ say the rules for people.
#![forbid(unsafe_code)]

mod complaint;
pub mod rule;
mod tree;

pub use complaint::Complaint;
pub use tree::{Source, Tree};
