//! ptrace inside the booted system: the suite of tests/programs, on more than one processor model.
//!
//! Decides which machines the suite must pass on. Its cases are in tests/programs/src/bin/test-ptrace; docs/ptrace.md has
//! the table of what each one shows. Neighbours: `system` boots the other suites.

use qemu_tests::Boot;
use std::time::Duration;

/// Every case forks its own targets, several times: a minute and more on a slow host.
const LIMIT: Duration = Duration::from_secs(180);

fn suite() -> Boot {
    Boot::new("/test/test-ptrace").limit(LIMIT)
}

#[test]
fn ptrace_does_as_freebsds() {
    suite().run().expect("the boot is tried").assert_passed();
}

#[test]
fn ptrace_needs_no_xsave() {
    suite().processor("qemu64").run().expect("the boot is tried").assert_passed();
}
