//! The commands that the shell runs itself.
//!
//! Decides which function each is and how a wrong use is told: one line with the right one. Neighbours: `state` (directory,
//! variables, parameters), `jobs`, `help`; `sh::builtin` has names and usages.

mod help;
mod jobs;
mod state;

use crate::execute::Flow;
use crate::shell::Shell;
use crate::source;
use alloc::vec::Vec;
use runtime::eprintln;
use runtime::file::{File, OpenFlags, status::Kind};
use sh::builtin::Builtin;
use sh::condition::{FileTest, Files, Malformed, evaluate};
use sh::status::MISUSE;
use sh::syntax::Place;

/// What a builtin gives: its status, or that it was used wrongly.
type Outcome = Result<i32, Misuse>;

/// The arguments are not what the builtin takes.
#[derive(Clone, Copy, Debug)]
struct Misuse;

impl Shell {
    pub(crate) fn run_builtin(&mut self, builtin: Builtin, arguments: &[Vec<u8>]) -> Flow {
        let mut flow = Flow::Next;
        let outcome = match builtin {
            Builtin::Break | Builtin::Continue | Builtin::Exit | Builtin::Source => {
                self.leave(builtin, arguments).map(|leaving| {
                    flow = leaving;
                    self.status
                })
            }
            Builtin::Colon | Builtin::True => Ok(0),
            Builtin::False => Ok(1),
            // Taken care of where commands are run: it keeps its redirections.
            Builtin::Execute => Ok(0),
            Builtin::Bracket | Builtin::Test => judge(builtin, arguments),
            Builtin::ChangeDirectory => self.change_directory(arguments),
            Builtin::PrintDirectory => state::print_directory(arguments),
            Builtin::Export => self.export(arguments),
            Builtin::Unset => self.unset(arguments),
            Builtin::Set => self.set(arguments),
            Builtin::Shift => self.shift(arguments),
            Builtin::Read => self.read(arguments),
            Builtin::Jobs => self.list_jobs(arguments),
            Builtin::Foreground => self.resume(arguments, Place::Foreground),
            Builtin::Background => self.resume(arguments, Place::Background),
            Builtin::Wait => self.wait(arguments),
            Builtin::Kill => self.kill(arguments),
            Builtin::Help => help::show(),
        };
        self.status = outcome.unwrap_or_else(|Misuse| {
            let (name, usage) = builtin.usage();
            let blank = if usage.is_empty() { "" } else { " " };
            eprintln!("sh: usage: {name}{blank}{usage}");
            MISUSE
        });
        flow
    }

    /// What changes where the shell goes on.
    fn leave(&mut self, builtin: Builtin, arguments: &[Vec<u8>]) -> Result<Flow, Misuse> {
        if builtin == Builtin::Source {
            let [path] = arguments else { return Err(Misuse) };
            self.status = source::run_file(self, path);
            return Ok(Flow::Next);
        }
        let number = match arguments {
            [] => None,
            [number] => Some(parse_number(number).ok_or(Misuse)?),
            _ => return Err(Misuse),
        };
        if builtin == Builtin::Exit {
            self.status = number.map_or(self.status, |number| number & 0xff);
            return Ok(Flow::Exit);
        }
        let levels = number.map_or(Some(1), |number| usize::try_from(number).ok()).filter(|levels| *levels > 0);
        let levels = levels.ok_or(Misuse)?.min(self.loops);
        self.status = 0;
        Ok(match (levels, builtin) {
            (0, _) => Flow::Next,
            (levels, Builtin::Break) => Flow::Break(levels),
            (levels, _) => Flow::Continue(levels),
        })
    }
}

fn parse_number(text: &[u8]) -> Option<i32> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

fn judge(builtin: Builtin, arguments: &[Vec<u8>]) -> Outcome {
    let arguments = match (builtin, arguments.split_last()) {
        (Builtin::Bracket, Some((last, rest))) if last == b"]" => rest,
        (Builtin::Bracket, _) => return Err(Misuse),
        _ => arguments,
    };
    match evaluate(&FileSystem, arguments) {
        Ok(holds) => Ok(i32::from(!holds)),
        Err(Malformed::Expression) => Err(Misuse),
        Err(Malformed::Number) => {
            eprintln!("sh: test: expected a number");
            Ok(MISUSE)
        }
    }
}

struct FileSystem;

impl Files for FileSystem {
    fn is(&self, path: &[u8], kind: FileTest) -> bool {
        let Ok(status) = File::open(path, OpenFlags::READ).and_then(|file| file.status()) else { return false };
        match kind {
            FileTest::Exists => true,
            FileTest::Regular => status.kind() == Kind::Regular,
            FileTest::Directory => status.kind() == Kind::Directory,
            FileTest::Executable => status.is_executable(),
            FileTest::NotEmpty => status.size > 0,
        }
    }
}
