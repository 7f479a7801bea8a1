//! The permission checks against rules written down a second time, over every combination that matters.
//!
//! Decides nothing. Neighbours: `permission`; specification section 1.5.

use proc_abi::signal::{SIGCONT, SIGKILL, SIGSEGV, SIGTERM};

use crate::Errno;
use crate::credentials::{Credentials, IdChange, Ids};
use crate::permission::{Standing, Subject, can_debug, can_signal};

const USERS: [u32; 3] = [0, 5, 6];

fn every_identity() -> impl Iterator<Item = Ids> {
    let pairs = USERS.into_iter().flat_map(|real| USERS.into_iter().map(move |effective| (real, effective)));
    pairs.flat_map(|(real, effective)| USERS.into_iter().map(move |saved| Ids { real, effective, saved }))
}

fn person(user: Ids, group: Ids, groups: &[u32]) -> Credentials {
    Credentials { user, group, groups: groups.to_vec() }
}

#[test]
fn debugging_needs_all_three_users_and_every_group() {
    for own in every_identity() {
        for other in every_identity() {
            let caller = person(own, Ids::all(20), &[]);
            let target = person(other, Ids::all(20), &[]);
            let allowed = own.effective == 0 || [other.real, other.effective, other.saved] == [own.effective; 3];
            let subject = Subject { credentials: &target, standing: Standing::empty() };
            assert_eq!(can_debug(&caller, &subject).is_ok(), allowed, "{own:?} {other:?}");
        }
    }
    let groups: [(&[u32], Ids, &[u32], bool); 5] = [
        (&[], Ids::all(20), &[], true),
        (&[], Ids::all(21), &[], false),
        (&[21], Ids::all(21), &[], true),
        (&[21], Ids { real: 21, effective: 20, saved: 22 }, &[], false),
        (&[], Ids::all(20), &[30], false),
    ];
    for (mine, group, theirs, allowed) in groups {
        let caller = person(Ids::all(5), Ids::all(20), mine);
        let target = person(Ids::all(5), group, theirs);
        let subject = Subject { credentials: &target, standing: Standing::empty() };
        assert_eq!(can_debug(&caller, &subject).is_ok(), allowed, "{mine:?} {group:?} {theirs:?}");
    }
}

#[test]
fn the_checks_of_debugging_come_in_their_order() {
    let user = person(Ids::all(5), Ids::all(20), &[]);
    let root = Credentials::root();
    let ask = |caller: &Credentials, standing| can_debug(caller, &Subject { credentials: &user, standing });
    assert_eq!(ask(&user, Standing::SUGID | Standing::IN_EXEC), Err(Errno::EPERM), "changed before busy");
    assert_eq!(ask(&root, Standing::SUGID | Standing::IN_EXEC), Err(Errno::EBUSY), "privilege passes the first");
    assert_eq!(ask(&user, Standing::IN_EXEC | Standing::NO_TRACE), Err(Errno::EBUSY), "busy before forbidden");
    assert_eq!(ask(&user, Standing::NO_TRACE), Err(Errno::EPERM));
    assert_eq!(ask(&root, Standing::NO_TRACE), Ok(()));
    assert_eq!(ask(&root, Standing::PROTECTED), Err(Errno::EPERM), "not even root");
    let own = Standing::OWN | Standing::SUGID | Standing::NO_TRACE;
    assert_eq!(ask(&user, own), Ok(()), "oneself always");
}

#[test]
fn signals_need_one_of_two_users_to_match() {
    for own in every_identity() {
        for other in every_identity() {
            let caller = person(own, Ids::all(20), &[]);
            let target = person(other, Ids::all(20), &[]);
            let mine = [own.real, own.effective];
            let allowed = own.effective == 0 || mine.contains(&other.real) || mine.contains(&other.saved);
            let subject = Subject { credentials: &target, standing: Standing::empty() };
            assert_eq!(can_signal(&caller, &subject, Some(SIGTERM)).is_ok(), allowed, "{own:?} {other:?}");
            let session = Subject { standing: Standing::SAME_SESSION, ..subject };
            assert_eq!(can_signal(&caller, &session, Some(SIGCONT)), Ok(()), "job control");
            let changed = Subject { standing: Standing::SUGID, ..subject };
            let rare = can_signal(&caller, &changed, Some(SIGSEGV)).is_ok();
            assert_eq!(rare, own.effective == 0, "a changed process takes only some signals");
            assert_eq!(can_signal(&caller, &changed, Some(SIGKILL)).is_ok(), allowed);
        }
    }
}

#[test]
fn an_unprivileged_change_of_ids_stays_among_the_three() {
    let ids = Ids { real: 1, effective: 2, saved: 3 };
    let to = |effective| IdChange { effective: Some(effective), ..IdChange::default() };
    for allowed in [1, 2, 3] {
        assert_eq!(ids.changed(to(allowed), false).map(|ids| ids.effective), Ok(allowed));
    }
    assert_eq!(ids.changed(to(0), false), Err(Errno::EPERM));
    assert_eq!(ids.changed(to(0), true).map(|ids| ids.effective), Ok(0));
    assert_eq!(ids.re_change(None, Some(1)).saved, None, "the effective one is the real one");
    assert_eq!(ids.re_change(None, Some(3)).saved, Some(3));
}
