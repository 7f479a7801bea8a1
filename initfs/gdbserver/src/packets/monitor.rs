//! qRcmd: `monitor`.
//!
//! Decides the commands: `help`, `ps`, `files`, `stats`, `exit`. Methods of [`Engine`]. Neighbours: `query`.

use super::{Answer, need, text};
use crate::engine::Engine;
use crate::system::{Outcome, System, Text as File};
use crate::text::{Reader, Text, hex_bytes};
use proc_abi::status::ProcessFlags;

const HELP: &str = "help   this text
ps     processes: pid, parent, tracer, threads, name
files  open files of the selected process
stats  what this server did
exit   end the server when its last process is gone
";

impl<S: System> Engine<S> {
    /// qRcmd.
    pub(super) fn monitor(&mut self, reader: Reader<'_>) -> Answer {
        let command = need(hex_bytes(reader.rest()))?;
        let output = match command.trim_ascii() {
            b"help" | b"" => Text::from(HELP),
            b"ps" => self.process_list()?,
            b"files" => {
                let (process, system, _) = self.selected()?;
                let pid = process.pid;
                Text(system.text(pid, File::OpenFiles)?)
            }
            b"stats" => self.statistics(),
            b"exit" => {
                self.client.extended = false;
                if self.processes.is_empty() {
                    self.finished = Some(0);
                }
                Text::from("the server ends with its last process\n")
            }
            _ => Text::from("there is no such command; 'monitor help' lists them\n"),
        };
        let mut reply = Text::default();
        reply.add_hex(&output.0);
        text(reply)
    }

    fn process_list(&mut self) -> Outcome<Text> {
        let mut list = Text::from("  PID  PPID TRACER THR NAME\n");
        for status in self.system.processes()? {
            let name = status.name.split(|&byte| byte == 0).next().unwrap_or_default();
            let traced = if status.flags & ProcessFlags::TRACED.bits() == 0 { 0 } else { status.tracer };
            let (pid, parent, threads) = (status.pid, status.parent, status.threads);
            list.add(format_args!("{pid:>5} {parent:>5} {traced:>6} {threads:>3} {}\n", name.escape_ascii()));
        }
        Ok(list)
    }

    fn statistics(&self) -> Text {
        let mut list = Text::default();
        let (packets, changes, processes) = (self.packets, self.changes, self.processes.len());
        list.add(format_args!("packets: {packets}\nstops: {changes}\nprocesses: {processes}\n"));
        for process in &self.processes {
            let (pid, breakpoints) = (process.pid.raw(), process.code.wanted.len());
            list.add(format_args!("process {pid}: {breakpoints} breakpoints\n"));
        }
        list
    }
}
