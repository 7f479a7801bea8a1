//! The harness inside: a case that fails or leaves processes behind is told, and does not keep the next ones from running.
//!
//! Decides which verdicts the suite that fails on purpose must give. Neighbours: tests/programs/src/bin/test-suite.rs, `system`.

use qemu_tests::{Boot, Ending, ProgramEnd};

#[test]
fn a_case_that_leaves_processes_fails_and_the_suite_goes_on() {
    let report = Boot::new("/test/test-suite").run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::PoweredOff, "{}", report.explain("the suite did not end"));
    assert_eq!(report.log.plans, [6], "{}", report.log_text);
    let verdicts: Vec<_> = report.log.cases.iter().map(|case| (case.number, case.failure.as_deref())).collect();
    let expected = [
        (1, None),
        (2, Some("as it should; processes were left")),
        (3, None),
        (4, Some("processes were left")),
        (5, Some("the case's process ended with Killed(Signal(9)); processes were left")),
        (6, None),
    ];
    assert_eq!(verdicts, expected, "{}", report.log_text);
    assert_eq!(report.log.program, Some(ProgramEnd::Status(1)));
    assert!(report.passed().is_err(), "a failed case never passes");
}
