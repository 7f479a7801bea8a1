//! Links the loader where no program is: at `runtime::loader_arguments::LOADER_BASE`.
//!
//! Decides nothing; the loader's own code checks that it was linked there. Neighbours: .cargo/config.toml has the other
//! options of the linker.

fn main() {
    println!("cargo::rustc-link-arg-bins=--image-base=0x7ff000000000");
    println!("cargo::rerun-if-changed=build.rs");
}
