//! Paths and byte layouts of the files under `proc:`; no logic.
//!
//! FreeBSD's numbers and structures of ptrace live here, where debuggers and the server both read them.
//! Neighbours: `ptrace` decides by them, the runtime library's client speaks them.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
