//! Hands the kernel's link script to the linker.
//!
//! Decides nothing; kernel/link.ld says where a kernel lies. Neighbours: kernel/build.rs, which does the same.

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../kernel/link.ld");
    println!("cargo::rustc-link-arg-bins=-T{script}");
    println!("cargo::rerun-if-changed={script}");
}
