//! One boot, as a test writes it.
//!
//! [`Boot`] names a program of the image and what differs from the ordinary: arguments, more files, input, memory,
//! clock, deadline. [`Boot::run`] boots and judges; [`Boot::start`] boots and hands over the running machine.
//! Neighbours: `artifacts` has what was built, `session` runs it, `report` is what comes out.

use crate::artifacts::Artifacts;
use crate::input::InputEncoder;
use crate::log::Log;
use crate::machine::{Debugger, Machine, Timing};
use crate::report::Report;
use crate::session::{Session, Sinks};
use crate::symbols::Symbols;
use anyhow::{Context, Result};
use initfs_format::BootMode;
use initfs_pack::{Contents, PackedFile, WithFile};
use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

/// How long a boot may take unless it says otherwise: far more than any test needs, because the host may be busy.
const LIMIT: Duration = Duration::from_secs(60);

/// A boot that is being put together.
#[derive(Clone, Debug)]
pub struct Boot {
    kernel: Option<String>,
    command_line: String,
    mode: BootMode,
    arguments: Vec<Vec<u8>>,
    with: Vec<WithFile>,
    files: Vec<(String, PackedFile)>,
    input: Vec<u8>,
    memory_mib: Option<u32>,
    processor: Option<String>,
    timing: Timing,
    debugger: Debugger,
    limit: Duration,
}

impl Boot {
    /// Boots for the test program at the image path `program`.
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self {
            kernel: None,
            command_line: String::new(),
            mode: BootMode::Test,
            arguments: vec![program.into()],
            with: Vec::new(),
            files: Vec::new(),
            input: Vec::new(),
            memory_mib: None,
            processor: None,
            timing: Timing::Host,
            debugger: Debugger::None,
            limit: LIMIT,
        }
    }

    /// Boots to a shell.
    #[must_use]
    pub fn interactive() -> Self {
        Self { mode: BootMode::Interactive, arguments: Vec::new(), ..Self::new("") }
    }

    /// Boots another kernel that build.sh builds beside the ordinary one, with nothing in the image but what is added.
    #[must_use]
    pub fn kernel(name: &str) -> Self {
        Self { kernel: Some(name.to_owned()), ..Self::new(name) }
    }

    /// Sets the command line of the kernel.
    #[must_use]
    pub fn command_line(mut self, text: &str) -> Self {
        text.clone_into(&mut self.command_line);
        self
    }

    /// Adds arguments, the program's path first if none is named yet.
    #[must_use]
    pub fn arguments<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Adds an argument of the program.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Boots to execute the program, as `./build.sh exec` does, or for a shell; the default is to test.
    #[must_use]
    pub fn mode(mut self, mode: BootMode) -> Self {
        self.mode = mode;
        self
    }

    /// Adds a file of the host to the image, as `--with` does.
    #[must_use]
    pub fn with(mut self, file: WithFile) -> Self {
        self.with.push(file);
        self
    }

    /// Adds a file made by the test to the image.
    #[must_use]
    pub fn file(mut self, path: &str, file: PackedFile) -> Self {
        self.files.push((path.to_owned(), file));
        self
    }

    /// What the program reads on its standard input, to the last byte and then the end; for [`Boot::run`] only.
    #[must_use]
    pub fn input(mut self, bytes: &[u8]) -> Self {
        self.input.extend_from_slice(bytes);
        self
    }

    /// Sets the memory in MiB.
    #[must_use]
    pub fn memory(mut self, mib: u32) -> Self {
        self.memory_mib = Some(mib);
        self
    }

    /// Sets QEMU's name of the processor, with its flags.
    #[must_use]
    pub fn processor(mut self, name: &str) -> Self {
        self.processor = Some(name.to_owned());
        self
    }

    /// Lets the clock count instructions: two runs agree exactly.
    #[must_use]
    pub fn icount(mut self) -> Self {
        self.timing = Timing::Counted;
        self
    }

    /// Opens COM2 to debuggers on a TCP port of the host.
    #[must_use]
    pub fn debugger(mut self, port: u16) -> Self {
        self.debugger = Debugger::Port(port);
        self
    }

    /// Opens COM2 to debuggers on a socket of this machine's own.
    #[must_use]
    pub fn debugger_socket(mut self) -> Self {
        self.debugger = Debugger::Socket;
        self
    }

    /// Sets how long the boot may take.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Boots, waits for the end and reports.
    ///
    /// # Errors
    /// If the boot could not be tried; that it went wrong is for the report to say.
    pub fn run(self) -> Result<Report> {
        let limit = self.limit;
        let mut typed = Vec::new();
        let mut encoder = InputEncoder::default();
        encoder.encode(&self.input, &mut typed);
        typed.extend_from_slice(encoder.finish());
        let artifacts = Artifacts::find()?;
        let mut session = self.start_with(&artifacts, Sinks::default())?;
        let mut keyboard = session.keyboard().context("no console")?;
        // A machine that ends before it has read everything is judged by how it ended.
        let typist = thread::spawn(move || drop(keyboard.write_all(&typed)));
        let ending = session.wait(Some(limit))?;
        drop(typist.join());
        let log_text = session.log().text();
        Ok(Report {
            ending,
            log: Log::parse(&log_text),
            log_text,
            console: session.console().bytes(),
            complaints: session.complaints().text(),
            symbols: Symbols::load(&self.kernel_path(&artifacts)),
        })
    }

    /// Boots and returns the running machine.
    ///
    /// # Errors
    /// If nothing is built, a file is missing or QEMU does not start.
    pub fn start(&self) -> Result<Session> {
        self.start_with(&Artifacts::find()?, Sinks::default())
    }

    /// Boots what `artifacts` name, with output passed on to `sinks`.
    ///
    /// # Errors
    /// If a file is missing or QEMU does not start.
    pub fn start_with(&self, artifacts: &Artifacts, sinks: Sinks) -> Result<Session> {
        let mut machine = Machine::new(self.kernel_path(artifacts));
        machine.memory_mib = self.memory_mib.unwrap_or(machine.memory_mib);
        machine.processor = self.processor.clone().unwrap_or(machine.processor);
        machine.timing = self.timing;
        machine.debugger = self.debugger;
        machine.command_line.clone_from(&self.command_line);
        Session::start(&machine, &self.contents(artifacts)?.to_image()?, sinks)
    }

    fn kernel_path(&self, artifacts: &Artifacts) -> PathBuf {
        match &self.kernel {
            Some(name) => artifacts.kernel.with_file_name(name),
            None => artifacts.kernel.clone(),
        }
    }

    fn contents(&self, artifacts: &Artifacts) -> Result<Contents> {
        let mut contents = if self.kernel.is_some() { Contents::new() } else { artifacts.contents()? };
        for with in &self.with {
            with.add_to(&mut contents)?;
        }
        for (path, file) in &self.files {
            contents.replace(path, file.clone())?;
        }
        contents.set_arguments(self.mode, self.arguments.iter().map(Vec::as_slice))?;
        Ok(contents)
    }
}
