//! Boots the image in QEMU and judges the outcome.
//!
//! The harness starts QEMU, watches its deadline, reads the kernel's log and turns all of it into one report.
//! Neighbours: build.sh calls the `boot` tool, the files under tests/ boot one case each.
#![forbid(unsafe_code)]
