//! The console's decisions: what typed bytes become, who may read them, what output looks like on the line.
//!
//! Pure: bytes in, bytes and signals out; the program beside this library moves them between the serial line and its
//! clients. Main types: [`discipline::Discipline`], [`readers::Readers`], [`session::Session`]. Neighbours: `main.rs` (the
//! server), `runtime::terminal` (settings and requests). FreeBSD: tty_ttydisc.c, tty_inq.c, tty.c.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod discipline;
pub mod readers;
pub mod session;
