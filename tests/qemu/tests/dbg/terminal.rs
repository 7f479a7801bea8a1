//! Where commands come from: a pipe that the program shares, and a person who presses Ctrl-C.
//!
//! Decides nothing; the person waits for what the console shows before each line. Neighbour: `transcript`.

use super::transcript::{assert_same, normalise, run, text_file};
use qemu_tests::{Boot, Session};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn commands_come_through_a_pipe_and_leave_the_rest_to_the_program() {
    let commands = "print 6 * 7\nrun\nfor cat\n";
    let boot = Boot::new("/bin/sh").argument("-c").argument("cat /input | dbg /bin/cat");
    let report = run(boot.file("/input", text_file(commands)));
    let expected = "
(dbg) print 6 * 7
42 (0x2a)
(dbg) run
for cat
[process PID exited with status 0]
";
    assert_same(&normalise(&report.console_text()), expected.trim_start(), &report);
}

/// What a person at the terminal does and sees.
struct Person {
    session: Session,
    seen: usize,
}

impl Person {
    fn new() -> Self {
        Self { session: Boot::interactive().start().expect("the boot is tried"), seen: 0 }
    }

    /// Waits until the console shows `text` after what was seen before.
    #[track_caller]
    fn see(&mut self, text: &str) {
        let console = self.session.console();
        let found = console.wait_for(text, self.seen, LIMIT);
        assert!(found.is_some(), "no {text:?} in:\n{}", console.text());
        self.seen = found.unwrap_or(self.seen);
    }

    fn press(&self, keys: &str) {
        self.session.type_bytes(keys.as_bytes()).expect("the machine runs");
    }
}

#[test]
fn ctrl_c_stops_the_program_and_does_nothing_at_the_prompt() {
    let mut person = Person::new();
    person.see("# ");
    person.press("dbg /bin/targets/sleeper 0 20\r");
    person.see("(dbg) ");
    person.press("\x03");
    person.see("(dbg) ");
    person.press("run\r");
    person.see("tick");
    person.press("\x03");
    person.see("Program received SIGINT");
    person.see("(dbg) ");
    person.press("print 6 * 7\r");
    person.see("42 (0x2a)");
    person.press("quit\r");
    person.see("killed]");
    person.see("# ");
}

#[test]
fn ctrl_c_stops_a_sleeping_process_that_was_attached() {
    let mut person = Person::new();
    person.see("# ");
    person.press("/bin/targets/sleeper 0 20 & dbg -p $!\r");
    person.see("stopped at");
    person.see("(dbg) ");
    person.press("continue\r");
    person.see("tick");
    person.press("\x03");
    person.see("Interrupted at");
    person.see("(dbg) ");
    person.press("detach\r");
    person.see("[detached from process");
    person.press("quit\r");
    person.see("# ");
}
