//! The host tool that writes the boot image: manifest in, image out.
//!
//! It reads the manifest, gathers files from the build and the repository, and lays them out as initfs-format says.
//! Neighbours: `initfs-format` owns the layout, build.sh and tests/qemu call this tool.
#![forbid(unsafe_code)]

fn main() {}
