//! Tests
//!
//! x
