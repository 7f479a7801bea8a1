//! The shell and the console as a person at the keyboard meets them (editing, job control, signals from keys), and scripts.
//!
//! Keys are typed when the prompt is there, and each step waits for what it should show. Neighbours: `system` (the shell
//! with scripts), initfs/sh and schemes/tty (whose decisions have host tests).

use initfs_format::BootMode;
use qemu_tests::{Boot, Ending, ProgramEnd, Session};
use std::time::Duration;

/// Far more than any step takes.
const LIMIT: Duration = Duration::from_secs(60);

const PROMPT: &str = "\r# ";

/// Somebody at the keyboard.
struct Person {
    session: Session,
    /// What has been read of the console.
    seen: usize,
}

impl Person {
    fn sit_down() -> Self {
        let session = Boot::interactive().start().expect("the boot is tried");
        let mut person = Self { session, seen: 0 };
        person.sees(PROMPT);
        person
    }

    #[track_caller]
    fn sees(&mut self, text: &str) -> &mut Self {
        match self.session.console().wait_for(text, self.seen, LIMIT) {
            Some(end) => self.seen = end,
            None => panic!("{text:?} does not show up in {:?}", self.unseen()),
        }
        self
    }

    fn unseen(&self) -> String {
        String::from_utf8_lossy(self.session.console().bytes().get(self.seen..).unwrap_or_default()).into_owned()
    }

    fn types(&mut self, keys: &str) -> &mut Self {
        self.session.type_bytes(keys.as_bytes()).expect("the machine runs");
        self
    }

    /// Enters a command and waits for what it shows.
    #[track_caller]
    fn enters(&mut self, command: &str, shows: &[&str]) -> &mut Self {
        self.types(&format!("{command}\r")).sees("\r\n");
        for text in shows {
            self.sees(text);
        }
        self.sees(PROMPT)
    }

    fn leaves(mut self) -> Option<ProgramEnd> {
        self.types("exit 5\r");
        let ending = self.session.wait(Some(LIMIT)).expect("QEMU ends");
        assert_eq!(ending, Ending::PoweredOff, "{}", self.session.log().text());
        qemu_tests::Log::parse(&self.session.log().text()).program
    }
}

#[test]
fn the_hint_says_what_to_type_and_exit_ends_the_machine() {
    let mut person = Person::sit_down();
    let shown = person.session.console().text();
    assert_eq!(shown.lines().take_while(|line| !line.starts_with("\r#")).count(), 3, "{shown:?}");
    person.enters("help", &["cd [DIRECTORY]", "Programs in /bin:", "recurse"]);
    assert_eq!(person.leaves(), Some(ProgramEnd::Status(5)));
}

#[test]
fn lines_are_edited_and_remembered() {
    let mut person = Person::sit_down();
    person.types("echx\x7fo one two\x17three\x01\x05\r").sees("\r\none three\r\n").sees(PROMPT);
    person.types("\x1b[A\r").sees("\r\none three\r\n").sees(PROMPT);
    person.types("given up\x03").sees("^C\r\n").sees(PROMPT);
    person.enters("echo $?", &["130\r\n"]);
    person.types("echo 'a\r").sees("> ").types("b'\r").sees("\r\na\r\nb\r\n").sees(PROMPT);
    person.enters("| x", &["sh: line 1: expected a command, found '|'\r\n"]);
}

#[test]
fn a_line_that_was_left_open_is_not_drawn_over() {
    let mut person = Person::sit_down();
    person.enters("/bin/targets/recurse > tmp:x; read A < tmp:x; echo $A", &["factorial(5) = 120\r\n"]);
    person
        .types("cat\r")
        .sees("\r\n")
        .types("no end\x04")
        .sees("no end^D\x08\x08no end")
        .types("\x04")
        .sees("\r\n")
        .sees(PROMPT);
}

#[test]
fn control_c_ends_the_foreground_job_alone() {
    let mut person = Person::sit_down();
    person.enters("/bin/targets/sleeper 0 1000 > tmp:quiet &", &["[1] "]);
    person.types("cat | cat | cat\r").sees("\r\n").types("echoed\r").sees("echoed\r\nechoed\r\n").types("\x03");
    person.sees("^C").sees(PROMPT).enters("echo $?", &["130\r\n"]);
    person.enters("jobs", &["[1]+ Running"]).enters("kill %1; wait %1; echo $?", &["143\r\n"]);
    person.types("while true; do true; done\r").sees("\r\n").types("\x03").sees("^C").sees(PROMPT);
}

#[test]
fn an_interrupted_shell_keeps_the_job_that_has_the_terminal() {
    let mut person = Person::sit_down();
    person.types("sh -c \"kill -INT $$; read A; echo \\$A got\"; echo not this\r").sees("\r\n").types("all\r");
    person.sees("all got\r\n").sees(PROMPT).enters("echo $? none", &["130 none\r\n"]);
}

