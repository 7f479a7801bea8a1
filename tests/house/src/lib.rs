//! The rules of this house as tests: what a program can check of the design and the style.
//!
//! Each rule is a pure function from a file's text to complaints, so each can be shown to fail.
//! Neighbours: docs/ say the rules for people; build.sh check runs these.
#![forbid(unsafe_code)]
