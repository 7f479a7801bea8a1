//! Files in memory: the scheme `tmp`.
//!
//! Each case uses names of its own and removes them again. Neighbours: `boot`, `main`.

use alloc::vec::Vec;
use proc_abi::wait::WaitStatus;
use runtime::file::directory::Directory;
use runtime::file::names::{remove, remove_directory, rename};
use runtime::file::{File, OpenFlags, Seek};
use runtime::memory::probe::{ProbeMemory, Sharing};
use runtime::memory::{PAGE_SIZE, Protection};
use runtime::{Error, Result};
use test_programs::children::run;
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "files are written and read back", run: files_are_written },
    Case { name: "creation flags are kept", run: creation_flags_are_kept },
    Case { name: "appending goes to the end", run: appending_goes_to_the_end },
    Case { name: "directories are made and listed", run: directories_are_made },
    Case { name: "a file can be mapped privately", run: a_file_can_be_mapped },
    Case { name: "names are removed", run: names_are_removed },
    Case { name: "names are changed", run: names_are_changed },
    Case { name: "both names of the scheme lead to one file", run: both_names_lead_to_one_file },
];

const NEW: OpenFlags = OpenFlags::READ_WRITE.union(OpenFlags::CREATE).union(OpenFlags::TRUNCATE);

fn contents(path: &str) -> Result<Vec<u8>> {
    let mut contents = Vec::new();
    File::open(path, OpenFlags::READ)?.read_to_end(&mut contents)?;
    Ok(contents)
}

fn files_are_written() -> Verdict {
    let file = File::open("tmp:written", NEW)?;
    let piece: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    file.write_all(&piece)?;
    ensure_equal!(file.seek(Seek::Current(0))?, 10_000);
    ensure_equal!(contents("tmp:written")?, piece);
    file.write_at(b"XY", 20_000)?;
    ensure_equal!(file.status()?.size, 20_002);
    let mut hole = [1; 4];
    ensure_equal!(file.read_at(&mut hole, 15_000)?, 4);
    ensure_equal!(hole, [0; 4]);
    remove("tmp:written")?;
    Ok(())
}

fn creation_flags_are_kept() -> Verdict {
    ensure_equal!(File::open("tmp:none", OpenFlags::READ).err(), Some(Error::ENOENT));
    File::open("tmp:made", NEW)?.write_all(b"text")?;
    let exclusive = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    ensure_equal!(File::open("tmp:made", exclusive).err(), Some(Error::EEXIST));
    let kept = File::open("tmp:made", OpenFlags::READ_WRITE | OpenFlags::CREATE)?;
    ensure_equal!(kept.status()?.size, 4);
    ensure_equal!(File::open("tmp:made", NEW)?.status()?.size, 0);
    let reader = File::open("tmp:made", OpenFlags::READ)?;
    ensure_equal!(reader.write(b"x"), Err(Error::EBADF));
    ensure_equal!(File::open("tmp:made/below", NEW).err(), Some(Error::ENOTDIR));
    remove("tmp:made")?;
    Ok(())
}

fn appending_goes_to_the_end() -> Verdict {
    let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::APPEND;
    let (one, other) = (File::open("tmp:log", flags)?, File::open("tmp:log", flags)?);
    for (file, text) in [(&one, "a"), (&other, "b"), (&one, "c")] {
        file.write_all(text.as_bytes())?;
    }
    ensure_equal!(contents("tmp:log")?, b"abc");
    remove("tmp:log")?;
    Ok(())
}

fn directories_are_made() -> Verdict {
    let flags = OpenFlags::READ | OpenFlags::DIRECTORY;
    let directory = File::open("tmp:folder", flags | OpenFlags::CREATE)?;
    directory.open_below("inner", NEW)?.write_all(b"in")?;
    ensure_equal!(contents("tmp:folder/inner")?, b"in");
    let names = Directory::open("tmp:folder")?.names()?;
    ensure_equal!(names.iter().map(|name| name.name.as_slice()).collect::<Vec<_>>(), [b"inner"]);
    ensure_equal!(File::open("tmp:folder", OpenFlags::WRITE).err(), Some(Error::EISDIR));
    remove("tmp:folder/inner")?;
    remove_directory("tmp:folder")?;
    Ok(())
}

