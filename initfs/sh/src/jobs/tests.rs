//! Tests of the job table: states, names, news.
//!
//! Changes are given as wait reports them. Neighbours: `jobs`.

use super::{JobState, Jobs, NoJob, ending};
use proc_abi::signal::{SIGINT, SIGSEGV, SIGTSTP};
use proc_abi::wait::WaitStatus::{Continued, Dumped, Exited, Killed, Stopped};

#[test]
fn a_pipeline_is_done_when_all_of_it_is_and_has_the_last_status() {
    let mut jobs = Jobs::default();
    let number = jobs.add(10, &[10, 11], b"a | b");
    assert!(jobs.update(11, Exited(3)));
    assert_eq!(jobs.get(number).map(|job| job.state()), Some(JobState::Running));
    assert!(jobs.update(10, Killed(SIGINT)));
    assert_eq!(jobs.get(number).map(|job| job.state()), Some(JobState::Done(Exited(3))));
    assert!(!jobs.update(99, Exited(0)));
    assert_eq!(jobs.news(), ["[1]+ Exit 3                  a | b"]);
    assert!(jobs.get(number).is_none());
}

#[test]
fn a_stopped_job_is_told_once_and_runs_again() {
    let mut jobs = Jobs::default();
    let number = jobs.add(10, &[10, 11], b"cat");
    jobs.update(10, Exited(0));
    jobs.update(11, Stopped(SIGTSTP));
    assert_eq!(jobs.news(), ["[1]+ Stopped                 cat"]);
    assert!(jobs.news().is_empty());
    jobs.mark_running(number);
    assert_eq!(jobs.get(number).map(|job| job.state()), Some(JobState::Running));
    jobs.update(11, Stopped(SIGTSTP));
    jobs.update(11, Continued);
    assert_eq!(jobs.line(number).as_deref(), Some("[1]+ Running                 cat"));
}

#[test]
fn jobs_are_found_by_number_place_and_text() {
    let mut jobs = Jobs::default();
    assert_eq!(jobs.find(b""), Err(NoJob::None));
    jobs.add(1, &[1], b"sleep 1");
    jobs.add(2, &[2], b"sleep 2");
    jobs.add(3, &[3], b"cat");
    assert_eq!(jobs.find(b"%+"), Ok(3));
    assert_eq!(jobs.find(b"%-"), Ok(2));
    assert_eq!(jobs.find(b"%1"), Ok(1));
    assert_eq!(jobs.find(b"2"), Ok(2));
    assert_eq!(jobs.find(b"%c"), Ok(3));
    assert_eq!(jobs.find(b"%sleep"), Err(NoJob::Ambiguous));
    assert_eq!(jobs.find(b"%7"), Err(NoJob::None));
    jobs.update(1, Stopped(SIGTSTP));
    assert_eq!(jobs.find(b""), Ok(1));
    jobs.remove(1);
    assert_eq!(jobs.find(b""), Ok(3));
}

#[test]
fn endings_name_the_signal() {
    assert_eq!(ending(Dumped(SIGSEGV)).as_deref(), Some("killed by SIGSEGV (core dumped)"));
    assert_eq!(ending(Killed(SIGINT)).as_deref(), Some("killed by SIGINT"));
    assert_eq!(ending(Exited(1)), None);
}

#[test]
fn a_job_nobody_can_wait_for_is_given_up() {
    let mut jobs = Jobs::default();
    let number = jobs.add(1, &[1], b"x");
    jobs.give_up(number);
    assert_eq!(jobs.get(number).map(|job| job.state()), Some(JobState::Done(Exited(127))));
}
