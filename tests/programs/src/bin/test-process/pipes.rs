//! Pipes: data, ends, and what one read or write takes.
//!
//! FreeBSD: sys_pipe.c (both ends read and write). Neighbours: `main`.

use alloc::vec;
use alloc::vec::Vec;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::Error;
use runtime::event::{Event, EventQueue, Readiness};
use runtime::file::{File, OpenFlags, pipe};
use test_programs::children::{next_change, start};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "pipes carry bytes both ways", run: pipes_carry_bytes_both_ways },
    Case { name: "a closed pipe ends reads and refuses writes", run: a_closed_pipe_ends },
    Case { name: "a pipe that would wait says so", run: a_pipe_that_would_wait_says_so },
    Case { name: "a pipe carries more than it holds", run: a_pipe_carries_more_than_it_holds },
    Case { name: "an event queue tells of a pipe", run: an_event_queue_tells_of_a_pipe },
];

fn read(file: &File) -> Result<Vec<u8>, Error> {
    let mut buffer = vec![0; 64];
    let count = file.read(&mut buffer)?;
    buffer.truncate(count);
    Ok(buffer)
}

fn pipes_carry_bytes_both_ways() -> Verdict {
    let (one, other) = pipe::pair()?;
    one.write_all(b"there")?;
    other.write_all(b"back")?;
    ensure_equal!(read(&other)?, b"there");
    ensure_equal!(read(&one)?, b"back");
    ensure_equal!(one.duplicate_named(b"peer").err(), Some(Error::EBUSY));
    ensure_equal!(one.seek(runtime::file::Seek::Start(0)), Err(Error::ESPIPE));
    Ok(())
}

fn a_closed_pipe_ends() -> Verdict {
    let (one, other) = pipe::pair()?;
    one.write_all(b"last")?;
    drop(one);
    ensure_equal!(read(&other)?, b"last");
    ensure_equal!(read(&other)?, b"");
    ensure_equal!(other.write(b"x"), Err(Error::EPIPE));
    Ok(())
}

fn a_pipe_that_would_wait_says_so() -> Verdict {
    let (one, other) = pipe::pair()?;
    for end in [&one, &other] {
        end.set_flags(OpenFlags::NONBLOCK)?;
    }
    ensure_equal!(read(&other), Err(Error::EAGAIN));
    let mut written = 0_usize;
    while let Ok(count) = one.write(&[1; 4096]) {
        written = written.saturating_add(count);
    }
    ensure!(written >= 4096, "only {written} bytes fit");
    ensure_equal!(one.write(b"x"), Err(Error::EAGAIN));
    Ok(())
}

fn a_pipe_carries_more_than_it_holds() -> Verdict {
    const LENGTH: usize = 300_000;
    let (reader, writer) = pipe::pair()?;
    let mut next = 0_u8;
    let child = start(|| {
        for _ in 0..LENGTH / 1000 {
            let mut piece = [0; 1000];
            for byte in &mut piece {
                next = next.wrapping_add(1);
                *byte = next;
            }
            if writer.write_all(&piece).is_err() {
                return 1;
            }
        }
        0
    })?;
    drop(writer);
    let mut contents = Vec::new();
    reader.read_to_end(&mut contents)?;
    ensure_equal!(contents.len(), LENGTH);
    let sound =
        contents.iter().fold((true, 0_u8), |(sound, last), &byte| (sound && byte == last.wrapping_add(1), byte));
    ensure!(sound.0, "bytes came in another order");
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

fn an_event_queue_tells_of_a_pipe() -> Verdict {
    let (one, other) = pipe::pair()?;
    let queue = EventQueue::new()?;
    queue.subscribe(&other, Readiness::READ, 77)?;
    let child = start(|| i32::from(one.write_all(b"x").is_err()))?;
    let mut events = [Event::default(); 4];
    let told = queue.wait(&mut events)?;
    ensure_equal!(told.len(), 1);
    ensure_equal!(told.first().map(|event| (event.descriptor, event.data)), Some((other.descriptor(), 77)));
    ensure_equal!(read(&other)?, b"x");
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}
