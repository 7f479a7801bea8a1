//! What is under `proc:`, one file for each kind of node.
//!
//! Decides nothing itself. Neighbours: `open` makes nodes of paths, `serve` calls what is here. Whole-file nodes are
//! functions that give the content; `control` (with
//! `combined`) and `event` have state of their own.

pub(crate) mod combined;
pub(crate) mod control;
pub(crate) mod directory;
pub(crate) mod event;
pub(crate) mod files;
pub(crate) mod map;
pub(crate) mod program;
pub(crate) mod replies;
pub(crate) mod status;
pub(crate) mod stop_event;
pub(crate) mod thread;
pub(crate) mod threads;
