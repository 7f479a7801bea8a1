//! Boots the benches and judges their figures.
//!
//! [`run`] boots `/bin/bench` on a machine whose clock counts instructions and gives its [`Figures`]; [`judge`] says which
//! rows are missing, above Linux's best or above their bounds; [`table`] prints them side by side. Neighbours: `initfs/bench`
//! measures, `qemu-tests` boots, `linux.json` has Linux's figures, `bounds.json` the bounds, docs/performance.md the method.
#![forbid(unsafe_code)]

pub mod boot;
pub mod bounds;
pub mod figures;
pub mod judge;
pub mod linux;
pub mod rows;
pub mod table;

pub use boot::run;
pub use figures::Figures;
