//! Tests of the log protocol: a plan passes only when it is complete, and talk is not a verdict.
//!
//! Each way in which a guest could be judged too kindly has its case.
//! Neighbours: `log`.

use super::{Case, Log, ProgramEnd};

fn complaint(text: &str) -> String {
    Log::parse(text).passed().expect_err("the log does not pass")
}

#[test]
fn a_complete_plan_passes() {
    let log = Log::parse("booting\nplan 2\nok 1 first case\r\nsomething else\nok 2 second\nexit status 0\n");
    assert_eq!(log.passed(), Ok(2));
    assert_eq!(log.program, Some(ProgramEnd::Status(0)));
    assert_eq!(log.cases[0], Case { number: 1, name: "first case".into(), failure: None });
}

#[test]
fn cases_may_end_in_any_order() {
    assert_eq!(Log::parse("plan 2\nok 2 b\nok 1 a\n").passed(), Ok(2));
}

#[test]
fn silence_fails() {
    assert!(complaint("").contains("no plan"));
    assert!(complaint("ok 1 a\n").contains("no plan"));
    assert!(complaint("plan 0\n").contains("no cases"));
}

#[test]
fn missing_repeated_and_surplus_cases_fail() {
    assert!(
        complaint("plan 2\nok 1 a\nstarting b\n").contains("case 2 of 2 reported 0 times; last line \"starting b\"")
    );
    assert!(complaint("plan 1\nok 1 a\nok 1 a\n").contains("reported 2 times"));
    assert!(complaint("plan 1\nok 1 a\nok 2 b\n").contains("case 2 is not in the plan"));
    assert!(complaint("plan 1\nok 1 a\nplan 1\n").contains("more than one plan"));
}

#[test]
fn a_failed_case_names_its_reason() {
    assert_eq!(complaint("plan 1\nnot ok 1 read: expected 3: got 4\n"), "case 1 read: expected 3: got 4");
    assert_eq!(complaint("plan 1\nnot ok 1 read\n"), "case 1 read: no reason given");
}

#[test]
fn talk_is_not_a_verdict() {
    let log = Log::parse("ok then\nplan x\nok x y\nexit\nexit status x\nexit code 3\n plan 3\n");
    assert_eq!(log, Log { last_line: " plan 3".into(), ..Log::default() });
}

#[test]
fn a_panic_is_kept_with_all_that_follows() {
    let log = Log::parse("plan 1\npanic: no memory\n  at 0xffffffff80001234\nok 1 a\n");
    assert_eq!(log.panic, ["panic: no memory", "  at 0xffffffff80001234", "ok 1 a"]);
    assert!(log.passed().is_err());
}

#[test]
fn the_shell_status_of_an_end() {
    assert_eq!(ProgramEnd::Status(7).shell_status(), 7);
    assert_eq!(ProgramEnd::Status(256 + 3).shell_status(), 3);
    assert_eq!(ProgramEnd::Signal(11).shell_status(), 139);
    assert_eq!(Log::parse("exit signal 11\n").program, Some(ProgramEnd::Signal(11)));
}