#[test]
fn control_c_right_behind_a_command_ends_it() {
    let mut person = Person::sit_down();
    for round in 1..=10 {
        person.types("sleep 1000\r\x03").sees("^C\r\n").sees(PROMPT);
        person.enters(&format!("echo $? {round}"), &[&format!("130 {round}\r\n")]);
    }
}

#[test]
fn a_signal_from_the_keyboard_ends_the_rest_of_the_command_too() {
    let mut person = Person::sit_down();
    for command in ["while true; do cat; done", "cat; echo not this", "cat || echo nor this"] {
        person.types(&format!("{command}\r")).sees("\r\n").types("heard\r").sees("heard\r\nheard\r\n");
        person.types("\x03").sees("^C").sees(PROMPT).enters("echo $? none", &["130 none\r\n"]);
    }
    person.types("while cat; do true; done\r").sees("\r\n").types("heard\r").sees("heard\r\nheard\r\n");
    person.types("\x1a").sees("[1]+ Stopped").sees(PROMPT).enters("echo $? none", &["146 none\r\n"]);
}

#[test]
fn jobs_stop_and_continue() {
    let mut person = Person::sit_down();
    person.types("/bin/targets/sleeper 0 20\r").sees("tick 2\r\n").types("\x1a");
    person.sees("^Z").sees("[1]+ Stopped").sees(PROMPT).enters("jobs", &["[1]+ Stopped"]);
    person.types("fg\r").sees("/bin/targets/sleeper 0 20\r\n").sees("tick").types("\x03").sees("^C").sees(PROMPT);
    person.enters("jobs; echo none", &["none\r\n"]);
    person.enters("cat & wait %1", &["[1]+ Stopped"]);
    person.types("fg\r").sees("cat\r\n").types("at last\r").sees("at last\r\nat last\r\n").types("\x04").sees(PROMPT);
}

#[test]
fn a_crash_is_told_with_its_signal() {
    let mut person = Person::sit_down();
    person.enters("/bin/targets/crash null", &["crash: null\r\n", "killed by SIGSEGV"]);
    person.enters("echo $?", &["139\r\n"]);
    person.enters("nosuch", &["sh: nosuch: not found"]).enters("echo $?", &["127\r\n"]);
}

#[test]
fn what_is_typed_ahead_reaches_the_program() {
    let mut person = Person::sit_down();
    person.types("cat\rfor cat\r\x04echo for the shell\r").sees("for cat\r\n").sees("for the shell\r\n").sees(PROMPT);
}

/// What a script prints on standard output and error, and its status.
fn script(text: &str) -> (String, Option<u8>) {
    let boot = Boot::new("/bin/sh").mode(BootMode::Execute).arguments(["-c", text]);
    let report = boot.run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::PoweredOff, "{}", report.explain("the machine did not power off"));
    (report.console_text(), report.log.program.map(ProgramEnd::shell_status))
}

#[test]
fn loops_parameters_and_redirections_work_together() {
    let text = "for a in 1 2 3; do for b in 1 2; do [ $a$b = 21 ] && break 2; echo $a$b; done; done
        set -- x 'y z'; for i; do echo \"<$i>\"; done; shift; echo \"$# $1\"
        (exit 4); echo $?; { echo grouped; } > tmp:g; read L < tmp:g; echo $L
        cd /bin; cd ../test && pwd; echo a > tmp:none/x; echo $?; nosuch | cat; false & wait $!; echo $?
        exec > tmp:o; echo into the file; exec >&2; cat tmp:o; exec cat tmp:o; echo never";
    let expected = "11\n12\n<x>\n<y z>\n1 y z\n4\ngrouped\n/test\n\
        sh: tmp:none/x: No such file or directory\n1\n\
        sh: nosuch: not found; help lists the shell's commands, ls /bin the programs\n1\n\
        into the file\ninto the file\n";
    assert_eq!(script(text), (expected.to_owned(), Some(0)));
}

#[test]
fn a_script_stops_at_a_failure_if_told_to() {
    let text = "set -e; false || echo kept; if false; then :; fi; ! true || :; (exit 6); echo never";
    assert_eq!(script(text), ("kept\n".to_owned(), Some(6)));
}

#[test]
fn programs_explain_themselves_in_eighty_columns() {
    let text = "for p in cat dbg echo env gcore gdbserver kill ls mkdir mv only ps pwd rm rmdir sleep trace; do
        $p --help; done 2>&1";
    let (shown, _) = script(text);
    for line in shown.lines() {
        assert!(line.len() <= 80 && line == line.trim_end(), "{line:?}");
    }
    assert_eq!(shown.matches("sage: ps\n").count(), 1, "{shown}");
}

#[test]
fn the_server_for_gdb_names_what_it_cannot_serve() {
    let (shown, _) = script("gdbserver nosuch 2>&1; gdbserver --attach nosuch 2>&1");
    assert_eq!(shown, "gdbserver: nosuch: No such file or directory\ngdbserver: process nosuch: No such process\n");
}
