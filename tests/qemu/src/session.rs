//! A machine that runs: QEMU, its console, its log, and its end.
//!
//! [`Session::start`] boots an image; from then on the console and the log are captured on threads of their own and
//! passed on to the given [`Sinks`]. A session that is dropped stops its machine, so no test leaves one behind.
//! Neighbours: `machine` describes what is started, `capture` keeps what it says, `ending` reads how it ended.

use crate::capture::Capture;
use crate::ending::Ending;
use crate::machine::{Machine, debugger_socket};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{self, ErrorKind, Write, sink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The program that is the machine.
const QEMU: &str = "qemu-system-x86_64";

/// What starts it: a harness that is killed takes its machines with it, which no destructor could promise.
const LAUNCHER: [&str; 4] = ["setpriv", "--pdeathsig", "KILL", "--"];

/// The console's socket in the session's folder.
const CONSOLE: &str = "console";

/// How often to look whether QEMU has connected its console: it does so within milliseconds or not at all.
const CONNECT_POLL: Duration = Duration::from_millis(1);

/// How long QEMU may take from start to connecting its console.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// For a wait without a deadline: longer than any session.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Where a session's output goes besides its captures.
pub struct Sinks {
    /// What the guest writes to COM1.
    pub console: Box<dyn Write + Send>,
    /// The kernel's log.
    pub log: Box<dyn Write + Send>,
}

impl std::fmt::Debug for Sinks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sinks").finish_non_exhaustive()
    }
}

impl Default for Sinks {
    fn default() -> Self {
        Self { console: Box::new(sink()), log: Box::new(sink()) }
    }
}

/// A running machine.
#[derive(Debug)]
pub struct Session {
    qemu: Child,
    input: UnixStream,
    console: Capture,
    log: Capture,
    complaints: Capture,
    folder: TempDir,
}

impl Session {
    /// Boots `image` on `machine`.
    ///
    /// # Errors
    /// If QEMU is missing or refuses its arguments.
    pub fn start(machine: &Machine, image: &[u8], sinks: Sinks) -> Result<Self> {
        let folder = TempDir::new().context("no temporary folder for the image")?;
        let (image_path, socket) = (folder.path().join("image"), folder.path().join(CONSOLE));
        fs::write(&image_path, image).context("cannot write the image to the temporary folder")?;
        let listener = UnixListener::bind(&socket).context("no socket for the console")?;
        let mut qemu = spawn(machine, &image_path, &socket)?;
        let (console, log, complaints) = (Capture::default(), Capture::default(), Capture::default());
        capture(qemu.stdout.take(), &log, sinks.log);
        capture(qemu.stderr.take(), &complaints, Box::new(sink()));
        let input = match connect(&listener, &mut qemu, &complaints) {
            Ok(input) => input,
            Err(error) => {
                stop(&mut qemu);
                return Err(error);
            }
        };
        capture(input.try_clone().ok(), &console, sinks.console);
        Ok(Self { qemu, input, console, log, complaints, folder })
    }

    /// What the guest has written to COM1.
    #[must_use]
    pub fn console(&self) -> &Capture {
        &self.console
    }

    /// The kernel's log.
    #[must_use]
    pub fn log(&self) -> &Capture {
        &self.log
    }

    /// What QEMU itself has complained about.
    #[must_use]
    pub fn complaints(&self) -> &Capture {
        &self.complaints
    }

    /// The socket of COM2, if the machine has one.
    #[must_use]
    pub fn debugger(&self) -> PathBuf {
        debugger_socket(&self.folder.path().join(CONSOLE))
    }

    /// A handle for typing on the console; it may be used while another thread waits.
    ///
    /// # Errors
    /// If the host is out of descriptors.
    pub fn keyboard(&self) -> io::Result<Keyboard> {
        Ok(Keyboard { input: self.input.try_clone()?, log: self.log.clone() })
    }

    /// Types `bytes` on the console as they are.
    ///
    /// # Errors
    /// If the machine has ended.
    pub fn type_bytes(&self, bytes: &[u8]) -> io::Result<()> {
        self.keyboard()?.write_all(bytes)
    }

    /// Waits for the machine's end, or stops it when `limit` has passed; the captures are complete then.
    ///
    /// # Errors
    /// If the host lost track of QEMU.
    pub fn wait(&mut self, limit: Option<Duration>) -> Result<Ending> {
        // QEMU's stdout is the log: it ends when QEMU does.
        let ended = self.log.wait_for_end(limit.unwrap_or(FOREVER));
        if !ended {
            stop(&mut self.qemu);
        }
        let status = self.qemu.wait().context("cannot wait for QEMU")?;
        let drained = [&self.log, &self.console, &self.complaints].map(|stream| stream.wait_for_end(CONNECT_LIMIT));
        if drained != [true; 3] {
            bail!("QEMU has ended, but something still holds its output open");
        }
        Ok(if ended { Ending::classify(status) } else { Ending::Deadline })
    }
}

/// Types on a console, from the moment at which the guest can take it.
///
/// Setting up a serial port empties its receiver, so what is typed before would be lost. The kernel sets up its ports
/// before its first line in the log; until then a write waits.
#[derive(Debug)]
pub struct Keyboard {
    input: UnixStream,
    log: Capture,
}

impl Write for Keyboard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.log.wait_for("\n", 0, FOREVER) {
            Some(_) => self.input.write(bytes),
            None => Err(ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.flush()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        stop(&mut self.qemu);
    }
}

fn spawn(machine: &Machine, image: &Path, console: &Path) -> Result<Child> {
    let [launcher, options @ ..] = LAUNCHER;
    let mut command = Command::new(launcher);
    command.args(options).arg(QEMU).args(machine.arguments(image, console));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().with_context(|| format!("cannot start {launcher}, which is part of util-linux"))
}

/// Waits for QEMU to connect its console, or to give up.
fn connect(listener: &UnixListener, qemu: &mut Child, complaints: &Capture) -> Result<UnixStream> {
    listener.set_nonblocking(true)?;
    let start = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error).context("no console"),
        }
        if qemu.try_wait()?.is_some() {
            // The complaint may still be on its way from the pipe to the capture; what it says is the whole message.
            if !complaints.wait_for_end(CONNECT_LIMIT) {
                bail!("{QEMU} ended before it ran");
            }
            bail!("{QEMU} did not start (./build.sh installs it): {}", complaints.text().trim());
        }
        if start.elapsed() > CONNECT_LIMIT {
            bail!("{QEMU} did not open its console");
        }
        thread::sleep(CONNECT_POLL);
    }
}

/// Reads `source` on a thread of its own until it ends.
fn capture(source: Option<impl io::Read + Send + 'static>, capture: &Capture, mut sink: Box<dyn Write + Send>) {
    let capture = capture.clone();
    thread::spawn(move || match source {
        Some(source) => capture.fill(source, &mut sink),
        None => capture.fill(io::empty(), &mut sink),
    });
}

/// Ends QEMU; one that has ended already is as good.
fn stop(qemu: &mut Child) {
    drop(qemu.kill());
    drop(qemu.wait());
}
