//! Boots the benches.
//! a
//! b
fn main() {}
