//! Which error comes first: every request with every pair of things that are wrong with it at once.
//!
//! Decides, from the rules alone (specification sections 1.2 to 1.5 and 4; docs/ptrace.md for this system's own requests),
//! what can be wrong with each request and in which order that is found: [`ROWS`] and [`Fault::rank`]. Neighbours: `errno`
//! (each state by itself), `matrix` (permission by itself).

use proc_abi::id::Pid;
use proc_abi::request::{NAMES, Request};

use super::gate::UNMAPPED;
use super::world::{BUFFER, World};
use crate::credentials::{Credentials, Ids};
use crate::process::Flags;
use crate::{Errno, Result};

/// One thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// `data` is not the size of the structure that is copied in.
    Size,
    /// That structure cannot be copied in.
    Pointer,
    /// Nobody has this id.
    Nobody,
    /// Another user's.
    Foreign,
    /// Its ids changed.
    Changed,
    /// Between two images.
    Between,
    /// Forbidden by procctl.
    Forbidden,
    /// The target is in this state.
    State(State),
    /// What the request itself refuses.
    Own(Wrong, Errno),
    /// What it copies late cannot be copied.
    Late,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Entry,
    Exit,
    Attached,
    Untraced,
    Theirs,
    Running,
    Uncollected,
}

/// How an argument is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wrong {
    Data(i32),
    Address(u64),
    Word(u64, u64),
    /// The thread is in no call.
    Call,
}

impl Fault {
    /// What is found first has the lowest rank; equal ones never meet.
    fn rank(self) -> u8 {
        match self {
            Self::Size => 0,
            Self::Pointer => 1,
            Self::Nobody => 2,
            Self::Foreign => 3,
            Self::Changed => 4,
            Self::Between => 5,
            Self::Forbidden => 6,
            Self::State(_) => 7,
            Self::Own(..) => 8,
            Self::Late => 9,
        }
    }

    fn errno(self) -> Errno {
        match self {
            Self::Size => Errno::EINVAL,
            Self::Pointer | Self::Late => Errno::EFAULT,
            Self::Nobody => Errno::ESRCH,
            Self::Foreign | Self::Changed | Self::Forbidden | Self::State(State::Untraced) => Errno::EPERM,
            Self::Between | Self::State(_) => Errno::EBUSY,
            Self::Own(_, errno) => errno,
        }
    }
}

/// When a request's structures are copied.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Copies {
    /// Nothing, or only the other way.
    No,
    /// In, before the target is looked up.
    In,
    /// In, after the size was found to be right.
    Sized,
    /// After the checks, in or out.
    Late,
}

/// One request: its good arguments (`data`, words in memory), its copies, and what it refuses itself.
struct Row(Request, i32, &'static [(u64, u64)], Copies, &'static [(Wrong, Errno)]);

const SIGNAL: &[(Wrong, Errno)] = &[(Wrong::Data(129), Errno::EINVAL), (Wrong::Data(-1), Errno::EINVAL)];
const RESUME: &[(Wrong, Errno)] = &[(Wrong::Data(129), Errno::EINVAL), (Wrong::Address(1 << 63), Errno::EINVAL)];
const NO_MEMORY: &[(Wrong, Errno)] = &[(Wrong::Address(UNMAPPED), Errno::ENOMEM)];
const TRANSFER: &[(u64, u64)] = &[(0, 1), (8, BUFFER), (16, BUFFER + 0x200), (24, 4)];
const VECTOR: &[(u64, u64)] = &[(0, BUFFER + 0x400), (8, 224)];
const NOTE: &[(Wrong, Errno)] = &[(Wrong::Data(9_999), Errno::EINVAL), (Wrong::Word(8, 223), Errno::EINVAL)];
const IO_WRONG: &[(Wrong, Errno)] = &[(Wrong::Word(0, 9), Errno::EINVAL), (Wrong::Word(8, UNMAPPED), Errno::EFAULT)];
const MAP_WRONG: &[(Wrong, Errno)] = &[(Wrong::Word(0, 2), Errno::ENOENT), (Wrong::Word(0, 3), Errno::EINVAL)];
const CORE_WRONG: &[(Wrong, Errno)] =
    &[(Wrong::Word(0, 5 | 4 << 32), Errno::EINVAL), (Wrong::Word(0, 0xffff_ffff), Errno::EBADF)];

