//! The rules, one file each.
//!
//! Each function here takes the whole tree and gives all its complaints, in no particular order.
//! Neighbours: tests/rules.rs runs them one test a rule; `tree` is what they read.

mod decisions;
mod dependencies;
mod folders;
mod header;
mod length;
mod manifests;
mod names;
mod ptrace;
mod unsafety;
mod wording;

pub use decisions::every_library_is_decided;
pub use dependencies::dependencies_point_inward;
pub use folders::folders_have_readmes;
pub use header::files_say_what_they_decide;
pub use length::files_are_short;
pub use manifests::lints_apply_everywhere;
pub use names::names_follow_the_house;
pub use ptrace::{every_request_has_its_row, every_scenario_has_its_case, every_test_with_gdb_is_there};
pub use unsafety::unsafe_code_stays_in_its_crates;
pub use wording::nothing_is_left_undone;
