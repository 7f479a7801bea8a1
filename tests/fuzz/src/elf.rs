//! ELF files of programs that anybody can bring.
//!
//! Decides nothing: the promises of a plan are checked beside the planner. Neighbour: `runtime::elf`.

pub use runtime::elf::check;