const ROWS: [Row; 58] = [
    Row(Request::ReadI, 0, &[], Copies::No, NO_MEMORY),
    Row(Request::ReadD, 0, &[], Copies::No, NO_MEMORY),
    Row(Request::WriteI, 0, &[], Copies::No, NO_MEMORY),
    Row(Request::WriteD, 0, &[], Copies::No, NO_MEMORY),
    Row(Request::Continue, 0, &[], Copies::No, RESUME),
    Row(Request::Kill, 0, &[], Copies::No, &[]),
    Row(Request::Step, 0, &[], Copies::No, SIGNAL),
    Row(Request::Detach, 0, &[], Copies::No, SIGNAL),
    Row(Request::Io, 0, TRANSFER, Copies::In, IO_WRONG),
    Row(
        Request::LwpInfo,
        160,
        &[],
        Copies::Late,
        &[(Wrong::Data(0), Errno::EINVAL), (Wrong::Data(161), Errno::EINVAL)],
    ),
    Row(Request::GetNumLwps, 0, &[], Copies::No, &[]),
    Row(Request::GetLwpList, 1, &[], Copies::Late, &[(Wrong::Data(0), Errno::EINVAL)]),
    Row(Request::ClearStep, 0, &[], Copies::No, &[]),
    Row(Request::SetStep, 0, &[], Copies::No, &[]),
    Row(Request::Suspend, 0, &[], Copies::No, &[]),
    Row(Request::Resume, 0, &[], Copies::No, &[]),
    Row(Request::ToSce, 0, &[], Copies::No, RESUME),
    Row(Request::ToScx, 0, &[], Copies::No, RESUME),
    Row(Request::Syscall, 0, &[], Copies::No, RESUME),
    Row(Request::FollowFork, 0, &[], Copies::No, &[]),
    Row(Request::LwpEvents, 0, &[], Copies::No, &[]),
    Row(Request::GetEventMask, 4, &[], Copies::Late, &[(Wrong::Data(3), Errno::EINVAL)]),
    Row(Request::SetEventMask, 4, &[], Copies::Sized, &[(Wrong::Word(0, 0x40), Errno::EINVAL)]),
    Row(Request::GetScArgs, 64, &[], Copies::Late, &[(Wrong::Call, Errno::EINVAL)]),
    Row(Request::GetScRet, 24, &[], Copies::Late, &[(Wrong::Call, Errno::EINVAL)]),
    Row(Request::CoreDump, 16, &[(0, 5)], Copies::Sized, CORE_WRONG),
    Row(Request::GetRegs, 0, &[], Copies::Late, &[]),
    Row(Request::SetRegs, 0, &[], Copies::In, &[(Wrong::Word(136, 1 << 63), Errno::EINVAL)]),
    Row(Request::GetFpRegs, 0, &[], Copies::Late, &[]),
    Row(Request::SetFpRegs, 0, &[], Copies::In, &[]),
    Row(Request::GetDbRegs, 0, &[], Copies::Late, &[]),
    Row(Request::SetDbRegs, 0, &[], Copies::In, &[]),
    Row(Request::VmTimestamp, 0, &[], Copies::No, &[]),
    Row(Request::VmEntry, 0, &[], Copies::In, MAP_WRONG),
    Row(Request::GetRegSet, 1, VECTOR, Copies::In, NOTE),
    Row(Request::SetRegSet, 1, VECTOR, Copies::In, NOTE),
    Row(Request::ScRemote, 40, &[(24, 20)], Copies::Sized, &[(Wrong::Word(24, 1), Errno::EINVAL)]),
    Row(
        Request::SetScRet,
        24,
        &[],
        Copies::Sized,
        &[(Wrong::Call, Errno::EINVAL), (Wrong::Word(16, 4095), Errno::EINVAL)],
    ),
    Row(Request::GetXstateInfo, 16, &[], Copies::Late, &[(Wrong::Data(15), Errno::EINVAL)]),
    Row(Request::GetXstate, 0, &[], Copies::Late, &[]),
    Row(
        Request::SetXstate,
        832,
        &[],
        Copies::Late,
        &[(Wrong::Data(511), Errno::EINVAL), (Wrong::Data(833), Errno::EINVAL)],
    ),
    Row(Request::GetFsBase, 0, &[], Copies::Late, &[]),
    Row(Request::SetFsBase, 0, &[], Copies::Late, &[]),
    Row(Request::GetGsBase, 0, &[], Copies::Late, &[]),
    Row(Request::SetGsBase, 0, &[], Copies::Late, &[]),
    Row(Request::GetCallSet, 32, &[], Copies::Late, &[(Wrong::Data(31), Errno::EINVAL)]),
    Row(Request::SetCallSet, 32, &[], Copies::Sized, &[]),
    Row(Request::GetSignalSet, 16, &[], Copies::Late, &[(Wrong::Data(15), Errno::EINVAL)]),
    Row(Request::SetSignalSet, 16, &[], Copies::Sized, &[]),
    Row(Request::GetFaultSet, 8, &[], Copies::Late, &[(Wrong::Data(7), Errno::EINVAL)]),
    Row(Request::SetFaultSet, 8, &[], Copies::Sized, &[]),
    Row(
        Request::GetChildren,
        8,
        &[],
        Copies::Late,
        &[(Wrong::Data(-1), Errno::EINVAL), (Wrong::Data(7), Errno::ENOMEM)],
    ),
    Row(Request::Attach, 0, &[], Copies::No, &[]),
    Row(Request::Hold, 0, &[], Copies::No, &[]),
    Row(Request::Release, 0, &[], Copies::No, &[]),
    Row(Request::OnClose, 2, &[], Copies::No, &[(Wrong::Data(3), Errno::EINVAL), (Wrong::Data(-1), Errno::EINVAL)]),
    Row(Request::OperatorStop, 0, &[], Copies::No, &[]),
    Row(Request::OperatorContinue, 0, &[], Copies::No, &[]),
];

