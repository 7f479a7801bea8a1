//! osdata: `info os processes`, `info os threads` and `info os files`.
//!
//! Decides the tables and their columns. Methods of [`Engine`]. Neighbours: `transfer`; GDB prints columns as they come.

use crate::engine::{Engine, NOBODY};
use crate::packets::threads;
use crate::system::{Outcome, System, Text as File};
use crate::text::Text;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use proc_abi::id::Pid;
use proc_abi::open_file::OpenFiles;
use proc_abi::status::ProcessStatus;

impl<S: System> Engine<S> {
    /// A table of the system's; without a name the list of tables.
    pub(super) fn system_data(&mut self, annex: &[u8]) -> Outcome<Vec<u8>> {
        let table = match annex {
            b"" => tables(),
            b"processes" => self.processes_table()?,
            b"threads" => self.threads_table()?,
            b"files" => self.files_table()?,
            _ => return Err(NOBODY),
        };
        Ok(table.0)
    }

    fn processes_table(&mut self) -> Outcome<Text> {
        let mut table = Text::from("<osdata type=\"processes\">");
        for status in self.system.processes()? {
            let command = Pid::new(status.pid).and_then(|pid| self.system.text(pid, File::CommandLine).ok());
            let command =
                command.filter(|command| !command.is_empty()).map_or_else(|| name(&status), |command| spaced(&command));
            let row = [
                ("pid", format!("{}", status.pid)),
                ("user", format!("{}", status.uid.first().copied().unwrap_or(0))),
                ("command", command),
                ("parent", format!("{}", status.parent)),
                ("threads", format!("{}", status.threads)),
            ];
            add_row(&mut table, &row);
        }
        table.add(format_args!("</osdata>"));
        Ok(table)
    }

    fn threads_table(&mut self) -> Outcome<Text> {
        let mut table = Text::from("<osdata type=\"threads\">");
        for status in self.system.processes()? {
            let Some(pid) = Pid::new(status.pid) else { continue };
            // A process that has ended meanwhile has none.
            for thread in self.system.threads(pid).unwrap_or_default() {
                let row = [
                    ("pid", format!("{}", status.pid)),
                    ("command", name(&status)),
                    ("tid", format!("{}", thread.tid)),
                    ("name", String::from(threads::name(&thread))),
                    ("state", String::from(threads::state(&thread))),
                ];
                add_row(&mut table, &row);
            }
        }
        table.add(format_args!("</osdata>"));
        Ok(table)
    }

    /// Of the processes that this server may debug: nobody else is told of their files.
    fn files_table(&mut self) -> Outcome<Text> {
        let mut table = Text::from("<osdata type=\"files\">");
        for status in self.system.processes()? {
            let Some(pid) = Pid::new(status.pid) else { continue };
            let records = self.system.text(pid, File::OpenFileRecords).unwrap_or_default();
            for (file, path) in OpenFiles::new(&records) {
                let row = [
                    ("pid", format!("{}", status.pid)),
                    ("command", name(&status)),
                    ("file descriptor", format!("{}", file.descriptor)),
                    ("name", String::from_utf8_lossy(path).into_owned()),
                ];
                add_row(&mut table, &row);
            }
        }
        table.add(format_args!("</osdata>"));
        Ok(table)
    }
}

fn tables() -> Text {
    let mut table = Text::from("<osdata type=\"types\">");
    for (kind, what, title) in [
        ("processes", "Listing of all processes", "Processes"),
        ("threads", "Listing of all threads", "Threads"),
        ("files", "Listing of open files of processes that can be debugged", "Files"),
    ] {
        let row = [("Type", kind.into()), ("Description", what.into()), ("Title", title.into())];
        add_row(&mut table, &row);
    }
    table.add(format_args!("</osdata>"));
    table
}

fn add_row(table: &mut Text, columns: &[(&str, String)]) {
    table.add(format_args!("<item>"));
    for (name, value) in columns {
        table.add(format_args!("<column name=\"{name}\">")).add_xml(value).add(format_args!("</column>"));
    }
    table.add(format_args!("</item>"));
}

/// A process's name.
fn name(status: &ProcessStatus) -> String {
    let name = status.name.split(|&byte| byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

/// Arguments with spaces between.
fn spaced(command: &[u8]) -> String {
    let text = String::from_utf8_lossy(command.strip_suffix(b"\0").unwrap_or(command)).into_owned();
    text.replace('\0', " ")
}
