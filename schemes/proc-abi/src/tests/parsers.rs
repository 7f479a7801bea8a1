//! The parsers: what they accept, and that they survive whatever they are given.
//!
//! Decides nothing. Neighbours: `path`, `text`, `command`, `event_record`.

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};
use zerocopy::IntoBytes;

use crate::command::{CommandHeader, Commands, Lengths, PAYLOAD_MAX, RecordError, Replies, ReplyHeader};
use crate::event_record::{EventKind, EventRecord, Events};
use crate::id::{Pid, Tid};
use crate::path::{PROCESS_FILES, Path, Process, ProcessFile, THREAD_FILES, ThreadFile, parse};
use crate::signal::SIGTERM;
use crate::text::{self, TextVerb};

fn process(pid: i32) -> Process {
    Process::Other(Pid::new(pid).expect("a pid"))
}

#[test]
fn paths_of_the_grammar_are_read() {
    let tid = Tid::new(100_007).expect("a tid");
    assert_eq!(parse(""), Some(Path::Root));
    assert_eq!(parse("12"), Some(Path::Process(process(12))));
    assert_eq!(parse("12/"), Some(Path::Process(process(12))));
    assert_eq!(parse("self/ctl"), Some(Path::ProcessFile(Process::Own, ProcessFile::Control)));
    assert_eq!(parse("99999/lwp"), Some(Path::Threads(process(99_999))));
    assert_eq!(parse("1/lwp/100007"), Some(Path::Thread(process(1), tid)));
    assert_eq!(parse("1/lwp/100007/regs"), Some(Path::ThreadFile(process(1), tid, ThreadFile::Registers)));
    for (file, name) in PROCESS_FILES {
        let mut path = String::from("3/");
        path.push_str(name);
        assert_eq!(parse(&path), Some(Path::ProcessFile(process(3), file)));
    }
    for (file, name) in THREAD_FILES {
        let mut path = String::from("self/lwp/100007/");
        path.push_str(name);
        assert_eq!(parse(&path), Some(Path::ThreadFile(Process::Own, tid, file)));
    }
}

#[test]
fn all_other_paths_are_refused() {
    let refused = [
        "/",
        "0",
        "01",
        "+1",
        "-1",
        "100000",
        "99999999999",
        "self/",
        "1/ctl/",
        "1//ctl",
        "1/ctl/x",
        "1/nothing",
        "1/lwp/1",
        "1/lwp/099999",
        "1/lwp/100000/regs/",
        "1/lwp/100000/ctl",
        "1/lwp/100000/regs/x",
        "..",
        "1/..",
        " 1",
        "1 ",
        "sel",
        "1/CTL",
    ];
    for path in refused {
        let expected = (path == "self/").then_some(Path::Process(Process::Own));
        assert_eq!(parse(path), expected, "{path}");
    }
}

#[test]
fn text_verbs_are_read() {
    let tid = Tid::new(100_000).expect("a tid");
    assert_eq!(text::parse("attach\n"), Some(TextVerb::Attach));
    assert_eq!(text::parse("cont"), Some(TextVerb::Continue(None)));
    assert_eq!(text::parse("cont SIGTERM"), Some(TextVerb::Continue(Some(SIGTERM))));
    assert_eq!(text::parse("detach 15\n"), Some(TextVerb::Detach(Some(SIGTERM))));
    assert_eq!(text::parse("step 100000"), Some(TextVerb::Step(Some(tid))));
    assert_eq!(text::parse("suspend 100000"), Some(TextVerb::Suspend(tid)));
    for refused in
        ["", "\n", "attach x", "cont 0", "cont 129", "cont  term", "suspend", "suspend 7", "signal", "Stop", "stop\n\n"]
    {
        assert_eq!(text::parse(refused), None, "{refused:?}");
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    let lengths = Lengths { payload: 4, room: 0 };
    let mut header = CommandHeader::new(7, 0, 1, 0, lengths).expect("small");
    assert_eq!(header.size, 48);
    let mut bytes = header.as_bytes().to_vec();
    assert_eq!(Commands::new(&bytes).next(), Some(Err(RecordError::Truncated)));
    bytes.extend([1, 2, 3, 4, 0, 0, 0, 0]);
    let command = Commands::new(&bytes).next().expect("one").expect("sound");
    assert_eq!(command.payload, [1, 2, 3, 4]);
    header.payload = u32::MAX;
    assert_eq!(Commands::new(header.as_bytes()).next(), Some(Err(RecordError::Size)));
    header.magic = 0;
    assert_eq!(Commands::new(header.as_bytes()).next(), Some(Err(RecordError::Magic)));
    let too_much = Lengths { payload: 0, room: PAYLOAD_MAX.saturating_add(1) };
    assert_eq!(CommandHeader::new(7, 0, 1, 0, too_much), None);
}

#[test]
fn longer_events_of_a_later_system_are_skipped_by_their_size() {
    let mut first = EventRecord::new(EventKind::TraceStop, 4);
    first.size = 168;
    let mut bytes = first.as_bytes().to_vec();
    bytes.extend([0xff; 8]);
    bytes.extend(EventRecord::new(EventKind::Exited, 4).as_bytes());
    let kinds: Vec<_> = Events::new(&bytes).map(|event| event.expect("sound").kind()).collect();
    assert_eq!(kinds, [Some(EventKind::TraceStop), Some(EventKind::Exited)]);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_survived(bytes in vec(any::<u8>(), 0..400)) {
        crate::check(&bytes);
    }

    #[test]
    fn broken_records_are_survived(bytes in vec(any::<u8>(), 0..120), at in 0_usize..40, value in any::<u8>()) {
        let lengths = Lengths { payload: bytes.len(), room: 8 };
        let header = CommandHeader::new(1, 2, 3, 4, lengths).expect("small");
        let mut record = header.as_bytes().to_vec();
        record.extend(&bytes);
        record[at] = value;
        crate::check(&record);
    }

    #[test]
    fn commands_read_back(
        request in any::<i32>(), address in any::<u64>(), payload in vec(any::<u8>(), 0..64), count in 1_usize..4,
    ) {
        let lengths = Lengths { payload: payload.len(), room: 100 };
        let header = CommandHeader::new(request, 5, address, -1, lengths).expect("small");
        let mut buffer = Vec::new();
        for _ in 0..count {
            buffer.extend(header.as_bytes());
            buffer.extend(&payload);
            buffer.resize(buffer.len().next_multiple_of(8), 0);
        }
        let commands: Vec<_> = Commands::new(&buffer).map(|command| command.expect("sound")).collect();
        prop_assert_eq!(commands.len(), count);
        for command in commands {
            prop_assert_eq!(command.header, header);
            prop_assert_eq!(command.payload, &payload[..]);
        }
    }

    #[test]
    fn replies_read_back(value in any::<i64>(), payload in vec(any::<u8>(), 0..64)) {
        let command = CommandHeader::new(13, 5, 0, 160, Lengths::default()).expect("small");
        let header = ReplyHeader::new(&command, Ok(value), payload.len()).expect("small");
        let mut buffer = header.as_bytes().to_vec();
        buffer.extend(&payload);
        buffer.resize(buffer.len().next_multiple_of(8), 0);
        let reply = Replies::new(&buffer).next().expect("one").expect("sound");
        prop_assert_eq!(reply.header.value, value);
        prop_assert_eq!(reply.payload, &payload[..]);
    }
}
