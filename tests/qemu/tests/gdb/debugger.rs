//! Running the host's GDB against a boot, and what it printed in one form.
//!
//! Decides how GDB is started and what of its output may differ between compilers and boots; see [`normalise`]. Main type:
//! [`Debugger`]. Neighbours: all tests of gdbserver.

use initfs_format::BootMode;
use initfs_pack::WithFile;
use qemu_tests::{Artifacts, Boot, Session};
use std::io::{PipeReader, Read, Write, pipe};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Far more than anything takes, because the host may be busy.
const LIMIT: Duration = Duration::from_secs(60);
const CLIENT_LIMIT: &str = "100";

/// What every session begins with: nothing that depends on the host or on its user.
const BEFORE: [&str; 6] = [
    "set debuginfod enabled off",
    "set width 0",
    "set height 0",
    "set style enabled off",
    "set print thread-events off",
    "set remotetimeout 60",
];

/// A boot with gdbserver in it.
pub(crate) struct Debugger {
    session: Session,
    file: Option<PathBuf>,
}

impl Debugger {
    /// Boots gdbserver with these arguments and waits until its line can be used.
    pub(crate) fn boot(arguments: &[&str]) -> Self {
        Self::from(Boot::new("/bin/gdbserver").arguments(arguments.iter().copied()))
    }

    /// The same with more in the image.
    pub(crate) fn from(boot: Boot) -> Self {
        let boot = boot.mode(BootMode::Execute).debugger_socket();
        let session = boot.start().expect("the boot is tried");
        assert!(session.log().wait_for("\n", 0, LIMIT).is_some(), "the kernel starts");
        Self { session, file: None }
    }

    /// Boots gdbserver with a debug target, whose symbols GDB reads on the host.
    pub(crate) fn target(arguments: &[&str]) -> Self {
        let name = arguments.first().and_then(|path| path.rsplit('/').next()).expect("a program");
        let file = Artifacts::find().expect("a built system").debug_file(name);
        Self { file: Some(file.expect("the full file of the program")), ..Self::boot(arguments) }
    }

    /// Boots gdbserver with a program of the host in the image, which GDB reads on the host.
    pub(crate) fn with(host: &Path, arguments: &[&str]) -> Self {
        let image = arguments.first().copied().unwrap_or_default().to_owned();
        let boot = Boot::new("/bin/gdbserver").with(WithFile { host: host.to_path_buf(), image });
        Self { file: Some(host.to_path_buf()), ..Self::from(boot.arguments(arguments.iter().copied())) }
    }

    /// Where clients connect.
    pub(crate) fn socket(&self) -> PathBuf {
        self.session.debugger()
    }

    /// How many packets the server answered for each command.
    pub(crate) fn packets(&self, before: &str, commands: &[&str]) -> Vec<u64> {
        const STATISTICS: &str = "monitor stats";
        let mut script = format!("{before}\n{STATISTICS}\n");
        commands.iter().for_each(|command| script.push_str(&format!("{command}\n{STATISTICS}\n")));
        let text = self.transcript(&script);
        let counts: Vec<u64> = text.lines().filter_map(|line| line.strip_prefix("packets: ")?.parse().ok()).collect();
        assert_eq!(counts.len(), commands.len() + 1, "{text}");
        // One packet of each difference asked for the count.
        counts.windows(2).map(|pair| pair[1] - pair[0] - 1).collect()
    }

    /// GDB's output for these commands, in one form.
    pub(crate) fn run(&self, commands: &str) -> String {
        normalise(&self.transcript(commands))
    }

    /// GDB's output for these commands.
    pub(crate) fn transcript(&self, commands: &str) -> String {
        self.transcript_with(commands, || None)
    }

    /// The same with a Ctrl-C once the programs have written `text`.
    pub(crate) fn run_interrupted(&self, commands: &str, text: &str) -> String {
        normalise(&self.transcript_with(commands, || {
            self.console(text);
            Some("-INT")
        }))
    }

    fn transcript_with(&self, commands: &str, meanwhile: impl FnOnce() -> Option<&'static str>) -> String {
        let mut script = String::new();
        if let Some(file) = &self.file {
            script.push_str(&format!("file {}\n", file.display()));
        }
        script.push_str(&format!("target extended-remote {}\n{commands}\n", self.session.debugger().display()));
        let mut gdb = Command::new("gdb");
        gdb.args(["-nx", "-q", "-batch"]);
        for command in BEFORE {
            gdb.args(["-iex", command]);
        }
        let mut file = tempfile::NamedTempFile::new().expect("a file for the script");
        file.write_all(script.as_bytes()).expect("the script");
        self.drive(gdb.arg("-x").arg(file.path()), meanwhile)
    }

    /// The host's file of the program, if there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What a debugger on the host prints; it gets the signal that `meanwhile` gives once it has started.
    pub(crate) fn drive(&self, debugger: &Command, meanwhile: impl FnOnce() -> Option<&'static str>) -> String {
        let (mut child, output) = start(debugger, Stdio::null());
        if let Some(signal) = meanwhile() {
            Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
        }
        finish(&mut child, output)
    }

