//! Linux's layouts, for a GDB that knows no system like this one.
//!
//! Decides what is translated and where: everything that GDB interprets by the target's operating system. Neighbours:
//! `packets::transfer` and `packets::file` send it. FreeBSD's own layouts never leave this machine.

pub(crate) mod auxv;
pub(crate) mod calls;
pub(crate) mod proc_files;
pub(crate) mod siginfo;
