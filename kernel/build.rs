//! Hands the link script to the linker.
//!
//! Decides nothing; link.ld says where the kernel lies. Neighbours: tests/machine, which links with the same script.

fn main() {
    let directory = env!("CARGO_MANIFEST_DIR");
    println!("cargo::rustc-link-arg-bins=-T{directory}/link.ld");
    println!("cargo::rerun-if-changed=link.ld");
}
