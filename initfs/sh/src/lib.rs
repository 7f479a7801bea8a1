//! The shell's decisions: what a text means, what words become, which jobs there are.
//!
//! Pure: no system calls. Main modules: [`lexer`] and [`parser`] (text to [`syntax`]), [`expand`] (words to arguments),
//! [`variables`], [`jobs`], [`condition`] (the builtin `test`), [`builtin`] (names and help). Neighbours: `main.rs` and
//! its modules run what this library reads. The language is a small part of POSIX's (XCU chapter 2); docs/shell.md says
//! which.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod builtin;
pub mod condition;
pub mod expand;
pub mod jobs;
pub mod lexer;
pub mod parser;
pub mod status;
pub mod syntax;
pub mod variables;