fn a_file_can_be_mapped() -> Verdict {
    let file = File::open("tmp:mapped", NEW)?;
    file.write_all(&[7; 5000])?;
    let memory = ProbeMemory::file(&file, PAGE_SIZE, PAGE_SIZE, Protection::ReadWrite, Sharing::Private)?;
    ensure_equal!([memory.read(0)?, memory.read(903)?, memory.read(904)?], [7, 7, 0]);
    memory.write(0, 8)?;
    let mut byte = [0];
    file.read_at(&mut byte, PAGE_SIZE as u64)?;
    ensure_equal!(byte, [7]);
    let shared = ProbeMemory::file(&file, 0, PAGE_SIZE, Protection::Read, Sharing::Shared);
    ensure_equal!(shared.err(), Some(Error::ENODEV));
    remove("tmp:mapped")?;
    Ok(())
}

fn names_are_removed() -> Verdict {
    let file = File::open("tmp:gone", NEW)?;
    file.write_all(b"kept")?;
    remove("tmp:gone")?;
    ensure_equal!(remove("tmp:gone"), Err(Error::ENOENT));
    ensure_equal!(File::open("tmp:gone", OpenFlags::READ).err(), Some(Error::ENOENT));
    let mut bytes = [0; 4];
    ensure_equal!(file.read_at(&mut bytes, 0)?, 4);
    ensure_equal!(&bytes, b"kept");
    drop(File::open("tmp:going", OpenFlags::READ | OpenFlags::CREATE | OpenFlags::DIRECTORY)?);
    drop(File::open("tmp:going/in", NEW)?);
    ensure_equal!(remove_directory("tmp:going"), Err(Error::ENOTEMPTY));
    ensure_equal!(remove_directory("tmp:going/in"), Err(Error::ENOTDIR));
    ensure_equal!(remove("tmp:going"), Err(Error::EPERM));
    remove("tmp:going/in")?;
    remove_directory("tmp:going")?;
    ensure_equal!(remove("/bin/sh"), Err(Error::EROFS));
    ensure_equal!(remove("sys:counts"), Err(Error::EROFS));
    ensure_equal!(remove("proc:1/ctl"), Err(Error::EROFS));
    ensure_equal!(remove("nobody:x"), Err(Error::ENODEV));
    Ok(())
}

fn names_are_changed() -> Verdict {
    File::open("tmp:old", NEW)?.write_all(b"first")?;
    File::open("tmp:new", NEW)?.write_all(b"second")?;
    let open = File::open("tmp:new", OpenFlags::READ)?;
    rename("tmp:old", "tmp:new")?;
    ensure_equal!(contents("tmp:new")?, b"first");
    ensure_equal!(File::open("tmp:old", OpenFlags::READ).err(), Some(Error::ENOENT));
    let mut replaced = Vec::new();
    open.read_to_end(&mut replaced)?;
    ensure_equal!(replaced, b"second");
    ensure_equal!(rename("tmp:new", "/tmp/new"), Err(Error::EXDEV));
    ensure_equal!(rename("tmp:new", "log:"), Err(Error::EROFS));
    ensure_equal!(rename("/bin/sh", "/bin/shell"), Err(Error::EROFS));
    ensure_equal!(rename("tmp:none", "tmp:new"), Err(Error::ENOENT));
    remove("tmp:new")?;
    Ok(())
}

fn both_names_lead_to_one_file() -> Verdict {
    File::open("/scheme/tmp/one", NEW)?.write_all(b"same")?;
    ensure_equal!(contents("tmp:one")?, b"same");
    ensure_equal!(File::open("/scheme/tmp/one", OpenFlags::READ)?.path()?, b"tmp:one");
    let status = run(|| i32::from(contents("tmp:/one").is_ok_and(|text| text == b"same")))?;
    ensure_equal!(status, WaitStatus::Exited(1));
    ensure!(contents("tmp:../one").is_ok(), "the parent of the root is not the root");
    remove("tmp:one")?;
    Ok(())
}
