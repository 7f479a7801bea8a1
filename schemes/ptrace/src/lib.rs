//! FreeBSD's process and ptrace semantics as a pure state machine: (state, input) to effects; no I/O.
//!
//! Nothing here calls anything: the server performs the effects, host tests inspect them.
//! Neighbours: `proc-abi` names the requests, the `proc` server carries out what this crate decides.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