/// The `data` with which a request passes its own checks.
pub(super) fn good_data(request: Request) -> i32 {
    ROWS.iter().find(|row| row.0 == request).map_or(0, |row| row.1)
}

const STATES: [State; 4] = [State::Untraced, State::Theirs, State::Running, State::Uncollected];

/// The states that a request refuses.
fn refused(request: Request) -> &'static [State] {
    match request {
        Request::GetChildren | Request::OperatorStop | Request::OperatorContinue => &[],
        // By ptrace(2) a session is the tracer's.
        Request::Hold | Request::Release => &[State::Untraced],
        Request::OnClose => &[State::Untraced, State::Theirs],
        Request::Attach => &[State::Theirs, State::Running, State::Uncollected],
        _ => &STATES,
    }
}

fn faults(row: &Row) -> Vec<Fault> {
    let mut faults = vec![Fault::Nobody, Fault::Foreign, Fault::Changed, Fault::Between, Fault::Forbidden];
    // That exec may wait for the token.
    let takes_back = matches!(row.0, Request::Release | Request::OperatorContinue);
    faults.retain(|fault| *fault != Fault::Between || !takes_back);
    faults.extend(refused(row.0).iter().map(|state| Fault::State(*state)));
    faults.extend(row.4.iter().map(|(wrong, errno)| Fault::Own(*wrong, *errno)));
    match row.3 {
        Copies::No => {}
        Copies::In => faults.push(Fault::Pointer),
        Copies::Sized => faults.extend([Fault::Size, Fault::Pointer]),
        Copies::Late => faults.push(Fault::Late),
    }
    faults
}

/// A tracer with a target in this state, everybody of one unprivileged user; the target has a child.
fn world_of(state: State) -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(2);
    let target = world.fork(pids[0]);
    world.fork(target);
    let tracer = if state == State::Theirs { pids[1] } else { pids[0] };
    match state {
        State::Untraced => {}
        State::Uncollected => assert_eq!(world.ptrace(tracer, Request::Attach, target, 0, 0), Ok(0)),
        State::Attached | State::Theirs => world.attach(tracer, target),
        State::Running | State::Entry | State::Exit => {
            world.attach(tracer, target);
            let how = if state == State::Exit { Request::ToScx } else { Request::ToSce };
            world.resume(tracer, how, target, 0);
        }
    }
    if matches!(state, State::Entry | State::Exit) {
        world.call(target, 20, &[]);
        world.wait_stop(tracer, target);
    }
    for pid in [pids[0], target] {
        let process = world.table.get_mut(Pid::new(pid).expect("a pid")).expect("there");
        process.credentials = Credentials { user: Ids::all(5), ..Credentials::root() };
    }
    (world, pids[0], target)
}