    /// What a debugger on the host prints that is told what to do while it runs.
    pub(crate) fn converse(&self, debugger: &Command, with: impl FnOnce(&mut dyn FnMut(&str))) -> String {
        let (mut child, output) = start(debugger, Stdio::piped());
        let mut input = child.stdin.take().expect("a pipe");
        with(&mut |text| input.write_all(text.as_bytes()).expect("the debugger reads"));
        drop(input);
        finish(&mut child, output)
    }

    /// What the programs wrote, once `text` is in it.
    pub(crate) fn console(&self, text: &str) -> String {
        let found = self.session.console().wait_for(text, 0, LIMIT);
        assert!(found.is_some(), "expected {text:?} on the console: {}", self.session.console().text());
        self.session.console().text()
    }
}

/// Starts a debugger with a limit of time; where its output comes from.
fn start(debugger: &Command, input: Stdio) -> (Child, PipeReader) {
    // In the foreground it hands a signal on once; else the debugger gets it a second time by its process group, and two
    // Ctrl-C are more than one.
    let mut timed = Command::new("timeout");
    timed.args(["--foreground", CLIENT_LIMIT]).arg(debugger.get_program()).args(debugger.get_args());
    let (reader, writer) = pipe().expect("a pipe");
    let error = writer.try_clone().expect("the pipe's other end twice");
    let child = timed.stdin(input).stdout(writer).stderr(error).spawn().expect("the debugger starts");
    (child, reader)
}

/// All that it prints.
fn finish(child: &mut Child, mut output: PipeReader) -> String {
    let mut text = String::new();
    output.read_to_string(&mut text).expect("text");
    child.wait().expect("the debugger ends");
    text
}

/// These stand in the text, in this order.
#[track_caller]
pub(crate) fn contains(text: &str, lines: &[&str]) {
    let mut rest = text;
    for line in lines {
        match rest.split_once(line) {
            Some((_, later)) => rest = later,
            None => panic!("expected {line:?} in its place:\n{text}"),
        }
    }
}

/// Compares what GDB printed for commands about a debug target.
#[track_caller]
pub(crate) fn check(arguments: &[&str], commands: &str, expected: &str) {
    let debugger = Debugger::target(arguments);
    assert_same(&debugger.run(commands), expected);
}

/// Compares line by line.
#[track_caller]
pub(crate) fn assert_same(actual: &str, expected: &str) {
    let expected = expected.trim();
    assert!(actual.trim() == expected, "--- actual ---\n{actual}\n--- expected ---\n{expected}");
}

/// Writes large numbers in hexadecimal as ADDRESS, process and thread ids as PID and TID, line numbers as N, and leaves out
/// source lines, frames of the runtime and what GDB says of itself.
pub(crate) fn normalise(text: &str) -> String {
    let mut normal = String::new();
    for line in text.lines() {
        let line = words(line.trim_end());
        let source =
            line.split_once('\t').is_some_and(|(number, _)| number.chars().all(|digit| digit.is_ascii_digit()));
        let noise = [
            "warning:",
            "Warning:",
            "Kill the program",
            "Reading symbols from",
            "Remote debugging using",
            "Reading /",
            "Value = ",
        ];
        let runtime = line.starts_with('#') && (line.contains("runtime") || line.contains("proctor_start"));
        if !line.is_empty() && !source && !runtime && !noise.iter().any(|noise| line.starts_with(noise)) {
            normal.push_str(&line);
            normal.push('\n');
        }
    }
    normal
}

fn words(line: &str) -> String {
    let mut normal = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let inside = normal.chars().last().is_some_and(|last| last.is_ascii_alphanumeric() || last == '_');
        let (length, word) = if inside { (0, "") } else { token(rest, &normal) };
        if length == 0 {
            normal.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            normal.push_str(word);
            rest = &rest[length..];
        }
    }
    normal
}

/// The length of the token that `text` starts with and what stands for it; 0 if it stays as it is.
fn token(text: &str, before: &str) -> (usize, &'static str) {
    let digits = |text: &str, radix| text.chars().take_while(|digit| char::is_digit(*digit, radix)).count();
    if let Some(rest) = text.strip_prefix("0x") {
        let count = digits(rest, 16);
        let significant = rest[..count].trim_start_matches('0').len();
        return if significant > 4 { (count + 2, "ADDRESS") } else { (0, "") };
    }
    let count = digits(text, 10);
    if count == 0 {
        return (0, "");
    }
    let end = before.trim_end_matches(' ');
    if end.ends_with("process") || end.ends_with("Thread") || end.ends_with("PID is") {
        let threads = text[count..].strip_prefix('.').map_or(0, |rest| digits(rest, 10) + 1);
        return if threads > 1 { (count + threads, "PID.TID") } else { (count, "PID") };
    }
    if end.ends_with(".rs:") || end.ends_with(".c:") || end.ends_with(", line") {
        return (count, "N");
    }
    (0, "")
}
