//! Tests of the whole crate: golden bytes of the layouts, the grammar of paths and verbs, parsers over arbitrary bytes.
//!
//! Decides nothing. Main entry: [`check`] under proptest. Neighbours: each module's own facts are asserted where they are.

mod golden;
mod headers;
mod parsers;
