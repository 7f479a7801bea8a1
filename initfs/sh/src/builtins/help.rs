//! `help`: what can be typed.
//!
//! Decides the order: the shell's own commands with their uses, then the programs there are. Neighbours: `sh::builtin`.

use super::Outcome;
use alloc::string::String;
use alloc::vec::Vec;
use runtime::file::directory::Directory;
use runtime::println;
use sh::builtin::BUILTINS;

/// Directories whose programs are listed.
const DIRECTORIES: [&str; 2] = ["/bin", "/bin/targets"];
/// Columns of a line.
const WIDTH: usize = 79;

pub(super) fn show() -> Outcome {
    println!("The shell's own commands:");
    for (_, name, usage, purpose) in BUILTINS {
        println!("  {:<36}{purpose}", alloc::format!("{name} {usage}"));
    }
    println!("Between commands: | < > >> 2> 2>&1 && || ; & ! ( ) {{ }} if while until for, 'quotes', $VARIABLES.");
    for directory in DIRECTORIES {
        let Ok(names) = Directory::open(directory).and_then(|directory| directory.names()) else { continue };
        let mut names: Vec<String> =
            names.iter().map(|name| String::from_utf8_lossy(&name.name).into_owned()).collect();
        names.sort_unstable();
        println!("Programs in {directory}:");
        print_filled(&names);
    }
    Ok(0)
}

/// Prints names in lines that are as full as the width allows.
fn print_filled(names: &[String]) {
    let mut line = String::from(" ");
    for name in names {
        if line.len().saturating_add(name.len()) >= WIDTH {
            println!("{line}");
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(name);
    }
    println!("{line}");
}