/// The state in which a request works, or the wrong one.
fn state(request: Request, wrong: &[Fault]) -> State {
    let named = wrong.iter().find_map(|fault| if let Fault::State(state) = fault { Some(*state) } else { None });
    let nowhere = wrong.iter().any(|fault| matches!(fault, Fault::Own(Wrong::Call, _)));
    match request {
        _ if named.is_some() => named.expect("named"),
        Request::Attach => State::Untraced,
        _ if nowhere => State::Attached,
        Request::SetScRet => State::Entry,
        _ => State::Exit,
    }
}

fn ask((mut world, caller, target): (World, i32, i32), row: &Row, wrong: &[Fault]) -> Option<Result<i32>> {
    let Row(request, mut data, words, ..) = *row;
    let (mut id, mut address) =
        (target, if matches!(request, Request::Continue | Request::Syscall) { 1 } else { BUFFER });
    world.poke(caller, BUFFER, &[0; 832]);
    world.poke(target, BUFFER, &[0; 8]);
    let mut words = words.to_vec();
    for fault in wrong {
        let process = world.table.get_mut(Pid::new(target).expect("a pid")).expect("there");
        match *fault {
            Fault::Size => data += 1,
            Fault::Pointer | Fault::Late => address = UNMAPPED,
            Fault::Nobody => id = 99_999,
            Fault::Foreign => process.credentials.user.real = 6,
            Fault::Changed => process.flags.insert(Flags::SUGID),
            Fault::Between => process.flags.insert(Flags::INEXEC),
            Fault::Forbidden => process.flags.insert(Flags::NOTRACE),
            Fault::Own(Wrong::Data(other), _) => data = other,
            Fault::Own(Wrong::Address(other), _) => address = other,
            Fault::Own(Wrong::Word(at, value), _) => words.push((at, value)),
            Fault::State(_) | Fault::Own(Wrong::Call, _) => {}
        }
    }
    for (at, value) in words {
        world.poke(caller, BUFFER + at, &value.to_le_bytes());
    }
    world.call(caller, 26, &[request.raw() as u64, id as u64, address, data as u32 as u64]);
    let main = world.main(caller);
    (!world.waits(main)).then(|| world.result(main).map(|value| value as i32))
}

#[test]
fn of_two_errors_the_earlier_one_is_told() {
    let states = [State::Entry, State::Exit, State::Attached];
    let worlds: Vec<_> = states.into_iter().chain(STATES).map(|state| (state, world_of(state))).collect();
    let world = |wanted: State| worlds.iter().find(|(state, _)| *state == wanted).expect("made").1.clone();
    let mut asked = 0;
    for row in &ROWS {
        let faults = faults(row);
        // A core's helper answers later.
        let good = ask(world(state(row.0, &[])), row, &[]);
        assert!(good.is_none_or(|result| result.is_ok()), "{:?}: {good:?}", row.0);
        assert_eq!(good.is_none(), row.0 == Request::CoreDump);
        for (index, first) in faults.iter().enumerate() {
            for second in faults.iter().skip(index) {
                // Of two that are found at the same place, one state or one refusal, there is only one at a time.
                if first != second && first.rank() == second.rank() {
                    continue;
                }
                let pair = [*first, *second];
                let expected = if first.rank() <= second.rank() { first } else { second };
                let result = ask(world(state(row.0, &pair)), row, &pair);
                assert_eq!(result, Some(Err(expected.errno())), "{:?}: {pair:?}", row.0);
                asked += 1;
            }
        }
    }
    println!("{asked} pairs of errors");
    assert!(asked > 2_500, "{asked}");
}

#[test]
fn every_request_has_a_row() {
    let rows = ROWS.iter().map(|row| row.0).chain([Request::TraceMe]);
    let mut rows: Vec<i32> = rows.map(Request::raw).collect();
    rows.sort_unstable();
    let mut names: Vec<i32> = NAMES.iter().map(|row| row.0.raw()).collect();
    names.sort_unstable();
    assert_eq!(rows, names);
}
